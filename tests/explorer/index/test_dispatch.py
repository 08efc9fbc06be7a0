"""A day of dispatch: planned, told and metered as the contract keeps it, in both models."""

from collections.abc import Iterator
from typing import Any

import pytest

from contracts.dispatch.model import states_of_charge
from contracts.dispatch.parameters import parameters_of
from contracts.dispatch.problems import get_problem
from contracts.dispatch.records import decode_schedule, schedule_key
from contracts.metering.readings import Reading
from explorer.index.database import Index
from explorer.index.queries.curves import Curves
from explorer.index.queries.dispatch import days, flows, site_names
from explorer.index.queries.markets import markets
from explorer.index.queries.storage import storage, storage_limits, usual_storage
from explorer.index.readers.dispatch import MARKET, PARKS, expected_charge, put_charge
from explorer.index.rows import Rows
from ledger.quantities import Period
from tests.contracts.chain import address
from tests.contracts.dispatch_day.market import DAY, END, FIRST, Market
from tests.contracts.dispatch_day.market import PARKS as PARKS_MADE
from tests.explorer.index.made import NewDatabase, index_of

PERIODS = range(FIRST, END)
LAST = END - 1


@pytest.fixture(scope="module", params=["pooled", "paper"])
def market(request: pytest.FixtureRequest) -> Market:
    ran = Market(request.param)
    ran.run_to(END + 12)
    return ran


@pytest.fixture(scope="module")
def index(database: NewDatabase, market: Market) -> Iterator[Index]:
    made = index_of(database(), market.chain)
    yield made
    made.close()


def curve(curves: Curves, key: str) -> tuple[int | None, ...]:
    return next(curve.values for curve in curves.curves if curve.key == key)


def known(curves: Curves, key: str) -> tuple[int, ...]:
    return next(curve.known for curve in curves.curves if curve.key == key)


def metered(market: Market, meter: str, field: str) -> tuple[Any, ...]:
    def value(period: int) -> Any:
        found: Reading | None = market.sight.reading(address(meter), Period(period))
        return None if found is None else getattr(found, field)

    return tuple(value(period) for period in PERIODS)


def test_the_day_is_listed_as_it_ended(market: Market, index: Index) -> None:
    with index.read() as connection:
        found = next(day for day in days(connection).items if day.day == DAY)
        # It has no book.
        assert markets(connection) == ()
    assert (found.phase, found.from_period, found.to_period) == ("settled", FIRST, LAST)
    assert found.cost_nano == market.plan(found.revision or 0).cost_nano
    assert found.process == market.day.process


def test_a_charge_of_long_ago_is_what_a_plan_begins_with(market: Market, index: Index) -> None:
    genesis, parameters = market.chain.genesis, parameters_of(market.chain.genesis)
    with index.read() as connection:
        rows = Rows(connection)
        put_charge(rows, FIRST - 10**8, 300_000)
        charge = expected_charge(rows, genesis, parameters, FIRST - 10**6)
    assert charge == 300_000 * parameters.storage.units_per_wh


def test_planned_flows_are_those_of_the_plan_in_force(market: Market, index: Index) -> None:
    plan = market.plan(market.day.segments[-1].revision)
    with index.read() as connection:
        total = flows(connection, FIRST, LAST)
        names = site_names(connection)
        assert len(names) == len(plan.sites)
        for name, site in zip(names, plan.sites, strict=True):
            own = flows(connection, FIRST, LAST, site=name)
            assert curve(own, "plan_buy") == site.buy_wh
            assert curve(own, "plan_discharge") == site.discharge_wh
        assert flows(connection, FIRST, LAST, site="\x00").curves[0].values == (None,) * len(PERIODS)
    for key in ("buy", "sell", "charge", "discharge", "curtail"):
        planned = tuple(sum(row) for row in zip(*(getattr(s, f"{key}_wh") for s in plan.sites), strict=True))
        assert curve(total, f"plan_{key}") == planned


def test_metered_flows_are_the_readings(market: Market, index: Index) -> None:
    with index.read() as connection:
        total = flows(connection, FIRST, LAST)
    generated = zip(*(metered(market, f"{park}-meter", "generated_wh") for park in PARKS_MADE), strict=True)
    assert curve(total, "generation") == tuple(map(sum, generated))
    deviations = curve(total, "deviation")
    parts = zip(*(curve(total, key) for key in ("buy", "sell", "plan_buy", "plan_sell")), strict=True)
    assert deviations == tuple(buy - sell - planned + sold for buy, sell, planned, sold in parts)  # type: ignore[operator]


def test_a_sum_without_all_parks_is_known_to_be_a_part(market: Market, index: Index) -> None:
    later = END + 100
    with index.write() as connection:
        rows = Rows(connection)
        rows.add_points(MARKET, later, {"generated_wh": 5, PARKS: len(PARKS_MADE) - 1})
        rows.write()
    with index.read() as connection:
        total, late = flows(connection, FIRST, LAST), flows(connection, later, later)
        day = flows(connection, FIRST, LAST, points=1)
    for key in ("generation", "load", "buy", "deviation"):
        assert known(total, key) == (1,) * len(PERIODS)
        assert known(day, key) == (len(PERIODS),)
    assert (curve(late, "generation"), known(late, "generation")) == ((5,), (0,))


def test_the_storage_is_told_and_its_planned_charge_is_exact(market: Market, index: Index) -> None:
    revision = market.day.segments[-1].revision
    schedule = decode_schedule(market.get(schedule_key(DAY, revision)))
    with index.read() as connection:
        meter = usual_storage(connection)
        assert meter == address("storage-meter")
        found, limits = storage(connection, meter, FIRST, LAST), storage_limits(connection, meter)
    assert curve(found, "told") == schedule.power_w
    assert limits is not None
    assert limits.lowest_wh < limits.highest_wh <= limits.energy_wh
    if market.parameters.model == "paper":
        assert set(curve(found, "soc_planned")) == {None}
        return
    problem = get_problem(market.sight, market.parameters, DAY, revision)  # type: ignore[arg-type]
    plan = market.plan(revision)
    units = market.parameters.storage.units_per_wh
    states = states_of_charge(problem, type("Plan", (), {"sites": plan.sites})())
    assert curve(found, "soc_planned") == tuple(state // units for state in states)
