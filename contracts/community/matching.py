"""The three ways in which a round's orders become trades: exact, and the same in whatever order they came.

A double auction has the greatest welfare, and one price; pairs and requests are the paper's own (CE-SDT,
eqs. 12, 13 and section 2), where each buyer pays what its sellers ask.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import takewhile
from typing import Final

from contracts.capacity.clearing import Curve, Step, clear, lot, middle
from contracts.community.orders import Book, Match, Order, Trade
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh


class Mechanism(StrEnum):
    """How a market matches; its genesis fixes it."""

    AUCTION = "auction"
    """Pay-as-clear: one price, in the middle of those at which all are content."""
    PAIRING = "pairing"
    """Asks ascending and bids descending, first with first, up to the first ask above its bid."""
    REQUESTS = "requests"
    """Each request takes the cheapest of the offers it got until its demand is met."""


def match(mechanism: Mechanism, book: Book) -> Match:
    """The trades of a round. No trade is beyond an order's energy or limit."""
    return _MATCHERS[mechanism](book)


def auction(book: Book) -> Match:
    """One price, at the middle of [lowest, highest] and within the band; sellers and buyers are joined in the
    order of their prices. Who is at the marginal price gets the same as others there, but no more than it
    wants, so that to order more than one has or needs gets nobody more."""
    asks, bids = book.asks_by_price(), book.bids_by_price()
    cleared = clear(
        [_curve(ask) for ask in asks],
        [_curve(bid) for bid in bids],
        book.seed,
        lambda lowest_ukwh, highest_ukwh: book.band.nearest(middle(lowest_ukwh, highest_ukwh)),
    )
    if cleared is None:
        return Match(())
    price, marginal = cleared.price_ukwh, cleared.lowest_ukwh
    joined = join(_level(asks, cleared.sold, marginal), _level(bids, cleared.bought, marginal))
    trades = [Trade(asks[s].home, bids[b].home, EnergyWh(energy), price) for s, b, energy in joined]
    return Match(tuple(trades), price)


def pairing(book: Book) -> Match:
    """The cheapest seller with the keenest buyer, and so on; a pair's price is the ask (eqs. 12, 13)."""
    asks, bids = book.asks_by_price(), book.bids_by_price()
    joined = join([ask.energy_wh for ask in asks], [bid.energy_wh for bid in bids])
    content = takewhile(lambda pair: asks[pair[0]].limit_ukwh <= bids[pair[1]].limit_ukwh, joined)
    return Match(
        tuple(
            [
                Trade(asks[s].home, bids[b].home, EnergyWh(energy), asks[s].limit_ukwh)
                for s, b, energy in content
            ]
        )
    )


def requests(book: Book) -> Match:
    """The keenest request first: it takes the offers that it got, cheapest first, up to its own limit, until
    its demand is met (section 2, steps 6 to 8). What an offer has given to one it cannot give to another."""
    left = {ask.home: ask.energy_wh for ask in book.asks}
    to_all = deque(
        [
            (ask.limit_ukwh, lot(book.seed, ask.home), ask.home)
            for ask in book.asks_by_price()
            if not ask.replies
        ]
    )
    own = _replies(book)
    trades: list[Trade] = []
    for request in book.bids_by_price():
        trades += _accept(request, own.get(request.home, deque()), to_all, left)
    return Match(tuple(trades))


def equal_parts(wanted_wh: Sequence[int], rest_wh: int) -> list[int]:
    """`rest_wh`, of no more than is wanted: all get the same, but none more than it wants (the uniform rule:
    Sprumont, 1991, under which it pays nobody to say that it wants anything else). The first of those that
    get less have a Wh more if it does not come out even."""
    left, level = rest_wh, 0
    for passed, wanted in enumerate(sorted(wanted_wh)):
        level = left // (len(wanted_wh) - passed)
        if wanted > level:
            break
        left -= wanted
    parts = [min(wanted, level) for wanted in wanted_wh]
    short = [place for place, wanted in enumerate(wanted_wh) if wanted > level]
    for place in short[: rest_wh - sum(parts)]:
        parts[place] += 1
    return parts


def join(sold: Sequence[int], bought: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(seller, buyer, energy): the first with the first until one of them is through, then the next; ends
    when one side does."""
    left, wanted = list(sold), list(bought)
    seller = buyer = 0
    while seller < len(left) and buyer < len(wanted):
        energy = min(left[seller], wanted[buyer])
        if energy:
            yield seller, buyer, energy
        left[seller] -= energy
        wanted[buyer] -= energy
        seller, buyer = seller + (left[seller] == 0), buyer + (wanted[buyer] == 0)


Offer = tuple[PriceUkwh, bytes, Address]
"""A price, the lot that orders equals, and who offers."""


def _replies(book: Book) -> dict[Address, deque[Offer]]:
    """The offers that were made to each request alone, cheapest first."""
    offers: dict[Address, list[Offer]] = {}
    for ask in book.asks:
        for reply in ask.replies:
            offer = (reply.price_ukwh, lot(book.seed, ask.home), ask.home)
            offers.setdefault(reply.request, []).append(offer)
    return {request: deque(sorted(made)) for request, made in offers.items()}


def _accept(
    request: Order, own: deque[Offer], to_all: deque[Offer], left: dict[Address, EnergyWh]
) -> Iterator[Trade]:
    """What one request takes; offers that are exhausted leave their queue, `left` says what remains."""
    needed = request.energy_wh
    while needed and (own or to_all):
        offers = min((queue for queue in (own, to_all) if queue), key=lambda queue: queue[0])
        price, _, seller = offers[0]
        if price > request.limit_ukwh:
            return
        energy = EnergyWh(min(needed, left[seller]))
        if energy:
            yield Trade(seller, request.home, energy, price)
        needed = EnergyWh(needed - energy)
        left[seller] = EnergyWh(left[seller] - energy)
        if left[seller] == 0:
            offers.popleft()


def _level(orders: Sequence[Order], shared_wh: Sequence[int], marginal_ukwh: int) -> list[int]:
    """What each order trades of one side, whose marginal orders, by lot, trade as much as in `shared_wh`."""
    traded = list(shared_wh)
    places = [place for place, order in enumerate(orders) if order.limit_ukwh == marginal_ukwh]
    wanted = [orders[place].energy_wh for place in places]
    for place, part in zip(places, equal_parts(wanted, sum(traded[place] for place in places)), strict=True):
        traded[place] = part
    return traded


def _curve(order: Order) -> Curve:
    return Curve(order.home, (Step(order.energy_wh, order.limit_ukwh),))


_MATCHERS: Final[Mapping[Mechanism, Callable[[Book], Match]]] = {
    Mechanism.AUCTION: auction,
    Mechanism.PAIRING: pairing,
    Mechanism.REQUESTS: requests,
}
