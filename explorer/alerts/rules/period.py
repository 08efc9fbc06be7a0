"""One period as the rules see it: everything that the chain says of it, once no more can come."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.metering.readings import Reading
from explorer.alerts.facts import Rated
from explorer.alerts.settings import Settings


@dataclass(frozen=True, slots=True)
class Taken:
    """A reading, and through which contract it came."""

    market: str
    reading: Reading


@dataclass(frozen=True)
class Period:
    """Facts of one period."""

    number: int
    settings: Settings
    readings: Mapping[str, Taken] = field(default_factory=dict)
    expected: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By meter: (periods, net Wh) of what is over with this period."""
    told_w: Mapping[str, int] = field(default_factory=dict)
    reported_w: Mapping[str, int] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    """By meter whose reading did not come: the market that waited for it."""
    due: frozenset[str] = frozenset()
    """Markets that run."""
    ratings: Mapping[str, Rated] = field(default_factory=dict)


def net_wh(reading: Reading) -> int | None:
    """Into what stands behind a connection, less out of it; None if the meter does not say."""
    if reading.imported_wh is not None and reading.exported_wh is not None:
        return reading.imported_wh - reading.exported_wh
    if reading.charged_wh is not None and reading.discharged_wh is not None:
        return reading.charged_wh - reading.discharged_wh
    if reading.consumed_wh is not None and reading.generated_wh is not None:
        return reading.consumed_wh - reading.generated_wh
    return None
