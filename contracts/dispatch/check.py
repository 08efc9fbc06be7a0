"""The exact check of a plan: every constraint, to 1 Wh. No solver, no tolerance."""

from collections.abc import Iterable
from operator import gt, mul

from contracts.dispatch.errors import PlanError
from contracts.dispatch.model import Flows, Plan, Problem, Series, Site, states_of_charge, storage_flows


def check_plan(problem: Problem, plan: Plan) -> None:
    """Raises PlanError, naming the first constraint that is broken, where and by how much."""
    if len(plan.sites) != len(problem.sites):
        raise PlanError("number of sites", abs(len(plan.sites) - len(problem.sites)), unit="sites")
    for index, (site, flows) in enumerate(zip(problem.sites, plan.sites, strict=True)):
        _check_site(problem, problem.site_name(index), site, flows)
    _check_power(problem, plan)
    _check_charge(problem, plan)


def _check_site(problem: Problem, name: str, site: Site, flows: Flows) -> None:
    limits = (
        ("import limit", flows.buy_wh, site.import_wh),
        ("export limit", flows.sell_wh, site.export_wh),
        ("charge limit", flows.charge_wh, site.charge_wh),
        ("discharge limit", flows.discharge_wh, site.discharge_wh),
        ("curtailment limit", flows.curtail_wh, max(site.curtail_wh)),
    )
    for constraint, values, most in limits:
        if len(values) != problem.periods:
            by = abs(len(values) - problem.periods)
            raise PlanError("number of periods", by, site=name, unit="periods")
        if min(values) < 0 or max(values) > most:
            _refuse(problem, constraint, name, (max(-value, value - most) for value in values))
    if any(map(gt, flows.curtail_wh, site.curtail_wh)):
        excess = (value - most for value, most in zip(flows.curtail_wh, site.curtail_wh, strict=True))
        _refuse(problem, "curtailment limit", name, excess)
    _check_balance(problem, name, site, flows)
    _check_exclusive(problem, name, "rule never to buy and sell at once", flows.buy_wh, flows.sell_wh)
    _check_exclusive(
        problem, name, "rule never to charge and discharge at once", flows.charge_wh, flows.discharge_wh
    )


def _check_balance(problem: Problem, name: str, site: Site, flows: Flows) -> None:
    supplied = (flows.buy_wh, flows.discharge_wh)
    used = (flows.sell_wh, flows.curtail_wh, flows.charge_wh, site.net_wh)
    balances = [
        buy + discharge - sell - curtail - charge - net
        for buy, discharge, sell, curtail, charge, net in zip(*supplied, *used, strict=True)
    ]
    if any(balances):
        _refuse(problem, "energy balance", name, map(abs, balances))


def _check_exclusive(problem: Problem, name: str, constraint: str, one: Series, other: Series) -> None:
    if any(map(mul, one, other)):
        _refuse(problem, constraint, name, map(min, one, other))


def _check_power(problem: Problem, plan: Plan) -> None:
    charged, discharged = storage_flows(plan)
    excess = [abs(c - d) - problem.power_wh for c, d in zip(charged, discharged, strict=True)]
    if max(excess) > 0:
        _refuse(problem, "power limit", "storage", excess)


def _check_charge(problem: Problem, plan: Plan) -> None:
    states = states_of_charge(problem, plan)
    unit = f"of {problem.storage.units_per_wh} parts of a Wh"
    if min(states) < problem.lowest or max(states) > problem.highest:
        excess = (max(problem.lowest - state, state - problem.highest) for state in states)
        _refuse(problem, "state of charge", "storage", excess, unit)
    final_excess = max(problem.final_lowest - states[-1], states[-1] - problem.final_highest)
    if final_excess > 0:
        last = problem.first_period + problem.periods - 1
        raise PlanError("state of charge at the end", final_excess, last, "storage", unit)


def _refuse(problem: Problem, constraint: str, name: str, excess: Iterable[int], unit: str = "Wh") -> None:
    index, by = next((index, by) for index, by in enumerate(excess) if by > 0)
    raise PlanError(constraint, by, problem.first_period + index, name, unit)
