"""What the study of demand response starts from: a network, resources with their owners' curves, and a day.

Injection is power from a bus into the network; consumption is negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.response.agents.sources import OperatingPoint
from contracts.response.network import Network
from contracts.response.quotes import Quote, Segment
from contracts.response.resources import Kind, Resource
from crypto.address import Address
from ledger.quantities import EnergyWh, PowerW


@dataclass(frozen=True, slots=True)
class CaseResource:
    """A resource as it is certified, and what its owner wants for moving it."""

    participant: str
    bus: int
    kind: Kind
    up_w: int
    down_w: int
    energy_wh: int
    """The most that its response may move in one event."""
    segments: tuple[Segment, ...]
    """Its curve, the same in both directions."""

    def quote(self, sign: int) -> Quote | None:
        """What it quotes for an event of this sign: its curve as far as it is certified, or None."""
        most_w = self.up_w if sign > 0 else self.down_w
        kept = tuple(
            Segment(segment.first_w, min(segment.last_w, most_w), segment.price_ukwh)
            for segment in self.segments
            if segment.first_w < most_w
        )
        return Quote(kept, self.energy_wh) if kept else None

    def certified(self, address: str = "owner", meter: str = "meter") -> Resource:
        """As the chain knows it; where nobody asks for addresses, any will do."""
        return Resource(
            Address(address),
            Address(meter),
            self.bus,
            self.kind,
            PowerW(self.up_w),
            PowerW(self.down_w),
            EnergyWh(self.energy_wh),
        )


@dataclass(frozen=True, slots=True)
class ResponseCase:
    """A day on a network, by quarter hours."""

    name: str
    network: Network
    resources: tuple[CaseResource, ...]
    day: tuple[OperatingPoint, ...]
    """Its quarter hours; what is forecast is what happens."""

    @property
    def buses(self) -> tuple[int, ...]:
        """By resource."""
        return tuple(resource.bus for resource in self.resources)

    def injections(self, period: int, change_w: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """By bus: W and var into the network, when each resource is moved by its signed change."""
        point = self.day[period]
        active_w: list[int] = list(point.background_w)
        for resource, baseline_w, moved_w in zip(self.resources, point.baseline_w, change_w, strict=True):
            active_w[resource.bus] += baseline_w + moved_w
        return tuple(zip(active_w, point.background_var, strict=True))
