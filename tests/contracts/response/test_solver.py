"""The solver against CVXPY and brute force: what it finds is checked, what it calls impossible is proven."""

import random
from dataclasses import replace
from itertools import product

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings

from contracts.gap import GapLimit
from contracts.response.optimality import (
    Certificate,
    Cut,
    Demand,
    bound_nano_h,
    check_infeasible,
    check_optimal,
)
from contracts.response.optimality_errors import SolverFailed
from contracts.response.solving.solver import Answer, Infeasible, marginal_price_ukwh, solve
from tests.contracts.response.demands import demand, demands, quote, random_demand, random_quote

EXACT = GapLimit(relative_ppm=0, absolute_nano=0)
NANO = 1_000
"""In a unit of the ledger, a millionth of the currency."""

NARROW = GapLimit(relative_ppm=100, absolute_nano=10**6)
"""A few watts at a usual price."""
WIDE = GapLimit(relative_ppm=0, absolute_nano=10**15)


def oracle_nano_h(asked: Demand) -> float:
    """The least cost in fractions of a watt, by another modeller and solver; infinite if there is none."""
    pieces = [(number, *piece) for number, row in enumerate(asked.pieces) for piece in row]
    owners, widths, prices = (np.array(column, float) for column in zip(*pieces, strict=True))
    taken = cp.Variable(len(pieces), nonneg=True)
    constraints = [taken <= widths, cp.sum(taken) == asked.target_w]
    for cut in asked.cuts:
        row = np.array(cut.coefficients, float)[owners.astype(int)]
        scale = max(1.0, np.abs(row).max())
        constraints.append(row / scale @ taken <= cut.limit / scale)
    problem = cp.Problem(cp.Minimize(prices @ taken), constraints)
    # As tight as Clarabel goes: by default a billionth of these costs is more than a unit.
    tight = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-11)
    return float(problem.solve(solver=cp.CLARABEL, **tight))


def cheapest_nano_h(asked: Demand) -> int | None:
    """By trying every allocation in whole watts."""
    allocations = product(*(range(most_w + 1) for most_w in asked.capacities_w))
    costs = [
        asked.cost_nano_h(given_w)
        for given_w in allocations
        if sum(given_w) == asked.target_w and all(cut.load(given_w) <= cut.limit for cut in asked.cuts)
    ]
    return min(costs, default=None)


def answer(asked: Demand, gap: GapLimit) -> Answer:
    """An answer that passes the chain's check."""
    found = solve(asked, gap)
    assert isinstance(found, Answer)
    check_optimal(asked, found.allocation, found.certificate, gap)
    return found


@settings(deadline=None, max_examples=60)
@given(demands(resources=12, power_w=10_000))
def test_without_cuts_the_cost_is_cvxpy_s_within_one_unit(asked: Demand) -> None:
    found = answer(asked, EXACT)
    assert asked.cost_nano_h(found.allocation) == pytest.approx(oracle_nano_h(asked), rel=0, abs=NANO)


@pytest.mark.parametrize("participants", [2, 6, 30, 300])
@pytest.mark.parametrize("seed", range(3))
def test_with_cuts_the_cost_is_cvxpy_s_within_the_watts_of_the_cuts(participants: int, seed: int) -> None:
    """A vertex of the program has a fraction for each binding row at most, which a watt or two make whole."""
    asked = random_demand(seed, participants, cuts=4)
    found = solve(asked, NARROW)
    if isinstance(found, Infeasible):
        check_infeasible(asked, found.certificate)
        return
    check_optimal(asked, found.allocation, found.certificate, NARROW)
    best, dearest = oracle_nano_h(asked), max(price for row in asked.pieces for _, price in row)
    over = asked.cost_nano_h(found.allocation) - best
    assert -1e-6 * best - 1 <= over <= NARROW.allowed(int(best)) + (1 + len(asked.cuts)) * dearest


def small_demand(seed: int) -> Demand:
    """Four resources of a few watts, and cuts that one allocation keeps exactly."""
    source = random.Random(seed)
    curves = tuple(random_quote(source, power_w=8, price_ukwh=1_000) for _ in range(4))
    kept_w = [source.randint(0, most_w) for most_w in demand(1, *curves).capacities_w]
    rows = [tuple(source.randint(-9, 9) for _ in curves) for _ in range(source.randint(1, 3))]
    cuts = tuple(Cut(row, sum(map(int.__mul__, row, kept_w))) for row in rows)
    return demand(max(1, sum(kept_w)), *curves, cuts=cuts)


