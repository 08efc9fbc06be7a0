"""Frozen: a quantity that is exactly the same for longer than chance explains.

Zeros, or next to nothing, are no fault, as there is no sun at night and nobody at home, but for a consumption
that never was zero. What stands at the most that was ever seen is clipped, and not frozen. A storage's flows
are constant when it is told so.
"""

from collections.abc import Iterator
from typing import Final, cast

from contracts.metering.readings import Reading
from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.latch import is_open
from explorer.alerts.memory import Memory
from explorer.alerts.rules.period import Period
from explorer.alerts.statistics import MILLI, improbable_run
from explorer.alerts.verdict import Verdict

RULE: Final = "frozen"
FIELDS: Final[tuple[str, ...]] = ("generated_wh", "consumed_wh", "imported_wh", "exported_wh", "voltage_mv")
CHANCE: Final = 1e-6
"""Of a run as long as this while the meter works: once in 28 years of quarter hours."""

RUN_LEAST: Final = 4
"""An hour: nothing is called frozen before."""

SMALL: Final = 100
"""Below this part of the most that was ever seen is as good as zero: a few whole Wh repeat by chance."""

NONZERO_ENOUGH: Final = 48
"""Values above zero that a consumption has to have shown before a zero is odd."""

Known = tuple[int, int, int, int, int, int]
"""Value, its run so far, the longest run that ended, repetitions and samples, and the most ever seen."""

NOTHING_SEEN: Final[Known] = (0, 0, 0, 0, 0, 0)


def judge(period: Period, memory: Memory) -> Iterator[Verdict]:
    """A verdict for each meter that was read, of its most frozen quantity."""
    for meter, taken in sorted(period.readings.items()):
        if meter in period.settings.storages or taken.reading.state_of_charge_wh is not None:
            continue
        rows = dict(cast(tuple[tuple[str, Known], ...], memory.get(RULE, meter) or ()))
        learns = not is_open(memory, RULE, meter)
        for name in FIELDS:
            value = getattr(taken.reading, name)
            if value is not None:
                rows[name] = _follow(rows.get(name, NOTHING_SEEN), value, learns)
        memory.put(RULE, meter, tuple(sorted(rows.items())))
        yield _verdict(period, meter, taken.reading, rows)


def _follow(known: Known, value: int, learns: bool) -> Known:
    before, run, longest, repeats, samples, most = known
    is_same = value == before and run > 0
    if not is_same and run > 1 and learns and not _is_small(before, most):
        longest, repeats = max(longest, run), repeats + run - 1
    counted = samples + (not is_same and not _is_small(value, most))
    return value, run + 1 if is_same else 1, longest, repeats, counted, max(most, value)


def _is_small(value: int, most: int) -> bool:
    return value == 0 or value * SMALL < most


def _verdict(period: Period, meter: str, reading: Reading, rows: dict[str, Known]) -> Verdict:
    strengths = {
        name: _strength(name, rows[name])
        for name in FIELDS
        if name in rows and getattr(reading, name) is not None
    }
    name: str = max(strengths, key=lambda each: strengths[each], default="")
    value, run, *_ = rows[name] if name else NOTHING_SEEN
    return Verdict(
        RULE,
        Subject(Kind.METER, meter),
        period.number,
        strengths[name] if name else 0,
        Severity.WARNING,
        "The meter says exactly the same, period after period.",
        (
            Evidence(name.rpartition("_")[0] or "nothing", value, "mV" if name == "voltage_mv" else "Wh"),
            Evidence("repeated for", run, "periods"),
        ),
    )


def _strength(name: str, known: Known) -> int:
    value, run, longest, repeats, samples, most = known
    is_clipped = value == most
    is_odd_zero = value == 0 and name == "consumed_wh" and samples >= NONZERO_ENOUGH
    if is_clipped or (_is_small(value, most) and not is_odd_zero):
        return 0
    needed = max(RUN_LEAST, 2 * longest, improbable_run(repeats, samples + repeats, CHANCE))
    return run * MILLI // needed
