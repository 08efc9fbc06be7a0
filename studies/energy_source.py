"""Profiles played as if they happened: what parks forecast, and what their meters then see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.dispatch.agents.sources import ParkEnergy
from crypto.address import Address
from ledger.quantities import EnergyWh, Period
from studies.profiles import PERIOD, Curve, Profiles

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ProfileSource:
    """An EnergySource: the profiles' days one after the other, and from the first again after the last."""

    profiles: Profiles
    parks: Mapping[Address, str]
    """Which profile each park plays."""

    def forecast(self, park: Address, period: Period, number: int) -> ParkEnergy | None:
        """The day-ahead forecast; it stays the same however often it is asked for."""
        del number
        return self._energy(self.profiles.park(self.parks[park]).forecast, period)

    def metered(self, park: Address, period: Period) -> ParkEnergy | None:
        """What the park really consumed, and could have generated."""
        return self._energy(self.profiles.park(self.parks[park]).metered, period)

    def _energy(self, curve: Curve, period: Period) -> ParkEnergy | None:
        passed = period - (self.profiles.first_day - EPOCH) // PERIOD
        if passed < 0:
            return None
        index = passed % self.profiles.periods
        return ParkEnergy(EnergyWh(curve.load_wh[index]), EnergyWh(curve.renewable_wh[index]))
