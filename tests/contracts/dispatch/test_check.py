"""A plan that breaks one constraint by 1 Wh is refused, and the constraint is named."""

from dataclasses import replace

import pytest

from contracts.dispatch.check import check_plan
from contracts.dispatch.errors import PlanError
from contracts.dispatch.model import Plan, Problem
from contracts.dispatch.rounding import flows_of
from contracts.dispatch.solver import solve
from tests.contracts.dispatch.days import FIRST_PERIOD, day

FIELDS = ("buy_wh", "sell_wh", "curtail_wh", "charge_wh", "discharge_wh")


def change(plan: Plan, site: int, field: str, index: int, by: int) -> Plan:
    flows = plan.sites[site]
    values = list(getattr(flows, field))
    values[index] += by
    sites = list(plan.sites)
    sites[site] = replace(flows, **{field: tuple(values)})
    return Plan(tuple(sites))


def refusal(problem: Problem, plan: Plan) -> PlanError:
    with pytest.raises(PlanError) as caught:
        check_plan(problem, plan)
    return caught.value


@pytest.mark.parametrize("model", ["pooled", "paper"])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("by", [-1, 1])
def test_no_single_number_may_change_by_1_wh(model: str, field: str, by: int) -> None:
    problem = day(model, 3)
    plan = solve(problem).plan
    check_plan(problem, plan)
    for site in range(len(problem.sites)):
        for index in range(problem.periods):
            error = refusal(problem, change(plan, site, field, index, by))
            assert error.by == 1
            assert error.site == problem.site_name(site)
            assert error.period == FIRST_PERIOD + index


def flat(flow_wh: list[int], **changes: int) -> tuple[Problem, Plan]:
    """A day of the bus with the given flows to the storage, and the cheapest trades."""
    problem = day("pooled", 3)
    bus = replace(problem.sites[0], **changes)
    problem = replace(problem, sites=(bus,))
    return problem, Plan((flows_of(problem, 0, flow_wh + [0] * (24 - len(flow_wh))),))


def test_the_import_limit() -> None:
    _, plan = flat([])
    most = max(plan.sites[0].buy_wh)
    problem, plan = flat([], import_wh=most - 1)
    plan = flat([])[1]
    error = refusal(problem, plan)
    assert (error.constraint, error.by) == ("import limit", 1)
    assert error.period == FIRST_PERIOD + plan.sites[0].buy_wh.index(most)


def test_the_power_limit_is_on_the_net_flow() -> None:
    problem, plan = flat([400_000, -361_000])
    check_plan(problem, plan)
    weaker = replace(problem, storage=replace(problem.storage, power_w=399_999))
    error = refusal(weaker, plan)
    assert (error.constraint, error.by, error.site) == ("power limit", 1, "storage")


def test_the_state_of_charge() -> None:
    problem, plan = flat([400_000, 22_000])
    error = refusal(problem, plan)
    assert error.constraint == "state of charge"
    assert (error.period, error.by) == (FIRST_PERIOD + 1, 422_000 * 361 - 400_000 * 380)


@pytest.mark.parametrize(("flow_wh", "by"), [([2], 2 * 361 - 380), ([-1], 400)])
def test_the_end_is_within_1_wh_of_the_target(flow_wh: list[int], by: int) -> None:
    error = refusal(*flat(flow_wh))
    assert (error.constraint, error.by) == ("state of charge at the end", by)
    assert error.period == FIRST_PERIOD + 23


def test_1_wh_charged_closes_the_day() -> None:
    check_plan(*flat([1]))


def test_buying_and_selling_exclude_each_other() -> None:
    problem, plan = flat([])
    plan = change(change(plan, 0, "buy_wh", 0, 5), 0, "sell_wh", 0, 5)
    error = refusal(problem, plan)
    assert (error.constraint, error.by) == ("rule never to buy and sell at once", 5)


def test_charging_and_discharging_exclude_each_other() -> None:
    problem, plan = flat([100])
    plan = change(change(plan, 0, "charge_wh", 0, 1), 0, "discharge_wh", 0, 1)
    assert refusal(problem, plan).constraint == "rule never to charge and discharge at once"


@pytest.mark.parametrize(
    ("one", "other", "constraint"),
    [("buy_wh", "sell_wh", "import limit"), ("charge_wh", "discharge_wh", "charge limit")],
)
def test_no_flow_is_negative_even_if_the_balance_holds(one: str, other: str, constraint: str) -> None:
    problem, plan = flat([])
    plan = change(change(plan, 0, one, 0, -1 - getattr(plan.sites[0], one)[0]), 0, other, 0, -1)
    balanced = change(plan, 0, "curtail_wh", 0, 0)
    error = refusal(problem, balanced)
    assert (error.constraint, error.by) == (constraint, 1)


def test_more_than_the_surplus_may_not_be_curtailed() -> None:
    problem, plan = flat([])
    plan = change(change(plan, 0, "curtail_wh", 0, 1), 0, "buy_wh", 0, 1)
    assert refusal(problem, plan).constraint == "curtailment limit"


def test_a_plan_for_another_number_of_periods_or_sites() -> None:
    problem, plan = flat([])
    short = replace(plan.sites[0], sell_wh=plan.sites[0].sell_wh[:-1])
    assert refusal(problem, Plan((short,))).constraint == "number of periods"
    assert refusal(problem, Plan((*plan.sites, *plan.sites))).constraint == "number of sites"
