"""A home's schedule: its constraints hold, CVXPY finds none better, and what cannot be is said."""

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.community.solving.battery import Battery
from contracts.community.solving.forecast import forecast
from contracts.community.solving.hems import Appliance, Household, NoSchedule, Outlook, Schedule, schedule

BATTERY = Battery(
    energy_wh=2_000, power_w=1_600, charge_permille=950, discharge_permille=950, reserve_permille=50
)
PERIODS = 6
CHEAP, DEAR, FEED_IN = 130_000, 520_000, 100_000

WASHER = Appliance(energy_wh=600, power_w=1_200, first=1, end=6, usual=3, disutility_ukwh=50_000)
"""Would run in places 3 and 4."""


def outlook(**changes: object) -> Outlook:
    usual: dict[str, object] = {
        "period_s": 900,
        "load_wh": (100,) * PERIODS,
        "generated_wh": (0, 0, 0, 0, 0, 0),
        "buy_ukwh": (DEAR, DEAR, CHEAP, DEAR, DEAR, DEAR),
        "sell_ukwh": (FEED_IN,) * PERIODS,
        "held_wh": 100,
        "held_at_end_wh": 0,
    }
    return Outlook(**{**usual, **changes})  # type: ignore[arg-type]


ENERGIES = st.tuples(*[st.integers(0, 800)] * PERIODS)
PRICES = st.tuples(*[st.integers(FEED_IN, DEAR)] * PERIODS)


def test_a_battery_keeps_the_sun_for_when_energy_is_dear() -> None:
    done = schedule(Household(BATTERY), outlook(generated_wh=(0, 0, 400, 0, 0, 0)))
    assert done.net_wh == (100, 100, 32, 0, 0, 0)
    assert done.held_wh == (100, 100, 416, 311, 205, 100)


def test_a_battery_is_not_charged_from_the_grid() -> None:
    done = schedule(Household(BATTERY), outlook())
    assert done.net_wh == (100,) * PERIODS
    assert set(done.held_wh) == {100}


def test_an_appliance_is_moved_where_that_saves_more_than_it_bothers() -> None:
    moved = schedule(Household(BATTERY, (WASHER,)), outlook())
    assert moved.appliances_wh[0][2] == 300
    bothersome = Appliance(600, 1_200, 1, 6, 3, disutility_ukwh=DEAR)
    left = schedule(Household(BATTERY, (bothersome,)), outlook())
    assert left.appliances_wh == ((0, 0, 0, 300, 300, 0),)


def test_the_battery_ends_with_what_it_has_to() -> None:
    done = schedule(Household(BATTERY), outlook(generated_wh=(0, 0, 600, 0, 0, 0), held_at_end_wh=400))
    assert done.held_wh[-1] == 400


@given(st.builds(outlook, load_wh=ENERGIES, generated_wh=ENERGIES, buy_ukwh=PRICES, held_wh=st.just(0)))
@settings(max_examples=15, deadline=None)
def test_a_home_with_nothing_to_decide_has_the_schedule_of_one_with_next_to_nothing(
    expected: Outlook,
) -> None:
    nothing = Battery(0, 0, 1_000, 1_000, 0)
    idle = Appliance(0, 0, 0, PERIODS, 0, 0)
    done, solved = (schedule(Household(nothing, has), expected) for has in ((), (idle,)))
    assert (done.net_wh, done.cost_nano) == (solved.net_wh, solved.cost_nano)


def test_what_cannot_be_is_said() -> None:
    too_much = Appliance(2_000, 1_200, 1, 3, 1, 0)
    with pytest.raises(NoSchedule, match="cannot be scheduled"):
        schedule(Household(BATTERY, (too_much,)), outlook())
    with pytest.raises(NoSchedule):
        schedule(Household(BATTERY), outlook(held_at_end_wh=1_500))


@given(
    st.builds(
        outlook, load_wh=ENERGIES, generated_wh=ENERGIES, buy_ukwh=PRICES, held_wh=st.integers(100, 2_000)
    )
)
@settings(max_examples=25, deadline=None)
def test_no_schedule_is_better(expected: Outlook) -> None:
    done = schedule(Household(BATTERY, (WASHER,)), expected)
    check_constraints(expected, done)
    assert done.cost_nano == pytest.approx(optimum(expected), rel=1e-6, abs=1e3)


def check_constraints(expected: Outlook, done: Schedule) -> None:
    assert sum(done.appliances_wh[0]) == pytest.approx(600, abs=PERIODS)
    assert all(0 <= energy <= 300 for energy in done.appliances_wh[0])
    assert done.appliances_wh[0][0] == 0
    assert all(100 <= held <= 2_000 for held in done.held_wh)
    before = expected.held_wh
    for place, held in enumerate(done.held_wh):
        assert held - before <= 0.95 * expected.generated_wh[place] + 1
        assert abs(held - before) <= 400 / 0.95 + 1
        before = held


def optimum(expected: Outlook) -> float:
    """The same program as CVXPY states it."""
    names = ("use", "charge", "sell", "give", "give_sell", "buy", "held", "run", "moved")
    v = {name: cp.Variable(PERIODS, nonneg=True) for name in names}
    before = cp.hstack([expected.held_wh, v["held"][:-1]])
    usual = np.array([0, 0, 0, 300, 300, 0])
    constraints = [
        v["use"] + v["charge"] + v["sell"] == np.array(expected.generated_wh),
        v["use"] + v["give"] + v["buy"] == np.array(expected.load_wh) + v["run"],
        v["held"] == before + 0.95 * v["charge"] - (v["give"] + v["give_sell"]) / 0.95,
        v["held"] >= 100,
        v["held"] <= 2_000,
        v["charge"] <= 400,
        v["give"] + v["give_sell"] <= 400,
        cp.sum(v["run"]) == 600,
        v["run"] <= 300,
        v["run"][0] == 0,
        v["moved"] >= usual - v["run"],
    ]
    cost = (
        np.array(expected.buy_ukwh) @ v["buy"]
        - np.array(expected.sell_ukwh) @ (v["sell"] + v["give_sell"])
        + 50_000 * cp.sum(v["moved"])
    )
    return float(cp.Problem(cp.Minimize(cost), constraints).solve(solver=cp.HIGHS))


def test_a_forecast_is_the_mean_of_what_was_metered() -> None:
    assert forecast([(10, None, 30), (20, None, None), (31, None, 31)]) == (20, None, 30)
