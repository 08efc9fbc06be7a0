"""Homes and rounds, as the rooms of this contract, and agents, find them.

What only looks takes anything that reads this contract's state: a context on the chain, a view outside it.
"""

from collections.abc import Iterator
from typing import cast

from contracts.community.homes import Home, decode_home
from contracts.community.orders import Book, Match
from contracts.community.parameters import Calendar, parameters_of
from contracts.community.pricing import Turnover
from contracts.community.records import (
    ACTIVE_KEY,
    HOMES_KEY,
    INTERVALS_KEY,
    OPEN_KEY,
    RECENT_KEY,
    Metered,
    Phase,
    Placed,
    RoundRecord,
    bills_key,
    book_key,
    decode_bills,
    decode_book,
    decode_match,
    decode_placed,
    decode_round,
    decode_turnovers,
    encode_round,
    home_key,
    match_key,
    meter_key,
    metered_key,
    number_key,
    opted_out_key,
    order_key,
    round_key,
)
from contracts.community.refusals import NotConcerned, UnknownRound, WrongProcess
from contracts.community.settlement import Bill
from contracts.context import Context
from contracts.state_reader import StateReader
from crypto.address import Address
from ledger.quantities import EnergyWh, Period, TxId


def calendar_of(state: StateReader) -> Calendar:
    """The chain's calendar, with the market's parameters in it."""
    return Calendar(state.genesis, parameters_of(state.genesis))


def count_homes(state: StateReader) -> int:
    """How many homes are enrolled."""
    return cast(int, state.get(HOMES_KEY) or 0)


def interval_lengths(state: StateReader) -> tuple[int, ...]:
    """Those that homes have, in periods, ascending."""
    return cast(tuple[int, ...], state.get(INTERVALS_KEY) or ())


def get_home(state: StateReader, number: int) -> Home:
    """A home that is enrolled."""
    return decode_home(state.get(home_key(number)))


def homes_of(state: StateReader, record: RoundRecord) -> list[tuple[int, Home]]:
    """The homes that take part in a round, with their numbers."""
    homes = [(number, get_home(state, number)) for number in range(record.homes)]
    return [(number, home) for number, home in homes if home.takes_part(record.first_period)]


def find_number(state: StateReader, address: Address) -> int | None:
    """The number of the home of this owner; None if it has none."""
    return cast(int | None, state.get(number_key(address)))


def get_number(state: StateReader, address: Address) -> int:
    """Raises NotConcerned."""
    number = find_number(state, address)
    if number is None:
        raise NotConcerned(address, "the owner of a home of this market")
    return number


def find_metering_home(state: StateReader, meter: Address) -> tuple[int, Home] | None:
    """The home that a meter measures, with its number; None if it is no home's."""
    number = cast(int | None, state.get(meter_key(meter)))
    return None if number is None else (number, get_home(state, number))


def has_opted_out(state: StateReader, number: int) -> bool:
    """Whether a home is served by the grid alone."""
    return state.get(opted_out_key(number)) is not None


def active_rounds(state: StateReader) -> tuple[Period, ...]:
    """The rounds that the clock moves on, oldest first."""
    return cast(tuple[Period, ...], state.get(ACTIVE_KEY) or ())


def oldest_open(state: StateReader) -> Period:
    """No round before this period is open: due, under way or not settled."""
    return cast(Period, state.get(OPEN_KEY))


def open_rounds(state: StateReader, due: Period) -> Iterator[RoundRecord]:
    """The rounds that are not settled, oldest first; `due` is the one that fell due last."""
    for first_period in range(oldest_open(state), due + 1):
        record = find_round(state, first_period)
        if record is not None and record.phase is not Phase.SETTLED:
            yield record


def find_round(state: StateReader, first_period: int) -> RoundRecord | None:
    """None if no round begins with this period, it is not due, or it is forgotten."""
    value = state.get(round_key(first_period))
    return None if value is None else decode_round(value)


def get_round(state: StateReader, first_period: Period) -> RoundRecord:
    """Raises UnknownRound."""
    record = find_round(state, first_period)
    if record is None:
        raise UnknownRound(first_period)
    return record


def put_round(ctx: Context, record: RoundRecord) -> None:
    """Keep how far a round has come."""
    ctx.put(round_key(record.first_period), encode_round(record))


def find_order(state: StateReader, first_period: int, number: int) -> Placed | None:
    """A home's order for a round that is not matched yet; None if it has none."""
    value = state.get(order_key(first_period, number))
    return None if value is None else decode_placed(value)


def find_book(state: StateReader, first_period: int) -> Book | None:
    """All orders of a round; None before it is matched."""
    value = state.get(book_key(first_period))
    return None if value is None else decode_book(value)


def find_match(state: StateReader, first_period: int) -> Match | None:
    """The trades of a round; None before it is matched."""
    value = state.get(match_key(first_period))
    return None if value is None else decode_match(value)


def get_metered(state: StateReader, first_period: int, number: int) -> Metered:
    """What a home's meter has shown of its interval."""
    net_wh, count = cast(tuple[int, int], state.get(metered_key(first_period, number)) or (0, 0))
    return Metered(EnergyWh(net_wh), count)


def find_bills(state: StateReader, first_period: int) -> tuple[Bill, ...] | None:
    """By home that takes part, in the homes' order; None before the settlement."""
    value = state.get(bills_key(first_period))
    return None if value is None else decode_bills(value)


def recent_turnovers(state: StateReader) -> tuple[Turnover, ...]:
    """Of the newest rounds in which something was traded, oldest first."""
    return decode_turnovers(state.get(RECENT_KEY))


def process_id(record: RoundRecord) -> TxId:
    """The process of a round that was triggered."""
    if record.process is None:
        raise RuntimeError(f"the round of period {record.first_period} was not triggered")
    return record.process


def check_process(ctx: Context, record: RoundRecord) -> None:
    """Raises WrongProcess unless the transaction's links lead to this round's process."""
    if record.process is None or ctx.process != record.process:
        raise WrongProcess(record.first_period)
