"""The fallback, and what the storage can reach."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dispatch.check import check_plan
from contracts.dispatch.errors import Infeasible, PlanError
from contracts.dispatch.feasibility import charge_changes, idle_plan, viable_charges
from contracts.dispatch.model import Tariff, cost, states_of_charge
from contracts.dispatch.sites import Cell
from contracts.dispatch.solver import solve
from tests.contracts.dispatch.days import day


@pytest.mark.parametrize("model", ["pooled", "paper"])
def test_idling_is_a_valid_plan_and_no_better_than_the_optimum(model: str) -> None:
    problem = day(model, 3)
    idle = idle_plan(problem)
    assert idle.is_whole
    check_plan(problem, idle.plan)
    assert set(states_of_charge(problem, idle.plan)) == {problem.initial_charge}
    assert cost(problem, idle.plan) > solve(problem).cost_nano


def test_load_that_cannot_be_met_is_reported_not_invented() -> None:
    problem = day("pooled", 3)
    bus = problem.sites[0]
    weak = replace(problem, sites=(replace(bus, import_wh=max(bus.net_wh) - 70),))
    idle = idle_plan(weak)
    index = bus.net_wh.index(max(bus.net_wh))
    assert not idle.is_whole
    assert idle.unmet_wh[0][index] == 70
    assert sum(idle.unmet_wh[0]) == sum(max(0, net - weak.sites[0].import_wh) for net in bus.net_wh)
    with pytest.raises(PlanError, match="energy balance of the bus"):
        check_plan(weak, idle.plan)


def test_idling_curtails_rather_than_pay_to_sell() -> None:
    ordinary = day("pooled", 3)
    paying = replace(ordinary, tariff=Tariff(ordinary.tariff.buy_ukwh, (-1,) * 24))
    idle = idle_plan(paying).plan.sites[0]
    assert not any(idle.sell_wh)
    assert idle.curtail_wh == paying.sites[0].curtail_wh


def test_every_viable_charge_can_reach_the_end() -> None:
    problem = day("pooled", 3)
    viable, changes = viable_charges(problem), charge_changes(problem)
    for (lowest, highest), (least, most), (low, high) in zip(viable, changes[1:], viable[1:], strict=False):
        assert lowest + most >= low
        assert highest + least <= high
    assert viable[-1] == (problem.final_lowest, problem.final_highest)


def test_forced_discharges_of_two_parks_over_the_power_limit_are_named() -> None:
    problem = day("paper", 3)
    heavy = tuple(
        replace(site, net_wh=(site.import_wh + 300_000, *site.net_wh[1:])) for site in problem.sites[:2]
    )
    surplusless = [
        replace(site, charge_wh=0, export_wh=0, net_wh=(0, *site.net_wh[1:])) for site in problem.sites[2:]
    ]
    with pytest.raises(Infeasible) as refusal:
        charge_changes(replace(problem, sites=(*heavy, *surplusless)))
    assert (refusal.value.constraint, refusal.value.short_wh) == ("power limit", 200_000)


LIMIT = st.integers(0, 8)
CELLS = st.builds(
    Cell,
    st.integers(-8, 8),
    LIMIT,
    LIMIT,
    LIMIT,
    LIMIT,
    LIMIT,
    st.integers(-3, 3),
    st.integers(-3, 3),
)


@settings(max_examples=300)
@given(CELLS, st.integers(-3, 3), st.integers(-3, 3))
def test_trades_and_kinks_against_trying_everything(
    cell: Cell, charge_price: int, discharge_price: int
) -> None:
    costs = {}
    for flow in range(-cell.discharge_wh, cell.charge_wh + 1):
        trades = [
            cell.buy_ukwh * buy - cell.sell_ukwh * sell
            for buy in range(cell.import_wh + 1)
            for sell in range(cell.export_wh + 1 if buy == 0 else 1)
            if 0 <= buy - sell - flow - cell.net_wh <= cell.curtail_wh
        ]
        if trades:
            costs[flow] = min(trades)
    reachable = range(cell.flow_lowest, cell.flow_highest + 1)
    assert set(costs) == set(reachable)
    for flow, least in costs.items():
        buy, sell, curtail = cell.trade(flow)
        assert buy - sell - curtail - flow == cell.net_wh
        assert min(buy, sell) == 0
        assert cell.cost(flow) == least
    if costs:
        prices = {flow: charge_price * max(flow, 0) + discharge_price * max(-flow, 0) for flow in costs}
        kinks = cell.kinks(reachable[0], reachable[-1])
        assert min(costs[flow] + prices[flow] for flow in kinks) == min(
            costs[flow] + prices[flow] for flow in costs
        )
