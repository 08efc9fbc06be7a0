"""Blocks, newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from explorer.index import tables
from explorer.index.queries.page import LIMIT, Page, bounded, cut, read_cursor


@dataclass(frozen=True, slots=True)
class Block:
    """A block as lists show it."""

    height: int
    hash: bytes
    slot: int
    period: int
    time_ms: int
    round: int
    proposer: str
    signers: tuple[str, ...]
    committee: int
    """How many could have signed."""
    transactions: int
    failed: int
    bytes: int
    steps: int


def blocks(
    connection: Connection, *, cursor: str | None = None, limit: int = LIMIT, proposer: str | None = None
) -> Page[Block]:
    """The newest blocks, or those of a proposer. Raises BadCursor."""
    table, place = tables.blocks, read_cursor(cursor, int)
    query = select(table).order_by(table.c.height.desc()).limit(limit + 1)
    if place is not None:
        query = query.where(table.c.height < place[0])
    if proposer is not None:
        query = query.where(table.c.proposer == proposer)
    return cut(_blocks(connection, connection.execute(query).all()), limit, lambda block: (block.height,))


def blocks_between(connection: Connection, first: int, last: int, limit: int) -> tuple[Block, ...]:
    """The first `limit` blocks of two heights, oldest first."""
    table = tables.blocks
    query = select(table).where(table.c.height.between(bounded(first), bounded(last)))
    rows = connection.execute(query.order_by(table.c.height).limit(limit)).all()
    return tuple(_blocks(connection, rows))


def first_height(connection: Connection, slot: int) -> int | None:
    """Of the first block in a slot, or in one after it."""
    table = tables.blocks
    later = select(table.c.height).where(table.c.slot >= bounded(slot))
    return connection.execute(later.order_by(table.c.slot).limit(1)).scalar()


def times_ms(connection: Connection, heights: Iterable[int]) -> dict[int, int]:
    """When these blocks were made."""
    table = tables.blocks
    query = select(table.c.height, table.c.time_ms).where(table.c.height.in_({*heights}))
    return {row.height: row.time_ms for row in connection.execute(query)}


def committees(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, tuple[str, ...]]:
    """The addresses of committees in member order."""
    query = select(tables.committees).where(tables.committees.c.hash.in_({*hashes}))
    return {row.hash: tuple(row.addresses) for row in connection.execute(query)}


def signers_of(mask: str, committee: Sequence[str]) -> tuple[str, ...]:
    """Who of a committee the bits of `blocks.signers` stand for."""
    bits = int(mask, 16)
    return tuple(address for place, address in enumerate(committee) if bits >> place & 1)


def _blocks(connection: Connection, rows: Sequence[Any]) -> list[Block]:
    known = committees(connection, (row.committee for row in rows))
    return [_block(row, known[row.committee]) for row in rows]


def _block(row: Any, committee: tuple[str, ...]) -> Block:
    return Block(
        height=row.height,
        hash=row.hash,
        slot=row.slot,
        period=row.period,
        time_ms=row.time_ms,
        round=row.round,
        proposer=row.proposer,
        signers=signers_of(row.signers, committee),
        committee=len(committee),
        transactions=row.transactions,
        failed=row.failed,
        bytes=row.bytes,
        steps=row.steps,
    )
