"""Windows, devices, bids and rights, as the rooms of this contract, and agents, find them.

What only looks takes anything that reads this contract's state: a context on the chain, a view outside it.
"""

from collections.abc import Iterator
from typing import cast

from contracts.capacity.devices import Device
from contracts.capacity.keys import (
    ACTIVE_KEY,
    DEVICES_KEY,
    WINDOWS_KEY,
    clearing_key,
    device_key,
    final_key,
    offer_key,
    opened_key,
    profile_key,
    reliability_key,
    right_key,
    sealed_key,
    seat_key,
    span_key,
    trade_key,
    window_key,
)
from contracts.capacity.parameters import Calendar, parameters_of
from contracts.capacity.records import (
    ClearingRecord,
    FinalToken,
    Offer,
    OpenedBid,
    Right,
    SealedBid,
    Trade,
    WindowRecord,
    decode_clearing,
    decode_device,
    decode_final,
    decode_offer,
    decode_opened,
    decode_right,
    decode_sealed,
    decode_trade,
    decode_window,
    encode_record,
)
from contracts.capacity.refusals import UnknownDevice, UnknownRight, UnknownWindow, WrongProcess
from contracts.context import Context
from contracts.membership import members
from contracts.state_reader import StateReader
from ledger.codec import Value
from ledger.committee import faulty_of


def calendar_of(state: StateReader) -> Calendar:
    """The chain's calendar, with the market's parameters in it."""
    return Calendar(state.genesis, parameters_of(state.genesis))


def faulty_max(ctx: Context) -> int:
    """How many of the proposers may be faulty: f of the committee that decides on this block."""
    return faulty_of(len(members.committee(ctx)))


def count_devices(state: StateReader) -> int:
    """How many devices are certified."""
    return cast(int, state.get(DEVICES_KEY) or 0)


def get_device(state: StateReader, number: int) -> Device:
    """Raises UnknownDevice."""
    value = state.get(device_key(number))
    if value is None:
        raise UnknownDevice(number, count_devices(state))
    return decode_device(value)


def count_windows(state: StateReader) -> int:
    """How many windows were opened."""
    return cast(int, state.get(WINDOWS_KEY) or 0)


def active_windows(state: StateReader) -> tuple[int, ...]:
    """The windows that are not over, oldest first."""
    return cast(tuple[int, ...], state.get(ACTIVE_KEY) or ())


def get_window(state: StateReader, window: int) -> WindowRecord:
    """Raises UnknownWindow."""
    value = state.get(window_key(window))
    if value is None:
        raise UnknownWindow(window)
    return decode_window(value)


def find_span(state: StateReader, first_period: int, periods: int) -> int | None:
    """The window that is, or was, of just these periods; None if there was none."""
    return cast(int | None, state.get(span_key(first_period, periods)))


def put_window(ctx: Context, record: WindowRecord) -> None:
    """Keep how far a window has come."""
    ctx.put(window_key(record.number), encode_record(record))


def find_seat(state: StateReader, window: int, address: str) -> int | None:
    """The number of somebody's bid; None if it made none."""
    return cast(int | None, state.get(seat_key(window, address)))


def get_sealed(state: StateReader, window: int, bid: int) -> SealedBid:
    """A bid that there has to be."""
    return decode_sealed(_kept(state, sealed_key(window, bid)))


def find_opened(state: StateReader, window: int, bid: int) -> OpenedBid | None:
    """What was revealed of a bid; None if nothing was."""
    value = state.get(opened_key(window, bid))
    return None if value is None else decode_opened(value)


def find_clearing(state: StateReader, window: int) -> ClearingRecord | None:
    """How a window was cleared; None if it was not, or nothing was traded."""
    value = state.get(clearing_key(window))
    return None if value is None else decode_clearing(value)


def find_trade(state: StateReader, window: int, bid: int) -> Trade | None:
    """What a bid came to; None if it trades nothing."""
    value = state.get(trade_key(window, bid))
    return None if value is None else decode_trade(value)


def get_trade(state: StateReader, window: int, bid: int) -> Trade:
    """A trade that there has to be."""
    return decode_trade(_kept(state, trade_key(window, bid)))


def find_right(state: StateReader, window: int, number: int) -> Right | None:
    """A right before its burning; None if there is none."""
    value = state.get(right_key(window, number))
    return None if value is None else decode_right(value)


def get_right(state: StateReader, window: int, number: int) -> Right:
    """Raises UnknownRight."""
    right = find_right(state, window, number)
    if right is None:
        raise UnknownRight(window, number)
    return right


def rights_of(state: StateReader, window: int, trade: Trade) -> Iterator[tuple[int, Right]]:
    """A trade's rights, with their numbers."""
    for number in range(trade.first_right, trade.first_right + trade.rights):
        yield number, get_right(state, window, number)


def put_right(ctx: Context, window: int, number: int, right: Right) -> None:
    """Keep a right."""
    ctx.put(right_key(window, number), encode_record(right))


def find_offer(state: StateReader, window: int, right: int) -> Offer | None:
    """At what a right is offered; None if it is not."""
    value = state.get(offer_key(window, right))
    return None if value is None else decode_offer(value)


def find_profile(state: StateReader, window: int, right: int) -> tuple[int, ...] | None:
    """What was nominated; None if nothing was."""
    return cast(tuple[int, ...] | None, state.get(profile_key(window, right)))


def find_final(state: StateReader, window: int, right: int) -> FinalToken | None:
    """What a right that was delivered came to; None before that."""
    value = state.get(final_key(window, right))
    return None if value is None else decode_final(value)


def reliability(state: StateReader, address: str) -> tuple[int, int]:
    """What somebody owed, and what of it it kept, Wh, over all its trades that are over."""
    return cast(tuple[int, int], state.get(reliability_key(address)) or (0, 0))


def check_process(ctx: Context, record: WindowRecord) -> None:
    """Raises WrongProcess unless the transaction's links lead to this window's process."""
    if ctx.process != record.process:
        raise WrongProcess(record.number)


def _kept(state: StateReader, key: str) -> Value:
    value = state.get(key)
    if value is None:
        raise RuntimeError(f"the state has no {key}")
    return value
