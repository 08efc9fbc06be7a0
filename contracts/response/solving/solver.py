"""Finds the cheapest allocation and its proof: the merit order, or with cuts HiGHS through SciPy, cold.

HiGHS works in floats and is trusted by nobody. Its multipliers, rounded, are a proof as good as any
(optimality.py). Its optimum is repaired to whole watts by a program in integers over a window around it,
whose limits are computed exactly. What comes out is checked before it is returned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp

from contracts.gap import GapLimit
from contracts.response.optimality import Certificate, Demand, check_infeasible, check_optimal, share
from contracts.response.optimality_errors import (
    CutBroken,
    GapTooWide,
    NotInfeasible,
    SolverFailed,
    TargetMissed,
)
from contracts.response.quotes import POWER_W_MAX

Floats = NDArray[np.float64]

MULTIPLIER_BITS = 60
"""Multipliers are scaled up to so many bits, so that rounding them costs nothing that could be seen."""

NODES_MAX = 1_000
GAP_PARTS = 4
"""The search ends within this part of the gap, since the certificate is rounded too."""

FEASIBILITY = 1e-6
"""HiGHS's own tolerance, in units of the scaled rows."""

ATTEMPTS = ((4, 0.0), (4, FEASIBILITY), (64, FEASIBILITY), (POWER_W_MAX, FEASIBILITY))
"""How far from the optimum whole watts are looked for, W, and how far inside the cuts, in turn."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An allocation and the proof that it is within the gap of the optimum."""

    allocation: tuple[int, ...]
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Infeasible:
    """The proof that no allocation meets the target and keeps the cuts."""

    certificate: Certificate


def solve(demand: Demand, gap: GapLimit) -> Answer | Infeasible:
    """What `check_optimal` or `check_infeasible` will accept. Raises SolverFailed."""
    if sum(demand.capacities_w) < demand.target_w:
        return Infeasible(Certificate(1, 1, (0,) * len(demand.cuts)))
    price = marginal_price_ukwh(demand)
    merit = Answer(share(demand, price), Certificate(1, price, (0,) * len(demand.cuts)))
    return merit if _is_proven(demand, merit, gap) else _solve_with_cuts(demand, gap)


def marginal_price_ukwh(demand: Demand) -> int:
    """The least price at which the target is offered. Raises ValueError if it is offered at none."""
    upto_w = 0
    for price, width in sorted((price, width) for row in demand.pieces for width, price in row):
        upto_w += width
        if upto_w >= demand.target_w:
            return price
    raise ValueError(f"{upto_w} W are offered, and the target is {demand.target_w} W")


def _solve_with_cuts(demand: Demand, gap: GapLimit) -> Answer | Infeasible:
    program = _program(demand, [0] * len(demand.curves), demand.capacities_w)
    relaxed = _relax(program)
    if relaxed.success:
        certificate = _certificate(program, relaxed)
        optimum = np.bincount(program.resources, relaxed.x, len(demand.curves)).astype(float)
        allowed = gap.allowed(int(relaxed.fun))
        for window_w, inside in ATTEMPTS:
            allocation = _repair(demand, optimum, window_w, inside, allowed)
            if allocation is not None and _is_proven(demand, answer := Answer(allocation, certificate), gap):
                return answer
    return Infeasible(_contradiction(demand))


def _is_proven(demand: Demand, answer: Answer, gap: GapLimit) -> bool:
    try:
        check_optimal(demand, answer.allocation, answer.certificate, gap)
    except (CutBroken, GapTooWide, TargetMissed):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Program:
    """minimise prices * y, the sum of y = total, rows * y <= limits, 0 <= y <= widths; y in W by piece of a
    curve."""

    resources: NDArray[np.int64]
    """Whose piece it is."""
    prices: Floats
    widths: Floats
    total: float
    rows: Floats
    limits: Floats
    scales: Floats
    """By what each cut was divided."""


