"""Silent: a meter that delivered does not any more, while its market runs and others deliver.

When many of a market's meters are silent at once, that is one fault, of the market or of what connects them.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final, cast

from contracts.dispatch.parameters import DISPATCH
from contracts.response.parameters import RESPONSE
from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.memory import Memory
from explorer.alerts.rules.period import Period
from explorer.alerts.verdict import THRESHOLD, Verdict

RULE: Final = "silent"
METERING: Final = "metering"
MISSING: Final = 2
"""Readings in a row: one may be lost on its way."""

LONG: Final = 8
"""Readings in a row after which it is critical: two hours, and the settlement misses them."""

MANY: Final = 3
"""Meters that have to be silent at once for it to be the market's fault, or that of what connects them."""

MANY_PERCENT: Final = 10
"""Of the market's meters; as many as that besides."""

GROUPS: Final = {RESPONSE: METERING}
"""A resource's meter reports by itself where there is no event."""

COUNTED_BY_PEERS: Final = frozenset({METERING})
"""Markets that say neither that a reading is due nor that it is absent."""


def judge(period: Period, memory: Memory) -> Iterator[Verdict]:
    """A verdict for each meter that should have delivered, and for each market."""
    groups = _follow(period, memory)
    sizes = Counter(group for group, *_ in groups.values())
    missing = Counter(group for group, run, is_awaited in groups.values() if run >= MISSING and is_awaited)
    for market in sorted(sizes):
        if sizes[market] >= MANY:
            yield _of_market(period, market, missing[market], sizes[market])
    for meter, (group, run, is_awaited) in sorted(groups.items()):
        if is_awaited and not (run >= MISSING and _is_mass(missing[group], sizes[group])):
            yield _of_meter(period, meter, run)


def _follow(period: Period, memory: Memory) -> dict[str, tuple[str, int, bool]]:
    """By meter that ever delivered, or was waited for: its group, readings missing in a row, and whether this
    one was awaited."""
    known = {meter: cast(tuple[str, int], value) for meter, value in memory.of(RULE)}
    for meter, market in period.absent.items():
        known.setdefault(meter, (market, 0))
    read_by_group = Counter(GROUPS.get(taken.market, taken.market) for taken in period.readings.values())
    groups = {}
    for meter in sorted({*known, *period.readings}):
        taken = period.readings.get(meter)
        if taken is not None:
            groups[meter] = (GROUPS.get(taken.market, taken.market), 0, True)
        else:
            group, run = known[meter]
            is_awaited = _is_awaited(period, meter, group, read_by_group[group])
            groups[meter] = (group, run + is_awaited, is_awaited)
        memory.put(RULE, meter, groups[meter][:2])
    return groups


def _is_awaited(period: Period, meter: str, group: str, others: int) -> bool:
    if group in COUNTED_BY_PEERS:
        return others > 0
    return meter in period.absent if group == DISPATCH else group in period.due


def _is_mass(missing: int, size: int) -> bool:
    return missing >= MANY and 100 * missing >= MANY_PERCENT * size


def _of_meter(period: Period, meter: str, run: int) -> Verdict:
    return Verdict(
        RULE,
        Subject(Kind.METER, meter),
        period.number,
        run * THRESHOLD // MISSING,
        Severity.CRITICAL if run >= LONG else Severity.WARNING,
        "The meter does not deliver its readings.",
        (Evidence("readings missing", run, "periods"),),
    )


def _of_market(period: Period, market: str, missing: int, size: int) -> Verdict:
    return Verdict(
        RULE,
        Subject(Kind.MARKET, market),
        period.number,
        THRESHOLD + missing if _is_mass(missing, size) else 0,
        Severity.CRITICAL,
        "Many meters of a market do not deliver their readings.",
        (Evidence("silent", missing, "meters"), Evidence("known", size, "meters")),
    )
