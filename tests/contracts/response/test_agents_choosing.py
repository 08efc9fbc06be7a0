"""Which periods the network operator asks for, and how much."""

from contracts.response.problem import injections
from contracts.response.records import Forecast
from contracts.response.resources import Resource
from contracts.response.solving.choosing import Choice, choose_event
from contracts.response.solving.cuts import violations
from contracts.response.solving.sweep import run_sweep
from studies.response_case import ResponseCase
from tests.contracts.response.market import CASE, parameters_for

RESOURCES: tuple[Resource, ...] = parameters_for().resources
PERIOD_S = 900


def day_of(case: ResponseCase) -> Forecast:
    return Forecast(
        tuple(point.background_w for point in case.day),
        tuple(point.background_var for point in case.day),
        tuple(point.baseline_w for point in case.day),
    )


def choose(forecast: Forecast, periods_max: int = 96) -> Choice | None:
    return choose_event(CASE.network, RESOURCES, forecast, periods_max, PERIOD_S)


def broken(forecast: Forecast) -> list[int]:
    """The periods in which a limit is broken."""
    flows = injections(forecast, RESOURCES, 1, [0] * len(RESOURCES))
    voltages = run_sweep(CASE.network, flows).voltages_npu
    pairs = enumerate(zip(flows, voltages, strict=True))
    return [period for period, (flow, found) in pairs if violations(CASE.network, [flow], [found])]


def test_it_asks_for_the_first_periods_in_a_row_that_break_a_limit() -> None:
    day = day_of(CASE)
    choice, found = choose(day), broken(day)
    assert choice is not None
    assert choice.first == found[0]
    assert [*range(choice.first, choice.first + choice.periods)] == found[: choice.periods]
    assert choice.first + choice.periods not in found
    assert choice.target_w < 0, "over voltage asks for less"


def test_an_event_is_no_longer_than_it_may_be() -> None:
    choice = choose(day_of(CASE), periods_max=2)
    assert choice is not None
    assert choice.periods == 2


def test_a_forecast_within_the_limits_asks_for_nothing() -> None:
    day = day_of(CASE)
    assert choose(Forecast(day.background_w[:8], day.background_var[:8], day.baseline_w[:8])) is None


def test_a_period_without_a_power_flow_is_no_reason_to_overlook_the_others() -> None:
    day = day_of(CASE)
    collapse = ((0, *[-900_000] * 6),)
    later = Forecast(
        (*day.background_w[:60], *collapse), (*day.background_var[:60], (0,) * 7), day.baseline_w[:61]
    )
    assert choose(later) == choose(day)
