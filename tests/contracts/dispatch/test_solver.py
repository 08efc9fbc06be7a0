"""The solver against an independent one (CVXPY with Clarabel), against brute force, and against theory."""

from dataclasses import replace
from itertools import pairwise, product

import cvxpy as cp
import numpy as np
import pytest

from contracts.dispatch.certificate import bound, check_gap
from contracts.dispatch.check import check_plan
from contracts.dispatch.costs import alone_cost, three_costs
from contracts.dispatch.errors import Infeasible
from contracts.dispatch.feasibility import with_reachable_target
from contracts.dispatch.model import Plan, Problem, Tariff, cost, paper_problem, states_of_charge
from contracts.dispatch.rounding import flows_of
from contracts.dispatch.solver import DEFAULT_LIMIT, HIGHS_VERSION, Solution, solve
from contracts.dispatch.storage import Efficiency
from tests.contracts.dispatch.days import day, paper, parks, pooled, storage, tariff

MODELS = ("pooled", "paper")
NANO_PER_KWH_PRICE = 10**9


def proven(problem: Problem) -> Solution:
    """A solution, after everything that a validator checks."""
    solution = solve(problem)
    check_plan(problem, solution.plan)
    assert cost(problem, solution.plan) == solution.cost_nano
    assert bound(problem, solution.certificate) == solution.bound_nano
    check_gap(solution.cost_nano, solution.bound_nano, DEFAULT_LIMIT)
    return solution


def oracle_cost(problem: Problem) -> float:
    """The linear program as the paper writes it, in kWh, by another modeller and another solver."""
    sites, periods = len(problem.sites), problem.periods
    buy, sell, curtail, charge, discharge = (cp.Variable((sites, periods), nonneg=True) for _ in range(5))
    shared, kwh = problem.storage, 1_000.0
    column = {
        name: np.array([[getattr(site, name)] for site in problem.sites]) / kwh
        for name in ("import_wh", "export_wh", "charge_wh", "discharge_wh")
    }
    net = np.array([site.net_wh for site in problem.sites]) / kwh
    into, out_of = cp.sum(charge, axis=0), cp.sum(discharge, axis=0)
    efficiency = [
        ratio.numerator / ratio.denominator
        for ratio in (shared.charge_efficiency, shared.discharge_efficiency)
    ]
    units_per_kwh = shared.units_per_wh * kwh
    state = problem.initial_charge / units_per_kwh + cp.cumsum(efficiency[0] * into - out_of / efficiency[1])
    constraints = [
        buy - sell - curtail - charge + discharge == net,
        buy <= column["import_wh"],
        sell <= column["export_wh"],
        charge <= column["charge_wh"],
        discharge <= column["discharge_wh"],
        curtail <= np.array([site.curtail_wh for site in problem.sites]) / kwh,
        cp.abs(into - out_of) <= problem.power_wh / kwh,
        state >= shared.energy_wh * shared.lowest_permille / 1_000 / kwh,
        state <= shared.energy_wh * shared.highest_permille / 1_000 / kwh,
        state[-1] >= problem.target_charge / units_per_kwh,
        state[-1] <= problem.target_charge / units_per_kwh + 1 / kwh,
    ]
    prices = np.array([problem.tariff.buy_ukwh, problem.tariff.sell_ukwh]) / 1e6
    trade = cp.sum(buy @ prices[0]) - cp.sum(sell @ prices[1])
    program = cp.Problem(cp.Minimize(trade + shared.wear_ukwh / 1e6 * cp.sum(into + out_of)), constraints)
    return float(program.solve(solver=cp.CLARABEL))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(8))
