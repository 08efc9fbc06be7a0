"""A home's battery (CE-SDT, eqs. 7 to 11), for one home or many at once, in whole numbers.

It takes what the home has over and gives what the home lacks; it never charges from the grid. What it holds
is counted in thousandths of a Wh, so that its losses are exact.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

PERMILLE: Final = 1_000
SECONDS_PER_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True)
class Battery:
    """What a battery can do."""

    energy_wh: int
    power_w: int
    """Charging or discharging, at the home's side (9)."""
    charge_permille: int
    """Of what is charged, what it then holds (7)."""
    discharge_permille: int
    """Of what it gives up, what comes out (8)."""
    reserve_permille: int
    """Of its size, what it keeps at any time (10), and so at the end of the day (11)."""

    @property
    def full_mwh(self) -> int:
        """Thousandths of a Wh."""
        return self.energy_wh * PERMILLE

    @property
    def reserve_mwh(self) -> int:
        return self.energy_wh * self.reserve_permille

    @property
    def reserve_wh(self) -> int:
        """Whole Wh that are not below it."""
        return -(-self.reserve_mwh // PERMILLE)


def run(battery: Battery, held_mwh: Integers, net_wh: Integers, period_s: int) -> tuple[Integers, Integers]:
    """(what is left of each home's net load, what its battery then holds) after a period.

    `net_wh` is + what a home lacks, - what it has over; `held_mwh` is within reserve and full.
    """
    most_wh = battery.power_w * period_s // SECONDS_PER_HOUR
    room_wh = (battery.full_mwh - held_mwh) // battery.charge_permille
    charged = np.minimum(np.maximum(-net_wh, 0), np.minimum(room_wh, most_wh))
    given = np.minimum(np.maximum(net_wh, 0), np.minimum(deliverable_wh(battery, held_mwh), most_wh))
    then_mwh = held_mwh + charged * battery.charge_permille - drawn_mwh(battery, given)
    return net_wh + charged - given, then_mwh


def deliverable_wh(battery: Battery, held_mwh: Integers) -> Integers:
    """What can come out, down to the reserve."""
    whole: Integers = (held_mwh - battery.reserve_mwh) * battery.discharge_permille // PERMILLE**2
    return whole


def drawn_mwh(battery: Battery, given_wh: Integers) -> Integers:
    """What it takes out of the battery to give so much; rounded up."""
    drawn: Integers = -(-given_wh * PERMILLE**2 // battery.discharge_permille)
    return drawn
