"""Which bids may stand: the chain checks it, and the platform before it posts any."""

from typing import cast

from contracts.community.orders import Band, Side
from contracts.pool.agreements import Kind
from contracts.pool.bids import Bid
from contracts.pool.cycle import Book
from contracts.pool.intervals import Seat, calendar_of, find_standing, get_position
from contracts.pool.parameters import parameters_of
from contracts.pool.records import IntervalRecord, seat_number_key
from contracts.pool.refusals import BadBid, BeyondAgreement, BeyondBand, NoAgreement
from contracts.pool.settlement import Position, cover, offered_nano
from contracts.state_reader import StateReader
from ledger.quantities import Amount, EnergyWh


def check_terms(state: StateReader, record: IntervalRecord, book: Book, bid: Bid) -> None:
    """That a bid is within what was agreed on, with all that was traded before, and within the band.

    `book` is its carrier's. Raises BadBid, BeyondBand, NoAgreement or BeyondAgreement.
    """
    terms = parameters_of(state.genesis).terms(bid.carrier)
    if terms is None:
        raise BadBid(bid.address, f"{bid.carrier.value} is not traded here")
    if terms.band.nearest(bid.limit_ukwh) != bid.limit_ukwh:
        raise BeyondBand(bid.limit_ukwh, terms.feed_in_ukwh, terms.network_ukwh)
    kind = Kind.SUPPLY if bid.side is Side.ASK else Kind.USE
    agreement = find_standing(state, kind, bid.address, bid.carrier)
    if agreement is None:
        raise NoAgreement(bid.address, kind.value, bid.carrier.value)
    seat = cast(int, state.get(seat_number_key(bid.address, bid.carrier.value)))
    if seat >= record.seats:
        raise BadBid(bid.address, "its seat is newer than the interval")
    most_wh = calendar_of(state).energy_wh(agreement.limit)
    position = get_position(state, record.period, bid.carrier, bid.address)
    pooled = [lot.left_wh for lot in book.lots if lot.address == bid.address and kind is Kind.SUPPLY]
    total_wh = bid.energy_wh + _traded_wh(position, kind) + sum(pooled)
    if total_wh > most_wh:
        raise BeyondAgreement(bid.address, total_wh, most_wh, "Wh")
    if bid.side is Side.BID:
        _check_payment(state, bid, cover_of(state, record, book, bid, terms.band))


def cover_of(state: StateReader, record: IntervalRecord, book: Book, bid: Bid, band: Band) -> Amount:
    """What its bidder's trades so far, its energy in the pool and this bid can cost: what has to be in
    escrow."""
    position = get_position(state, record.period, bid.carrier, bid.address)
    pooled = [lot for lot in book.lots if lot.address == bid.address and not lot.is_stored]
    open_nano = sum(offered_nano(Side.ASK, lot.left_wh, lot.limit_ukwh, band) for lot in pooled)
    return cover(position, open_nano + offered_nano(bid.side, bid.energy_wh, bid.limit_ukwh, band), band)


def free_wh(state: StateReader, record: IntervalRecord, kind: Kind, seat: Seat) -> EnergyWh:
    """How much a storage may sell yet by its contract of supply, or buy by that of use; 0 without one."""
    agreement = find_standing(state, kind, seat.party, seat.carrier)
    if agreement is None:
        return EnergyWh(0)
    position = get_position(state, record.period, seat.carrier, seat.party)
    most_wh = calendar_of(state).energy_wh(agreement.limit)
    return EnergyWh(max(0, most_wh - _traded_wh(position, kind)))


def _traded_wh(position: Position, kind: Kind) -> int:
    """What counts against an agreement."""
    return position.bought_wh if kind is Kind.USE else position.sold_wh


def _check_payment(state: StateReader, bid: Bid, cost: Amount) -> None:
    payment = find_standing(state, Kind.PAYMENT, bid.address, None)
    if payment is None:
        raise NoAgreement(bid.address, Kind.PAYMENT.value, bid.carrier.value)
    if cost > payment.limit:
        raise BeyondAgreement(bid.address, cost, payment.limit, "millionths of the currency")
