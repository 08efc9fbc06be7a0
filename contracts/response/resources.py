"""Resources: what can respond, where it is connected, and how far it is certified.

Injection is power from a bus into the network; consumption is negative. A response is by how much a resource
moves its injection in the direction that the event asks for, and never negative.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from contracts.arguments import Range
from contracts.response.quotes import ENERGY_WH_MAX, POWER_W_MAX, SECONDS_PER_HOUR
from crypto.address import Address
from ledger.quantities import EnergyWh, PowerW

RESOURCES_MAX = 1_024

Certified = Annotated[PowerW, Range(0, POWER_W_MAX)]


class Kind(StrEnum):
    """What a resource is; what its response means in either direction stands in quotes.py."""

    GENERATION = "generation"
    STORAGE = "storage"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as the ENO certified it; known by its number."""

    address: Address
    """Who owns it, quotes for it and is paid."""
    meter: Address
    """The meter of its connection."""
    bus: Annotated[int, Range(0, RESOURCES_MAX - 1)]
    kind: Kind
    up_w: Certified
    """The most by which it can raise its injection; 0: not at all."""
    down_w: Certified
    """The most by which it can lower its injection; 0: not at all."""
    energy_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)]
    """The most that its response may move in one event."""

    def certified_w(self, sign: int) -> PowerW:
        """The most that it can respond to an event of this sign (1: up, -1: down)."""
        return self.up_w if sign > 0 else self.down_w

    def capacity_w(self, sign: int, duration_s: int) -> int:
        """The most of it that it can hold for so long."""
        return min(self.certified_w(sign), self.energy_wh * SECONDS_PER_HOUR // duration_s)
