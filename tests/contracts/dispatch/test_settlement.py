"""Payments sum to zero whatever the meters say; no park that meets its forecast pays more than alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dispatch.certificate import bus_prices
from contracts.dispatch.costs import alone_cost
from contracts.dispatch.model import Flows, Plan, Problem
from contracts.dispatch.settlement import (
    Completed,
    Metered,
    Settlement,
    complete_pooled,
    equal_parts,
    imbalance_prices,
    planned_connection,
    settle_pooled,
    share_weights,
)
from contracts.dispatch.settlement_paper import complete_paper, planned_storage_flow, settle_paper
from contracts.dispatch.solver import solve
from ledger.quantities import Amount
from tests.contracts.dispatch.days import net_wh, paper, parks, pooled, storage, tariff

PERIODS = 4
ENERGY = st.integers(-(10**6), 10**6)
POSITIVE = st.integers(0, 10**6)
PRICE = st.integers(-(10**6), 2 * 10**6)


def series(values: st.SearchStrategy[int | None]) -> st.SearchStrategy[tuple[int | None, ...]]:
    return st.lists(values, min_size=PERIODS, max_size=PERIODS).map(tuple)


FLOWS = st.builds(Flows, *(series(POSITIVE) for _ in range(5)))
READINGS = series(st.none() | ENERGY)


def total(settlement: Settlement) -> int:
    return settlement.loss + sum(
        bill.amount for bill in (*settlement.parks, settlement.storage, settlement.grid)
    )


@settings(max_examples=100, deadline=None)
@given(
    FLOWS,
    series(ENERGY),
    st.tuples(*(series(PRICE) for _ in range(3))),
    st.builds(Metered, st.tuples(*(READINGS for _ in range(3))), READINGS, READINGS),
    st.tuples(*(st.none() | st.integers(-(10**15), 10**15) for _ in range(3))),
)
def test_pooled_payments_sum_to_zero(
    bus: Flows,
    opened: tuple[int, ...],
    prices: tuple[tuple[int, ...], ...],
    metered: Metered,
    declared: tuple[int | None, ...],
) -> None:
    bus_ukwh, buy_ukwh, sell_ukwh = prices
    settlement = settle_pooled(
        bus=bus,
        net_wh=opened,
        bus_ukwh=bus_ukwh,
        buy_ukwh=buy_ukwh,
        sell_ukwh=sell_ukwh,
        energies=complete_pooled(metered, bus, opened),
        declared_nano=declared,
    )
    assert total(settlement) == 0


class Day:
    """A solved day of the pooled model, its parks' secret forecasts, and what perfect meters would read."""

    def __init__(self, seed: int) -> None:
        own = parks(seed)
        self.problem = pooled(own, storage(), tariff(24))
        self.solution = solve(self.problem)
        self.bus = self.solution.plan.sites[0]
        self.forecasts = tuple(map(net_wh, own))
        self.bus_ukwh = bus_prices(self.problem, self.solution.plan, self.solution.certificate)
        self.alone = [
            alone_cost(site, self.problem.tariff) for site in paper(own, storage(), tariff(24)).sites[:-1]
        ]

    @property
    def perfect(self) -> Metered:
        flow = tuple(map(int.__sub__, self.bus.charge_wh, self.bus.discharge_wh))
        connection = tuple(map(int.__sub__, self.bus.buy_wh, self.bus.sell_wh))
        return Metered(self.forecasts, flow, connection)

    def declared(self, energies: Completed) -> tuple[int, ...]:
        tariff = self.problem.tariff
        planned_wh = planned_connection(self.bus)
        imbalance = imbalance_prices(energies.connection_wh, planned_wh, tariff.buy_ukwh, tariff.sell_ukwh)
        weights = share_weights(self.bus_ukwh, imbalance)
        return tuple(sum(map(int.__mul__, weights, forecast)) for forecast in self.forecasts)

    def settle(self, metered: Metered, silent: tuple[int, ...] = ()) -> Settlement:
        energies = complete_pooled(metered, self.bus, self.problem.sites[0].net_wh)
        declared = self.declared(energies)
        return settle_pooled(
            bus=self.bus,
            net_wh=self.problem.sites[0].net_wh,
            bus_ukwh=self.bus_ukwh,
            buy_ukwh=self.problem.tariff.buy_ukwh,
            sell_ukwh=self.problem.tariff.sell_ukwh,
            energies=energies,
            declared_nano=tuple(None if n in silent else value for n, value in enumerate(declared)),
        )


DAY = Day(2)


