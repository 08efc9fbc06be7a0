"""What trading among neighbours is worth: CE-SDT's study (4.2), by the contract's own rules.

Communities of several sizes and shares of generators play a month. Each is billed as it trades; as it would
be by a central utility alone; and as if nobody generated, which is the original cost that the paper compares
with. Its own figures are known for a few points only; ours stand beside them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.community.matching import Mechanism
from studies.community_data import HOURS, PERIODS, SyntheticCommunity, Types
from studies.community_rules import Rules, Storing
from studies.community_simulation import Ledger, Simulation

SIZES: Final = (10, 50, 200)
"""Smaller communities, drawn beside the whole one."""

SHARES: Final = (10, 30, 50, 70, 90)
"""Homes that generate, in percent."""

COMPARED_HOMES_MAX: Final = 1_000
"""Of the communities in which mechanisms are compared."""

MICRO: Final = 10**6
PERCENT: Final = 100

PAPER_PERCENT: Final[Mapping[tuple[int, str], float]] = {
    (30, "consumers"): 68.3,
    (50, "consumers"): 60.2,
    (50, "owners"): 19.6,
    (50, "all"): 43.1,
    (70, "consumers"): 44.7,
}
"""The cost that the paper prints, in percent of the original, by percent of generators; at 70 % its owners
earn."""

Advance = Callable[[int], None]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A community, and for how long it trades by which rules."""

    homes: int
    percent: int
    """Of the homes, those that generate."""
    days: int
    seed: int
    types: Types
    rules: Rules

    @property
    def community(self) -> SyntheticCommunity:
        return SyntheticCommunity(self.homes, self.percent, self.seed, self.types)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario."""

    scenario: Scenario
    ledger: Ledger
    generates: Flags

    def groups(self) -> Mapping[str, Flags]:
        """Who is meant by the paper's words; a group may be empty."""
        everybody = np.ones_like(self.generates)
        return {"consumers": ~self.generates, "owners": self.generates, "all": everybody}


@dataclass(frozen=True, slots=True)
class Study:
    """All that was played. The whole community, at the share that was asked for, is in `whole`."""

    whole: Outcome
    sizes: Sequence[Outcome]
    shares: Sequence[Outcome]
    mechanisms: Sequence[Outcome]


@dataclass(frozen=True, slots=True)
class CostRow:
    """What one group pays, per home and day in the currency, and in percent of the original."""

    generators_percent: int
    who: str
    original: float
    central: float
    community: float
    central_percent: float
    community_percent: float
    paper_percent: float | None


@dataclass(frozen=True, slots=True)
class MechanismRow:
    """One way of trading among the same homes: costs in percent of the original, energy a day."""

    mechanism: str
    storing: str
    homes: int
    consumers_percent: float
    owners_percent: float
    all_percent: float
    traded_kwh_day: float
    fed_in_kwh_day: float


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the whole community's mean day, kW."""

    hour: int
    needed_kw: float
    traded_kw: float
    grid_kw: float
    fed_in_kw: float


def play(whole: Scenario, advance: Advance = lambda _: None) -> Study:
    """The study around one scenario; `advance` is told how many rounds are done, of `rounds(whole)`."""
    done = 0

    def outcome(scenario: Scenario) -> Outcome:
        nonlocal done
        simulation = Simulation(scenario.community, scenario.rules)
        simulation.run(scenario.days, lambda rounds: advance(done + rounds))
        done += scenario.days * PERIODS
        return Outcome(scenario, simulation.ledger, scenario.community.generates)

    found = {scenario: outcome(scenario) for scenario in _scenarios(whole)}
    return Study(
        found[whole],
        [found[scenario] for scenario in _sizes(whole)],
        [found[scenario] for scenario in _shares(whole)],
        [found[scenario] for scenario in _mechanisms(whole)],
    )


def rounds(whole: Scenario) -> int:
    """How many rounds the study plays."""
    return len(_scenarios(whole)) * whole.days * PERIODS


def cost_rows(study: Study) -> list[CostRow]:
    """Figure 10 as a table: every share of generators, every group that has anybody in it."""
    return [
        _cost_row(outcome, who, members)
        for outcome in study.shares
        for who, members in outcome.groups().items()
        if members.any()
    ]


def mechanism_rows(study: Study) -> list[MechanismRow]:
    """How the ways of trading compare."""
    return [_mechanism_row(outcome) for outcome in study.mechanisms]


def hour_rows(study: Study) -> list[HourRow]:
    """Figure 5 as a table."""
    ledger, days = study.whole.ledger, study.whole.scenario.days
    columns = (ledger.needed_wh, ledger.traded_wh, ledger.grid_wh, ledger.fed_in_wh)
    return [
        HourRow(hour, *(float(column[hour]) / days / 1_000 for column in columns)) for hour in range(HOURS)
    ]


def _scenarios(whole: Scenario) -> list[Scenario]:
    """Each once."""
    return list(dict.fromkeys([*_sizes(whole), *_shares(whole), *_mechanisms(whole)]))


def _sizes(whole: Scenario) -> list[Scenario]:
    smaller = [replace(whole, homes=size) for size in SIZES if size < whole.homes]
    return [*smaller, whole]


def _shares(whole: Scenario) -> list[Scenario]:
    return [replace(whole, percent=share) for share in sorted({*SHARES, whole.percent})]


def _mechanisms(whole: Scenario) -> list[Scenario]:
    small = replace(whole, homes=min(whole.homes, COMPARED_HOMES_MAX))
    ways = product((Mechanism.AUCTION, Mechanism.PAIRING), Storing)
    return [replace(small, rules=replace(whole.rules, mechanism=m, storing=s)) for m, s in ways]


def _cost_row(outcome: Outcome, who: str, members: Flags) -> CostRow:
    ledger, scale = outcome.ledger, MICRO * outcome.scenario.days
    original, central, community = (
        float(bill[members].mean()) / scale for bill in (ledger.original, ledger.central, ledger.paid)
    )
    share = outcome.scenario.percent
    return CostRow(
        share,
        who,
        original,
        central,
        community,
        PERCENT * central / original,
        PERCENT * community / original,
        PAPER_PERCENT.get((share, who)),
    )


def _mechanism_row(outcome: Outcome) -> MechanismRow:
    rules, days = outcome.scenario.rules, outcome.scenario.days
    consumers, owners, everybody = _percents(outcome)
    return MechanismRow(
        rules.mechanism.value,
        rules.storing.value,
        outcome.scenario.homes,
        consumers,
        owners,
        everybody,
        float(outcome.ledger.traded_wh.sum()) / days / 1_000,
        float(outcome.ledger.fed_in_wh.sum()) / days / 1_000,
    )


def _percents(outcome: Outcome) -> Iterator[float]:
    """What each group pays of the original cost; all of it, if there is nobody in it."""
    for members in outcome.groups().values():
        original = int(outcome.ledger.original[members].sum())
        yield PERCENT * int(outcome.ledger.paid[members].sum()) / original if original else float(PERCENT)
