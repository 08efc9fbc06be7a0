"""Which bids may be posted: the chain checks it, and the platform before it posts any."""

from typing import cast

from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.agreements import Kind
from contracts.pool.bids import Bid
from contracts.pool.intervals import calendar_of, find_standing, get_book, get_position
from contracts.pool.parameters import parameters_of
from contracts.pool.records import IntervalRecord, seat_number_key
from contracts.pool.refusals import BadBid, BeyondAgreement, BeyondBand, NoAgreement
from contracts.pool.settlement import cover
from contracts.state_reader import StateReader
from crypto.address import Address
from ledger.quantities import Amount, EnergyWh


def check_terms(state: StateReader, record: IntervalRecord, bid: Bid) -> None:
    """That a bid is within what was agreed on, with all that was traded before, and within the band.

    Raises BadBid, BeyondBand, NoAgreement or BeyondAgreement.
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
    total_wh = bid.energy_wh + _used_wh(state, record, kind, bid.address, bid.carrier)
    if total_wh > most_wh:
        raise BeyondAgreement(bid.address, total_wh, most_wh, "Wh")
    if bid.side is Side.BID:
        _check_payment(state, record, bid)


def free_wh(
    state: StateReader, record: IntervalRecord, kind: Kind, party: Address, carrier: Carrier
) -> EnergyWh:
    """How much somebody's contract of supply lets it sell yet, or one of use buy; nothing without one."""
    agreement = find_standing(state, kind, party, carrier)
    if agreement is None:
        return EnergyWh(0)
    most_wh = calendar_of(state).energy_wh(agreement.limit)
    return EnergyWh(max(0, most_wh - _used_wh(state, record, kind, party, carrier)))


def _used_wh(state: StateReader, record: IntervalRecord, kind: Kind, party: Address, carrier: Carrier) -> int:
    """What it has bought; or sold, or on sale in the pool."""
    position = get_position(state, record.period, carrier, party)
    if kind is Kind.USE:
        return position.bought_wh
    lots = get_book(state, record.period, carrier).lots
    return position.sold_wh + sum(lot.left_wh for lot in lots if lot.address == party)


def _check_payment(state: StateReader, record: IntervalRecord, bid: Bid) -> None:
    payment = find_standing(state, Kind.PAYMENT, bid.address, None)
    if payment is None:
        raise NoAgreement(bid.address, Kind.PAYMENT.value, bid.carrier.value)
    cost = cover_of(state, record, bid)
    if cost > payment.limit:
        raise BeyondAgreement(bid.address, cost, payment.limit, "millionths of the currency")


def cover_of(state: StateReader, record: IntervalRecord, bid: Bid) -> Amount:
    """What the trades so far and this bid can cost its bidder, which has to be in escrow."""
    position = get_position(state, record.period, bid.carrier, bid.address)
    return cover(position, bid.energy_wh if bid.side is Side.BID else 0, bid.limit_ukwh)
