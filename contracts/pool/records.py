"""What the chain keeps of agreements and intervals, and under which keys."""

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from enum import StrEnum
from typing import Any, Final, cast

from contracts.metering.readings import Carrier
from contracts.pool.bids import Offer
from contracts.pool.cycle import Book, Outcome, Scenario, Trade
from contracts.pool.lots import Lot
from contracts.pool.settlement import Bill, Position
from crypto.hashing import Digest
from ledger.codec import Value
from ledger.quantities import Height, Period, TxId

AGREEMENTS_KEY = "agreements"
"""How many there were; they are numbered from 0."""

SEATS_KEY = "seats"
"""How many seats there are; they are numbered from 0."""

ACTIVE_KEY = "active"
"""The periods of the intervals that the clock moves on, oldest first."""

UNSETTLED_KEY = "unsettled"
"""The newest intervals that wait for nothing but their accounting, oldest first."""


class Phase(StrEnum):
    """How far an interval has come; process.py has the table."""

    DUE = "due"
    BIDDING = "bidding"
    MATCHED = "matched"
    RUNNING = "running"
    METERING = "metering"
    ACCOUNTING = "accounting"
    SETTLED = "settled"
    LAPSED = "lapsed"


TRADED: Final = (Phase.DUE, Phase.BIDDING, Phase.MATCHED)
"""The phases before an interval begins."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What the platform's cycles of an interval came to (Jin, 5.2 (1): intnum1 to 4)."""

    matched: int = 0
    """Trades of scenario 1."""
    failed: int = 0
    """Offers that a cycle left without any trade, once for each such cycle."""
    pooled: int = 0
    """Offers of which the rest entered the pool."""
    pool_sales: int = 0
    """Trades of scenario 2."""

    def add(self, outcome: Outcome) -> "Counters":
        """With one carrier's cycle more."""
        served = {trade.seller for trade in outcome.trades} | {trade.buyer for trade in outcome.trades}
        offers = (*outcome.before.asks, *outcome.before.bids)
        direct = sum(trade.scenario is Scenario.DIRECT for trade in outcome.trades)
        return Counters(
            self.matched + direct,
            self.failed + sum(offer.address not in served for offer in offers),
            self.pooled + len(outcome.pooled),
            self.pool_sales + len(outcome.trades) - direct,
        )


@dataclass(frozen=True, slots=True)
class IntervalRecord:
    """One period's energy, as far as its process has come."""

    period: Period
    phase: Phase
    since: Height
    """The block in which it came into this phase."""
    seats: int
    """How many there were when it fell due; later ones take no part."""
    cycles: int = 0
    """How many were opened."""
    process: TxId | None = None
    """Its first trigger, which names the TDVA process."""
    opened: TxId | None = None
    """The trigger of the newest cycle, which its dispatch has to link."""
    dispatch: TxId | None = None
    """The newest match; in force once the interval begins."""
    counters: Counters = Counters()
    verifications: Digest | None = None
    """The root over the verifications, which the accounting has to name; None until readings close."""

    @property
    def standing(self) -> TxId | None:
        """What verifications and the accounting have to link."""
        return self.process if self.phase in TRADED else self.dispatch or self.process


def agreement_key(number: int) -> str:
    return f"agreement/{number}"


def standing_key(kind: str, party: str, carrier: str) -> str:
    """Where the number stands of the agreement of this kind that stands; the carrier is empty of payment."""
    return f"standing/{kind}/{party}/{carrier}"


def seat_key(number: int) -> str:
    """Where (party, carrier, meter, power) stand: somebody's connection for one carrier."""
    return f"seat/{number}"


def seat_number_key(party: str, carrier: str) -> str:
    return f"seat-number/{party}/{carrier}"


def meter_key(meter: str) -> str:
    """Where the number stands of the seat with this meter."""
    return f"meter/{meter}"


def interval_key(period: int) -> str:
    return f"interval/{period}"


def book_key(period: int, carrier: str) -> str:
    """Where what stands of a carrier is kept while an interval is traded."""
    return f"book/{period}/{carrier}"


