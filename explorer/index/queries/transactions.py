"""Transactions, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from explorer.index import tables
from explorer.index.queries.blocks import times_ms
from explorer.index.queries.page import LIMIT, Page, cut, read_cursor
from ledger.rows import split_place


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction as lists show it; its arguments are in its block."""

    tx_id: bytes
    height: int
    position: int
    time_ms: int
    contract: str
    action: str
    stage: str | None
    sender: str
    ok: bool
    error: str | None
    process: bytes | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which transactions; None is any."""

    contract: str | None = None
    action: str | None = None
    sender: str | None = None
    stage: str | None = None
    ok: bool | None = None


def transactions(
    connection: Connection, *, cursor: str | None = None, limit: int = LIMIT, which: Filter | None = None
) -> Page[Transaction]:
    """The newest transactions. Raises BadCursor."""
    table, place = tables.transactions, read_cursor(cursor, int)
    query = _filtered(select(table), which or Filter()).order_by(table.c.place.desc()).limit(limit + 1)
    if place is not None:
        query = query.where(table.c.place < place[0])
    rows = connection.execute(query).all()
    page = cut(rows, limit, lambda row: (row.place,))
    return Page(tuple(located(connection, page.items)), page.next)


def find_transaction(connection: Connection, tx_id: bytes) -> Transaction | None:
    """The transaction with this identifier."""
    query = select(tables.transactions).where(tables.transactions.c.tx_id == tx_id)
    return next(iter(located(connection, connection.execute(query).all())), None)


def located(connection: Connection, rows: Sequence[Any]) -> list[Transaction]:
    """Rows of the table with the times of their blocks."""
    times = times_ms(connection, (split_place(row.place)[0] for row in rows))
    return [_transaction(row, times) for row in rows]


def _filtered(query: Select[Any], which: Filter) -> Select[Any]:
    """The most telling column goes by its index; the others only pick, so that no database goes by a worse
    one. The order of `place` is then that of the index."""
    table = tables.transactions
    conditions: list[tuple[ColumnElement[Any], object]] = [
        (table.c.sender, which.sender),
        (table.c.stage, which.stage),
        (table.c.action, which.action),
        (table.c.contract, which.contract),
    ]
    is_led = which.ok is False and which.sender is None
    if which.ok is not None:
        query = query.where(table.c.is_ok.is_(which.ok))
    for column, wanted in conditions:
        if wanted is None:
            continue
        if column is table.c.stage and not is_led and wanted in tables.RARE:
            query = query.where(tables.is_rare)
        is_index = not is_led and not (column is table.c.stage and wanted not in tables.RARE)
        query = query.where((column if is_index else func.coalesce(column, "")) == wanted)
        is_led = is_led or is_index
    return query


def _transaction(row: Any, times: dict[int, int]) -> Transaction:
    height, position = split_place(row.place)
    return Transaction(
        tx_id=row.tx_id,
        height=height,
        position=position,
        time_ms=times[height],
        contract=row.contract,
        action=row.action,
        stage=row.stage,
        sender=row.sender,
        ok=row.is_ok,
        error=row.error,
        process=row.process,
    )
