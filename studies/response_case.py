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

    def certified_w(self, sign: int) -> int:
        """The most that it may respond to an event of this sign (1: up, -1: down)."""
        return self.up_w if sign > 0 else self.down_w

    def quote(self, sign: int) -> Quote | None:
        """Its curve as far as it is certified; None if it is not."""
        return self.quote_upto(self.certified_w(sign))

    def quote_upto(self, most_w: int) -> Quote | None:
        """Its curve up to a power; None if that is 0."""
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
    generation_percent: int = 100
    """Of what is in its sources."""

    @property
    def buses(self) -> tuple[int, ...]:
        """By resource."""
        return tuple(resource.bus for resource in self.resources)

    def able_w(self, resource: int, sign: int, quarters: Sequence[int]) -> int:
        """What a resource is certified for and has: nobody curtails more than it would generate, or suspends
        more than it would consume."""
        its = self.resources[resource]
        most_w = its.certified_w(sign)
        if (its.kind, sign) not in ((Kind.GENERATION, -1), (Kind.LOAD, 1)):
            return most_w
        return min(most_w, *(abs(self.day[quarter].baseline_w[resource]) for quarter in quarters))

    def offer(self, resource: int, sign: int, quarters: Sequence[int]) -> Quote | None:
        """What a resource's owner quotes for an event; None to take no part."""
        return self.resources[resource].quote_upto(self.able_w(resource, sign, quarters))

    def injections(self, period: int, change_w: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """By bus: W and var into the network, when each resource is moved by its signed change."""
        point = self.day[period]
        active_w: list[int] = list(point.background_w)
        for resource, baseline_w, moved_w in zip(self.resources, point.baseline_w, change_w, strict=True):
            active_w[resource.bus] += baseline_w + moved_w
        return tuple(zip(active_w, point.background_var, strict=True))
