"""What is exported by height: blocks, transactions, bills and alerts."""

import json
from typing import Any, Final

from sqlalchemy import select, tuple_

from explorer.api.exports.table import (
    FLAG,
    PART_ROWS,
    TEXT,
    TIME,
    WHOLE,
    Bounds,
    Part,
    Place,
    Row,
    Table,
    begin_ms,
    hexadecimal,
    part_of,
)
from explorer.api.view import View
from explorer.index import tables
from explorer.index.queries.blocks import times_ms
from ledger.rows import place_of, split_place


def _blocks(view: View, bounds: Bounds, after: Place) -> Part:
    table = tables.blocks
    first = bounds.from_height if after is None else after + 1
    query = select(table).where(table.c.height.between(first, bounds.to_height)).order_by(table.c.height)

    def row_of(row: Any) -> Row:
        head = row.height, row.hash.hex(), row.time_ms, row.slot, row.period, row.round, row.proposer
        return *head, row.signed, row.transactions, row.failed, row.bytes, row.steps

    return part_of(view.connection.execute(query.limit(PART_ROWS)).all(), row_of, lambda row: row.height)


def _transactions(view: View, bounds: Bounds, after: Place) -> Part:
    table, beyond = tables.transactions, view.position.height + 1
    # A place of a height beyond the chain may be more than a database can count.
    first = place_of(min(bounds.from_height, beyond), 0) if after is None else after + 1
    here = table.c.place.between(first, place_of(min(bounds.to_height + 1, beyond), 0) - 1)
    rows = view.connection.execute(select(table).where(here).order_by(table.c.place).limit(PART_ROWS)).all()
    heights = [split_place(row.place)[0] for row in rows[:: max(1, len(rows) - 1)]]
    times = _times_ms(view, min(heights, default=0), max(heights, default=-1))

    def row_of(row: Any) -> Row:
        height, position = split_place(row.place)
        head = row.tx_id.hex(), height, position, times[height], row.contract, row.action, row.stage
        return *head, row.sender, row.is_ok, row.error, hexadecimal(row.process)

    return part_of(rows, row_of, lambda row: row.place)


def _bills(view: View, bounds: Bounds, after: Place) -> Part:
    table = tables.bills
    key = table.c.height, table.c.contract, table.c.round, table.c.party, table.c.item
    query = select(table).where(table.c.height.between(bounds.from_height, bounds.to_height)).order_by(*key)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    rows = view.connection.execute(query.limit(PART_ROWS)).all()
    times = times_ms(view.connection, {row.height for row in rows})

    def row_of(row: Any) -> Row:
        head = row.height, times.get(row.height), row.contract, row.round, row.party, row.item
        return *head, row.amount, json.dumps(row.record)

    def place(row: Any) -> Place:
        return row.height, row.contract, row.round, row.party, row.item

    return part_of(rows, row_of, place)


def _alerts(view: View, bounds: Bounds, after: Place) -> Part:
    table, slot_ms = tables.alerts, view.genesis.slot_ms
    here = table.c.first_height.between(bounds.from_height, bounds.to_height)
    query = select(table).where(here).order_by(table.c.first_height, table.c.id)
    if after is not None:
        query = query.where(tuple_(table.c.first_height, table.c.id) > tuple_(*after))

    def row_of(row: Any) -> Row:
        closed_ms = None if row.closed_slot is None else row.closed_slot * slot_ms
        head = row.id, row.rule, row.severity, row.subject_kind, row.subject, row.title
        periods = begin_ms(view, row.first_period), begin_ms(view, row.last_period)
        heights = row.first_height, row.last_height, row.opened_slot * slot_ms, closed_ms
        return *head, *heights, *periods, row.count, row.openings, row.strength, json.dumps(row.evidence)

    rows = view.connection.execute(query.limit(PART_ROWS)).all()
    return part_of(rows, row_of, lambda row: (row.first_height, row.id))


def _times_ms(view: View, first: int, last: int) -> dict[int, int]:
    """When the blocks between two heights were made."""
    table = tables.blocks
    query = select(table.c.height, table.c.time_ms).where(table.c.height.between(first, last))
    return {row.height: row.time_ms for row in view.connection.execute(query)}


TABLES: Final = (
    Table(
        "blocks",
        "Blocks",
        (
            ("height", WHOLE),
            ("hash", TEXT),
            ("time_utc", TIME),
            ("slot", WHOLE),
            ("period", WHOLE),
            ("round", WHOLE),
            ("proposer", TEXT),
            ("signers", WHOLE),
            ("transactions", WHOLE),
            ("failed", WHOLE),
            ("size_bytes", WHOLE),
            ("steps", WHOLE),
        ),
        _blocks,
    ),
    Table(
        "transactions",
        "Transactions",
        (
            ("tx_id", TEXT),
            ("height", WHOLE),
            ("position", WHOLE),
            ("time_utc", TIME),
            ("contract", TEXT),
            ("action", TEXT),
            ("stage", TEXT),
            ("sender", TEXT),
            ("ok", FLAG),
            ("error", TEXT),
            ("process", TEXT),
        ),
        _transactions,
    ),
    Table(
        "bills",
        "What parties paid (+) or were paid (-)",
        (
            ("height", WHOLE),
            ("time_utc", TIME),
            ("contract", TEXT),
            ("round", WHOLE),
            ("party", TEXT),
            ("item", TEXT),
            ("amount_micro", WHOLE),
            ("record_json", TEXT),
        ),
        _bills,
    ),
    Table(
        "alerts",
        "Alerts",
        (
            ("id", TEXT),
            ("rule", TEXT),
            ("severity", TEXT),
            ("subject_kind", TEXT),
            ("subject", TEXT),
            ("title", TEXT),
            ("first_height", WHOLE),
            ("last_height", WHOLE),
            ("opened_utc", TIME),
            ("closed_utc", TIME),
            ("first_period_utc", TIME),
            ("last_period_utc", TIME),
            ("count", WHOLE),
            ("openings", WHOLE),
            ("strength_permille", WHOLE),
            ("evidence_json", TEXT),
        ),
        _alerts,
    ),
)
