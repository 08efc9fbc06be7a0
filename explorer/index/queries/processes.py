"""TDVA processes, newest first, and the four lanes of one."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select

from explorer.index import tables
from explorer.index.queries.page import LIMIT, BadCursor, Page, cut, read_cursor
from explorer.index.queries.transactions import Transaction, located

LANE_MAX: Final = 200
"""Transactions of one lane; the counts tell of the others."""
STAGES: Final = ("T", "D", "V", "A")


@dataclass(frozen=True, slots=True)
class Process:
    """A process, as far as it has come."""

    process: bytes
    contract: str
    label: str | None
    """What it is about, such as its day."""
    opened_height: int
    opened_ms: int
    last_height: int
    stage: str
    is_settled: bool
    triggers: int
    dispatches: int
    verifications: int
    accountings: int


Lanes = dict[str, tuple[Transaction, ...]]
"""By stage: the first LANE_MAX transactions of the process, in the order of the chain."""


def processes(
    connection: Connection,
    *,
    cursor: str | None = None,
    limit: int = LIMIT,
    contract: str | None = None,
    settled: bool | None = None,
) -> Page[Process]:
    """The processes that began last. Raises BadCursor."""
    table, place = tables.processes, read_cursor(cursor, int, str)
    order = table.c.opened_height.desc(), table.c.process.desc()
    query = select(table).where(table.c.opened_height.is_not(None)).order_by(*order).limit(limit + 1)
    if place is not None:
        height, process = place[0], _process_id(place[1])
        is_same = and_(table.c.opened_height == height, table.c.process < process)
        query = query.where(or_(table.c.opened_height < height, is_same))
    if contract is not None:
        query = query.where(table.c.contract == contract)
    if settled is not None:
        query = query.where(table.c.is_settled.is_(settled))
    found = [_process(row) for row in connection.execute(query)]
    return cut(found, limit, lambda item: (item.opened_height, item.process.hex()))


def process_of(connection: Connection, tx_id: bytes) -> Process | None:
    """The process that a transaction began or belongs to."""
    table = tables.transactions
    belongs = connection.execute(select(table.c.process).where(table.c.tx_id == tx_id)).scalar()
    query = select(tables.processes).where(tables.processes.c.process == (belongs or tx_id))
    row = connection.execute(query.where(tables.processes.c.opened_height.is_not(None))).first()
    return None if row is None else _process(row)


def lanes(connection: Connection, process: bytes) -> Lanes:
    """The transactions of a process by stage."""
    return {stage: _lane(connection, process, stage) for stage in STAGES}


def _lane(connection: Connection, process: bytes, stage: str) -> tuple[Transaction, ...]:
    table = tables.transactions
    query = select(table).where(and_(table.c.process == process, table.c.stage == stage))
    rows = connection.execute(query.order_by(table.c.place).limit(LANE_MAX)).all()
    return tuple(located(connection, rows))


def _process(row: Any) -> Process:
    return Process(**{name: getattr(row, name) for name in Process.__dataclass_fields__})


def _process_id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BadCursor from None
