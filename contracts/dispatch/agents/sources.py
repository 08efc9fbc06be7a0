"""Where forecasts and measurements come from: handed to the agents by whoever hosts them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from contracts.agent import View
from contracts.metering.readings import Reading
from crypto.address import Address
from ledger.quantities import EnergyWh, Period, PowerW


@dataclass(frozen=True, slots=True)
class ParkEnergy:
    """A park's energies of one period: what it consumes, and what its own sources give or could give."""

    load_wh: EnergyWh
    renewable_wh: EnergyWh


class ForecastSource(Protocol):
    """Forecasts of parks. The same question has always the same answer, or a park cannot declare."""

    def forecast(self, park: Address, period: Period, number: int) -> ParkEnergy | None:
        """What is forecast for a period when the day's forecasts are asked for the `number`th time, from 0;
        None if it is missing."""


class EnergySource(ForecastSource, Protocol):
    """Forecasts, and what really came."""

    def metered(self, park: Address, period: Period) -> ParkEnergy | None:
        """What a park consumed and could have generated; None if its meter is silent."""


Measure = Callable[[View, Period], Reading | None]
"""What a meter saw in a period that is over; None if it saw nothing."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a storage's controller says of a period that is over."""

    power_w: PowerW
    """What the storage did; + charged."""
    available_w: PowerW
    """The power that it can give from now on."""
    status: str


Operate = Callable[[View, Period], Operation | None]
"""What the controller did in a period that is over; None if it cannot say."""
