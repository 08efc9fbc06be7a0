"""Meters, in the order of their addresses."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from explorer.index import tables
from explorer.index.queries.page import LIMIT, Page, cut, read_cursor
from explorer.index.readers.metering import UNKNOWN


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter, and how often it was heard of. Of one that was registered in a block that is not held, nobody
    knows owner, carrier and place."""

    address: str
    owner: str
    carrier: str
    place: str
    last_period: int | None
    readings: int
    is_storage: bool
    """Whether a market has it as a storage's, or it told of charging or of a state of charge."""


def meters(
    connection: Connection, *, is_storage: bool | None = None, cursor: str | None = None, limit: int = LIMIT
) -> Page[Meter]:
    """Registered meters, or those of storages, or the others. Raises BadCursor."""
    table, place = tables.meters, read_cursor(cursor, str)
    query = select(table).order_by(table.c.address).limit(limit + 1)
    if is_storage is not None:
        query = query.where(table.c.is_storage.is_(is_storage))
    if place is not None:
        query = query.where(table.c.address > place[0])
    found = [_meter(row) for row in connection.execute(query)]
    return cut(found, limit, lambda meter: (meter.address,))


def find_meter(connection: Connection, address: str) -> Meter | None:
    """The meter with this address."""
    row = connection.execute(select(tables.meters).where(tables.meters.c.address == address)).first()
    return None if row is None else _meter(row)


def _meter(row: Any) -> Meter:
    told = row.owner or "", row.carrier or UNKNOWN, row.place or ""
    return Meter(row.address, *told, row.last_period, row.readings, row.is_storage)
