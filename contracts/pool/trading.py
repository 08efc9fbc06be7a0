"""D: the platform posts a cycle's signed bids, and the chain replays the cycle.

All that the platform chooses is which bids it posts. It can post none that was not signed for this very
cycle, and what it leaves out its bidder can show. Everything else follows.
"""

from dataclasses import asdict, replace
from typing import cast

from contracts.account import balances
from contracts.community.homes import SECONDS_PER_HOUR
from contracts.community.orders import Side
from contracts.context import Context
from contracts.membership import members
from contracts.pool.agreements import Kind
from contracts.pool.bids import Bid, Offer, SignedBid, check_signature
from contracts.pool.cycle import Book, run_cycle
from contracts.pool.intervals import (
    check_process,
    find_standing,
    get_book,
    get_interval,
    get_position,
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
    seat_number_key,
)
from contracts.pool.refusals import BadBid, BeyondAgreement, BeyondBand, NoAgreement, WrongCycle, WrongProcess
from contracts.pool.settlement import cover
from contracts.pool.storing import book_trades
from ledger.quantities import Amount, Period

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
        _check_terms(ctx, record, bid)
    return [found[key] for key in sorted(found)]


def _check_terms(ctx: Context, record: IntervalRecord, bid: Bid) -> None:
    """That it is within what was agreed on, with all that was traded before, and within the band."""
    terms = parameters_of(ctx.genesis).terms(bid.carrier)
    if terms is None:
        raise BadBid(bid.address, f"{bid.carrier.value} is not traded here")
    if terms.band.nearest(bid.limit_ukwh) != bid.limit_ukwh:
        raise BeyondBand(bid.limit_ukwh, terms.feed_in_ukwh, terms.network_ukwh)
    kind = Kind.SUPPLY if bid.side is Side.ASK else Kind.USE
    agreement = find_standing(ctx, kind, bid.address, bid.carrier)
    if agreement is None:
        raise NoAgreement(bid.address, kind.value, bid.carrier.value)
    seat = cast(int, ctx.get(seat_number_key(bid.address, bid.carrier.value)))
    if seat >= record.seats:
        raise BadBid(bid.address, "its seat is newer than the interval")
    most_wh = agreement.limit * ctx.genesis.period_s // SECONDS_PER_HOUR
    total_wh = bid.energy_wh + _committed_wh(ctx, record, bid)
    if total_wh > most_wh:
        raise BeyondAgreement(bid.address, total_wh, most_wh, "Wh")
    if bid.side is Side.BID:
        _check_payment(ctx, record, bid)


def _committed_wh(ctx: Context, record: IntervalRecord, bid: Bid) -> int:
    """What the bidder has sold, or bought, or has in the pool already."""
    position = get_position(ctx, record.period, bid.carrier, bid.address)
    if bid.side is Side.BID:
        return position.bought_wh
    lots = get_book(ctx, record.period, bid.carrier).lots
    pooled_wh = sum(lot.left_wh for lot in lots if lot.address == bid.address and not lot.is_stored)
    return position.sold_wh + pooled_wh


def _check_payment(ctx: Context, record: IntervalRecord, bid: Bid) -> None:
    payment = find_standing(ctx, Kind.PAYMENT, bid.address, None)
    if payment is None:
        raise NoAgreement(bid.address, Kind.PAYMENT.value, bid.carrier.value)
    cost = _cover(ctx, record, bid)
    if cost > payment.limit:
        raise BeyondAgreement(bid.address, cost, payment.limit, "millionths of the currency")


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
    if not _reserve(ctx, record, bid):
        ctx.emit("set_aside", period=record.period, carrier=bid.carrier.value, address=bid.address)
        return book
    offer = Offer(bid.address, bid.energy_wh, bid.limit_ukwh, bid.energy_wh, cycle)
    asks = tuple([ask for ask in book.asks if ask.address != bid.address])
    bids = tuple([other for other in book.bids if other.address != bid.address])
    if bid.side is Side.ASK:
        return replace(book, asks=(*asks, offer), bids=bids)
    return replace(book, asks=asks, bids=(*bids, offer))


def _reserve(ctx: Context, record: IntervalRecord, bid: Bid) -> bool:
    """Have in escrow what the trades so far and this bid can cost; whether it could be had."""
    escrow = escrow_name(record.period, bid.carrier.value, bid.address)
    needed, held = _cover(ctx, record, bid), balances.locked(ctx, escrow)
    if needed - held > balances.available(ctx, bid.address):
        return False
    if needed != held and held > 0:
        balances.release(ctx, escrow)
    if needed != held and needed > 0:
        balances.lock(ctx, escrow, bid.address, needed)
    return True


def _cover(ctx: Context, record: IntervalRecord, bid: Bid) -> Amount:
    position = get_position(ctx, record.period, bid.carrier, bid.address)
    return cover(position, bid.energy_wh if bid.side is Side.BID else 0, bid.limit_ukwh)


def _charge(ctx: Context, book: Book) -> None:
    """For a cycle, before it is run."""
    suppliers = 2 * len(book.asks) + len(book.lots)
    ctx.charge("item", STEPS_AN_OFFER * (suppliers + len(book.bids)))
    ctx.charge("item", suppliers * len(book.bids) // PAIRS_A_STEP)
