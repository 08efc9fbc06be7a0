"""Degradation-aware asks: the integral is exact, the curve never falls, theta is found again."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from contracts.capacity.bids import Side, check_steps
from contracts.capacity.clearing import PRICE_UKWH_MAX
from contracts.capacity.solving.degradation import MILD_MK, Observation, Theta, Use, ask, cost, fit, marginal

THETA = Theta(base=20.0, slope=0.5, depth=30.0, heat=8.0, rate=12.0)
USE = Use(usable_wh=9_500, power_wh=20_000, temperature_mk=303_150, worth=4_000.0)
PARTS = st.floats(0, 100)
THETAS = st.builds(Theta, PARTS, PARTS, PARTS, PARTS, PARTS)


@given(THETAS, st.integers(1, 9_500))
def test_the_cost_is_the_integral_of_the_marginal_cost(theta: Theta, given_wh: int) -> None:
    numeric, _ = quad(lambda wh: marginal(theta, USE, wh) / 1_000, 0, given_wh)
    assert cost(theta, USE, given_wh) == pytest.approx(numeric, rel=1e-9, abs=1e-12)


@given(THETAS, st.integers(1, 9_500), st.integers(1, 32))
def test_an_ask_never_falls_and_covers_its_cost(theta: Theta, most_wh: int, steps: int) -> None:
    curve = ask(theta, USE, most_wh, steps)
    check_steps(Side.SELL, curve, most_wh, PRICE_UKWH_MAX)
    assert sum(step.quantity_wh for step in curve) == most_wh
    given_wh = earned = 0
    for step in curve:
        given_wh += step.quantity_wh
        earned += step.quantity_wh * step.price_ukwh
        # No more above the cost than each step's rounding.
        exact = cost(theta, USE, given_wh) * 10**9
        assert exact * (1 - 1e-9) - 1 <= earned <= exact * (1 + 1e-9) + 1 + given_wh


def test_deeper_hotter_and_faster_is_dearer() -> None:
    cold = Use(9_500, 20_000, MILD_MK - 20_000, 4_000.0)
    slow = Use(9_500, 80_000, USE.temperature_mk, 4_000.0)
    assert marginal(THETA, USE, 9_000) > marginal(THETA, USE, 1_000)
    assert marginal(THETA, USE, 9_000) > marginal(THETA, cold, 9_000)
    assert marginal(THETA, USE, 9_000) > marginal(THETA, slow, 9_000)


def test_theta_is_found_again_from_what_meters_tell() -> None:
    random = Random(7)
    seen = [observation(random, noise=0.0) for _ in range(60)]
    found = fit(seen)
    for name in ("base", "slope", "depth", "heat", "rate"):
        assert getattr(found, name) == pytest.approx(getattr(THETA, name), rel=1e-6)


def test_noise_moves_the_cost_little_and_no_part_below_zero() -> None:
    random = Random(8)
    found = fit([observation(random, noise=0.05) for _ in range(400)])
    assert min(found.base, found.slope, found.depth, found.heat, found.rate) >= 0
    assert cost(found, USE, 9_000) == pytest.approx(cost(THETA, USE, 9_000), rel=0.05)


def observation(random: Random, noise: float) -> Observation:
    """A discharge of a device of 9.5 kWh, with a loss by THETA."""
    wh = random.uniform(500, 9_500)
    use = Use(9_500, round(wh / random.uniform(0.1, 1)), round(random.uniform(283_150, 318_150)), 1_000_000.0)
    lost_ppm = cost(THETA, use, wh) * random.uniform(1 - noise, 1 + noise)
    return Observation(wh / 1_000, wh / 9_500, use.temperature_mk, wh / use.power_wh, lost_ppm)
