"""What homes want to trade in a round, and what they then do trade."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.capacity.clearing import PRICE_UKWH_MAX, lot
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh

ENERGY_WH_MAX = 10**9
"""A gigawatt-hour in a settlement interval is no home."""

REPLIES_MAX = 16
"""Requests that one home may answer in a round."""

Energy = Annotated[EnergyWh, Range(1, ENERGY_WH_MAX)]
Price = Annotated[PriceUkwh, Range(0, PRICE_UKWH_MAX)]


class Side(StrEnum):
    """Who a home is in a round: it gives what it has over, or takes what it lacks."""

    ASK = "ask"
    BID = "bid"


@dataclass(frozen=True, slots=True)
class Reply:
    """An offer to one request, at a price of its own."""

    request: Address
    """The home that asked."""
    price_ukwh: Price


Replies = Annotated[tuple[Reply, ...], Length(0, REPLIES_MAX)]


@dataclass(frozen=True, slots=True)
class Order:
    """So much energy, for at least (an ask) or at most (a bid) so much a kWh."""

    home: Address
    energy_wh: EnergyWh
    limit_ukwh: PriceUkwh
    replies: tuple[Reply, ...] = ()
    """Of an ask among requests: the ones that it answers alone, each at its own price; if there are none, it
    answers all of them, at its limit."""


@dataclass(frozen=True, slots=True)
class Band:
    """What the grid pays and takes for a kWh in a round: between them both neighbours gain."""

    feed_in_ukwh: PriceUkwh
    grid_ukwh: PriceUkwh

    def nearest(self, price_ukwh: int) -> PriceUkwh:
        """The price within the band that is nearest to `price_ukwh`."""
        return PriceUkwh(min(max(price_ukwh, self.feed_in_ukwh), self.grid_ukwh))


@dataclass(frozen=True, slots=True)
class Book:
    """All orders of a round, each home's on one side only, and the seed that breaks ties."""

    asks: tuple[Order, ...]
    bids: tuple[Order, ...]
    band: Band
    seed: bytes

    def asks_by_price(self) -> list[Order]:
        """Cheapest first; equals by lot, never by who came first."""
        return sorted(self.asks, key=lambda ask: (ask.limit_ukwh, lot(self.seed, ask.home)))

    def bids_by_price(self) -> list[Order]:
        """Dearest first; equals by lot."""
        return sorted(self.bids, key=lambda bid: (-bid.limit_ukwh, lot(self.seed, bid.home)))


@dataclass(frozen=True, slots=True)
class Trade:
    """Energy from one home to another, and what the buyer pays for a kWh of it."""

    seller: Address
    buyer: Address
    energy_wh: EnergyWh
    price_ukwh: PriceUkwh

    @property
    def nano(self) -> int:
        """What it costs, in billionths of the currency."""
        return self.energy_wh * self.price_ukwh


@dataclass(frozen=True, slots=True)
class Match:
    """What a round's mechanism made of its book."""

    trades: tuple[Trade, ...]
    price_ukwh: PriceUkwh | None = None
    """The one price of a double auction; None where each pair has its own, or nothing is traded."""

    @property
    def traded_wh(self) -> EnergyWh:
        return EnergyWh(sum(trade.energy_wh for trade in self.trades))

    @property
    def nano(self) -> int:
        return sum(trade.nano for trade in self.trades)


def total_wh(orders: Sequence[Order]) -> int:
    """The energy of several orders."""
    return sum(order.energy_wh for order in orders)
