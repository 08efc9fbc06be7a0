"""Finds the plan and its certificate with HiGHS, through SciPy: in floats, off the chain, trusted by nobody.

The linear program comes first; its multipliers prove the plan wherever the exclusions do not matter.
HiGHS is always started cold (a hot start may return a wrong objective, HiGHS issue 3294). Where a gap
above the limit is left (selling pays more than buying, negative prices), the 0-1 program gives the plan,
and a convex hull of each site's choices gives the multipliers.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.optimize._highspy import _core as highs

from contracts.dispatch.branching import Relaxation, prove
from contracts.dispatch.certificate import SCALE, Certificate, Leaf, Restrictions, bound
from contracts.dispatch.errors import Infeasible, SolverFailed
from contracts.dispatch.feasibility import check_feasible
from contracts.dispatch.model import Plan, Problem, Series, cost
from contracts.dispatch.rounding import MILLI, round_plan
from contracts.dispatch.sites import Cell, cell
from contracts.gap import GapLimit

HIGHS_VERSION = f"HiGHS {highs.HIGHS_VERSION_MAJOR}.{highs.HIGHS_VERSION_MINOR}.{highs.HIGHS_VERSION_PATCH}"
DEFAULT_LIMIT = GapLimit(relative_ppm=100, absolute_nano=10**7)
WH_PER_KWH = 1_000
PRICE_UNITS = 1_000_000
"""ukwh in a unit of the currency a kWh."""

INFEASIBLE = 2
TIME_LIMIT_S = 60
MIP_GAP = 1e-6
NANO = 10**9
PROHIBITIVE = 100
"""Price of breaking the storage's recursion, in multiples of the greatest price."""


Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan, the proof of how good it is, and how both were found."""

    plan: Plan
    certificate: Certificate
    cost_nano: int
    bound_nano: int
    formulation: Literal["linear", "binary"]
    solver: str
    """Name and version."""


def solve(problem: Problem, limit: GapLimit = DEFAULT_LIMIT) -> Solution:
    """The best plan that was found, with the best proof. Raises Infeasible, naming the constraint.

    Whether the proof is within the market's limit is for `check_gap` to say: a 0-1 plan may remain unproven.
    """
    linear = solve_linear(problem)
    if linear is not None and linear.cost_nano - linear.bound_nano <= limit.allowed(linear.cost_nano):
        return linear
    return solve_binary(problem, limit, [linear.plan] if linear is not None else [])


def solve_linear(problem: Problem) -> Solution | None:
    """The optimum of the linear program in whole Wh; None if rounding finds no plan near it."""
    program = _linear_program(problem)
    result = linprog(
        program.cost,
        A_eq=program.rows,
        b_eq=program.right_side,
        bounds=np.column_stack([program.lower, program.upper]),
        method="highs-ds",
    )
    if result.status == INFEASIBLE:
        raise _infeasible(problem)
    if not result.success:
        raise SolverFailed(result.message)
    leaf = _leaf(problem, result.eqlin.marginals, priced=True)
    plan = round_plan(problem, _flows_milli_wh(problem, result.x), leaf.storage)
    if plan is None:
        return None
    certificate = Certificate((leaf,))
    return Solution(
        plan, certificate, cost(problem, plan), bound(problem, certificate), "linear", HIGHS_VERSION
    )


def solve_binary(problem: Problem, limit: GapLimit, known: list[Plan]) -> Solution:
    """The optimum of the 0-1 program, or a cheaper `known` plan, proven as far as splits allow."""
    root = _hull(problem, {})
    found = (_binary_flows(problem), root.flows_milli_wh)
    rounded = [
        round_plan(problem, flows, root.relaxation.leaf.storage) for flows in found if flows is not None
    ]
    plans = known + [plan for plan in rounded if plan is not None]
    if not plans:
        raise _infeasible(problem)
    plan = min(plans, key=lambda plan: cost(problem, plan))
    cost_nano = cost(problem, plan)
    wanted_nano = cost_nano - limit.allowed(cost_nano)
    certificate = prove(problem, lambda restrictions: _hull(problem, restrictions).relaxation, wanted_nano)
    return Solution(plan, certificate, cost_nano, bound(problem, certificate), "binary", HIGHS_VERSION)


@dataclass(frozen=True, slots=True)
class _Program:
    """minimise cost * x, rows * x = right_side, lower <= x <= upper; in kWh and units of the currency.

    The variables are buy, sell, curtail, charge and discharge, each by site and period, then the state of
    charge and the net flow through the storage by period. The rows are balances, recursion, sums of flows.
    """

    cost: Floats
    rows: Any
    right_side: Floats
    lower: Floats
    upper: Floats


def _linear_program(problem: Problem) -> _Program:
    sites, periods = len(problem.sites), problem.periods
    cells = sites * periods
    storage = problem.storage
    unit, each_site = sparse.identity(periods), np.ones((1, sites))
    total = sparse.kron(each_site, unit)
    gain, draw = storage.gain / storage.units_per_wh, storage.draw / storage.units_per_wh
    step = unit - sparse.eye(periods, k=-1)
    one = sparse.identity(cells)
    rows = sparse.bmat(
        [
            [one, -one, -one, -one, one, None, None],
            [None, None, None, -gain * total, draw * total, step, None],
            [None, None, None, total, -total, None, -unit],
        ],
        format="csc",
    )
    right_side = np.concatenate([_by_cell(problem, "net_wh"), np.zeros(2 * periods)])
    right_side[cells] = problem.initial_charge / storage.units_per_wh
    lower, upper = _bounds(problem)
    energies = (right_side / WH_PER_KWH, lower / WH_PER_KWH, upper / WH_PER_KWH)
    return _Program(_costs(problem), rows, *energies)


def _costs(problem: Problem) -> Floats:
    sites, cells = len(problem.sites), len(problem.sites) * problem.periods
    buy = np.tile(np.array(problem.tariff.buy_ukwh, float), sites)
    sell = np.tile(np.array(problem.tariff.sell_ukwh, float), sites)
    wear = np.full(2 * cells, float(problem.storage.wear_ukwh))
    ukwh = np.concatenate([buy, -sell, np.zeros(cells), wear, np.zeros(2 * problem.periods)])
    return ukwh / PRICE_UNITS


def _bounds(problem: Problem) -> tuple[Floats, Floats]:
    """In Wh."""
    periods, unit = problem.periods, problem.storage.units_per_wh
    cells = len(problem.sites) * periods
    lowest, highest = np.full(periods, problem.lowest / unit), np.full(periods, problem.highest / unit)
    lowest[-1], highest[-1] = problem.final_lowest / unit, problem.final_highest / unit
    power = np.full(periods, float(problem.power_wh))
    limits = ("import_wh", "export_wh", "curtail_wh", "charge_wh", "discharge_wh")
    lower = np.concatenate([np.zeros(5 * cells), lowest, -power])
    upper = np.concatenate([*(_by_cell(problem, limit) for limit in limits), highest, power])
    return lower, upper


def _by_cell(problem: Problem, field: str) -> Floats:
    """A field of the sites as one row, site after site."""
    shape = (problem.periods,)
    return np.concatenate([np.broadcast_to(getattr(site, field), shape) for site in problem.sites]).astype(
        float
    )


def _leaf(problem: Problem, marginals: Floats, priced: bool) -> Leaf:
    """Integer multipliers of a linear program's rows, with or without those of the balances."""
    sites, periods = len(problem.sites), problem.periods
    scaled = marginals * (PRICE_UNITS * SCALE)
    storage = scaled[-2 * periods : -periods] / problem.storage.units_per_wh
    balance = scaled[: sites * periods].reshape(sites, periods)[: sites if priced else 0]
    return Leaf(_integers(storage), _integers(scaled[-periods:]), tuple(map(_integers, balance)))


