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
    query = filtered(which or Filter()).order_by(table.c.place.desc()).limit(limit + 1)
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


def filtered(which: Filter) -> Select[Any]:
    """Rows of the table. They are found by the index of the most telling column, which has them in order; the
    others only pick, hidden so that no database goes by a worse one."""
    table, leader = tables.transactions, _leader(which)
    query = select(table)
    if which.ok is not None:
        query = query.where(table.c.is_ok.is_(which.ok))
    if leader is table.c.stage:
        query = query.where(tables.is_rare)
    for name in ("contract", "action", "sender", "stage"):
        column, wanted = table.c[name], getattr(which, name)
        if wanted is not None:
            query = query.where((column if column is leader else func.coalesce(column, "")) == wanted)
    return query


def _leader(which: Filter) -> ColumnElement[Any] | None:
    """The column whose index leads to the fewest rows; None where those that failed, or all, are as good."""
    table = tables.transactions
    if which.sender is not None:
        return table.c.sender
    if which.ok is False:
        return None
    if which.stage in tables.RARE:
        return table.c.stage
    if which.action is not None:
        return table.c.action
    return None if which.contract is None else table.c.contract


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
