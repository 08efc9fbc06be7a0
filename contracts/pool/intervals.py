"""Agreements, seats and intervals, as the contract, its agents and readers find them in the state."""

from typing import NamedTuple, cast

from contracts.context import Context
from contracts.metering.readings import Carrier
from contracts.pool.agreements import Agreement, Kind, decode_agreement
from contracts.pool.cycle import Book, Outcome, Trade
from contracts.pool.parameters import Calendar, parameters_of
from contracts.pool.records import (
    ACTIVE_KEY,
    SEATS_KEY,
    UNSETTLED_KEY,
    IntervalRecord,
    agreement_key,
    bills_key,
    book_key,
    cycle_key,
    decode_bills,
    decode_book,
    decode_interval,
    decode_outcome,
    decode_position,
    decode_trades,
    encode_interval,
    interval_key,
    meter_key,
    position_key,
    seat_key,
    standing_key,
    stored_key,
)
from contracts.pool.refusals import UnknownInterval, WrongProcess
from contracts.pool.settlement import Bill, Position
from contracts.state_reader import StateReader
from crypto.address import Address
from ledger.quantities import Period, PowerW, TxId


class Seat(NamedTuple):
    """Somebody's connection for one carrier."""

    party: Address
    carrier: Carrier
    meter: Address
    power_w: PowerW
    """The most that was ever agreed on over it; see enrolment.py."""


def calendar_of(state: StateReader) -> Calendar:
    """The chain's calendar, with the market's parameters in it."""
    return Calendar(state.genesis, parameters_of(state.genesis))


def find_standing(
    state: StateReader, kind: Kind, party: Address, carrier: Carrier | None
) -> Agreement | None:
    """The agreement of this kind that stands; None if none does."""
    number = state.get(standing_key(kind.value, party, "" if carrier is None else carrier.value))
    if number is None:
        return None
    agreement, _ = decode_agreement(state.get(agreement_key(cast(int, number))))
    return agreement


def count_seats(state: StateReader) -> int:
    return cast(int, state.get(SEATS_KEY) or 0)


def get_seat(state: StateReader, number: int) -> Seat:
    """A seat that is taken."""
    value = cast(tuple[Address, str, Address, PowerW], state.get(seat_key(number)))
    party, carrier, meter, power_w = value
    return Seat(party, Carrier(carrier), meter, power_w)


def find_metering_seat(state: StateReader, meter: Address) -> int | None:
    """The number of the seat that a meter measures."""
    return cast(int | None, state.get(meter_key(meter)))


def active_intervals(state: StateReader) -> tuple[Period, ...]:
    """The intervals that the clock moves on, oldest first."""
    return cast(tuple[Period, ...], state.get(ACTIVE_KEY) or ())


def unsettled_intervals(state: StateReader) -> tuple[Period, ...]:
    """The intervals that anybody may settle now, oldest first."""
    return cast(tuple[Period, ...], state.get(UNSETTLED_KEY) or ())


def find_interval(state: StateReader, period: int) -> IntervalRecord | None:
    """None if it is not due yet."""
    value = state.get(interval_key(period))
    return None if value is None else decode_interval(value)


def get_interval(state: StateReader, period: Period) -> IntervalRecord:
    """Raises UnknownInterval."""
    record = find_interval(state, period)
    if record is None:
        raise UnknownInterval(period)
    return record


def put_interval(ctx: Context, record: IntervalRecord) -> None:
    """Keep how far an interval has come."""
    ctx.put(interval_key(record.period), encode_interval(record))


def get_book(state: StateReader, period: int, carrier: Carrier) -> Book:
    """What stands of a carrier while its interval is traded; empty as long as nothing does."""
    return decode_book(state.get(book_key(period, carrier.value)))


def find_outcome(state: StateReader, period: int, cycle: int, carrier: Carrier) -> Outcome | None:
    """What a cycle came to; None if it was not matched, or there was nothing to match."""
    value = state.get(cycle_key(period, cycle, carrier.value))
    return None if value is None else decode_outcome(value)


def find_stored(state: StateReader, period: int, carrier: Carrier) -> tuple[Trade, ...]:
    """What storages took over of the pool as an interval began."""
    return decode_trades(state.get(stored_key(period, carrier.value)))


def get_position(state: StateReader, period: int, carrier: Carrier, party: Address) -> Position:
    """What somebody has traded of a carrier so far."""
    return decode_position(state.get(position_key(period, carrier.value, party)))


def find_bills(state: StateReader, period: int) -> tuple[Bill, ...] | None:
    """By seat; None before the settlement."""
    value = state.get(bills_key(period))
    return None if value is None else decode_bills(value)


def process_id(record: IntervalRecord) -> TxId:
    """The process of an interval that was opened."""
    if record.process is None:
        raise RuntimeError(f"the interval of period {record.period} was not opened")
    return record.process


def check_process(ctx: Context, record: IntervalRecord) -> None:
    """Raises WrongProcess unless the transaction's links lead to this interval's process."""
    if record.process is None or ctx.process != record.process:
        raise WrongProcess(record.period)
