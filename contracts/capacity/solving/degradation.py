"""Asks that know what the battery's use costs (Ren et al., eqs. 28, 29).

The cost of the next Wh, when q Wh have been given in a window, is

    c(q) = worth * (a + b*q + depth*DOD(q)^2 + heat*excess(T)*DOD(q) + rate*u(q)^2),

state of health lost per kWh times what all of it is worth. The last three terms are the paper's phi. The
depth of discharge DOD and the utilisation u grow in proportion to q, so c is a polynomial of degree two in q,
and its integral over a step is exact.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.optimize import nnls

from contracts.capacity.clearing import Step
from ledger.quantities import EnergyWh, PriceUkwh

MILD_MK: Final = 298_150
"""25 degrees Celsius: below it, heat costs nothing."""

MILLIKELVIN_PER_TEN_DEGREES: Final = 10_000
PPM: Final = 10**6
WH_PER_KWH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Theta:
    """What a use costs in ppm of the state of health, per kWh given; none is negative, so c never falls."""

    base: float
    """a."""
    slope: float
    """b: more for each kWh that was given before in the window."""
    depth: float
    """At full depth of discharge."""
    heat: float
    """At full depth, for each ten degrees above MILD_MK."""
    rate: float
    """At full power."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What meters tell of one discharge of a device."""

    given_kwh: float
    depth: float
    """Depth of discharge at its end, 0 to 1; it began full."""
    temperature_mk: float
    utilisation: float
    """Of the power that the device may give, 0 to 1."""
    lost_ppm: float
    """Of the state of health."""


@dataclass(frozen=True, slots=True)
class Use:
    """A device in one window."""

    usable_wh: int
    """What it gives when it is emptied."""
    power_wh: int
    """What it gives at full power all the time."""
    temperature_mk: int
    worth: float
    """Of all its state of health: what a new one costs, in the currency."""


def fit(observations: Sequence[Observation]) -> Theta:
    """Theta by non-negative least squares, from what was metered: each row's loss is c's integral."""
    rows = [np.array(_means(o.given_kwh, o.depth, o.utilisation, o.temperature_mk)) for o in observations]
    matrix = np.array([row * o.given_kwh for row, o in zip(rows, observations, strict=True)])
    solution, _ = nnls(matrix, np.array([o.lost_ppm for o in observations]))
    return Theta(*map(float, solution))


def cost(theta: Theta, use: Use, given_wh: float) -> float:
    """What giving so much in the window costs, in the currency (eq. 29): exactly the integral of c."""
    kwh = given_wh / WH_PER_KWH
    means = _means(kwh, given_wh / use.usable_wh, given_wh / use.power_wh, use.temperature_mk)
    parts = (theta.base, theta.slope, theta.depth, theta.heat, theta.rate)
    return use.worth / PPM * kwh * sum(part * mean for part, mean in zip(parts, means, strict=True))


def marginal(theta: Theta, use: Use, given_wh: float) -> float:
    """c at `given_wh`, in the currency per kWh (eq. 28)."""
    depth, utilisation = given_wh / use.usable_wh, given_wh / use.power_wh
    lost_ppm = (
        theta.base
        + theta.slope * given_wh / WH_PER_KWH
        + theta.depth * depth**2
        + theta.heat * _excess(use.temperature_mk) * depth
        + theta.rate * utilisation**2
    )
    return use.worth / PPM * lost_ppm


def ask(theta: Theta, use: Use, most_wh: int, steps: int, margin_ukwh: int = 0) -> tuple[Step, ...]:
    """A curve of equal steps up to `most_wh`, each at its mean cost, rounded up, and the margin: it never
    falls, and whatever part of it is sold, whole steps cost no more than they earn."""
    edges = sorted({most_wh * place // steps for place in range(steps + 1)})
    curve = []
    price = 0
    for begin, end in pairwise(edges):
        mean = (cost(theta, use, end) - cost(theta, use, begin)) * WH_PER_KWH / (end - begin)
        # Of two equal costs, rounding can have the later one a little lower.
        price = max(price, math.ceil(mean * PPM) + margin_ukwh)
        curve.append(Step(EnergyWh(end - begin), PriceUkwh(price)))
    return tuple(curve)


def _means(
    given_kwh: float, depth: float, utilisation: float, temperature_mk: float
) -> tuple[float, float, float, float, float]:
    """The mean of each term's factor from 0 to what is given: all grow in proportion to it, or its
    square."""
    heat = _excess(temperature_mk) * depth / 2
    return 1.0, given_kwh / 2, depth**2 / 3, heat, utilisation**2 / 3


def _excess(temperature_mk: float) -> float:
    return max(0.0, temperature_mk - MILD_MK) / MILLIKELVIN_PER_TEN_DEGREES
