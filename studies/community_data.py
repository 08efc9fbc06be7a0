"""A synthetic community: what homes consume and generate. It is made up, and called synthetic wherever it is
shown.

CE-SDT (4.1) takes 15 homes and 3 generators of the Ausgrid solar homes, New South Wales, November 2012,
whose data are not to be had here: each of its users plays one of these types, and one in so many generates.
The types here are drawn from a seed within what such homes are known to use: 10 to 25 kWh a day, with a
morning and a larger evening peak. `studies.ausgrid` reads the real data in their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

HOURS: Final = 24
PERIODS_PER_HOUR: Final = 4
PERIODS: Final = HOURS * PERIODS_PER_HOUR
USAGE_TYPES: Final = 15
GENERATION_TYPES: Final = 3
INTERVALS: Final = (1, 2, 4)
"""Settlement intervals that homes draw, in quarter hours; all are within one hour, and one tariff."""

# Eq. 1: power = irradiance * area * efficiency.
PANEL_AREA_M2: Final = 31.25
PANEL_EFFICIENCY: Final = 0.16
PERFORMANCE: Final = 0.8
"""What heat, dust and the inverter leave."""

SUNRISE_H, SUNSET_H = 5.75, 19.6
"""In Sydney in the middle of November, daylight saving time."""

ORIENTATIONS: Final = ((0.0, 1.0), (-1.4, 0.85), (1.4, 0.85))
"""North, east, west: by how many hours the peak is moved, and what of it is left."""

DARKEST_SKY: Final = 0.35
"""What a day's clouds leave of a clear day's energy at least."""

SKIES: Final = (3.0, 1.4)
"""The Beta distribution of what they leave between that and all of it."""

MEAN_SKY: Final = DARKEST_SKY + (1 - DARKEST_SKY) * SKIES[0] / sum(SKIES)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Types:
    """What the homes' days are made of, by type and hour: mean power, W."""

    usage_w: Floats
    generation_w: Floats
    """The mean of days with more sun and with less."""
    origin: str
    """What every figure says of the homes: made up, or whose they were."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of all homes, Wh by home and quarter hour."""

    load_wh: Integers
    generated_wh: Integers


@dataclass(frozen=True)
class SyntheticCommunity:
    """Homes by number; the same seed gives the same homes and days."""

    homes: int
    generator_percent: int
    seed: int
    types: Types

    def day(self, number: int) -> Day:
        """Any day, from 0, without those before it."""
        chance = np.random.default_rng([self.seed, 2, number])
        sky = (DARKEST_SKY + (1 - DARKEST_SKY) * float(chance.beta(*SKIES))) / MEAN_SKY
        habit = chance.uniform(0.85, 1.15, (self.homes, 1))
        load_w = np.repeat(self.types.usage_w, PERIODS_PER_HOUR, axis=1)[self.usage_type]
        load_w = load_w * habit * chance.uniform(0.7, 1.3, load_w.shape)
        sun_w = np.repeat(self.types.generation_w, PERIODS_PER_HOUR, axis=1)[self.generation_type] * sky
        sun_w[~self.generates] = 0
        return Day(_energy_wh(load_w), _energy_wh(sun_w))

    @cached_property
    def generates(self) -> NDArray[np.bool_]:
        """Which homes have panels and a battery: exactly the share that was asked for."""
        count = round(self.homes * self.generator_percent / 100)
        drawn = np.zeros(self.homes, dtype=np.bool_)
        drawn[self._chance(3).permutation(self.homes)[:count]] = True
        return drawn

    @cached_property
    def usage_type(self) -> Integers:
        return self._chance(4).integers(0, len(self.types.usage_w), self.homes)

    @cached_property
    def generation_type(self) -> Integers:
        return self._chance(5).integers(0, len(self.types.generation_w), self.homes)

    @cached_property
    def interval_periods(self) -> Integers:
        """Each home's settlement interval, quarter hours."""
        return np.array(INTERVALS)[self._chance(6).integers(0, len(INTERVALS), self.homes)]

    @cached_property
    def eagerness_permille(self) -> Integers:
        """How much of its room to bargain each home gives away, in thousandths."""
        return self._chance(7).integers(0, 1_001, self.homes)

    @cached_property
    def names(self) -> Sequence[str]:
        return [f"home-{number:06d}" for number in range(self.homes)]

    def _chance(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, purpose])


def synthetic_types(seed: int) -> Types:
    """15 homes and 3 generators that never were."""
    chance = np.random.default_rng([seed, 1])
    hours: Floats = np.arange(HOURS, dtype=np.float64) + 0.5
    rows = []
    for _ in range(USAGE_TYPES):
        shape = (
            chance.uniform(0.4, 1.0)
            + chance.uniform(0.3, 1.6) * _peak(hours, chance.uniform(6.5, 9.0), chance.uniform(0.8, 1.6))
            + chance.uniform(1.0, 3.5) * _peak(hours, chance.uniform(17.5, 21.0), chance.uniform(1.4, 2.6))
            + chance.uniform(0.0, 0.8) * _peak(hours, chance.uniform(11.0, 15.0), chance.uniform(2.0, 4.0))
        )
        rows.append(shape / shape.sum() * chance.uniform(10_000, 25_000))
    suns = [MEAN_SKY * _clear_sky_w(hours, *facing) for facing in ORIENTATIONS]
    return Types(np.array(rows), np.array(suns), "synthetic")


def _clear_sky_w(hours: Floats, moved_h: float, left: float) -> Floats:
    """A 5 kW generator: its irradiance, kW/m2, by a bell between sunrise and sunset."""
    height = np.sin(np.pi * np.clip((hours - SUNRISE_H) / (SUNSET_H - SUNRISE_H), 0, 1))
    irradiance = height**1.4 * (0.55 + 0.45 * _peak(hours, 12.7 + moved_h, 4.0)) * left
    power: Floats = irradiance * PANEL_AREA_M2 * PANEL_EFFICIENCY * PERFORMANCE * 1_000
    return power


def _peak(hours: Floats, middle_h: float, width_h: float) -> Floats:
    bell: Floats = np.exp(-(((hours - middle_h) / width_h) ** 2) / 2)
    return bell


def _energy_wh(power_w: Floats) -> Integers:
    return np.rint(power_w / PERIODS_PER_HOUR).astype(np.int64)