def posted_key(period: int) -> str:
    """Where the bids wait that bidders put on the chain themselves."""
    return f"posted/{period}"


def cycle_key(period: int, cycle: int, carrier: str) -> str:
    """Where the outcome of a cycle stands: who traded, what was pooled, who is left."""
    return f"cycle/{period}/{cycle}/{carrier}"


def stored_key(period: int, carrier: str) -> str:
    """Where the trades stand of what storages took over as an interval began."""
    return f"stored/{period}/{carrier}"


def position_key(period: int, carrier: str, party: str) -> str:
    return f"position/{period}/{carrier}/{party}"


def metered_key(period: int, seat: int) -> str:
    """Where a seat's metered energy stands until its interval is settled."""
    return f"metered/{period}/{seat}"


def bills_key(period: int) -> str:
    return f"bills/{period}"


def stock_key(seat: int) -> str:
    """What a storage holds for the pool, Wh, beyond what is on sale."""
    return f"stock/{seat}"


def on_sale_key(seat: int) -> str:
    """How much of a storage is on sale in intervals that have not begun, Wh: it is still there."""
    return f"on-sale/{seat}"


def offered_key(period: int, seat: int) -> str:
    """How much of that one interval has; until it begins."""
    return f"offered/{period}/{seat}"


def escrow_name(period: int, carrier: str, party: str) -> str:
    """The escrow out of which a consumer pays."""
    return f"pool/{period}/{carrier}/{party}"


def encode_interval(record: IntervalRecord) -> Mapping[str, Value]:
    return {**asdict(record), "phase": record.phase.value}


def decode_interval(value: Value) -> IntervalRecord:
    fields = dict(cast(Mapping[str, Any], value))
    fields["phase"] = Phase(fields["phase"])
    fields["counters"] = Counters(**fields["counters"])
    return IntervalRecord(**fields)


def encode_book(book: Book) -> Value:
    sides = (book.asks, book.bids, book.lots)
    return tuple([tuple([astuple(one) for one in side]) for side in sides])


def decode_book(value: Value) -> Book:
    if value is None:
        return Book()
    asks, bids, lots = cast(tuple[Any, ...], value)
    return Book(
        tuple([Offer(*ask) for ask in asks]),
        tuple([Offer(*bid) for bid in bids]),
        tuple([Lot(*lot) for lot in lots]),
    )


def encode_trades(trades: tuple[Trade, ...]) -> Value:
    return tuple([(trade.scenario.value, *astuple(trade)[1:]) for trade in trades])


def decode_trades(value: Value) -> tuple[Trade, ...]:
    return tuple([Trade(Scenario(first), *rest) for first, *rest in cast(tuple[Any, ...], value or ())])


def encode_outcome(outcome: Outcome) -> Mapping[str, Value]:
    """With the arrays of the paper beside what they follow from."""
    return {
        "before": encode_book(outcome.before),
        "trades": encode_trades(outcome.trades),
        "pool": outcome.pooled,
        "after": encode_book(outcome.after),
        "supply_success": outcome.supply_success,
        "consumer_success": outcome.consumer_success,
        "pool_success": outcome.pool_success,
        "rest": outcome.rest,
    }


def decode_outcome(value: Value) -> Outcome:
    fields = cast(Mapping[str, Any], value)
    before, after = decode_book(fields["before"]), decode_book(fields["after"])
    return Outcome(before, decode_trades(fields["trades"]), fields["pool"], after)


def decode_position(value: Value) -> Position:
    return Position(*cast(tuple[int, int, int, int], value or (0, 0, 0, 0)))


def encode_bills(bills: tuple[Bill, ...]) -> Value:
    return tuple([tuple((asdict(bill) | {"carrier": bill.carrier.value}).values()) for bill in bills])


def decode_bills(value: Value) -> tuple[Bill, ...]:
    rows = cast(tuple[Any, ...], value)
    return tuple([Bill(address, Carrier(carrier), *rest) for address, carrier, *rest in rows])