def _flows_milli_wh(problem: Problem, values: Floats) -> list[list[int]]:
    """Net flow to the storage by site and period, + charging."""
    sites, periods = len(problem.sites), problem.periods
    charge, discharge = values[3 * sites * periods : 5 * sites * periods].reshape(2, sites, periods)
    return [list(_integers(row)) for row in (charge - discharge) * (WH_PER_KWH * MILLI)]


def _integers(values: Floats) -> Series:
    return tuple(np.rint(values).astype(np.int64).tolist())


def _infeasible(problem: Problem) -> Infeasible:
    try:
        check_feasible(problem)
    except Infeasible as error:
        return error
    last = problem.first_period + problem.periods - 1
    return Infeasible("state of charge at the end, in whole Wh", last, "storage", 1)


def _binary_flows(problem: Problem) -> list[list[int]] | None:
    """Flows of the 0-1 program: in each cell a binary for buy or sell, and one for charge or discharge."""
    program = _linear_program(problem)
    exclusions, at_most = _exclusions(program, len(problem.sites) * problem.periods)
    continuous, binaries = np.zeros_like(program.cost), np.ones(exclusions.shape[1] - len(program.cost))
    unused = sparse.csc_matrix((program.rows.shape[0], len(binaries)))
    result = milp(
        np.concatenate([program.cost, 0 * binaries]),
        integrality=np.concatenate([continuous, binaries]),
        bounds=Bounds(
            np.concatenate([program.lower, 0 * binaries]), np.concatenate([program.upper, binaries])
        ),
        constraints=[
            LinearConstraint(sparse.hstack([program.rows, unused]), program.right_side, program.right_side),
            LinearConstraint(exclusions, -np.inf, at_most),
        ],
        options={"time_limit": TIME_LIMIT_S, "mip_rel_gap": MIP_GAP},
    )
    return None if result.x is None else _flows_milli_wh(problem, result.x)


