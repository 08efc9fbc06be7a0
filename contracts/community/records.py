"""What the chain keeps of homes and rounds, and under which keys, for the contract, agents and readers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast

from contracts.community.orders import Band, Book, Match, Order, Reply, Side, Trade
from contracts.community.pricing import Suggestion, Turnover
from contracts.community.settlement import Bill
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import EnergyWh, Period, Slot, TxId

HOMES_KEY = "homes"
"""How many homes are enrolled; they are numbered from 0."""

SETTLING_KEY = "settling"
"""Steps that settling a round of all of them takes at the most."""

INTERVALS_KEY = "intervals"
"""The lengths of homes' intervals, ascending."""

ACTIVE_KEY = "active"
"""The rounds that the clock moves on, from their trigger until their readings are in, by their first
periods, oldest first."""

OPEN_KEY = "open"
"""The first period of the oldest round that may be open; all before it are settled."""

KEPT_KEY = "kept"
"""The first period of the oldest round that the state may have; all before it are forgotten."""

RECENT_KEY = "recent"
"""The turnovers of the newest rounds in which something was traded, oldest first."""


class Phase(StrEnum):
    """How far a round has come; process.py has the table."""

    DUE = "due"
    ORDERING = "ordering"
    OFFERING = "offering"
    MATCHING = "matching"
    RUNNING = "running"
    ACCOUNTING = "accounting"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """A round, as far as it has come."""

    first_period: Period
    """Names it: the intervals that begin with this period are traded in it."""
    end: Period
    """The first period after the longest of these intervals."""
    phase: Phase
    since: Slot
    """When it came into this phase."""
    homes: int
    """How many homes were enrolled when it fell due; later ones take no part."""
    band: Band
    """The grid's prices."""
    suggestion: Suggestion
    """By what was known when it fell due."""
    process: TxId | None = None
    """Its first trigger, which names the TDVA process."""
    dispatch: TxId | None = None
    """The transaction that matched it; None as long as none has, or if none did in time."""
    readings_until: Slot = Slot(0)  # noqa: RUF009 - a number
    """The last slot in which its readings are taken; 0 before its trigger."""
    seed: Digest = Digest(b"")  # noqa: RUF009 - bytes
    """What breaks its ties; empty as long as orders are taken."""
    verifications: Digest | None = None
    """The root over the verifications, which the accounting has to name; None until readings close."""

    @property
    def standing(self) -> TxId | None:
        """What verifications and the accounting have to link."""
        return self.dispatch or self.process


@dataclass(frozen=True, slots=True)
class Placed:
    """A home's order on the chain."""

    side: Side
    order: Order


@dataclass(frozen=True, slots=True)
class Metered:
    """What a home's meter saw of its interval so far."""

    net_wh: EnergyWh
    """Imported less exported."""
    readings: int
    """Of how many periods."""


def home_key(number: int) -> str:
    return f"home/{number}"


def number_key(address: str) -> str:
    """Where the number stands of the home with this owner."""
    return f"number/{address}"


def meter_key(meter: str) -> str:
    """Where the number stands of the home with this meter."""
    return f"meter/{meter}"


def opted_out_key(number: int) -> str:
    return f"out/{number}"


def round_key(first_period: int) -> str:
    return f"round/{first_period}"


def order_key(first_period: int, number: int) -> str:
    """Where a home's order stands until its round is matched or begins."""
    return f"order/{first_period}/{number}"


def book_key(first_period: int) -> str:
    """Where all orders of a matched round stand."""
    return f"book/{first_period}"


def match_key(first_period: int) -> str:
    """Where the trades of a matched round stand."""
    return f"match/{first_period}"


def metered_key(first_period: int, number: int) -> str:
    """Where a home's energy stands until its round is settled."""
    return f"metered/{first_period}/{number}"


def bills_key(first_period: int) -> str:
    """Where all bills of a settled round stand."""
    return f"bills/{first_period}"


def escrow_name(first_period: int, address: str) -> str:
    """The escrow out of which a buyer pays its neighbours."""
    return f"community/{first_period}/{address}"


def encode_round(record: RoundRecord) -> Mapping[str, Value]:
    return {**asdict(record), "phase": record.phase.value}


def decode_round(value: Value) -> RoundRecord:
    fields = dict(cast(Mapping[str, Any], value))
    fields["phase"] = Phase(fields["phase"])
    fields["band"] = Band(**fields["band"])
    fields["suggestion"] = Suggestion(**fields["suggestion"])
    return RoundRecord(**fields)


def encode_order(order: Order) -> Value:
    replies = tuple([(reply.request, reply.price_ukwh) for reply in order.replies])
    return (order.home, order.energy_wh, order.limit_ukwh, replies)


def decode_order(value: Value) -> Order:
    home, energy_wh, limit_ukwh, replies = cast(tuple[Any, ...], value)
    return Order(home, energy_wh, limit_ukwh, tuple([Reply(*reply) for reply in replies]))


def encode_placed(placed: Placed) -> Value:
    return (placed.side.value, encode_order(placed.order))


def decode_placed(value: Value) -> Placed:
    side, order = cast(tuple[str, Value], value)
    return Placed(Side(side), decode_order(order))


def encode_book(book: Book) -> Mapping[str, Value]:
    return {
        "asks": tuple([encode_order(ask) for ask in book.asks]),
        "bids": tuple([encode_order(bid) for bid in book.bids]),
        "band": (book.band.feed_in_ukwh, book.band.grid_ukwh),
        "seed": book.seed,
    }


def decode_book(value: Value) -> Book:
    fields = cast(Mapping[str, Any], value)
    asks, bids = ([decode_order(order) for order in fields[side]] for side in ("asks", "bids"))
    return Book(tuple(asks), tuple(bids), Band(*fields["band"]), fields["seed"])


def encode_match(match: Match) -> Mapping[str, Value]:
    trades = [(trade.seller, trade.buyer, trade.energy_wh, trade.price_ukwh) for trade in match.trades]
    return {"trades": tuple(trades), "price_ukwh": match.price_ukwh}


def decode_match(value: Value) -> Match:
    fields = cast(Mapping[str, Any], value)
    return Match(tuple([Trade(*trade) for trade in fields["trades"]]), fields["price_ukwh"])


def encode_turnovers(turnovers: tuple[Turnover, ...]) -> Value:
    return tuple([(one.offered_wh, one.wanted_wh, one.traded_wh, one.nano) for one in turnovers])


def decode_turnovers(value: Value) -> tuple[Turnover, ...]:
    return tuple([Turnover(*one) for one in cast(tuple[Any, ...], value or ())])


def encode_bills(bills: tuple[Bill, ...]) -> Value:
    return tuple([tuple(asdict(bill).values()) for bill in bills])


def decode_bills(value: Value) -> tuple[Bill, ...]:
    return tuple([Bill(*bill) for bill in cast(tuple[Any, ...], value)])
