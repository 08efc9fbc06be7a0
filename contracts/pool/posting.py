"""Bids that bidders put on the chain themselves, where no platform can leave them out.

The next match takes them, whatever the platform posts of the same bidders. Until then others can see them,
as they can see what stands.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from contracts.community.orders import Side
from contracts.context import Context
from contracts.membership import members
from contracts.membership.members import Member
from contracts.metering.readings import Carrier
from contracts.pool.admission import check_terms
from contracts.pool.bids import Bid
from contracts.pool.cycle import Book
from contracts.pool.errors import PoolError
from contracts.pool.intervals import get_book, get_interval
from contracts.pool.records import TRADED, IntervalRecord, posted_key
from contracts.pool.refusals import BadBid, NotConcerned, NotNow
from contracts.state_reader import StateReader
from crypto.address import Address
from ledger.quantities import Period


def post(ctx: Context, period: Period, bid: Bid) -> None:
    """The sender's bid for the next match of an interval, in place of the one that it has put here before.

    Raises PoolError.
    """
    if ctx.sender != bid.address:
        raise NotConcerned(ctx.sender, "the bidder")
    record = get_interval(ctx, period)
    if record.phase not in TRADED:
        raise NotNow(period, record.phase, "it is not traded any more")
    check_terms(ctx, record, get_book(ctx, period, bid.carrier), bid)
    others = [other for other in get_posted(ctx, period) if _place(other) != _place(bid)]
    ctx.charge("item", len(others))
    ctx.put(posted_key(period), tuple([_encode(one) for one in (*others, bid)]))
    ctx.emit("posted", period=period, carrier=bid.carrier.value, address=bid.address)


def take_posted(ctx: Context, record: IntervalRecord, books: Mapping[Carrier, Book]) -> Iterator[Bid]:
    """What waits for this match, and waits no longer. What has become unfit is set aside: it stops nobody."""
    for bid in get_posted(ctx, record.period):
        try:
            find_bidder(ctx, bid.address)
            check_terms(ctx, record, books[bid.carrier], bid)
        except PoolError:
            set_aside(ctx, record, bid)
        else:
            yield bid
    forget_posted(ctx, record.period)


def forget_posted(ctx: Context, period: Period) -> None:
    """No match comes any more, or has just taken them."""
    ctx.delete(posted_key(period))


def get_posted(state: StateReader, period: int) -> tuple[Bid, ...]:
    """The bids that wait for an interval's next match; no two of one bidder for one carrier."""
    rows = cast(tuple[Any, ...], state.get(posted_key(period)) or ())
    return tuple([Bid(party, Carrier(carrier), Side(side), *rest) for party, carrier, side, *rest in rows])


def find_bidder(ctx: Context, address: Address) -> Member:
    """Raises BadBid for nobody in good standing."""
    member = members.find(ctx, address)
    if member is None or not members.roles_of(ctx, address):
        raise BadBid(address, "its bidder is no member in good standing")
    return member


def set_aside(ctx: Context, record: IntervalRecord, bid: Bid) -> None:
    """Say that a bid changes nothing."""
    ctx.emit("set_aside", period=record.period, carrier=bid.carrier.value, address=bid.address)


def _place(bid: Bid) -> tuple[str, str]:
    return bid.carrier.value, bid.address


def _encode(bid: Bid) -> tuple[str | int, ...]:
    return bid.address, bid.carrier.value, bid.side.value, bid.energy_wh, bid.limit_ukwh
