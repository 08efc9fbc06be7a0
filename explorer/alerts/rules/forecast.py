"""Forecast: what a connection took against what a plan, an order or an instruction said that it would take.

Two statistics, of which the worse counts. Errors in robust standard deviations add up in a CUSUM: a forecast
that is wrong for hours. A step of the error from one period to the next that is many times what steps are
wont to be: something was switched on or off that no plan knew of.
"""

from collections.abc import Iterator
from typing import Final, cast

from explorer.alerts.alert import Evidence, Kind, Severity, Subject
from explorer.alerts.latch import is_open
from explorer.alerts.memory import Memory
from explorer.alerts.rules.period import Period, net_wh
from explorer.alerts.statistics import MILLI, cusum, score_milli, upper_sigma
from explorer.alerts.verdict import Verdict

RULE: Final = "forecast"
ERRORS_KEPT: Final = 192
"""Two days of quarter hours."""

ERRORS_ENOUGH: Final = 96
"""Before a day is seen, errors are held against the rating alone."""

SCORE_MAX: Final = 6_000
"""Thousandths of sigma: no error counts for more in the CUSUM, so that one alone is never enough."""

ALLOWANCE: Final = 2_000
"""Thousandths of sigma that an error may be off, for ever: a forecast can err to one side all day long."""

DECISION: Final = 24_000
"""Thousandths of sigma that may add up beyond the allowance: six hours at 3 sigma, 1.5 hours at 6."""

STEP: Final = 8_000
"""Thousandths of sigma of steps: of a year of real parks and wind, a few steps are beyond 6, hardly one is
beyond 8."""

STEP_RATED_W: Final = 100_000
"""The rating from which steps are judged: of a smaller connection, one kettle is a step, and no fault."""

FIRST_PERMILLE: Final = (150, 30)
"""Of the rating: what is taken for sigma of errors and of steps as long as too few are known."""

LEAST_PERMILLE: Final = (60, 10)
"""Of the rating: below which they are never taken, however good the forecasts were."""

UNRATED_W: Final = 1_000
"""The least that a connection is taken for of which no rating is known."""

Known = tuple[tuple[int, ...], tuple[int, ...], tuple[int, int], tuple[int, int, int]]
"""Errors, steps, the CUSUM's sums, and the last period with its error and its metered energy."""

NOTHING: Final[Known] = ((), (), (0, 0), (-1, 0, 0))


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
    errors, steps, sums, last = cast(Known, memory.get(RULE, meter) or NOTHING)
    size_wh = _size_wh(period, meter, periods, (expected_wh, metered_wh))
    sigma_wh = _sigma(size_wh, errors, 0)
    score = max(-SCORE_MAX, min(SCORE_MAX, score_milli(error_wh, sigma_wh)))
    # An order of an hour counts as the four quarter hours that it is of.
    sums = cusum(sums, score * periods, ALLOWANCE * periods, 2 * DECISION)
    step_wh = _step(last, (period.number - periods, error_wh, metered_wh))
    step_sigma_wh = _sigma(size_wh, steps, 1)
    if not is_open(memory, RULE, meter):
        errors, steps = (*errors, error_wh)[-ERRORS_KEPT:], (*steps, step_wh)[-ERRORS_KEPT:]
    memory.put(RULE, meter, (errors, steps, sums, (period.number, error_wh, metered_wh)))
    drift = max(sums) * MILLI // DECISION
    sudden = abs(score_milli(step_wh, step_sigma_wh)) * MILLI // STEP if _is_large(period, meter) else 0
    return Verdict(
        RULE,
        Subject(Kind.METER, meter),
        period.number,
        max(drift, sudden),
        Severity.INFO,
        _title(error_wh, drift >= sudden),
        (
            Evidence("metered", metered_wh, "Wh"),
            Evidence("expected", expected_wh, "Wh"),
            Evidence("sigma", sigma_wh, "Wh"),
            Evidence("step", step_wh, "Wh"),
            Evidence("sigma of steps", step_sigma_wh, "Wh"),
            Evidence("cusum", max(sums), "milli-sigma"),
            Evidence("decision limit", DECISION, "milli-sigma"),
        ),
    )


def _title(error_wh: int, is_drift: bool) -> str:
    if not is_drift:
        return "What the connection takes changed at once, as no plan said."
    more = "more" if error_wh > 0 else "less"
    return f"The connection takes {more} than was planned, for longer than its forecasts are wont to err."


def _step(before: tuple[int, int, int], now: tuple[int, int, int]) -> int:
    """How the error changed, or what was metered if that changed by less: where only the plan jumps, as from
    one day to the next, nothing happened."""
    if before[0] != now[0]:
        return 0
    return min(now[1] - before[1], now[2] - before[2], key=abs)


def _is_large(period: Period, meter: str) -> bool:
    rated = period.ratings.get(meter)
    return rated is not None and max(rated.import_w, rated.export_w) >= STEP_RATED_W


def _sigma(size_wh: int, known: tuple[int, ...], which: int) -> int:
    permille = FIRST_PERMILLE if len(known) < ERRORS_ENOUGH else LEAST_PERMILLE
    return max(1, size_wh * permille[which] // MILLI, upper_sigma(known) if known else 1)


def _size_wh(period: Period, meter: str, periods: int, flows_wh: tuple[int, int]) -> int:
    """What the connection is rated for; where nobody says, what it was expected to carry or did, a kilowatt
    at least."""
    rated = period.ratings.get(meter)
    if rated is not None:
        return period.settings.energy_wh(max(rated.import_w, rated.export_w)) * periods
    return max(period.settings.energy_wh(UNRATED_W) * periods, *map(abs, flows_wh))