@pytest.mark.parametrize("seed", range(6))
def test_under_perfect_forecasts_nobody_pays_more_than_alone(seed: int) -> None:
    day = Day(seed)
    settlement = day.settle(day.perfect)
    for bill, alone, forecast in zip(settlement.parks, day.alone, day.forecasts, strict=True):
        assert bill.nano == sum(map(int.__mul__, day.bus_ukwh, forecast))
        assert bill.nano <= alone
    wear = day.problem.storage.wear_ukwh * (sum(day.bus.charge_wh) + sum(day.bus.discharge_wh))
    gap = day.solution.cost_nano - day.solution.bound_nano
    assert settlement.storage.nano + wear <= gap
    assert -settlement.grid.nano + wear == day.solution.cost_nano
    assert abs(settlement.loss) <= gap // 1_000 + 5


def test_a_park_s_deviation_costs_the_grid_s_price_and_changes_nobody_else_s_bill() -> None:
    day = Day(2)
    index = day.bus.buy_wh.index(max(day.bus.buy_wh))
    more = tuple(energy + 700 * (place == index) for place, energy in enumerate(day.forecasts[1]))
    perfect = day.perfect
    drawn = tuple(energy + 700 * (place == index) for place, energy in enumerate(perfect.connection_wh))
    before = day.settle(perfect)
    after = day.settle(Metered((day.forecasts[0], more, day.forecasts[2]), perfect.storage_wh, drawn))
    assert after.parks[0] == before.parks[0]
    assert after.storage == before.storage
    assert after.parks[1].nano - before.parks[1].nano == 700 * day.problem.tariff.buy_ukwh[index]
    assert after.loss == before.loss


@given(st.tuples(*[st.tuples(*[st.integers(-400_000, 400_000)] * 24)] * 3))
def test_deviations_leave_nothing_over_even_where_an_import_becomes_an_export(
    by_park: tuple[tuple[int, ...], ...],
) -> None:
    day = DAY
    metered_wh = tuple(
        tuple(map(int.__add__, *curves)) for curves in zip(day.forecasts, by_park, strict=True)
    )
    swing_wh = tuple(map(sum, zip(*by_park, strict=True)))
    perfect = day.perfect
    connection_wh = tuple(map(int.__add__, perfect.connection_wh, swing_wh))
    settlement = day.settle(Metered(metered_wh, perfect.storage_wh, connection_wh))
    gap = day.solution.cost_nano - day.solution.bound_nano
    rounded_prices = sum(map(abs, swing_wh)) // 2
    assert abs(settlement.loss) <= (gap + rounded_prices) // 1_000 + 5


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_the_imbalance_price_lies_between_the_tariff_s(metered_wh: int, planned_wh: int) -> None:
    (price,) = imbalance_prices((metered_wh,), (planned_wh,), (900_000,), (200_000,))
    assert 200_000 <= price <= 900_000
    if min(metered_wh, planned_wh) > 0:
        assert price == 900_000


def test_those_who_do_not_declare_share_what_the_others_leave() -> None:
    day = Day(3)
    whole, without = day.settle(day.perfect), day.settle(day.perfect, silent=(0, 2))
    assert without.parks[1] == whole.parks[1]
    assert without.parks[0].nano + without.parks[2].nano == whole.parks[0].nano + whole.parks[2].nano
    one_left = day.settle(day.perfect, silent=(1,))
    assert one_left == whole


@pytest.mark.parametrize("by", [-900, 900])
def test_the_storage_s_deviation_is_never_to_its_gain(by: int) -> None:
    day = Day(4)
    perfect = day.perfect
    for index in range(24):
        storage_wh = tuple(flow + by * (place == index) for place, flow in enumerate(perfect.storage_wh))
        settlement = day.settle(replace(perfect, storage_wh=storage_wh))
        paid = settlement.storage.nano - day.settle(perfect).storage.nano
        buy, sell, bus = (
            prices[index]
            for prices in (day.problem.tariff.buy_ukwh, day.problem.tariff.sell_ukwh, day.bus_ukwh)
        )
        assert paid == by * (max(buy, bus) if by > 0 else min(sell, bus))


def test_one_missing_meter_is_what_the_connection_leaves() -> None:
    day = Day(5)
    perfect = day.perfect
    silent = Metered(
        (day.forecasts[0], (None,) * 24, day.forecasts[2]), perfect.storage_wh, perfect.connection_wh
    )
    filled = complete_pooled(silent, day.bus, day.problem.sites[0].net_wh)
    curtailed = tuple(map(int.__add__, day.forecasts[1], day.bus.curtail_wh))
    assert filled.parks_wh[1] == curtailed
    assert filled.estimated == tuple(("park 2", index) for index in range(24))


BUS = Flows((10,), (0,), (0,), (4,), (0,))


