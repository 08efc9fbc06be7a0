"""Any multipliers give a bound that no feasible plan is below; malformed certificates are refused."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contracts.dispatch.certificate import (
    CELLS_MAX,
    SCALE,
    Certificate,
    Leaf,
    Split,
    bound,
    bus_prices,
    check_gap,
    leaf_bound,
    parts,
)
from contracts.dispatch.check import check_plan
from contracts.dispatch.errors import CertificateError, GapError
from contracts.dispatch.feasibility import idle_plan
from contracts.dispatch.model import Plan, Problem, Site, Tariff, cost
from contracts.dispatch.rounding import MILLI, round_plan
from contracts.dispatch.solver import solve
from contracts.gap import GapLimit
from tests.contracts.dispatch.days import day

PERIODS = 6
MODELS = st.sampled_from(["pooled", "paper"])
PRICES = st.integers(-1_500_000, 1_500_000)
MULTIPLIERS = st.lists(st.integers(-2 * 10**12, 2 * 10**12), min_size=PERIODS, max_size=PERIODS).map(tuple)
SHIFTS = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, PERIODS - 2), st.integers(1, PERIODS - 1), st.integers(0, 200_000)
    ),
    max_size=6,
)


@st.composite
def tariffs(draw: st.DrawFn) -> Tariff:
    """Any prices: also negative ones, and selling above buying."""
    prices = st.lists(PRICES, min_size=PERIODS, max_size=PERIODS).map(tuple)
    return Tariff(draw(prices), draw(prices))


def shifted_plan(problem: Problem, shifts: list[tuple[int, int, int, int]]) -> Plan | None:
    """A feasible plan that stores some energy for later, for no good reason."""
    flows = [[0] * PERIODS for _ in problem.sites]
    for site, start, hours, energy_wh in shifts:
        row = flows[site % len(flows)]
        row[start] += energy_wh * MILLI
        row[min(start + hours, PERIODS - 1)] -= energy_wh * MILLI * 361 // 400
    return round_plan(problem, flows, (0,) * PERIODS)


@st.composite
def certificates(draw: st.DrawFn, sites: int) -> Certificate:
    """Nonsense of the right shape: random multipliers, priced in one leaf or with random splits."""
    if draw(st.booleans()):
        rows = tuple(draw(MULTIPLIERS) for _ in range(sites))
        return Certificate((Leaf(draw(MULTIPLIERS), draw(MULTIPLIERS), rows),))
    depth = draw(st.integers(0, 3))
    leaves = tuple(Leaf(draw(MULTIPLIERS), draw(MULTIPLIERS), ()) for _ in range(depth + 1))
    splits = tuple(
        Split(
            draw(st.integers(0, sites - 1)),
            draw(st.integers(0, PERIODS - 1)),
            draw(st.integers(-300_000, 300_000)),
            at_most=-1 - number,
            more=number + 1 if number + 1 < depth else -1 - depth,
        )
        for number in range(depth)
    )
    return Certificate(leaves, splits)


@settings(max_examples=150, deadline=None)
@given(st.data(), MODELS, st.integers(0, 10**6), SHIFTS, tariffs(), st.sampled_from([0, 10_000, 10**7]))
def test_no_feasible_plan_is_below_the_bound_of_any_multipliers(
    data: st.DataObject,
    model: str,
    seed: int,
    shifts: list[tuple[int, int, int, int]],
    prices: Tariff,
    export_wh: int,
) -> None:
    ample = day(model, seed, PERIODS, prices)
    problem = replace(ample, sites=tuple(replace(site, export_wh=export_wh) for site in ample.sites))
    plan = shifted_plan(problem, shifts)
    assume(plan is not None)
    assert plan is not None
    check_plan(problem, plan)
    certificate = data.draw(certificates(len(problem.sites)))
    assert bound(problem, certificate) <= cost(problem, plan)


def test_what_is_curtailed_counts_at_a_negative_price() -> None:
    ordinary = day("pooled", 3)
    bus = Site((-5,) * 24, (5,) * 24, import_wh=0, export_wh=0, charge_wh=0, discharge_wh=0)
    problem = replace(ordinary, sites=(bus,))
    check_plan(problem, idle_plan(problem).plan)
    zeros, waste_price = (0,) * 24, (-400_000 * SCALE,) * 24
    assert cost(problem, idle_plan(problem).plan) == 0
    assert bound(problem, Certificate((Leaf(zeros, zeros, (waste_price,)),))) == 0


def test_the_bound_is_the_least_over_the_parts() -> None:
    problem = day("pooled", 5)
    solution = solve(problem)
    good = replace(solution.certificate.leaves[0], balance=())
    bus = solution.plan.sites[0]
    index = bus.charge_wh.index(max(bus.charge_wh))
    spread = []
    for threshold in (-bus.charge_wh[index], bus.charge_wh[index] // 2, bus.charge_wh[index]):
        split = Split(0, index, threshold, -1, -2)
        pieces = [-(-leaf_bound(problem, good, part) // SCALE) for _, part in parts(problem, split, {})]
        assert bound(problem, Certificate((good, good), (split,))) == min(pieces) <= solution.cost_nano
        spread.append(max(pieces) - min(pieces))
    assert any(spread)


@pytest.mark.parametrize("model", ["pooled", "paper"])
def test_perturbed_multipliers_prove_less(model: str) -> None:
    problem = day(model, 5)
    solution = solve(problem)
    leaf = solution.certificate.leaves[0]
    for index in range(problem.periods):
        storage = tuple(value + (index == place) * 10**9 for place, value in enumerate(leaf.storage))
        assert bound(problem, Certificate((replace(leaf, storage=storage),))) < solution.bound_nano


def test_a_certificate_that_does_not_prove_its_gap_is_refused() -> None:
    problem = day("pooled", 5)
    solution = solve(problem)
    limit = GapLimit(relative_ppm=10, absolute_nano=0)
    check_gap(solution.cost_nano, solution.bound_nano, limit)
    leaf = solution.certificate.leaves[0]
    cheaper = tuple(price - 10_000 * SCALE for price in leaf.balance[0])
    weak = bound(problem, Certificate((replace(leaf, balance=(cheaper,)),)))
    with pytest.raises(GapError) as refusal:
        check_gap(solution.cost_nano, weak, limit)
    assert refusal.value.bound_nano == weak
    assert refusal.value.allowed_nano == solution.cost_nano // 100_000


def test_the_greater_of_both_limits_holds() -> None:
    assert GapLimit(100, 5).allowed(-1_000_000) == 100
    assert GapLimit(100, 500).allowed(1_000_000) == 500
    check_gap(10, 5, GapLimit(0, 5))
    with pytest.raises(GapError):
        check_gap(10, 4, GapLimit(0, 5))


SERIES = (0,) * 24
LEAF = Leaf(SERIES, SERIES, ())
PRICED = Leaf(SERIES, SERIES, (SERIES,))


@pytest.mark.parametrize(
    "certificate",
    [
        Certificate(()),
        Certificate((LEAF,) * 65),
        Certificate((Leaf(SERIES[1:], SERIES, ()),)),
        Certificate((Leaf(SERIES, SERIES[1:], ()),)),
        Certificate((Leaf(SERIES, SERIES, (SERIES[1:],)),)),
        Certificate((Leaf(SERIES, SERIES, (SERIES, SERIES)),)),
        Certificate((PRICED, LEAF), (Split(0, 0, 0, -1, -2),)),
        Certificate((LEAF, LEAF), (Split(1, 0, 0, -1, -2),)),
        Certificate((LEAF, LEAF), (Split(0, 24, 0, -1, -2),)),
        Certificate((LEAF, LEAF), (Split(0, 0, 0, -1, -3),)),
        Certificate((LEAF, LEAF), (Split(0, 0, 0, 0, -2),)),
        Certificate((LEAF, LEAF), (Split(0, 0, 0, -1, 1),)),
        Certificate((LEAF, LEAF), (Split(0, 0, 0, -1, -2), Split(0, 1, 0, -1, -2))),
        Certificate((LEAF, LEAF), (Split(0, 0, 0, 1, 1), Split(0, 1, 0, -1, -2))),
    ],
)
def test_a_malformed_certificate_is_refused(certificate: Certificate) -> None:
    with pytest.raises(CertificateError):
        bound(day("pooled", 1), certificate)


def test_more_work_than_permitted_is_refused_before_it_is_done() -> None:
    problem = day("paper", 1, periods=96, count=10)
    leaf = Leaf((0,) * 96, (0,) * 96, ())
    splits = tuple(Split(0, 0, number, -1, number + 1 if number < 62 else -1) for number in range(63))
    assert CELLS_MAX < 64 * 11 * 96
    with pytest.raises(CertificateError, match="more than"):
        bound(problem, Certificate((leaf,), splits))


def test_bus_prices_lie_between_what_the_grid_pays_and_asks() -> None:
    problem = day("pooled", 5)
    solution = solve(problem)
    prices = bus_prices(problem, solution.plan, solution.certificate)
    bus = solution.plan.sites[0]
    for price, bought, sold, buy, sell in zip(
        prices, bus.buy_wh, bus.sell_wh, problem.tariff.buy_ukwh, problem.tariff.sell_ukwh, strict=True
    ):
        assert sell <= price <= buy
        assert price == buy or bought <= 1
        assert price == sell or sold <= 1


def test_bus_prices_without_multipliers_follow_the_plan() -> None:
    problem = day("pooled", 5)
    solution = solve(problem)
    prices = bus_prices(problem, solution.plan, Certificate((LEAF,)))
    bus, tariff = solution.plan.sites[0], problem.tariff
    for index, price in enumerate(prices):
        if bus.buy_wh[index]:
            assert price == tariff.buy_ukwh[index]
        elif bus.sell_wh[index]:
            assert price == tariff.sell_ukwh[index]
        else:
            assert price == (tariff.buy_ukwh[index] + tariff.sell_ukwh[index]) // 2