def _program(demand: Demand, lowest: Sequence[int], highest: Sequence[int]) -> _Program:
    """The problem for allocations between `lowest` and `highest`; y counts from `lowest`."""
    pieces = [
        (number, price, width)
        for number in range(len(lowest))
        for price, width in _pieces_within(demand, number, lowest[number], highest[number])
    ]
    resources = np.array([number for number, _, _ in pieces], np.int64)
    scales = [max(1, *map(abs, cut.coefficients)) for cut in demand.cuts]
    rows = [
        [part / scale for part in cut.coefficients] for cut, scale in zip(demand.cuts, scales, strict=True)
    ]
    limits = [(cut.limit - cut.load(lowest)) / scale for cut, scale in zip(demand.cuts, scales, strict=True)]
    return _Program(
        resources,
        np.array([price for _, price, _ in pieces], float),
        np.array([width for _, _, width in pieces], float),
        float(demand.target_w - sum(lowest)),
        np.array(rows, float)[:, resources],
        np.array(limits, float),
        np.array(scales, float),
    )


def _pieces_within(demand: Demand, resource: int, lowest_w: int, highest_w: int) -> Iterator[tuple[int, int]]:
    """Price and width of what a curve has between two powers."""
    first_w = 0
    for width, price in demand.pieces[resource]:
        last_w = first_w + width
        inside = min(last_w, highest_w) - max(first_w, lowest_w)
        if inside > 0:
            yield price, inside
        first_w = last_w


def _relax(program: _Program) -> OptimizeResult:
    return linprog(
        program.prices,
        A_ub=program.rows,
        b_ub=program.limits,
        A_eq=np.ones((1, len(program.prices))),
        b_eq=[program.total],
        bounds=np.column_stack([0 * program.widths, program.widths]),
        method="highs-ds",
    )


def _certificate(program: _Program, result: OptimizeResult) -> Certificate:
    price = float(result.eqlin.marginals[0])
    weights = np.maximum(0.0, -result.ineqlin.marginals[: len(program.limits)]) / program.scales
    return _rounded(price, weights)


def _rounded(price: float, weights: Floats) -> Certificate:
    greatest = max(abs(price), *weights, 1e-300)
    bits = MULTIPLIER_BITS - int(np.ceil(np.log2(greatest)))
    scale = 2 ** min(max(bits, 0), MULTIPLIER_BITS)
    return Certificate(scale, round(price * scale), tuple(round(float(weight) * scale) for weight in weights))


def _repair(
    demand: Demand, optimum: Floats, window_w: int, inside: float, allowed_nano_h: int
) -> tuple[int, ...] | None:
    """Whole watts within the window, as near to the cheapest as is allowed; None if HiGHS finds none."""
    lowest = np.maximum(np.floor(optimum).astype(np.int64) - window_w, 0)
    highest = np.minimum(np.ceil(optimum).astype(np.int64) + window_w, demand.capacities_w)
    program = _program(demand, lowest.tolist(), highest.tolist())
    most_nano_h = max(1.0, float(program.prices @ program.widths))
    result = milp(
        program.prices,
        integrality=np.ones_like(program.prices),
        bounds=Bounds(0 * program.widths, program.widths),
        constraints=[
            LinearConstraint(np.ones((1, len(program.prices))), program.total, program.total),
            LinearConstraint(program.rows, -np.inf, program.limits - inside),
        ],
        options={"mip_rel_gap": allowed_nano_h / GAP_PARTS / most_nano_h, "node_limit": NODES_MAX},
    )
    if result.x is None:
        return None
    above = np.bincount(program.resources, np.rint(result.x), len(lowest))
    return tuple((lowest + above.astype(np.int64)).tolist())


def _contradiction(demand: Demand) -> Certificate:
    """Multipliers of the program that breaks target and cuts as little as possible. Raises SolverFailed."""
    program = _program(demand, [0] * len(demand.curves), demand.capacities_w)
    cuts, pieces = program.rows.shape
    result = linprog(
        np.concatenate([np.zeros(pieces), np.ones(cuts + 2)]),
        A_ub=np.hstack([program.rows, -np.eye(cuts), np.zeros((cuts, 2))]),
        b_ub=program.limits,
        A_eq=np.concatenate([np.ones(pieces), np.zeros(cuts), [1.0, -1.0]])[np.newaxis],
        b_eq=[program.total],
        bounds=np.column_stack(
            [np.zeros(pieces + cuts + 2), np.concatenate([program.widths, np.full(cuts + 2, np.inf)])]
        ),
        method="highs-ds",
    )
    if not result.success:
        raise SolverFailed(result.message)
    certificate = _certificate(program, result)
    try:
        check_infeasible(demand, certificate)
    except NotInfeasible:
        reason = "no whole watts near the optimum keep the cuts within the gap, and no proof that none can"
        raise SolverFailed(reason) from None
    return certificate
