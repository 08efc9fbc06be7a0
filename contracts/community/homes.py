"""A home as the market knows it: its owner, its meter, its connection, and how often it settles."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, cast

from contracts.arguments import Range
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import EnergyWh, Period, PowerW

HOMES_MAX = 1_024
INTERVAL_PERIODS_MAX = 96
RATING_W_MAX = 10**6
"""A megawatt is no home's connection."""

SECONDS_PER_HOUR = 3_600

Rating = Annotated[PowerW, Range(0, RATING_W_MAX)]


@dataclass(frozen=True, slots=True)
class Home:
    """Somebody who takes part, with a certified connection."""

    address: Address
    meter: Address
    import_w: Rating
    export_w: Rating
    interval_periods: Annotated[int, Range(1, INTERVAL_PERIODS_MAX)]
    """Its settlement interval: it trades and is settled for so many periods at a time (CE-SDT, 4.1)."""

    def takes_part(self, first_period: int) -> bool:
        """Whether one of its intervals begins with this period."""
        return first_period % self.interval_periods == 0

    def interval_of(self, period: int) -> Period:
        """The first period of the interval that a period is in."""
        return Period(period - period % self.interval_periods)

    def import_wh_max(self, period_s: int) -> EnergyWh:
        """The most that it can take in one interval, and so order."""
        return _energy_wh(self.import_w, self.interval_periods * period_s)

    def unmetered_wh(self, period_s: int) -> EnergyWh:
        """What it counts as having taken in a period of which no reading came: the most that it can."""
        return _energy_wh(self.import_w, period_s)

    def export_wh_max(self, period_s: int) -> EnergyWh:
        """The most that it can give in one interval."""
        return _energy_wh(self.export_w, self.interval_periods * period_s)


def encode_home(home: Home) -> Mapping[str, Value]:
    """A home as the state keeps it."""
    return asdict(home)


def decode_home(value: Value) -> Home:
    """The home that the state keeps as `value`."""
    return Home(**cast(Mapping[str, Any], value))


def _energy_wh(power_w: int, duration_s: int) -> EnergyWh:
    return EnergyWh(power_w * duration_s // SECONDS_PER_HOUR)
