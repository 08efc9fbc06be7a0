"""Days of homes with orders: the studies' synthetic community, each home expecting the mean of three days."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.metering.readings import Reading
from crypto.address import Address
from explorer.alerts.facts import Rated
from explorer.alerts.settings import Settings
from studies.community_data import SyntheticCommunity, synthetic_types
from tests.explorer.alerts.parks import park_reading
from tests.explorer.alerts.trace import Trace

DAY = 96
BACK = 3
HOMES = 12
HOME_W = 11_000
FIRST = 1_628_160


@dataclass
class Homes:
    """Wh by home and period."""

    load: NDArray[np.int64]
    made: NDArray[np.int64]
    expected: NDArray[np.int64]
    """Net, by home and period."""
    intervals: NDArray[np.int64]
    generates: NDArray[np.bool_]


def make_homes(seed: int, days: int) -> Homes:
    """Some days of a community; what is expected of a day is the mean of the three before it."""
    community = SyntheticCommunity(HOMES, 50, seed, synthetic_types(seed))
    seen = [community.day(number) for number in range(days + BACK)]
    net = [day.load_wh - day.generated_wh for day in seen]
    expected = [np.rint(np.mean(net[day - BACK : day], axis=0)) for day in range(BACK, days + BACK)]
    return Homes(
        np.concatenate([day.load_wh for day in seen[BACK:]], axis=1),
        np.concatenate([day.generated_wh for day in seen[BACK:]], axis=1),
        np.concatenate(expected, axis=1).astype(np.int64),
        community.interval_periods,
        community.generates,
    )


def name(home: int) -> str:
    return f"home-{home}"


def settings() -> Settings:
    return Settings(
        chain=b"homes", ratings=tuple(Rated(Address(name(home)), HOME_W, HOME_W) for home in range(HOMES))
    )


def make_trace(homes: Homes) -> Trace:
    """What these homes' meters and orders tell."""
    periods = homes.load.shape[1]
    trace = Trace(settings(), "community", FIRST, periods)
    for home in range(HOMES):
        readings: dict[int, Reading] = {}
        for place in range(periods):
            readings[FIRST + place] = park_reading(int(homes.load[home, place]), int(homes.made[home, place]))
        trace.readings[name(home)] = readings
        size = int(homes.intervals[home])
        trace.expected[name(home)] = {
            FIRST + begin + size - 1: (size, int(homes.expected[home, begin : begin + size].sum()))
            for begin in range(0, periods, size)
        }
    return trace
