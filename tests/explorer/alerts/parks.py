"""Days of three parks, a storage and their bus: the studies' park day in other weather, from a seed.

Loads follow the shipped day's, by a factor of the day and noise that lasts; the sun is the shipped day's
clear sky behind clouds that drift; the wind wanders. Forecasts are of the shipped day's kind: a mean of days
before for the sun and the load, a decay to the mean for the wind. Meters have class 0.5 errors, the bus has
losses. Everything is made up but the shapes.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from contracts.dispatch.agents.plant import follow
from contracts.dispatch.storage import Efficiency, Storage
from contracts.metering.readings import Reading
from crypto.address import Address
from explorer.alerts.facts import Rated
from explorer.alerts.settings import Bus, Settings, StorageLimits
from studies.profiles import PARK_DAY, load_profiles
from tests.explorer.alerts.trace import Trace

DAY = 96
PARKS = ("mg1", "mg2", "mg3")
STORAGE, BUS = "storage", "bus"
TOLERANCE_WH = 10_000
"""2 % of what the bus carries in an ordinary quarter hour, five times its meters' errors."""

POWER_W = 400_000
BATTERY = Storage(
    power_w=POWER_W,
    energy_wh=1_000_000,
    charge_efficiency=Efficiency(19, 20),
    discharge_efficiency=Efficiency(19, 20),
    wear_ukwh=30_000,
    import_w=POWER_W,
    export_w=POWER_W,
)
BUS_W = 3_500_000
PARK_W = 1_500_000
LOSS = 0.003
"""Of what passes the bus."""

CLASS = 0.002
"""Standard deviation of a meter's error; class 0.5 is the bound."""

SOC_NOISE_WH = 1_000
FIRST = 1_628_160
"""A midnight, UTC."""

Floats = NDArray[np.float64]


@dataclass
class Weather:
    """Wh by park and period; what a fault changes physically, it changes here."""

    load: Floats
    sun: Floats
    wind: Floats
    expected: Floats
    """Of the bus without the storage, by period, net."""
    told: NDArray[np.int64]
    """Wh by period; + charges."""
    response: Floats
    """Of what it is told, what the storage does."""
    leak: Floats
    """Wh that vanish from the storage."""
    unmetered: Floats
    """Wh taken behind the bus past all meters."""


@cache
def shapes() -> tuple[Floats, Floats, Floats]:
    """Load and clear sky by park, and the mean power of its wind, of the shipped day."""
    parks = [load_profiles(PARK_DAY).park(name) for name in PARKS]
    load = np.array([park.metered.load_wh for park in parks], dtype=np.float64)
    sun = np.array([park.forecast.pv_wh for park in parks], dtype=np.float64) * 1.4
    wind = np.array([max(park.metered.wind_wh) for park in parks], dtype=np.float64)
    return load, sun, wind


def make_weather(seed: int, days: int) -> Weather:
    """Some days of a seed."""
    chance = np.random.default_rng([seed, 1])
    load_shape, sun_shape, wind_peak = shapes()
    load = (
        np.tile(load_shape, days)
        * _levels(chance, days, 0.06)
        * (1 + _drift(chance, 3, days * DAY, 0.9, 0.04))
    )
    sky = np.clip(_levels(chance, days, 0.35, low=0.15), 0.15, 1.0)
    clouds = np.clip(1 - np.abs(_drift(chance, 1, days * DAY, 0.8, 0.25)), 0.1, 1.0)
    sun = np.tile(sun_shape, days) * sky * clouds
    speed = 0.5 + _drift(chance, 1, days * DAY, 0.985, 0.3)
    wind = wind_peak[:, None] * np.clip(speed, 0, 1) ** 2
    expected = _forecast(load_shape, sun, wind, days)
    told = _told(chance, days)
    blank = np.zeros(days * DAY)
    return Weather(load, sun, wind, expected, told, blank + 1.0, blank.copy(), blank.copy())


def _levels(chance: np.random.Generator, days: int, sigma: float, low: float = 0.5) -> Floats:
    """A factor for each day, by period."""
    return np.repeat(np.maximum(low, 1 + sigma * chance.standard_normal(days)), DAY)[None, :]


def _drift(chance: np.random.Generator, rows: int, size: int, memory: float, sigma: float) -> Floats:
    """First-order autoregressive noise of this standard deviation."""
    noise = chance.standard_normal((rows, size)) * sigma * np.sqrt(1 - memory**2)
    drift = np.zeros((rows, size))
    for place in range(1, size):
        drift[:, place] = memory * drift[:, place - 1] + noise[:, place]
    return drift


