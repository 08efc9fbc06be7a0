"""The shared storage, and the charge units in which its state of charge is exact.

With efficiencies of 0.95 whole Wh cannot close a day; in units of 1/380 Wh, charging 1 Wh adds 361 and
discharging 1 Wh takes 400, exactly.
"""

from dataclasses import dataclass
from functools import cached_property
from math import lcm

from contracts.dispatch.errors import ProblemError

ENERGY_WH_MAX = 10**10
PRICE_UKWH_MAX = 10**9
RATIO_MAX = 1_000
PERMILLE = 1_000
SECONDS_PER_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Efficiency:
    """A ratio in (0, 1]: 19/20 for 95 %."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 < self.numerator <= self.denominator <= RATIO_MAX:
            raise ProblemError("efficiency", f"{self.numerator}/{self.denominator} is not in (0, 1]")


@dataclass(frozen=True)
class Storage:
    """The shared storage. `wear_ukwh` is the paper's gamma; the ratings bound its own trade (`paper`)."""

    power_w: int
    energy_wh: int
    charge_efficiency: Efficiency
    discharge_efficiency: Efficiency
    wear_ukwh: int
    import_w: int
    export_w: int
    lowest_permille: int = 100
    highest_permille: int = 900

    def __post_init__(self) -> None:
        check_range("storage.power_w", self.power_w, 0, ENERGY_WH_MAX)
        check_range("storage.energy_wh", self.energy_wh, 0, ENERGY_WH_MAX)
        check_range("storage.wear_ukwh", self.wear_ukwh, 0, PRICE_UKWH_MAX)
        check_range("storage.import_w", self.import_w, 0, ENERGY_WH_MAX)
        check_range("storage.export_w", self.export_w, 0, ENERGY_WH_MAX)
        check_range("storage.lowest_permille", self.lowest_permille, 0, self.highest_permille)
        check_range("storage.highest_permille", self.highest_permille, 0, PERMILLE)

    @cached_property
    def units_per_wh(self) -> int:
        """Charge units a Wh, in which 1 Wh charged or discharged is whole: 380 for 19/20 and 19/20."""
        charge, discharge = self.charge_efficiency, self.discharge_efficiency
        return lcm(charge.denominator, discharge.numerator)

    @cached_property
    def gain(self) -> int:
        """Charge units that charging 1 Wh adds: 361 for 19/20 and 19/20."""
        return self.units_per_wh * self.charge_efficiency.numerator // self.charge_efficiency.denominator

    @cached_property
    def draw(self) -> int:
        """Charge units that discharging 1 Wh takes: 400 for 19/20 and 19/20."""
        return (
            self.units_per_wh * self.discharge_efficiency.denominator // self.discharge_efficiency.numerator
        )

    @cached_property
    def lowest(self) -> int:
        """Least permitted state of charge in charge units."""
        return -(-self.units_per_wh * self.energy_wh * self.lowest_permille // PERMILLE)

    @cached_property
    def highest(self) -> int:
        """Greatest permitted state of charge in charge units."""
        return self.units_per_wh * self.energy_wh * self.highest_permille // PERMILLE


def energy_in_period(power_w: int, period_s: int) -> int:
    """Whole Wh that a power gives in a period, rounded down."""
    return power_w * period_s // SECONDS_PER_HOUR


def check_range(field: str, value: int, least: int, most: int) -> None:
    """Raise ProblemError, naming the field, unless the value is within its bounds."""
    if not least <= value <= most:
        raise ProblemError(field, f"{value} is not in {least} to {most}")
