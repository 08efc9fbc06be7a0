"""Why an order was matched, or was not: read off the round's public book and trades, which the chain proves.

In this market all orders are public once they are placed, so that an answer may name the price that decided.
It names nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.capacity.clearing import lot
from contracts.community.matching import Mechanism
from contracts.community.orders import Book, Match, Order, Side
from contracts.community.records import book_key, match_key
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh


class Reason(StrEnum):
    """What decided about the part of an order that was not traded."""

    FULL = "all of it was traded"
    PRICE = "its limit is on the wrong side of the price"
    SHARED = "its limit is the price, and all whose limit it is share what is left"
    NOBODY_LEFT = "the other side's orders at or within its limit were exhausted"


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer to one home, with where its proof is to be had."""

    side: Side
    ordered_wh: EnergyWh
    traded_wh: EnergyWh
    limit_ukwh: PriceUkwh
    reason: Reason
    against_ukwh: PriceUkwh | None
    """The price that decided: the round's, or the limit of the best order that was left on the other side;
    None if nothing was traded or left."""
    rank: int
    """Its place among the orders of its side, by price and lot; the first is 1."""
    lot: bytes
    """What orders equals: hash(seed || address)."""
    keys: tuple[str, str]
    """Where the chain keeps book and trades: a proof of both against the state root proves the answer, which
    anybody finds again with `explain`."""


def explain(
    mechanism: Mechanism, first_period: int, book: Book, match: Match, home: Address
) -> Explanation | None:
    """What became of a home's order in a matched round; None if it had none."""
    side, ranked = _find(book, home)
    if side is None:
        return None
    rank = [order.home for order in ranked].index(home)
    order, traded = ranked[rank], _traded_wh(match, home)
    against = match.price_ukwh if mechanism is Mechanism.AUCTION else _best_left(book, match, side)
    return Explanation(
        side,
        order.energy_wh,
        traded,
        order.limit_ukwh,
        _reason(mechanism, order, traded, against),
        against,
        rank + 1,
        lot(book.seed, home),
        (book_key(first_period), match_key(first_period)),
    )


def _find(book: Book, home: Address) -> tuple[Side | None, Sequence[Order]]:
    for side, orders in ((Side.ASK, book.asks_by_price()), (Side.BID, book.bids_by_price())):
        if any(order.home == home for order in orders):
            return side, orders
    return None, ()


def _reason(mechanism: Mechanism, order: Order, traded_wh: int, against: PriceUkwh | None) -> Reason:
    if traded_wh == order.energy_wh:
        return Reason.FULL
    if against is None:
        return Reason.NOBODY_LEFT
    if mechanism is Mechanism.AUCTION and order.limit_ukwh == against:
        return Reason.SHARED
    return Reason.PRICE


def _traded_wh(match: Match, home: Address) -> EnergyWh:
    return EnergyWh(sum(trade.energy_wh for trade in match.trades if home in (trade.seller, trade.buyer)))


def _best_left(book: Book, match: Match, side: Side) -> PriceUkwh | None:
    """The best limit of the other side of which something is left."""
    others = book.bids_by_price() if side is Side.ASK else book.asks_by_price()
    return next(
        (other.limit_ukwh for other in others if _traded_wh(match, other.home) < other.energy_wh), None
    )
