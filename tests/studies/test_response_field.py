"""Meters see what the units do by the set points on the chain, and the voltage that comes of it."""

from dataclasses import replace

import pytest

from contracts.agent import View
from contracts.response.network import NPU
from contracts.response.records import Phase
from ledger.quantities import Period
from studies.response_field import ResponseField
from tests.contracts.response.market import CASE, CUT_TARGET_W, NOON, Market, market_in

PARK, COLD_STORE = 5, 2


@pytest.fixture(scope="module")
def market() -> Market:
    """With an event that is running."""
    return market_in(Phase.RUNNING, CUT_TARGET_W)


@pytest.fixture(scope="module")
def running(market: Market) -> View:
    return market.chain.view


@pytest.fixture(scope="module")
def quiet() -> View:
    """Of the same chain, before anything was dispatched."""
    return market_in(Phase.QUOTING, CUT_TARGET_W).chain.view


@pytest.fixture(scope="module")
def first(market: Market) -> Period:
    """When the event begins: at noon."""
    return market.event.first_period


@pytest.fixture(scope="module")
def played(first: Period) -> ResponseField:
    return ResponseField(CASE, Period(first - NOON))


def net_wh(played: ResponseField, resource: int, view: View, period: Period) -> int:
    reading = played.measure(resource)(view, period)
    assert reading is not None
    assert reading.exported_wh is not None
    assert reading.imported_wh is not None
    assert min(reading.exported_wh, reading.imported_wh) == 0
    return reading.exported_wh - reading.imported_wh


def voltage_mv(played: ResponseField, resource: int, view: View, period: Period) -> int:
    reading = played.measure(resource)(view, period)
    assert reading is not None
    assert reading.voltage_mv is not None
    return reading.voltage_mv


def test_without_a_dispatch_all_go_on_as_usual(played: ResponseField, quiet: View, first: Period) -> None:
    point = played.outlook(quiet, first)
    assert point == CASE.day[NOON]
    for resource, baseline_w in enumerate(point.baseline_w):
        assert net_wh(played, resource, quiet, first) == pytest.approx(baseline_w / 4, abs=0.5)


def test_units_follow_their_set_points_while_the_event_lasts(
    market: Market, played: ResponseField, quiet: View, running: View, first: Period
) -> None:
    assert any(market.allocation_w)
    for resource, response_w in enumerate(market.allocation_w):
        for period in range(first - 1, market.event.end + 1):
            during = first <= period < market.event.end
            moved_wh = net_wh(played, resource, quiet, Period(period)) - net_wh(
                played, resource, running, Period(period)
            )
            assert moved_wh == pytest.approx(response_w / 4 if during else 0, abs=1)


def test_a_unit_may_give_less_than_it_was_told(
    market: Market, played: ResponseField, quiet: View, running: View, first: Period
) -> None:
    lazy = replace(played, given_permille={CASE.resources[PARK].participant: 600})
    for resource, share in ((PARK, 0.6), (COLD_STORE, 1.0)):
        moved_wh = net_wh(lazy, resource, quiet, first) - net_wh(lazy, resource, running, first)
        assert moved_wh == pytest.approx(share * market.allocation_w[resource] / 4, abs=1)


def test_node_6_is_over_its_limit_until_they_respond(
    played: ResponseField, quiet: View, running: View, first: Period
) -> None:
    highest_mv = CASE.network.highest_npu * CASE.network.nominal_mv // NPU
    assert voltage_mv(played, PARK, quiet, first) > highest_mv
    assert voltage_mv(played, PARK, running, first) < highest_mv
    assert voltage_mv(played, COLD_STORE, quiet, first) < highest_mv
    assert voltage_mv(played, PARK, quiet, Period(first - NOON)) < highest_mv


def test_the_day_begins_again(played: ResponseField, quiet: View, first: Period) -> None:
    assert played.outlook(quiet, Period(first + 96)) == CASE.day[NOON]
    assert played.outlook(quiet, Period(first - NOON - 1)) == CASE.day[95]


def test_an_offer_is_for_the_event_s_own_periods(
    market: Market, played: ResponseField, quiet: View, first: Period
) -> None:
    noon = played.offer(quiet, market.event, PARK)
    assert noon is not None
    assert noon.segments[-1].last_w == CASE.resources[PARK].down_w
    at_night = replace(market.event, first_period=Period(first - NOON))
    assert played.offer(quiet, at_night, PARK) is None
