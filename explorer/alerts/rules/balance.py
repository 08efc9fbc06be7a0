"""Balance: what stands behind a bus adds up to what its connection carries, within the market's tolerance.

A large difference shows at once. A small one that stays on one side, such as a meter that is a little slow or
a load behind none, adds up in a CUSUM of the differences in robust standard deviations.
"""

from collections.abc import Iterator
from typing import Final, cast

from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.latch import is_open
from explorer.alerts.memory import Memory
from explorer.alerts.rules.period import Period, net_wh
from explorer.alerts.settings import Bus
from explorer.alerts.statistics import MILLI, cusum, robust_sigma, score_milli
from explorer.alerts.verdict import Verdict

RULE: Final = "balance"
KEPT: Final = 96
ENOUGH: Final = 24
SCORE_MAX: Final = 4_000
ALLOWANCE: Final = 500
"""Thousandths of sigma: half of the shift of one sigma that it is tuned to find."""

DECISION: Final = 12_000
"""Thousandths of sigma: with this allowance, in control for over a million periods on average."""

CLASS_PERMILLE: Final = 5
"""Of what the connection carries: what meters of class 0.5 and losses explain. Only what is beyond it
adds up."""

SIGMA_SHARE: Final = 8
"""Sigma is never taken below this part of the tolerance: whole Wh and losses are no fault."""


def judge(period: Period, memory: Memory) -> Iterator[Verdict]:
    """A verdict for each bus of which all meters were read."""
    for bus in period.settings.buses:
        flows = [_flow(period, meter) for meter in (*bus.behind, bus.connection)]
        if None not in flows:
            *behind, connection = cast(list[int], flows)
            yield _verdict(period, memory, bus, connection, sum(behind))


def _flow(period: Period, meter: str) -> int | None:
    taken = period.readings.get(meter)
    return None if taken is None else net_wh(taken.reading)


def _beyond(value: int, allowed: int) -> int:
    """What is left of a value, of either sign, beyond what is allowed."""
    return max(0, value - allowed) + min(0, value + allowed)


def _verdict(period: Period, memory: Memory, bus: Bus, connection_wh: int, behind_wh: int) -> Verdict:
    residual_wh = connection_wh - behind_wh
    seen, sums = cast(
        tuple[tuple[int, ...], tuple[int, int]], memory.get(RULE, bus.connection) or ((), (0, 0))
    )
    sigma_wh = max(1, bus.tolerance_wh // SIGMA_SHARE, robust_sigma(seen) if len(seen) >= ENOUGH else 0)
    excess_wh = _beyond(residual_wh, abs(connection_wh) * CLASS_PERMILLE // MILLI)
    score = max(-SCORE_MAX, min(SCORE_MAX, score_milli(excess_wh, sigma_wh)))
    sums = cusum(sums, score, ALLOWANCE, 2 * DECISION)
    if not is_open(memory, RULE, bus.connection):
        seen = (*seen, residual_wh)[-KEPT:]
    memory.put(RULE, bus.connection, (seen, sums))
    jump = abs(residual_wh) * MILLI // max(1, bus.tolerance_wh)
    return Verdict(
        RULE,
        Subject(Kind.METER, bus.connection),
        period.number,
        max(jump, max(sums) * MILLI // DECISION),
        Severity.WARNING,
        "The meters behind the bus do not add up to its connection.",
        (
            Evidence("connection", connection_wh, "Wh"),
            Evidence("behind it", behind_wh, "Wh"),
            Evidence("difference", residual_wh, "Wh"),
            Evidence("tolerance", bus.tolerance_wh, "Wh"),
            Evidence("cusum", max(sums), "milli-sigma"),
            Evidence("decision limit", DECISION, "milli-sigma"),
        ),
    )