def _forecast(load_shape: Floats, sun: Floats, wind: Floats, days: int) -> Floats:
    """As the shipped day's forecasts are made: by what was seen until 18:00 UTC of the day before."""
    expected = np.tile(load_shape.sum(axis=0), days)
    mean_sun = sun.sum(axis=0).reshape(days, DAY).mean(axis=0)
    for day in range(days):
        begin = day * DAY
        seen = sun.sum(axis=0)[begin - 2 * DAY : begin - DAY] if day >= 2 else mean_sun
        expected[begin : begin + DAY] -= 0.4 * seen + 0.6 * mean_sun
        now = wind.sum(axis=0)[max(0, begin - 24)]
        weight = 0.985 ** np.arange(24, 24 + DAY)
        expected[begin : begin + DAY] -= weight * now + (1 - weight) * wind.sum(axis=0).mean()
    return expected


def _told(chance: np.random.Generator, days: int) -> NDArray[np.int64]:
    """Charging in the valley, giving at both peaks, by an amount of the day."""
    told = np.zeros(days * DAY, dtype=np.int64)
    for day in range(days):
        power = int(chance.uniform(0.4, 0.95) * POWER_W / 4)
        for begin, end, sign in ((4, 12, 1), (32, 40, -1), (50, 58, 1), (68, 76, -1)):
            share = 0.9 if sign > 0 else 0.8
            told[day * DAY + begin : day * DAY + end] = int(sign * power * share)
    return told


SETTINGS = Settings(
    chain=b"parks",
    ratings=(
        *(Rated(Address(name), PARK_W, PARK_W) for name in PARKS),
        Rated(Address(BUS), BUS_W, BUS_W),
    ),
    storages={STORAGE: StorageLimits(Address(STORAGE), BATTERY, TOLERANCE_WH)},
    buses=(Bus(Address(BUS), tuple(map(Address, (*PARKS, STORAGE))), TOLERANCE_WH),),
)


def make_trace(weather: Weather, seed: int) -> Trace:
    """What is told of this weather."""
    chance = np.random.default_rng([seed, 2])
    periods = len(weather.told)
    trace = Trace(SETTINGS, "dispatch", FIRST, periods, storage=STORAGE)
    net = np.zeros(periods)
    for row, name in enumerate(PARKS):
        load = np.rint(weather.load[row] * (1 + CLASS * chance.standard_normal(periods)))
        made = np.rint((weather.sun[row] + weather.wind[row]) * (1 + CLASS * chance.standard_normal(periods)))
        net += weather.load[row] - weather.sun[row] - weather.wind[row]
        trace.readings[name] = {
            FIRST + place: park_reading(int(load[place]), int(made[place])) for place in range(periods)
        }
    did = _store(trace, weather, chance)
    through = net + did + weather.unmetered
    carried = np.rint(through + LOSS * np.abs(through) + CLASS * through * chance.standard_normal(periods))
    trace.readings[BUS] = {FIRST + place: flow_reading(int(carried[place])) for place in range(periods)}
    trace.expected[BUS] = {
        FIRST + place: (1, round(weather.expected[place]) + trace.told_w[FIRST + place] // 4)
        for place in range(periods)
    }
    return trace


def park_reading(load_wh: int, made_wh: int) -> Reading:
    net_wh = load_wh - made_wh
    return Reading(made_wh, load_wh, imported_wh=max(0, net_wh), exported_wh=max(0, -net_wh))


def flow_reading(net_wh: int) -> Reading:
    return Reading(imported_wh=max(0, net_wh), exported_wh=max(0, -net_wh))


def _store(trace: Trace, weather: Weather, chance: np.random.Generator) -> Floats:
    charge = BATTERY.units_per_wh * 500_000
    did = np.zeros(len(weather.told))
    trace.readings[STORAGE] = {}
    for place, told in enumerate(weather.told):
        period = FIRST + place
        flow = follow(BATTERY, charge, int(told * weather.response[place]), 900)
        charge = flow.charge - int(weather.leak[place] * BATTERY.units_per_wh)
        did[place] = flow.net_wh
        error = 1 + CLASS * chance.standard_normal()
        held_wh = charge // BATTERY.units_per_wh + int(chance.normal(0, SOC_NOISE_WH / 3))
        trace.readings[STORAGE][period] = Reading(
            charged_wh=round(flow.charged_wh * error),
            discharged_wh=round(flow.discharged_wh * error),
            state_of_charge_wh=max(0, held_wh),
        )
        # What the plan says is cut to what the battery can: a planner would not have asked for more.
        capable = flow.net_wh if weather.response[place] == 1.0 else told
        trace.told_w[period] = int(capable) * 4
        trace.reported_w[period] = flow.net_wh * 4
    return did