@pytest.mark.parametrize(
    ("parks_wh", "storage_wh", "connection_wh", "completed", "estimated"),
    [
        ((1, 2, 3), 4, 10, ((1, 2, 3), 4, 10), ()),
        ((1, 2, 3), None, 12, ((1, 2, 3), 6, 12), ("storage",)),
        ((1, None, 3), None, 12, ((1, 4, 3), 4, 12), ("park 2", "storage")),
        ((None, 2, None), 4, 11, ((3, 2, 2), 4, 11), ("park 1", "park 3")),
        ((1, 2, 3), 5, None, ((1, 2, 3), 5, 11), ("connection",)),
        ((1, None, 3), 5, None, ((1, 2, 3), 5, 11), ("park 2", "connection")),
        (
            (None,) * 3,
            None,
            None,
            ((2, 2, 2), 4, 10),
            ("park 1", "park 2", "park 3", "storage", "connection"),
        ),
    ],
)
def test_missing_readings_are_estimated_by_the_rule_and_marked(
    parks_wh: tuple[int | None, ...],
    storage_wh: int | None,
    connection_wh: int | None,
    completed: tuple[tuple[int, ...], int, int],
    estimated: tuple[str, ...],
) -> None:
    metered = Metered(tuple((reading,) for reading in parks_wh), (storage_wh,), (connection_wh,))
    filled = complete_pooled(metered, BUS, (6,))
    assert tuple(row[0] for row in filled.parks_wh) == completed[0]
    assert (filled.storage_wh[0], filled.connection_wh[0]) == completed[1:]
    assert filled.estimated == tuple((name, 0) for name in estimated)


def test_equal_parts() -> None:
    assert equal_parts(7, 3) == [3, 2, 2]
    assert equal_parts(-7, 3) == [-2, -2, -3]
    assert equal_parts(5, 0) == []


def test_a_bill_is_rounded_once() -> None:
    settlement = Day(1).settle(Day(1).perfect)
    for bill in (*settlement.parks, settlement.storage, settlement.grid):
        assert bill.nano == sum(line.nano for line in bill.lines)
        assert abs(1_000 * bill.amount - bill.nano) <= 500


def paper_day(seed: int) -> tuple[Problem, Plan]:
    problem = paper(parks(seed), storage(), tariff(24))
    return problem, solve(problem).plan


@pytest.mark.parametrize("seed", range(6))
def test_in_the_paper_s_model_nobody_pays_more_than_alone(seed: int) -> None:
    problem, plan = paper_day(seed)
    forecasts = tuple(site.net_wh for site in problem.sites[:-1])
    settlement = settle_paper(problem, plan, with_curtailment(plan, forecasts), planned_storage_flow(plan))
    for bill, site in zip(settlement.parks, problem.sites, strict=False):
        assert bill.nano <= alone_cost(site, problem.tariff)
    assert total(settlement) == 0
    wear = problem.storage.wear_ukwh * sum(
        sum(site.charge_wh) + sum(site.discharge_wh) for site in plan.sites
    )
    assert abs(-settlement.grid.nano + wear - solve(problem).cost_nano) == 0
    assert abs(settlement.loss) <= Amount(3)


def with_curtailment(plan: Plan, forecasts: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """Meters of parks that meet their forecasts and curtail what the plan says."""
    return tuple(
        tuple(map(int.__add__, forecast, flows.curtail_wh))
        for forecast, flows in zip(forecasts, plan.sites, strict=False)
    )


def test_what_only_passes_a_park_passes_at_the_grid_s_price() -> None:
    """Bought to be charged in one period, discharged to be sold in the next; the park has no load."""
    problem, plan = paper_day(1)
    idle = replace(problem.sites[0], net_wh=(0,) * 24, curtail_wh=(0,) * 24)
    nothing = (0,) * 22
    through = Flows(
        buy_wh=(100, 0, *nothing),
        sell_wh=(0, 90, *nothing),
        curtail_wh=(0, 0, *nothing),
        charge_wh=(100, 0, *nothing),
        discharge_wh=(0, 90, *nothing),
    )
    problem = replace(problem, sites=(idle, *problem.sites[1:]))
    plan = Plan((through, *plan.sites[1:]))
    readings = tuple(site.net_wh for site in problem.sites[:-1])
    settlement = settle_paper(problem, plan, readings, planned_storage_flow(plan))
    grid, flow = settlement.parks[0].lines
    assert grid.nano == 100 * 400_000 - 90 * 300_000
    assert flow.nano == -grid.nano


PAPER_DAY = paper_day(1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(ENERGY, min_size=24, max_size=24).map(tuple), min_size=4, max_size=4))
def test_paper_payments_sum_to_zero(readings: list[tuple[int, ...]]) -> None:
    problem, plan = PAPER_DAY
    settlement = settle_paper(problem, plan, tuple(readings[:3]), readings[3])
    nano = sum(bill.nano for bill in (*settlement.parks, settlement.storage, settlement.grid))
    assert (total(settlement), nano) == (0, 0)


def test_missing_readings_of_the_paper_s_model_are_as_planned() -> None:
    assert complete_paper(((1, None), (None, 4)), ((8, 2), (3, 9))) == ((1, 2), (3, 4))
