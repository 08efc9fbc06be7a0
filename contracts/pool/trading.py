"""D: the platform posts a cycle's signed bids, and the chain replays the cycle.

All that the platform chooses is which bids it posts. It can post none that was not signed for this very
cycle; that it leaves none out its bidders have to watch. Everything else follows.
"""

from dataclasses import asdict, replace

from contracts.community.orders import Side
from contracts.context import Context
from contracts.membership import members
from contracts.pool.admission import check_terms, cover_of
from contracts.pool.bids import Bid, Offer, SignedBid, check_signature
from contracts.pool.cycle import Book, run_cycle
from contracts.pool.escrow import hold
from contracts.pool.intervals import (
    check_process,
    get_book,
    get_interval,
    put_interval,
)
from contracts.pool.matching import STEPS_AN_OFFER
from contracts.pool.parameters import CarrierTerms, parameters_of
from contracts.pool.process import Happening, check_platform, move
from contracts.pool.records import (
    Counters,
    IntervalRecord,
    book_key,
    cycle_key,
    encode_book,
    encode_outcome,
    escrow_name,
)
from contracts.pool.refusals import BadBid, WrongCycle, WrongProcess
from contracts.pool.storing import book_trades
from ledger.quantities import Period

PAIRS_A_STEP = 4
"""To look whether an offer meets another takes a quarter of a step."""


def match_cycle(ctx: Context, period: Period, cycle: int, bids: tuple[SignedBid, ...]) -> None:
    """Replay a cycle. Raises PoolError."""
    check_platform(ctx)
    record = get_interval(ctx, period)
    check_process(ctx, record)
    if ctx.links != (record.opened,):
        raise WrongProcess(period)
    if cycle != record.cycles - 1:
        raise WrongCycle(period, cycle, record.cycles - 1)
    record = move(ctx, replace(record, dispatch=ctx.tx_id), Happening.MATCHED)
    taken = _check_all(ctx, record, cycle, bids)
    counters = record.counters
    for terms in parameters_of(ctx.genesis).carriers:
        placed = [bid for bid in taken if bid.carrier is terms.carrier]
        counters = _replay(ctx, record, terms, placed, counters)
    put_interval(ctx, replace(record, counters=counters))
    ctx.emit("replayed", period=period, cycle=cycle, bids=len(bids), **asdict(counters))


def _check_all(ctx: Context, record: IntervalRecord, cycle: int, bids: tuple[SignedBid, ...]) -> list[Bid]:
    """The bids in an order that nobody chose. Raises PoolError for one that should not be there."""
    ctx.charge("point", len(bids))
    found: dict[tuple[str, str], Bid] = {}
    for signed in bids:
        bid = signed.bid
        key = (bid.carrier.value, bid.address)
        if key in found:
            raise BadBid(bid.address, f"it has another one for {bid.carrier.value} in this cycle")
        found[key] = bid
        member = members.find(ctx, bid.address)
        if member is None or not members.roles_of(ctx, bid.address):
            raise BadBid(bid.address, "its bidder is no member in good standing")
        check_signature(ctx.genesis.hash, record.period, cycle, signed, member.public_key)
        check_terms(ctx, record, bid)
    return [found[key] for key in sorted(found)]


def _replay(
    ctx: Context, record: IntervalRecord, terms: CarrierTerms, bids: list[Bid], counters: Counters
) -> Counters:
    """One carrier's cycle; nothing is kept of one without offers."""
    period, cycle, carrier = record.period, record.cycles - 1, terms.carrier
    book = get_book(ctx, period, carrier)
    for bid in bids:
        book = _place(ctx, record, cycle, book, bid)
    if not (book.asks or book.bids):
        return counters
    _charge(ctx, book)
    outcome = run_cycle(book, parameters_of(ctx.genesis).rules(terms), cycle)
    ctx.put(cycle_key(period, cycle, carrier.value), encode_outcome(outcome))
    ctx.put(book_key(period, carrier.value), encode_book(outcome.after))
    book_trades(ctx, record, carrier, list(outcome.trades))
    return counters.add(outcome)


def _place(ctx: Context, record: IntervalRecord, cycle: int, book: Book, bid: Bid) -> Book:
    """A bid becomes an offer, in place of the one that its bidder had. One that its bidder cannot pay for
    is set aside, and changes nothing."""
    escrow = escrow_name(record.period, bid.carrier.value, bid.address)
    if not hold(ctx, escrow, bid.address, cover_of(ctx, record, bid)):
        ctx.emit("set_aside", period=record.period, carrier=bid.carrier.value, address=bid.address)
        return book
    offer = Offer(bid.address, bid.energy_wh, bid.limit_ukwh, bid.energy_wh, cycle)
    asks = tuple([ask for ask in book.asks if ask.address != bid.address])
    bids = tuple([other for other in book.bids if other.address != bid.address])
    if bid.side is Side.ASK:
        return replace(book, asks=(*asks, offer), bids=bids)
    return replace(book, asks=asks, bids=(*bids, offer))


def _charge(ctx: Context, book: Book) -> None:
    """For a cycle, before it is run."""
    suppliers = 2 * len(book.asks) + len(book.lots)
    ctx.charge("item", STEPS_AN_OFFER * (suppliers + len(book.bids)))
    ctx.charge("item", suppliers * len(book.bids) // PAIRS_A_STEP)