def test_the_optimum_of_an_independent_solver(model: str, seed: int) -> None:
    problem = day(model, seed, periods=24 if seed % 2 else 96)
    solution = proven(problem)
    optimum = oracle_cost(problem)
    rounding = problem.periods * max(problem.tariff.buy_ukwh) / NANO_PER_KWH_PRICE
    assert solution.formulation == "linear"
    assert solution.bound_nano / NANO_PER_KWH_PRICE <= optimum + 1e-3
    assert optimum - 1e-3 <= solution.cost_nano / NANO_PER_KWH_PRICE <= optimum + rounding
    assert solution.solver == HIGHS_VERSION


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(4))
def test_days_with_tight_limits(model: str, seed: int) -> None:
    """Small connections, odd efficiencies: exports are curtailed, some imports met only by the storage."""
    shared = replace(
        storage(150, 300), charge_efficiency=Efficiency(93, 100), discharge_efficiency=Efficiency(9, 10)
    )
    own = [
        replace(park, import_wh=max(park.load_wh) * 9 // 10, export_wh=5_000) for park in parks(seed, 3, 24)
    ]
    make = pooled if model == "pooled" else paper
    proven(make(tuple(own), shared, tariff(24)))


@pytest.mark.parametrize("model", MODELS)
def test_the_same_problem_has_the_same_answer(model: str) -> None:
    assert solve(day(model, 2)) == solve(day(model, 2))


def test_the_bus_is_never_dearer_than_the_gross_model() -> None:
    for seed in range(4):
        assert solve(day("pooled", seed)).bound_nano <= solve(day("paper", seed)).cost_nano


@pytest.mark.parametrize("model", MODELS)
def test_cost_falls_and_is_convex_in_the_storage_s_size(model: str) -> None:
    make = pooled if model == "pooled" else paper
    solutions = [
        proven(make(parks(4), storage(size, 5 * size // 2), tariff(24))) for size in range(0, 1_001, 200)
    ]
    costs = [solution.cost_nano for solution in solutions]
    slack = max(solution.cost_nano - solution.bound_nano for solution in solutions)
    savings = [smaller - greater for smaller, greater in pairwise(costs)]
    assert all(saving >= -slack for saving in savings)
    assert all(later <= earlier + 2 * slack for earlier, later in pairwise(savings))
    assert savings[0] > 0


def test_without_storage_the_paper_s_model_is_the_sum_of_the_parks_alone() -> None:
    own = parks(4)
    problem = paper(own, storage(0, 0), tariff(24))
    costs = three_costs(problem, proven(problem).plan, problem.sites[:-1])
    assert (
        costs.storage_nano
        == sum(costs.alone_nano)
        == sum(alone_cost(site, problem.tariff) for site in problem.sites)
    )
    assert costs.bus_nano <= sum(costs.alone_nano)


def test_three_costs_fall_step_by_step() -> None:
    own, problem = paper(parks(4), storage(), tariff(24)), pooled(parks(4), storage(), tariff(24))
    costs = three_costs(problem, proven(problem).plan, own.sites[:-1])
    assert sum(costs.alone_nano) >= costs.bus_nano > costs.storage_nano


def generous(periods: int = 24) -> Tariff:
    """Selling pays more than buying in the evening."""
    ordinary = tariff(periods)
    evening = range(periods * 17 // 24, periods * 20 // 24)
    return replace(
        ordinary, sell_ukwh=tuple(1_200_000 if t in evening else p for t, p in enumerate(ordinary.sell_ukwh))
    )


@pytest.mark.parametrize("model", MODELS)
def test_selling_above_buying_takes_the_binary_program_and_is_proven(model: str) -> None:
    solution = proven(day(model, 1, prices=generous()))
    assert solution.formulation == "binary"
    assert not solution.certificate.is_linear


def test_slightly_negative_prices_need_no_binaries() -> None:
    ordinary = tariff(24)
    prices = Tariff(
        tuple(-10_000 if 11 <= t < 14 else p for t, p in enumerate(ordinary.buy_ukwh)), (-20_000,) * 24
    )
    assert proven(day("pooled", 1, prices=prices)).formulation == "linear"


def test_a_plan_under_deeply_negative_prices_is_valid_and_says_how_far_it_is_proven() -> None:
    ordinary = tariff(24)
    prices = Tariff(
        tuple(-800_000 if 11 <= t < 14 else p for t, p in enumerate(ordinary.buy_ukwh)), (-900_000,) * 24
    )
    problem = day("pooled", 1, prices=prices)
    solution = solve(problem)
    check_plan(problem, solution.plan)
    assert solution.formulation == "binary"
    assert bound(problem, solution.certificate) == solution.bound_nano
    assert 0 <= solution.cost_nano - solution.bound_nano <= abs(solution.cost_nano) // 100


@pytest.mark.parametrize("seed", range(6))
def test_small_binary_days_match_brute_force(seed: int) -> None:
    """Every integer plan of three periods with a storage of a few Wh, tried out."""
    source = np.random.default_rng(seed)
    shared = replace(storage(), power_w=4, energy_wh=20, wear_ukwh=10_000)
    prices = Tariff(*(tuple(map(int, source.integers(-1_000_000, 1_000_000, 3))) for _ in range(2)))
    template = day("pooled", 1, 3)
    net = tuple(map(int, source.integers(-6, 6, 3)))
    bus = replace(
        template.sites[0], net_wh=net, curtail_wh=tuple(max(0, -n) for n in net), charge_wh=4, discharge_wh=4
    )
    problem = replace(
        template,
        period_s=3_600,
        storage=shared,
        tariff=prices,
        initial_charge=3_800,
        target_charge=3_800,
        sites=(bus,),
    )
    best = None
    for flows in product(range(-4, 5), repeat=3):
        plan = Plan((flows_of(problem, 0, list(flows)),))
        end = states_of_charge(problem, plan)
        if min(end) >= problem.lowest and max(end) <= problem.highest and 3_800 <= end[-1] <= 4_180:
            best = min(cost(problem, plan), cost(problem, plan) if best is None else best)
    solution = solve(problem)
    check_plan(problem, solution.plan)
    assert best is not None
    assert solution.bound_nano <= best <= solution.cost_nano
    assert solution.cost_nano - best <= 3 * 1_000_000


def test_load_over_the_import_limit_is_named() -> None:
    problem = day("pooled", 1)
    bus = problem.sites[0]
    net = (*bus.net_wh[:9], bus.import_wh + 500_000, *bus.net_wh[10:])
    with pytest.raises(Infeasible) as refusal:
        solve(replace(problem, sites=(replace(bus, net_wh=net),)))
    error = refusal.value
    assert (error.constraint, error.site, error.short_wh) == ("import limit", "bus", 100_000)
    assert error.period == problem.first_period + 9


def test_energy_that_runs_out_is_named() -> None:
    problem = day("pooled", 1)
    bus = problem.sites[0]
    net = (*(bus.import_wh + 300_000 for _ in range(3)), *bus.net_wh[3:])
    with pytest.raises(Infeasible) as refusal:
        solve(replace(problem, sites=(replace(bus, net_wh=net),)))
    assert refusal.value.constraint == "state of charge"
    assert refusal.value.period == problem.first_period + 1


def test_a_park_s_shortage_in_the_paper_s_model_names_the_park() -> None:
    own = list(parks(1))
    own[1] = replace(own[1], load_wh=(5_000_000, *own[1].load_wh[1:]))
    with pytest.raises(Infeasible) as refusal:
        solve(paper(tuple(own), storage(), tariff(24)))
    assert (refusal.value.constraint, refusal.value.site) == ("import limit", "park 2")


def rest_of_day(model: str, first: int, charge_wh: int) -> Problem:
    """What is left of a day at its period `first`, with the metered charge and the day's target."""
    whole = day(model, 7)
    sites = tuple(
        replace(site, net_wh=site.net_wh[first:], curtail_wh=site.curtail_wh[first:]) for site in whole.sites
    )
    rest = Tariff(whole.tariff.buy_ukwh[first:], whole.tariff.sell_ukwh[first:])
    metered = charge_wh * whole.storage.units_per_wh
    return replace(
        whole, first_period=whole.first_period + first, tariff=rest, sites=sites, initial_charge=metered
    )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("charge_wh", [150_000, 499_999, 700_001])
def test_a_re_dispatch_starts_from_the_metered_charge_and_keeps_the_day_s_end(
    model: str, charge_wh: int
) -> None:
    problem = rest_of_day(model, 13, charge_wh)
    assert with_reachable_target(problem) is problem
    proven(problem)


def test_an_end_that_cannot_be_reached_is_reported_and_the_nearest_taken() -> None:
    problem = rest_of_day("pooled", 23, 200_000 - 100_000)
    last_hour = replace(problem, storage=replace(problem.storage, power_w=100_000))
    weaker = replace(last_hour, sites=(replace(last_hour.sites[0], charge_wh=100_000, discharge_wh=100_000),))
    with pytest.raises(Infeasible, match="state of charge at the end"):
        solve(weaker)
    nearest = with_reachable_target(weaker)
    assert nearest.target_charge == 100_000 * 380 + 100_000 * 361 - 380
    end = states_of_charge(nearest, proven(nearest).plan)[-1]
    assert nearest.target_charge <= end <= nearest.target_charge + 380


def test_the_gross_model_s_reach_is_limited_by_the_net_power() -> None:
    problem = rest_of_day("paper", 23, 200_000)
    weaker = replace(problem, storage=replace(problem.storage, power_w=100_000))
    with pytest.raises(Infeasible, match="state of charge at the end"):
        solve(weaker)
    assert with_reachable_target(weaker).target_charge == 200_000 * 380 + 100_000 * 361 - 380


def test_a_charge_over_its_target_comes_down_as_far_as_it_can() -> None:
    problem = rest_of_day("pooled", 23, 900_000)
    with pytest.raises(Infeasible, match="room to discharge"):
        solve(replace(problem, target_charge=problem.storage.lowest))
    nearest = with_reachable_target(replace(problem, target_charge=problem.storage.lowest))
    assert nearest.target_charge == 900_000 * 380 - 400_000 * 400
    proven(nearest)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("charge_wh", [100_000, 900_000])
def test_a_day_that_starts_empty_or_full(model: str, charge_wh: int) -> None:
    make = pooled if model == "pooled" else paper
    problem = make(parks(6), storage(), tariff(24), charge_wh)
    assert problem.final_highest - problem.final_lowest == problem.storage.units_per_wh
    proven(problem)


def test_burning_energy_at_full_power_leaves_room_for_rounding() -> None:
    """Parks trade through a small storage: its charge can only be rounded by passing less through it."""
    for seed in range(20):
        problem = paper(parks(seed, 5, 24), storage(50, 10), tariff(24))
        check_plan(problem, solve(problem).plan)


def test_an_empty_park_day_costs_nothing() -> None:
    problem = paper_problem(
        first_period=0,
        period_s=900,
        tariff=tariff(4),
        storage=storage(0, 0),
        initial_charge=0,
        target_charge=0,
        parks=(),
    )
    assert proven(problem).cost_nano == 0
