"""The intervals of a pool on a node's chain, as their summary tells them: who gave what to whom, and what it
cost."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean
from typing import Final

from cli.agreement import balance_changes, events_of
from cli.describe import Names
from cli.pool.live.cast import CAST
from contracts.metering.readings import Carrier
from contracts.pool.agents.sight import Sight
from contracts.pool.cycle import Scenario, Trade
from contracts.pool.intervals import calendar_of, find_bills, find_interval, find_outcome
from contracts.pool.parameters import POOL
from contracts.pool.process import Happening
from contracts.pool.records import IntervalRecord, decode_trades, stored_key
from contracts.pool.settlement import Bill
from ledger.quantities import Amount, EnergyWh, Period
from ledger.store import Store
from node.chain import HeadView


class Way(StrEnum):
    """How energy came from one party to another."""

    DIRECT = "direct"
    POOLED = "out of the pool"
    STORED = "into a storage"
    RELEASED = "out of a storage"


@dataclass(frozen=True, slots=True)
class Flow:
    """Energy of one trade."""

    period: Period
    carrier: str
    way: str
    seller: str
    buyer: str
    energy_wh: EnergyWh


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """How far an interval has come."""

    period: Period
    phase: str
    cycles: int


@dataclass(frozen=True, slots=True)
class SeatRow:
    """All intervals of one party and carrier."""

    name: str
    carrier: str
    bought_wh: int
    """- sold."""
    readings: int
    network_wh: int
    """Taken beyond what was traded; - given."""
    fees_nano: int
    amount: Amount
    """+ paid."""
    owed: Amount


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """The sum of a party's bills for all intervals of the chain, also before and after those that are played,
    and what left its balance since the genesis; + is paid. Millionths."""

    name: str
    billed: int
    paid: int


class Market:
    """The intervals of some periods, by the names of those who took part."""

    def __init__(self, store: Store, periods: Sequence[Period]) -> None:
        self._store = store
        self._sight = Sight(HeadView(store.genesis, store.head))
        self._names = Names(store.genesis)
        found = [find_interval(self._sight, period) for period in periods]
        self._records = [record for record in found if record is not None]

    def intervals(self) -> Iterator[IntervalRow]:
        """In their order."""
        return (IntervalRow(record.period, record.phase.value, record.cycles) for record in self._records)

    def flows(self) -> Iterator[Flow]:
        """All trades of all intervals, in the order in which they came about."""
        for record in self._records:
            for terms in calendar_of(self._sight).parameters.carriers:
                for trade in self._trades(record, terms.carrier):
                    yield self._flow(record.period, terms.carrier, trade)

    def _flow(self, period: Period, carrier: Carrier, trade: Trade) -> Flow:
        seller, buyer = self._names[trade.seller], self._names[trade.buyer]
        way = way_of(trade.scenario, seller)
        return Flow(period, carrier.value, way.value, seller, buyer, trade.energy_wh)

    def _trades(self, record: IntervalRecord, carrier: Carrier) -> Iterator[Trade]:
        for cycle in range(record.cycles):
            outcome = find_outcome(self._sight, record.period, cycle, carrier)
            yield from () if outcome is None else outcome.trades
        yield from decode_trades(self._sight.get(stored_key(record.period, carrier.value)))

    def seats(self) -> Iterator[SeatRow]:
        """By party and carrier."""
        of_seat: dict[tuple[str, str], list[Bill]] = {}
        for bill in self._bills(record.period for record in self._records):
            of_seat.setdefault((self._names[bill.address], bill.carrier.value), []).append(bill)
        for (name, carrier), bills in of_seat.items():
            yield SeatRow(
                name,
                carrier,
                bought_wh=sum(bill.traded_wh for bill in bills),
                readings=sum(bill.metered_wh is not None for bill in bills),
                network_wh=sum(bill.network_wh for bill in bills),
                fees_nano=sum(bill.fees_nano for bill in bills),
                amount=Amount(sum(bill.amount for bill in bills)),
                owed=Amount(sum(bill.owed for bill in bills)),
            )

    def money(self) -> list[MoneyRow]:
        """By account; the platform has what all others' bills leave."""
        genesis, billed = self._store.genesis, dict[str, int]()
        for bill in self._bills(range(genesis.first_period, genesis.period(self._sight.slot))):
            billed[bill.address] = billed.get(bill.address, 0) + bill.amount
        billed[calendar_of(self._sight).parameters.platform] = -sum(billed.values())
        changes = balance_changes(self._store)
        return [MoneyRow(name, billed.get(account, 0), -change) for account, name, change in changes]

    def _bills(self, periods: Iterable[int]) -> Iterator[Bill]:
        """Of all that are settled of these intervals."""
        for period in periods:
            yield from find_bills(self._sight, period) or ()

    def cycle_slots(self) -> float:
        """From one opening of an interval's cycle to the next, in the mean; 0 where none followed another."""
        opened: dict[int, list[int]] = {record.period: [] for record in self._records}
        for slot, event in events_of(self._store):
            said = event.fields
            is_opening = (event.contract, event.name, said.get("why")) == (POOL, "phase", Happening.OPENED)
            if is_opening and said["period"] in opened:
                opened[said["period"]].append(slot)
        gaps = [after - before for slots in opened.values() for before, after in pairwise(slots)]
        return fmean(gaps) if gaps else 0.0


STORAGES: Final = tuple([player.name for player in CAST if player.stores])


def way_of(scenario: Scenario, seller: str) -> Way:
    """How a trade moves energy."""
    if scenario is Scenario.DIRECT:
        return Way.DIRECT
    if scenario is Scenario.STORED:
        return Way.STORED
    return Way.RELEASED if seller in STORAGES else Way.POOLED
