"""What there is, in one answer: counts, the last day's energy, what runs, the newest blocks."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Table, func, select

from contracts.metering.readings import Carrier
from explorer.index import tables
from explorer.index.queries.blocks import Block, blocks
from explorer.index.queries.curves import DAY_S, Quantity, Range, Thinning, read_curves
from explorer.index.queries.descriptions import description
from explorer.index.queries.members import committee
from explorer.index.queries.position import position
from explorer.index.queries.processes import Process, processes
from explorer.index.readers.dispatch import MARKET
from explorer.index.readers.metering import SUMMED, totals

BLOCKS: Final = 10
RUNNING: Final = 10
READINGS: Final = "readings"
"""Of all meters, in the totals."""


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
    readings: int
    """That the energies are of."""
    readings_due: int
    """That they would be of, had all meters told of all these periods."""
    running: tuple[Process, ...]
    newest: tuple[Block, ...]


def overview(connection: Connection) -> Overview:
    """Of now."""
    day = _last_day(connection)
    energy = {} if day is None else _energy(connection, day)
    return Overview(
        counts=_counts(connection),
        from_period=None if day is None else day.first,
        to_period=None if day is None else day.last,
        readings=energy.pop(READINGS, None) or 0,
        readings_due=0 if day is None else _meters(connection) * day.step,
        energy_wh=energy,
        running=processes(connection, settled=False, limit=RUNNING).items,
        newest=blocks(connection, limit=BLOCKS).items,
    )


def _last_day(connection: Connection) -> Range | None:
    """As one point; shorter on the chain's first day. None if no meter told anything."""
    last = connection.execute(select(func.max(tables.meters.c.last_period))).scalar()
    if last is None:
        return None
    here = position(connection)
    first = max(last - DAY_S // here.period_s + 1, min(here.first_period, last))
    return Range(first, last, last - first + 1)


def _meters(connection: Connection) -> int:
    of_electricity = tables.meters.c.carrier == Carrier.ELECTRICITY
    return connection.execute(select(func.count()).where(of_electricity)).scalar() or 0


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
        for name in (*SUMMED, READINGS)
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