@pytest.mark.parametrize("seed", range(100))
def test_with_cuts_it_is_as_good_as_every_allocation_tried(seed: int) -> None:
    """The tightest bound that whole watts allow: the best of all allocations."""
    asked = small_demand(seed)
    found, best = answer(asked, WIDE), cheapest_nano_h(asked)
    assert best is not None
    least = GapLimit(relative_ppm=0, absolute_nano=max(0, best - bound_nano_h(asked, found.certificate)))
    exact = answer(asked, least)
    assert asked.cost_nano_h(exact.allocation) == best


@settings(deadline=None, max_examples=100)
@given(demands(resources=3, cuts=3, power_w=4))
def test_what_it_calls_impossible_is_proven_so(asked: Demand) -> None:
    try:
        found = solve(asked, WIDE)
    except SolverFailed:
        assert cheapest_nano_h(asked) is None
        return
    if isinstance(found, Infeasible):
        check_infeasible(asked, found.certificate)
        assert cheapest_nano_h(asked) is None
    else:
        check_optimal(asked, found.allocation, found.certificate, WIDE)


def test_cuts_that_do_not_bind_leave_the_merit_order() -> None:
    asked = random_demand(5, 40)
    loose = tuple(Cut((number,) * 40, number * asked.target_w) for number in range(3))
    bare, cut = answer(asked, EXACT), answer(replace(asked, cuts=loose), EXACT)
    assert cut.allocation == bare.allocation
    assert cut.certificate == Certificate(1, marginal_price_ukwh(asked), (0, 0, 0))


def test_overlapping_lines_that_bind_together_are_kept_to_the_watt() -> None:
    """Sums of nested groups, as lines of a feeder carry them: fractions never pay, so the gap is 0."""
    curves = tuple(quote((100, 10 * number)) for number in range(1, 7))
    nested = (Cut((1, 0, 0, 0, 0, 0), 31), Cut((1, 1, 1, 0, 0, 0), 107), Cut((1, 1, 1, 1, 0, 0), 140))
    asked = demand(300, *curves, cuts=nested)
    found = answer(asked, EXACT)
    assert found.allocation == (31, 76, 0, 33, 100, 60)
    assert min(found.certificate.weights) > 0


def test_a_cut_whose_fractions_do_not_fit_whole_watts_is_kept_exactly() -> None:
    asked = demand(10, quote((20, 1)), quote((20, 5)), cuts=(Cut((999_983, 3), 3_400_000),))
    found = answer(asked, GapLimit(relative_ppm=0, absolute_nano=4))
    assert found.allocation == (3, 7)


def test_steep_cuts_are_kept_to_the_last_unit() -> None:
    """Where a unit of the cut is far below HiGHS's tolerance."""
    row = (10**12, 10**12 - 1, 1)
    asked = demand(12, *(quote((9, price)) for price in (1, 2, 3)), cuts=(Cut(row, 8 * 10**12 - 3),))
    found = answer(asked, GapLimit(relative_ppm=0, absolute_nano=2))
    assert sum(map(int.__mul__, row, found.allocation)) <= 8 * 10**12 - 3


def test_a_target_that_no_one_can_meet_is_proven_so_without_a_solver() -> None:
    asked = demand(31, quote((10, 1)), None, quote((20, 2)), cuts=(Cut((1, 1, 1), 5),))
    assert solve(asked, NARROW) == Infeasible(Certificate(1, 1, (0,)))
    for tried in (asked, replace(asked, cuts=())):
        found = solve(tried, NARROW)
        assert isinstance(found, Infeasible)
        check_infeasible(tried, found.certificate)


def test_cuts_that_contradict_each_other_are_proven_so() -> None:
    cuts = (Cut((3, 3, 0), 90), Cut((0, 0, 5), 249), Cut((-1, 0, 0), 0))
    asked = demand(80, quote((100, 1)), quote((100, 2)), quote((100, 3)), cuts=cuts)
    found = solve(asked, NARROW)
    assert isinstance(found, Infeasible)
    check_infeasible(asked, found.certificate)
    assert isinstance(solve(replace(asked, target_w=79), NARROW), Answer)


def test_where_only_fractions_of_a_watt_would_do_it_says_that_it_found_nothing() -> None:
    half = (Cut((2, 0), 1), Cut((-2, 0), -1))
    with pytest.raises(SolverFailed):
        solve(demand(5, quote((9, 1)), quote((9, 2)), cuts=half), WIDE)


@pytest.mark.parametrize("seed", range(2))
def test_hundreds_of_participants_and_ten_cuts(seed: int) -> None:
    asked = random_demand(seed + 100, 300, cuts=10)
    found = solve(asked, NARROW)
    if isinstance(found, Infeasible):
        check_infeasible(asked, found.certificate)
    else:
        check_optimal(asked, found.allocation, found.certificate, NARROW)


def test_it_is_deterministic() -> None:
    asked = random_demand(1, 30, cuts=4)
    assert solve(asked, NARROW) == solve(asked, NARROW)
