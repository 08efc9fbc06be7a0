"""`gridquorum pool`: why a bid was (not) matched in an interval's cycles, and tables of all of it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from cli.describe import Names
from cli.errors import CommandError
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson, report_rows
from cli.tables import MarketTables, write_tables
from contracts.metering.readings import Carrier
from contracts.pool.agents.sight import Sight
from contracts.pool.bids import Offer
from contracts.pool.cycle import Book, Outcome, Trade
from contracts.pool.explanation import explain
from contracts.pool.intervals import calendar_of, find_bills, find_interval, find_outcome, find_stored
from contracts.pool.lots import Lot
from contracts.pool.parameters import POOL
from contracts.pool.records import IntervalRecord
from crypto.address import Address
from ledger.store import Store
from node.chain import HeadView

app = typer.Typer(help="Look at intervals of the pool market.", no_args_is_help=True)

PeriodArgument = Annotated[int, typer.Argument(help="The interval's period.", min=0)]


@app.command()
def why(
    period: PeriodArgument,
    who: Annotated[str, typer.Argument(help="Name or address of the bidder.")],
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Say what became of somebody's bids, by cycle; `gridquorum chain proof-state pool KEY` proves it."""
    with open_chain(directory) as store:
        found = _find(store, period)
        rows = found.answers(found.names.address_of(who))
    if not rows:
        raise CommandError(f"{who} had no bid in a cycle of period {period}")
    report_rows(rows, as_json, "cycles")


@app.command()
def export(
    period: PeriodArgument,
    out: MarketTables,
    directory: NodeDirectory = HERE,
) -> None:
    """Write an interval's bids and pool as they stood in each cycle, its trades and its bills as tables."""
    with open_chain(directory) as store:
        found = _find(store, period)
        tables = {"bids": found.bids(), "trades": found.trades(), "bills": found.bills()}
    write_tables(out, tables)


@dataclass(frozen=True, slots=True)
class PoolInterval:
    """What the chain knows of one interval, as rows that people and tables take."""

    sight: Sight
    record: IntervalRecord
    names: Names

    def answers(self, address: Address) -> list[dict[str, Any]]:
        """A row for each cycle and carrier in which somebody had an offer."""
        rows = []
        for cycle, carrier, outcome in self._outcomes():
            answer = explain(self.record.period, cycle, carrier, outcome, address)
            if answer is not None:
                said = asdict(answer) | {"side": answer.side.value, "reason": answer.reason.value}
                rows.append({"cycle": cycle, "carrier": carrier.value, **said})
        return rows

    def bids(self) -> list[dict[str, Any]]:
        """In rank, with what was left of each; the pool's lots are `pool` or, out of a storage, `stored`."""
        return [
            {"cycle": cycle, "carrier": carrier.value, "side": side, "name": self.names[offer.address],
             "energy_wh": offer.energy_wh, "left_wh": offer.left_wh, "limit_ukwh": offer.limit_ukwh}
            for cycle, carrier, outcome in self._outcomes()
            for side, offer in _standing(outcome.before)
        ]  # fmt: skip

    def trades(self) -> list[dict[str, Any]]:
        """In the order in which they came about; what storages took over, in no cycle, comes last."""
        made: list[tuple[int | None, Carrier, Trade]] = [
            (cycle, carrier, trade)
            for cycle, carrier, outcome in self._outcomes()
            for trade in outcome.trades
        ]
        for terms in calendar_of(self.sight).parameters.carriers:
            stored = find_stored(self.sight, self.record.period, terms.carrier)
            made += [(None, terms.carrier, trade) for trade in stored]
        return [
            {"cycle": cycle, "carrier": carrier.value, **asdict(trade), "scenario": trade.scenario.value,
             "seller": self.names[trade.seller], "buyer": self.names[trade.buyer]}
            for cycle, carrier, trade in made
        ]  # fmt: skip

    def bills(self) -> list[dict[str, Any]]:
        """By seat; none before the settlement."""
        return [
            {"name": self.names[bill.address], **asdict(bill), "carrier": bill.carrier.value}
            for bill in find_bills(self.sight, self.record.period) or ()
        ]

    def _outcomes(self) -> Iterator[tuple[int, Carrier, Outcome]]:
        for cycle in range(self.record.cycles):
            for terms in calendar_of(self.sight).parameters.carriers:
                outcome = find_outcome(self.sight, self.record.period, cycle, terms.carrier)
                if outcome is not None:
                    yield cycle, terms.carrier, outcome


def _standing(book: Book) -> Iterator[tuple[str, Offer | Lot]]:
    for ask in book.asks:
        yield "ask", ask
    for bid in book.bids:
        yield "bid", bid
    for lot in book.lots:
        yield "stored" if lot.is_stored else "pool", lot


def _find(store: Store, period: int) -> PoolInterval:
    """Raises CommandError."""
    if POOL not in store.genesis.contracts:
        raise CommandError("this chain has no pool market")
    sight = Sight(HeadView(store.genesis, store.head))
    record = find_interval(sight, period)
    if record is None:
        raise CommandError(f"there is no interval of period {period}")
    return PoolInterval(sight, record, Names(store.genesis, store.head.state))
