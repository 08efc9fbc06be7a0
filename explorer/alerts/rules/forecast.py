"""Forecast: what a connection took against what a plan, an order or an instruction said that it would take.

The error of each is divided by a robust standard deviation of the errors before. One that is far out twice
running is an outlier; many that lean to one side add up in a CUSUM. Both are of one threshold.
"""

from collections.abc import Iterator
from typing import Final, cast

from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.latch import is_open
from explorer.alerts.memory import Memory
from explorer.alerts.rules.period import Period, net_wh
from explorer.alerts.statistics import MILLI, cusum, robust_sigma, score_milli
from explorer.alerts.verdict import Verdict

RULE: Final = "forecast"
ERRORS_KEPT: Final = 192
"""Two days of quarter hours."""

ERRORS_ENOUGH: Final = 96
"""Before a day is seen, errors are held against the rating alone."""

SCORE_MAX: Final = 6_000
"""Thousandths of sigma: an error of so many is an outlier, and no error counts for more in the CUSUM."""

ALLOWANCE: Final = 2_000
"""Thousandths of sigma that an error may be off, for ever: a forecast can err to one side all day long."""

DECISION: Final = 24_000
"""Thousandths of sigma that may add up beyond the allowance: six hours at 3 sigma, 1.5 hours at 6."""

FIRST_SHARE: Final = 150
"""Permille of the rating that is taken for sigma as long as too few errors are known."""

LEAST_SHARE: Final = 40
"""Permille of the rating below which sigma is never taken, however good the forecasts were."""


def judge(period: Period, memory: Memory) -> Iterator[Verdict]:
    """A verdict for each meter of which something was expected that ends with this period."""
    for meter, (periods, expected_wh) in sorted(period.expected.items()):
        metered_wh = _metered(period, memory, meter, periods)
        if metered_wh is not None:
            yield _verdict(period, memory, meter, periods, expected_wh, metered_wh)


def _metered(period: Period, memory: Memory, meter: str, periods: int) -> int | None:
    """What the meter saw of the periods, of which the last is this one; None if one is missing."""
    first = period.number - periods + 1
    rows = dict(cast(tuple[tuple[int, int], ...], memory.get("net", meter) or ()))
    taken = period.readings.get(meter)
    now = None if taken is None else net_wh(taken.reading)
    if now is None:
        return None
    rows[period.number] = now
    if any(number not in rows for number in range(first, period.number + 1)):
        return None
    return sum(rows[number] for number in range(first, period.number + 1))


def _verdict(
    period: Period, memory: Memory, meter: str, periods: int, expected_wh: int, metered_wh: int
) -> Verdict:
    error_wh = metered_wh - expected_wh
    errors, sums = cast(tuple[tuple[int, ...], tuple[int, int]], memory.get(RULE, meter) or ((), (0, 0)))
    sigma_wh = _sigma(period, meter, periods, errors)
    score = max(-SCORE_MAX, min(SCORE_MAX, score_milli(error_wh, sigma_wh)))
    sums = cusum(sums, score, ALLOWANCE, 2 * DECISION)
    if not is_open(memory, RULE, meter):
        errors = (*errors, error_wh)[-ERRORS_KEPT:]
    memory.put(RULE, meter, (errors, sums))
    return Verdict(
        RULE,
        Subject(Kind.METER, meter),
        period.number,
        max(sums) * MILLI // DECISION,
        Severity.INFO,
        f"The connection takes {_more(error_wh)} than was planned, beyond what its forecasts err by.",
        (
            Evidence("metered", metered_wh, "Wh"),
            Evidence("expected", expected_wh, "Wh"),
            Evidence("sigma", sigma_wh, "Wh"),
            Evidence("score", score, "milli-sigma"),
            Evidence("cusum", max(sums), "milli-sigma"),
            Evidence("decision limit", DECISION, "milli-sigma"),
        ),
    )


def _more(error_wh: int) -> str:
    return "more" if error_wh > 0 else "less"


def _sigma(period: Period, meter: str, periods: int, errors: tuple[int, ...]) -> int:
    rated = period.ratings.get(meter)
    rated_wh = (
        0 if rated is None else period.settings.energy_wh(max(rated.import_w, rated.export_w)) * periods
    )
    if len(errors) < ERRORS_ENOUGH:
        return max(1, rated_wh * FIRST_SHARE // MILLI, robust_sigma(errors) if errors else 1)
    return max(1, rated_wh * LEAST_SHARE // MILLI, robust_sigma(errors))
