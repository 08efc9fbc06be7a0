"""How good the rules are: `python -m tests.explorer.alerts.scores [--seeds N] [--markdown]`.

Precision of a rule: of its alerts, in broken and in clean days, the share that a fault explains. Recall: of
the faults of a kind and size, the share that its rule found at the right subject while it lasted, or by the
time its last reading was judged. Delay: periods, or blocks, from its beginning to the alert; the median.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from explorer.alerts.alert import Alert
from tests.explorer.alerts.faults import FAULTS, Case, Fault, Injected, run

SEEDS = 10
CLEAN_SEEDS = 20
SEEDS_MAX = 1_000
WORLDS = ("parks", "homes", "committee")
LAG = 6
"""Periods, or blocks, that an alert may come after what it is about."""


@dataclass(frozen=True)
class Score:
    """One line of the table."""

    rule: str
    what: str
    size: str
    cases: int
    found: int
    delay: float | None
    alerts: float
    """Of its own rule, a case."""

    @property
    def recall(self) -> float:
        return self.found / self.cases


@dataclass(frozen=True)
class Precision:
    """Of one rule, over all days."""

    rule: str
    right: int
    wrong: int

    @property
    def share(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0


@dataclass(frozen=True)
class Scores:
    """Everything that was measured."""

    lines: tuple[Score, ...]
    precisions: tuple[Precision, ...]
    clean: tuple[tuple[str, int, int], ...]
    """By world: runs, and alerts in them."""


def measure(seeds: int = SEEDS, clean_seeds: int = CLEAN_SEEDS, faults: Sequence[Fault] = FAULTS) -> Scores:
    """Run every fault with every seed, and each world without a fault."""
    # No two runs have the same days, or an odd day would count for as many faults as are put into it.
    by_fault = {
        fault: [run(fault, fault.world, SEEDS_MAX * (place + 1) + seed) for seed in range(seeds)]
        for place, fault in enumerate(faults)
    }
    clean = {
        world: [run(None, world, seed) for seed in range(clean_seeds)]
        for world in WORLDS
        if any(fault.world == world for fault in faults)
    }
    cases = [case for rows in (*by_fault.values(), *clean.values()) for case in rows]
    return Scores(
        tuple(score(fault, rows) for fault, rows in by_fault.items()),
        tuple(precisions(cases, faults)),
        tuple((world, len(rows), sum(len(case.alerts) for case in rows)) for world, rows in clean.items()),
    )


def score(fault: Fault, cases: Sequence[Case]) -> Score:
    """How often a fault was found, and how soon."""
    delays: list[int] = []
    own = 0
    for case in cases:
        assert case.injected is not None
        own += sum(alert.rule == fault.rule for alert in case.alerts.values())
        hits = [
            opened(alert) - case.injected.first
            for alert in case.alerts.values()
            if alert.rule == fault.rule
            and alert.subject.name == case.injected.subject
            and overlaps(alert, case.injected)
        ]
        delays += [min(hits)] if hits else []
    delay = median(delays) if delays else None
    return Score(fault.rule, fault.what, fault.size, len(cases), len(delays), delay, own / len(cases))


def precisions(cases: Iterable[Case], faults: Sequence[Fault]) -> list[Precision]:
    """By rule, how many alerts a fault explains."""
    right, wrong = defaultdict[str, int](int), defaultdict[str, int](int)
    for case in cases:
        for alert in case.alerts.values():
            (right if is_explained(alert, case) else wrong)[alert.rule] += 1
    return [
        Precision(rule, right[rule], wrong[rule]) for rule in dict.fromkeys(fault.rule for fault in faults)
    ]


def is_explained(alert: Alert, case: Case) -> bool:
    """Whether the fault is the cause: of its own rule at its subject, or of those that see it too, while it
    lasts."""
    if case.fault is None or case.injected is None or not overlaps(alert, case.injected):
        return False
    is_own = alert.rule == case.fault.rule and alert.subject.name == case.injected.subject
    return is_own or alert.rule in case.fault.also


def overlaps(alert: Alert, injected: Injected) -> bool:
    first, last = beginning(alert), ending(alert)
    return first <= injected.last + LAG and last >= injected.first


def beginning(alert: Alert) -> int:
    return alert.first_height if alert.first_period is None else alert.first_period


def ending(alert: Alert) -> int:
    return alert.last_height if alert.last_period is None else alert.last_period


def opened(alert: Alert) -> int:
    """The period, or block, in which it was there to be read: the worlds have a block a period."""
    return alert.first_height if alert.first_period is None else alert.opened_slot


def tables(scores: Scores) -> str:
    """The tables as Markdown."""
    rows = [
        "| rule | fault | size | found | recall | delay | alerts a fault |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in scores.lines:
        delay = "" if line.delay is None else f"{line.delay:g}"
        rows.append(
            f"| {line.rule} | {line.what} | {line.size} | {line.found} of {line.cases} | {line.recall:.2f} |"
            f" {delay} | {line.alerts:.1f} |"
        )
    rows += ["", "| rule | alerts that a fault explains | others | precision |", "|---|---|---|---|"]
    rows += [f"| {row.rule} | {row.right} | {row.wrong} | {row.share:.2f} |" for row in scores.precisions]
    rows += ["", "| without a fault | runs | alerts |", "|---|---|---|"]
    rows += [f"| {world} | {runs} | {alerts} |" for world, runs, alerts in scores.clean]
    return "\n".join(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--clean", type=int, default=CLEAN_SEEDS)
    arguments = parser.parse_args()
    print(tables(measure(arguments.seeds, arguments.clean)))
