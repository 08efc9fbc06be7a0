"""D: the platform posts a cycle's signed bids, and the chain replays the cycle.

All that the platform chooses is which of the bids that were signed to it are posted; it can post none that
was not signed for this very cycle. Bids that wait on the chain are taken in any case (posting.py). Everything
else follows.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace

from contracts.community.orders import Side
from contracts.context import Context
from contracts.metering.readings import Carrier
from contracts.pool.admission import check_terms, cover_of
from contracts.pool.bids import Bid, Offer, SignedBid, check_signature
from contracts.pool.cycle import Book, run_cycle
from contracts.pool.escrow import hold
from contracts.pool.intervals import check_process, get_book, get_interval, put_interval
from contracts.pool.matching import STEPS_AN_OFFER
from contracts.pool.parameters import CarrierTerms, parameters_of
from contracts.pool.posting import find_bidder, set_aside, take_posted
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

Placed = Mapping[tuple[str, str], Bid]
"""Bids by carrier and bidder."""


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
    carriers, counters = parameters_of(ctx.genesis).carriers, record.counters
    books = {terms.carrier: get_book(ctx, period, terms.carrier) for terms in carriers}
    taken = _check_all(ctx, record, cycle, books, bids)
    waiting: Placed = {(bid.carrier.value, bid.address): bid for bid in take_posted(ctx, record, books)}
    for terms in carriers:
        counters = _replay(ctx, record, terms, books[terms.carrier], {**taken, **waiting}, counters)
    put_interval(ctx, replace(record, counters=counters))
    ctx.emit("replayed", period=period, cycle=cycle, bids=len(bids), posted=len(waiting), **asdict(counters))


def _check_all(
    ctx: Context,
    record: IntervalRecord,
    cycle: int,
    books: Mapping[Carrier, Book],
    bids: tuple[SignedBid, ...],
) -> Placed:
    """What the platform posted. Raises PoolError for a bid that should not be there."""
    ctx.charge("point", len(bids))
    found: dict[tuple[str, str], Bid] = {}
    for signed in bids:
        bid = signed.bid
        key = (bid.carrier.value, bid.address)
        if key in found:
            raise BadBid(bid.address, f"it has another one for {bid.carrier.value} in this cycle")
        found[key] = bid
        public_key = find_bidder(ctx, bid.address).public_key
        check_signature(ctx.genesis.hash, record.period, cycle, signed, public_key)
        check_terms(ctx, record, books.get(bid.carrier, Book()), bid)
    return found


def _replay(
    ctx: Context,
    record: IntervalRecord,
    terms: CarrierTerms,
    book: Book,
    placed: Placed,
    counters: Counters,
) -> Counters:
    """One carrier's cycle; nothing is kept of one without offers."""
    period, cycle, carrier = record.period, record.cycles - 1, terms.carrier
    bids = [placed[key] for key in sorted(placed) if key[0] == carrier.value]
    book = _place(ctx, record, terms, book, bids)
    if not (book.asks or book.bids):
        return counters
    _charge(ctx, book)
    outcome = run_cycle(book, parameters_of(ctx.genesis).rules(terms), cycle)
    ctx.put(cycle_key(period, cycle, carrier.value), encode_outcome(outcome))
    ctx.put(book_key(period, carrier.value), encode_book(outcome.after))
    book_trades(ctx, record, carrier, list(outcome.trades))
    return counters.add(outcome)


def _place(ctx: Context, record: IntervalRecord, terms: CarrierTerms, book: Book, placed: list[Bid]) -> Book:
    """Bids become offers, in place of those that their bidders had. One that its bidder cannot pay for is set
    aside, and changes nothing."""
    asks, bids = ({offer.address: offer for offer in side} for side in (book.asks, book.bids))
    for bid in placed:
        escrow = escrow_name(record.period, bid.carrier.value, bid.address)
        if not hold(ctx, escrow, bid.address, cover_of(ctx, record, book, bid, terms.band)):
            set_aside(ctx, record, bid)
            continue
        for side in (asks, bids):
            side.pop(bid.address, None)
        offer = Offer(bid.address, bid.energy_wh, bid.limit_ukwh, bid.energy_wh, record.cycles - 1)
        (asks if bid.side is Side.ASK else bids)[bid.address] = offer
    return replace(book, asks=tuple(asks.values()), bids=tuple(bids.values()))


def _charge(ctx: Context, book: Book) -> None:
    """For a cycle, before it is run."""
    suppliers = 2 * len(book.asks) + len(book.lots)
    ctx.charge("item", STEPS_AN_OFFER * (suppliers + len(book.bids)))
    ctx.charge("item", suppliers * len(book.bids) // PAIRS_A_STEP)
