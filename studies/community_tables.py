"""The community study as CSV files that open in pandas: its tables, and a day's orders, trades and bills."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from contracts.community.explanation import explain
from contracts.community.matching import match
from contracts.community.orders import Book, Match, Order
from contracts.community.solving import vector
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh
from studies.community import Scenario, Study, cost_rows, hour_rows, mechanism_rows
from studies.community_data import PERIODS
from studies.community_simulation import Round, Simulation, seed_of


@dataclass(frozen=True, slots=True)
class BidRow:
    """One order, and why it was traded or not."""

    round: int
    home: str
    side: str
    energy_wh: int
    limit_ukwh: int
    traded_wh: int
    reason: str


@dataclass(frozen=True, slots=True)
class TradeRow:
    """Energy from one home to another."""

    round: int
    seller: str
    buyer: str
    energy_wh: int
    price_ukwh: int


@dataclass(frozen=True, slots=True)
class BillRow:
    """One home's interval: + taken, bought, paid."""

    round: int
    home: str
    metered_wh: int
    grid_wh: int
    amount_micro: int


Row = BidRow | TradeRow | BillRow

BOOKS: Final[Mapping[str, type[Row]]] = {"bids": BidRow, "trades": TradeRow, "bills": BillRow}


def write_tables(study: Study, directory: Path) -> list[Path]:
    """Costs, hours and mechanisms; and the first day of the smallest community, order by order."""
    tables: Mapping[str, Sequence[Any]] = {
        "costs": cost_rows(study),
        "hours": hour_rows(study),
        "mechanisms": mechanism_rows(study),
    }
    books = list(book_rows(study.sizes[0].scenario))
    paths = [_write(directory / f"{name}.csv", type(rows[0]), rows) for name, rows in tables.items()]
    paths += [
        _write(directory / f"{name}.csv", kind, [row for row in books if isinstance(row, kind)])
        for name, kind in BOOKS.items()
    ]
    return paths


def book_rows(scenario: Scenario) -> Iterator[Row]:
    """Every order, trade and bill of a scenario's first day, by the contract's own matching."""
    community = scenario.community
    simulation = Simulation(community, scenario.rules)
    for _ in range(PERIODS):
        begun = simulation.begin()
        asks, bids = simulation.orders(begun)
        book = Book(_exact(asks), _exact(bids), begun.band, seed_of(begun))
        done = match(scenario.rules.mechanism, book)
        bills = simulation.finish(begun, asks, bids, book.seed)
        yield from _bid_rows(scenario, begun, book, done)
        for trade in done.trades:
            yield TradeRow(begun.number, trade.seller, trade.buyer, trade.energy_wh, trade.price_ukwh)
        for place, home in enumerate(begun.homes.tolist()):
            numbers = (int(column[place]) for column in (bills.metered_wh, bills.grid_wh, bills.amount))
            yield BillRow(begun.number, community.names[home], *numbers)


def _bid_rows(scenario: Scenario, begun: Round, book: Book, done: Match) -> Iterator[BidRow]:
    for order in (*book.asks, *book.bids):
        answer = explain(begun.number, book, done, order.home)
        if answer is not None:
            yield BidRow(
                begun.number,
                order.home,
                answer.side.value,
                order.energy_wh,
                order.limit_ukwh,
                answer.traded_wh,
                answer.reason.value,
            )


def _exact(orders: vector.Orders) -> tuple[Order, ...]:
    columns = zip(orders.names, orders.energy_wh.tolist(), orders.limit_ukwh.tolist(), strict=True)
    return tuple(
        [Order(Address(name), EnergyWh(energy), PriceUkwh(limit)) for name, energy, limit in columns]
    )


def _write(path: Path, kind: type[Any], rows: Sequence[Any]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    return path
