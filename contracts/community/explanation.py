"""Why an order was matched, or was not: read off the round's public book and trades, which the chain proves.

In this market all orders are public once they are placed, so that an answer may name the price that decided.
It names nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.capacity.clearing import lot
from contracts.community.orders import Book, Match, Order, Side
from contracts.community.records import book_key, match_key
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh


class Reason(StrEnum):
    """What decided about the part of an order that was not traded."""

    FULL = "all of it was traded"
    PRICE = "what it asked or bid is on the wrong side of the price"
    SHARED = "its limit is the price, and all whose limit it is share what is left"
    NOT_OFFERED = "what was left on the other side within its limit was offered to others alone"
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
    """The price that decided: the round's, or the best for which something was left on the other side; None
    if nothing was."""
    rank: int
    """Its place among the orders of its side, by price and lot; the first is 1."""
    lot: bytes
    """What orders equals: hash(seed || address)."""
    keys: tuple[str, str]
    """Where the chain keeps book and trades: a proof of both against the state root proves the answer, which
    anybody finds again with `explain`."""


def explain(first_period: int, book: Book, match: Match, home: Address) -> Explanation | None:
    """What became of a home's order in a matched round; None if it had none."""
    side, ranked = _find(book, home)
    if side is None:
        return None
    rank = [order.home for order in ranked].index(home)
    order, traded = ranked[rank], _traded_wh(match, home)
    reason, against = _reason(book, match, side, order)
    if traded == order.energy_wh:
        reason = Reason.FULL
    return Explanation(
        side,
        order.energy_wh,
        traded,
        order.limit_ukwh,
        reason,
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


def _reason(book: Book, match: Match, side: Side, order: Order) -> tuple[Reason, PriceUkwh | None]:
    """Why some of an order was not traded, if some was not, and the price that decided."""
    if match.price_ukwh is not None:
        reason = Reason.SHARED if order.limit_ukwh == match.price_ukwh else Reason.PRICE
        return reason, match.price_ukwh
    withheld, dear = [], []
    for other in _left(book, match, side):
        ask, bid = (order, other) if side is Side.ASK else (other, order)
        offered_ukwh = _offered_ukwh(ask, bid)
        if offered_ukwh is None and ask.limit_ukwh <= bid.limit_ukwh:
            withheld.append(other.limit_ukwh)
        elif side is Side.ASK:
            dear.append(bid.limit_ukwh)
        else:
            dear.append(ask.limit_ukwh if offered_ukwh is None else offered_ukwh)
    best = max if side is Side.ASK else min
    if withheld:
        return Reason.NOT_OFFERED, best(withheld)
    return (Reason.PRICE, best(dear)) if dear else (Reason.NOBODY_LEFT, None)


def _offered_ukwh(ask: Order, bid: Order) -> PriceUkwh | None:
    """At what price a seller offers to a buyer; None if it does not."""
    if not ask.replies:
        return ask.limit_ukwh
    return next((reply.price_ukwh for reply in ask.replies if reply.request == bid.home), None)


def _traded_wh(match: Match, home: Address) -> EnergyWh:
    return EnergyWh(sum(trade.energy_wh for trade in match.trades if home in (trade.seller, trade.buyer)))


def _left(book: Book, match: Match, side: Side) -> list[Order]:
    """The other side's orders of which something is left."""
    others = book.bids if side is Side.ASK else book.asks
    return [other for other in others if _traded_wh(match, other.home) < other.energy_wh]
