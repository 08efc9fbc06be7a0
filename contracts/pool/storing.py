"""Storages: they take over what the pool could not sell, and sell it in later intervals."""

from collections.abc import Iterator
from typing import NamedTuple, cast

from contracts.context import Context
from contracts.metering.readings import Carrier
from contracts.pool.admission import free_wh
from contracts.pool.agreements import Kind
from contracts.pool.cycle import Book, Scenario, Trade
from contracts.pool.escrow import hold_more, payable_wh
from contracts.pool.intervals import Seat, find_standing, get_book, get_position, get_seat
from contracts.pool.lots import Lot, chargeable_wh, stored_wh, take_over
from contracts.pool.parameters import CarrierTerms, parameters_of
from contracts.pool.records import (
    IntervalRecord,
    book_key,
    encode_book,
    encode_trades,
    offered_key,
    on_sale_key,
    position_key,
    seat_number_key,
    stock_key,
    stored_key,
)
from contracts.pool.settlement import Position
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import EnergyWh


class Storage(NamedTuple):
    """Whoever has a contract of storage."""

    number: int
    """Of its seat."""
    seat: Seat
    capacity_wh: EnergyWh


def offer_stock(ctx: Context, record: IntervalRecord) -> None:
    """As an interval's first cycle opens, what storages hold is on sale in it, as far as their contracts of
    supply go."""
    for terms in parameters_of(ctx.genesis).carriers:
        lots = []
        for store in _storages(ctx, record, terms):
            energy = min(_stock(ctx, store.number), free_wh(ctx, record, Kind.SUPPLY, store.seat))
            if energy:
                lots.append(_withdraw(ctx, record, store, terms, energy))
        if lots:
            ctx.put(book_key(record.period, terms.carrier.value), encode_book(Book(lots=tuple(lots))))


def take_rest(ctx: Context, record: IntervalRecord) -> None:
    """As an interval begins, what came out of a storage goes back; storages with room take over, at the fixed
    price, what else is in the pool; the rest expires."""
    _take_off_sale(ctx, record)
    for terms in parameters_of(ctx.genesis).carriers:
        book = get_book(ctx, record.period, terms.carrier)
        ctx.delete(book_key(record.period, terms.carrier.value))
        _put_back(ctx, book, terms.carrier)
        trades = _take_over(ctx, record, [lot for lot in book.lots if not lot.is_stored], terms)
        if trades:
            ctx.put(stored_key(record.period, terms.carrier.value), encode_trades(tuple(trades)))
            book_trades(ctx, record, terms.carrier, trades)


def book_trades(ctx: Context, record: IntervalRecord, carrier: Carrier, trades: list[Trade]) -> None:
    """Add trades to what both sides have traded in the interval."""
    changed: dict[Address, Position] = {}
    for trade in trades:
        for party in (trade.seller, trade.buyer):
            changed.setdefault(party, get_position(ctx, record.period, carrier, party))
        changed[trade.seller] = changed[trade.seller].sell(trade)
        changed[trade.buyer] = changed[trade.buyer].buy(trade)
    for party, position in changed.items():
        said: Value = (position.sold_wh, position.bought_wh, position.nano, position.fees_nano)
        ctx.put(position_key(record.period, carrier.value, party), said)


def _storages(ctx: Context, record: IntervalRecord, terms: CarrierTerms) -> Iterator[Storage]:
    """All that store this carrier, in the order of their seats."""
    for number in range(record.seats):
        seat = get_seat(ctx, number)
        if seat.carrier is terms.carrier:
            agreement = find_standing(ctx, Kind.STORAGE, seat.party, seat.carrier)
            if agreement is not None:
                yield Storage(number, seat, EnergyWh(agreement.limit))


def _withdraw(
    ctx: Context, record: IntervalRecord, store: Storage, terms: CarrierTerms, energy_wh: EnergyWh
) -> Lot:
    """So much of a storage's stock as a lot."""
    number, owner, price = store.number, store.seat.party, terms.stored_ukwh
    ctx.put(stock_key(number), _stock(ctx, number) - energy_wh)
    ctx.put(on_sale_key(number), _on_sale(ctx, number) + energy_wh)
    ctx.put(offered_key(record.period, number), energy_wh)
    return Lot(owner, energy_wh, price, price, energy_wh, is_stored=True)


def _take_off_sale(ctx: Context, record: IntervalRecord) -> None:
    """What the interval had on sale is sold by now, or goes back."""
    for number in range(record.seats):
        offered = cast(int | None, ctx.get(offered_key(record.period, number)))
        if offered is not None:
            ctx.put(on_sale_key(number), _on_sale(ctx, number) - offered)
            ctx.delete(offered_key(record.period, number))


def _put_back(ctx: Context, book: Book, carrier: Carrier) -> None:
    for lot in book.lots:
        if lot.is_stored:
            number = cast(int, ctx.get(seat_number_key(lot.address, carrier.value)))
            ctx.put(stock_key(number), _stock(ctx, number) + lot.left_wh)


def _take_over(ctx: Context, record: IntervalRecord, lots: list[Lot], terms: CarrierTerms) -> list[Trade]:
    """By storage: the pool's lots in rank. A trade uses up its lot or its storage, so that there are fewer
    than of both together."""
    left, trades = [lot.left_wh for lot in lots], list[Trade]()
    for store in _storages(ctx, record, terms):
        ctx.charge("item", len(lots))
        owner = store.seat.party
        offered = [0 if lot.address == owner else left[place] for place, lot in enumerate(lots)]
        taken = take_over(offered, _most_wh(ctx, record, store, terms))
        left = [EnergyWh(before - energy) for before, energy in zip(left, taken, strict=True)]
        trades += [
            Trade(Scenario.STORED, lot.address, owner, energy, lot.price_ukwh)
            for lot, energy in zip(lots, taken, strict=True)
            if energy
        ]
        _charge(ctx, record, store, terms, sum(taken))
    return trades


def _most_wh(ctx: Context, record: IntervalRecord, store: Storage, terms: CarrierTerms) -> EnergyWh:
    """What a storage can take over: it has room for it, may use it, and can pay for it."""
    room_wh = store.capacity_wh - _stock(ctx, store.number) - _on_sale(ctx, store.number)
    return min(
        chargeable_wh(room_wh, terms.efficiency_permille),
        free_wh(ctx, record, Kind.USE, store.seat),
        payable_wh(ctx, record, store.seat, terms.pool_ukwh),
    )


def _charge(
    ctx: Context, record: IntervalRecord, store: Storage, terms: CarrierTerms, energy_wh: int
) -> None:
    """Keep the efficiency's share of what was taken over, and put what it costs into escrow."""
    if energy_wh:
        hold_more(ctx, record, store.seat, energy_wh * terms.pool_ukwh)
        kept_wh = stored_wh(energy_wh, terms.efficiency_permille)
        ctx.put(stock_key(store.number), _stock(ctx, store.number) + kept_wh)


def _on_sale(ctx: Context, number: int) -> EnergyWh:
    return EnergyWh(cast(int, ctx.get(on_sale_key(number)) or 0))


def _stock(ctx: Context, number: int) -> EnergyWh:
    return EnergyWh(cast(int, ctx.get(stock_key(number)) or 0))
