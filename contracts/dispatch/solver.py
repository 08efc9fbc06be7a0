"""Finds the plan and its certificate with HiGHS, through SciPy: in floats, off the chain, trusted by nobody.

The linear program comes first; its multipliers prove the plan wherever the exclusions do not matter. HiGHS is
always started cold (a hot start may return a wrong objective, HiGHS issue 3294).
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.optimize._highspy import _core as highs

from contracts.dispatch.certificate import SCALE, Certificate, GapLimit, Leaf, bound
from contracts.dispatch.errors import Infeasible
from contracts.dispatch.feasibility import check_feasible
from contracts.dispatch.model import Plan, Problem, Series, cost
from contracts.dispatch.rounding import MILLI, round_plan

HIGHS_VERSION = f"HiGHS {highs.HIGHS_VERSION_MAJOR}.{highs.HIGHS_VERSION_MINOR}.{highs.HIGHS_VERSION_PATCH}"
DEFAULT_LIMIT = GapLimit(relative_ppm=100, absolute_nano=10**7)
WH_PER_KWH = 1_000
PRICE_UNITS = 1_000_000
"""ukwh in a unit of the currency a kWh."""

INFEASIBLE = 2

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
    solution = solve_linear(problem)
    if solution is None:
        raise _infeasible(problem)
    return solution


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
    leaf = _leaf(problem, result.eqlin.marginals)
    plan = round_plan(problem, _flows_milli_wh(problem, result.x), leaf.storage)
    if plan is None:
        return None
    certificate = Certificate((leaf,))
    return Solution(
        plan, certificate, cost(problem, plan), bound(problem, certificate), "linear", HIGHS_VERSION
    )


@dataclass(frozen=True, slots=True)
class _Program:
    """minimise cost * x subject to rows * x = right_side, lower <= x <= upper; in kWh and units of the currency.

    The variables are buy, sell, curtail, charge and discharge, each by site and period, then the state of charge
    and the net flow through the storage by period. The rows are the balances, the recursion, the sums of flows.
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


def _leaf(problem: Problem, marginals: Floats) -> Leaf:
    """Integer multipliers of a linear program's rows."""
    sites, periods = len(problem.sites), problem.periods
    scaled = marginals * (PRICE_UNITS * SCALE)
    storage = scaled[-2 * periods : -periods] / problem.storage.units_per_wh
    balance = scaled[: sites * periods].reshape(sites, periods)
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
