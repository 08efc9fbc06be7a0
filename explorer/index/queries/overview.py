"""What there is, in one answer: counts, the last day's energy, what runs, the newest blocks."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, func, select

from contracts.metering.readings import Carrier
from explorer.index import tables
from explorer.index.queries.blocks import Block, blocks
from explorer.index.queries.curves import Quantity, Range, Thinning, read_curves
from explorer.index.queries.descriptions import description
from explorer.index.queries.members import committee
from explorer.index.queries.position import position
from explorer.index.queries.processes import Process, processes
from explorer.index.readers.dispatch import MARKET
from explorer.index.readers.metering import SUMMED, totals

DAY_S: Final = 86_400
BLOCKS: Final = 10
RUNNING: Final = 10


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are."""

    blocks: int
    transactions: int
    processes: int
    running: int
    members: int
    validators: int
    meters: int
    readings: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The chain at a glance."""

    counts: Counts
    from_period: int | None
    """Of the energies: the last day that meters told of; None if none did."""
    to_period: int | None
    energy_wh: dict[str, int | None]
    """Of electricity, by quantity of a reading; None where nothing was told."""
    running: tuple[Process, ...]
    newest: tuple[Block, ...]


def overview(connection: Connection) -> Overview:
    """Of now."""
    last = connection.execute(select(func.max(tables.meters.c.last_period))).scalar()
    periods = DAY_S // position(connection).period_s
    first = None if last is None else last - periods + 1
    return Overview(
        counts=_counts(connection),
        from_period=first,
        to_period=last,
        energy_wh={} if first is None or last is None else _energy(connection, Range(first, last, periods)),
        running=processes(connection, settled=False, limit=RUNNING).items,
        newest=blocks(connection, limit=BLOCKS).items,
    )


def _energy(connection: Connection, day: Range) -> dict[str, int | None]:
    """Sums over all meters. Of a market whose parks share a connection, what passed that is told: what its
    parks take from each other is no import."""
    shared = {"imported_wh": "buy_wh", "exported_wh": "sell_wh"} if description(connection, MARKET) else {}
    quantities = [
        Quantity(
            name,
            name,
            "Wh",
            "bar",
            Thinning.SUM,
            MARKET if name in shared else totals(Carrier.ELECTRICITY),
            shared.get(name, name),
        )
        for name in SUMMED
    ]
    return {curve.key: curve.values[0] for curve in read_curves(connection, quantities, day).curves}


def _counts(connection: Connection) -> Counts:
    """No table is counted that grows with the readings: their totals are kept as they come."""
    stretches, meters = tables.stretches, tables.meters
    held, transactions = connection.execute(
        select(func.sum(stretches.c.blocks), func.sum(stretches.c.transactions))
    ).one()
    processes_ = tables.processes
    running = select(func.count()).select_from(processes_).where(processes_.c.is_settled.is_(False))
    return Counts(
        blocks=held or 0,
        transactions=transactions or 0,
        processes=_count(connection, processes_),
        running=connection.execute(running).scalar() or 0,
        members=_count(connection, tables.members),
        validators=len(committee(connection)),
        meters=_count(connection, meters),
        readings=connection.execute(select(func.sum(meters.c.readings))).scalar() or 0,
    )


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar() or 0
