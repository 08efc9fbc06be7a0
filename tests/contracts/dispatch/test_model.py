from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.dispatch.errors import ProblemError
from contracts.dispatch.model import Plan, Problem, cost, pooled_problem, states_of_charge
from contracts.dispatch.rounding import flows_of
from tests.contracts.dispatch.days import day, paper, parks, storage, tariff


def shorter_net(problem: Problem) -> Problem:
    bus = problem.sites[0]
    return replace(problem, sites=(replace(bus, net_wh=bus.net_wh[1:]),))


def shorter_sell(problem: Problem) -> Problem:
    return replace(problem, tariff=replace(problem.tariff, sell_ukwh=problem.tariff.sell_ukwh[1:]))


def negative_rating(problem: Problem) -> Problem:
    return replace(problem, sites=(replace(problem.sites[0], import_wh=-1),))


def endless(problem: Problem) -> Problem:
    return replace(problem, tariff=tariff(193))


def absurd_energy(problem: Problem) -> Problem:
    bus = problem.sites[0]
    return replace(problem, sites=(replace(bus, net_wh=(10**11, *bus.net_wh[1:])),))


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (shorter_net, "bus.net_wh"),
        (shorter_sell, "tariff.sell_ukwh"),
        (negative_rating, "bus.import_wh"),
        (endless, "tariff"),
        (absurd_energy, "bus.net_wh"),
    ],
)
def test_a_problem_that_makes_no_sense_is_refused_by_field(
    spoil: Callable[[Problem], Problem], field: str
) -> None:
    with pytest.raises(ProblemError) as refusal:
        spoil(day("pooled", 1))
    assert refusal.value.field == field


def test_a_park_s_curves_have_the_same_periods() -> None:
    park = parks(1)[0]
    with pytest.raises(ProblemError):
        paper((replace(park, load_wh=park.load_wh[1:]),), storage(), tariff(24))


def test_cost_counts_trade_and_wear() -> None:
    problem = pooled_problem(
        first_period=0,
        period_s=3_600,
        tariff=tariff(2),
        storage=storage(),
        initial_charge=190_000_000,
        target_charge=190_000_000,
        net_wh=(1_000, -500),
        import_wh=10_000,
        export_wh=10_000,
    )
    plan = Plan((flows_of(problem, 0, [100, -90]),))
    assert (plan.sites[0].buy_wh, plan.sites[0].sell_wh) == ((1_100, 0), (0, 590))
    assert cost(problem, plan) == 1_100 * 400_000 - 590 * 300_000 + 190 * 20_000
    assert states_of_charge(problem, plan) == (190_036_100, 190_000_100)


def test_sites_are_named() -> None:
    problem = day("paper", 1)
    assert [problem.site_name(index) for index in range(4)] == ["park 1", "park 2", "park 3", "storage"]
    assert day("pooled", 1).site_name(0) == "bus"


def test_a_charge_metered_out_of_bounds_may_not_move_further_out() -> None:
    problem = day("pooled", 1)
    low = replace(problem, initial_charge=problem.storage.lowest - 7)
    high = replace(problem, initial_charge=problem.storage.highest + 7)
    assert (low.lowest, low.highest) == (problem.lowest - 7, problem.highest)
    assert (high.lowest, high.highest) == (problem.lowest, problem.highest + 7)
