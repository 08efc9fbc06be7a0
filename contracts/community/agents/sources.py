"""What a home's agent and its meter are handed by whoever hosts them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from contracts.agent import View
from contracts.community.solving.hems import Household, Schedule
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period


@dataclass(frozen=True, slots=True)
class Seen:
    """What a home's devices told of a period."""

    load_wh: EnergyWh
    """What must run."""
    generated_wh: EnergyWh


class HomeEnergy(Protocol):
    """A home's devices."""

    def household(self, view: View, first_period: Period) -> Household:
        """Battery and appliances; the appliances' windows count from this period on."""

    def seen(self, view: View, period: Period) -> Seen | None:
        """What was seen of a period that is over; None is missing."""

    def held_wh(self, view: View) -> EnergyWh:
        """What the battery holds now, as the view's period begins."""

    def follow(self, first_period: Period, periods: int, schedule: Schedule) -> None:
        """Have the devices do what is scheduled for so many periods from this one on."""


Measure = Callable[[View, Period], Reading | None]
"""What a meter saw in a period; None if it saw nothing."""