def _exclusions(program: _Program, cells: int) -> tuple[Any, Floats]:
    """For each pair and its binary z: first <= upper * z, second <= upper * (1 - z)."""
    here = np.arange(cells)
    first = np.concatenate([here, here + 3 * cells])
    second = first + cells
    row = np.arange(2 * cells)
    binary = len(program.cost) + row
    rows = np.concatenate([row, row, row + 2 * cells, row + 2 * cells])
    columns = np.concatenate([first, binary, second, binary])
    ones = np.ones(2 * cells)
    entries = np.concatenate([ones, -program.upper[first], ones, program.upper[second]])
    at_most = np.concatenate([0 * ones, program.upper[second]])
    return sparse.csc_matrix((entries, (rows, columns))), at_most


@dataclass(frozen=True, slots=True)
class _Hull:
    """The problem with each cell's choices replaced by their convex hull: its multipliers and flows."""

    relaxation: Relaxation
    flows_milli_wh: list[list[int]]


def _hull(problem: Problem, restrictions: Restrictions) -> _Hull:
    """The best multipliers for exact minima: those of the convex combinations of each cell's kinks.

    The recursion may be broken at a prohibitive price, so that parts without a plan have multipliers too.
    """
    cells, flows, nano = _kinks(problem, restrictions)
    periods, unit = problem.periods, problem.storage.units_per_wh
    gains = np.where(flows > 0, problem.storage.gain, problem.storage.draw) / unit
    columns, one = np.arange(len(cells)), sparse.identity(periods)
    each = sparse.csc_matrix((np.ones(len(cells)), (cells, columns)))
    changes = sparse.csc_matrix((gains * flows / WH_PER_KWH, (cells % periods, columns)))
    net = sparse.csc_matrix((flows / WH_PER_KWH, (cells % periods, columns)))
    step = one - sparse.eye(periods, k=-1)
    rows = [[each, None, None, None, None], [-changes, step, None, one, -one], [net, None, -one, None, None]]
    right_side = np.zeros(each.shape[0] + 2 * periods)
    right_side[: each.shape[0]] = 1
    right_side[each.shape[0]] = problem.initial_charge / unit / WH_PER_KWH
    lower, upper = (bounds[-2 * periods :] / WH_PER_KWH for bounds in _bounds(problem))
    weights, broken = np.zeros(len(cells)), np.zeros(2 * periods)
    prohibitive = PROHIBITIVE * (1 + np.abs(_costs(problem)).max())
    result = linprog(
        np.concatenate([nano / NANO, np.zeros(2 * periods), broken + prohibitive]),
        A_eq=sparse.bmat(rows, format="csc"),
        b_eq=right_side,
        bounds=np.column_stack(
            [
                np.concatenate([weights, lower, broken]),
                np.concatenate([weights + 1, upper, broken + np.inf]),
            ]
        ),
        method="highs-ds",
    )
    if not result.success:
        raise SolverFailed(result.message)
    weights = result.x[: len(cells)]
    leaf = _leaf(problem, result.eqlin.marginals, priced=False)
    means, hull_nano = each @ (weights * flows), each @ (weights * nano)
    split = _worst_cell(problem, restrictions, means, hull_nano)
    milli = [list(_integers(row)) for row in means.reshape(-1, periods) * MILLI]
    return _Hull(Relaxation(leaf, split), milli)


def _kinks(problem: Problem, restrictions: Restrictions) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Of every kink of every cell: the cell's number, the flow in Wh, the cost with wear."""
    rows = []
    for site in range(len(problem.sites)):
        for index in range(problem.periods):
            here = cell(problem, site, index)
            limits = restrictions.get((site, index), (here.flow_lowest, here.flow_highest))
            number = site * problem.periods + index
            rows += [(number, flow, _cell_cost(problem, here, flow)) for flow in here.kinks(*limits)]
    numbers, flows, nano = zip(*rows, strict=True)
    return np.array(numbers), np.array(flows, float), np.array(nano, float)


def _cell_cost(problem: Problem, here: Cell, flow_wh: int) -> int:
    return here.cost(flow_wh) + problem.storage.wear_ukwh * abs(flow_wh)


def _worst_cell(
    problem: Problem, restrictions: Restrictions, means: Floats, hull_nano: Floats
) -> tuple[int, int, int] | None:
    """Where the real cost at the mean flow exceeds the hull's most: site, period, and that flow."""
    worst, place = 0.0, None
    for number, mean in enumerate(means):
        site, index = divmod(number, problem.periods)
        here, flow = cell(problem, site, index), round(mean)
        lowest, highest = restrictions.get((site, index), (here.flow_lowest, here.flow_highest))
        excess = _cell_cost(problem, here, flow) - hull_nano[number]
        if excess > worst and lowest < highest:
            worst, place = excess, (site, index, min(max(flow, lowest), highest - 1))
    return place
