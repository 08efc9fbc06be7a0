"""The route of exports: a table within heights or periods, as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from explorer.api.access import Client
from explorer.api.asked import WHOLE_MAX, Asked, Whole
from explorer.api.exports import chain, energy
from explorer.api.exports.table import MEDIA_TYPES, Bounds, Format, Part, Place
from explorer.api.problems import Problem
from explorer.api.routes import Reads, Route
from explorer.api.view import View, Views
from explorer.index.queries.blocks import first_height

TABLES: Final = {table.name: table for table in (*chain.TABLES, *energy.TABLES)}
TableName = Literal["blocks", "transactions", "readings", "plans", "orders", "trades", "bills", "alerts"]
WEIGHT: Final = 100


class OfExport(Asked):
    """A table; `blocks`, `transactions`, `bills` and `alerts` are by height, the others by period."""

    table: TableName = Field(
        description=". ".join(f"{table.name}: {table.summary}" for table in TABLES.values())
    )
    format: Format = "csv"
    from_height: Whole | SkipJsonSchema[None] = Field(None, description="Inclusive, as all ends of ranges")
    to_height: Whole | SkipJsonSchema[None] = None
    from_period: Whole | SkipJsonSchema[None] = None
    to_period: Whole | SkipJsonSchema[None] = None


@dataclass(frozen=True, slots=True)
class File:
    """What is downloaded; `pieces` are made as they are sent."""

    name: str
    media_type: str
    pieces: Iterator[bytes]


def export(views: Views, client: Client, asked: OfExport) -> File:
    """A table as a file. Nothing is read before its first piece is taken."""
    # Takes 40 MB of memory, for those alone who export.
    from explorer.api.exports.writing import written

    table = TABLES[asked.table]

    def read(bounds: Bounds, place: Place) -> Part:
        with views.look(client) as view:
            return table.read(view, bounds, place)

    with views.look(client) as view:
        bounds = bounds_of(view, asked)
    pieces = written(table, asked.format, bounds, read)
    return File(f"gridquorum-{table.name}.{asked.format}", MEDIA_TYPES[asked.format], pieces)


def bounds_of(view: View, asked: OfExport) -> Bounds:
    """The range of an export: no block after those that are indexed when it begins.

    For what is by height, periods stand for the blocks of their slots. Raises Problem for heights of what is
    by period.
    """
    is_by_height = asked.table in {table.name for table in chain.TABLES}
    if not is_by_height and (asked.from_height is not None or asked.to_height is not None):
        raise Problem(400, "BadParameter", f"{asked.table} are by period: give from_period and to_period")
    first, last = asked.from_height or 0, view.as_of.height
    if asked.to_height is not None:
        last = min(last, asked.to_height)
    if is_by_height and asked.from_period is not None:
        first = max(first, _first_height(view, asked.from_period))
    if is_by_height and asked.to_period is not None:
        last = min(last, _first_height(view, asked.to_period + 1) - 1)
    to_period = WHOLE_MAX if asked.to_period is None else asked.to_period
    return Bounds(first, last, asked.from_period or 0, to_period)


def _first_height(view: View, period: int) -> int:
    """Of the first block in the slot of a period, or in one after it."""
    height = first_height(view.connection, view.genesis.slot_of(period))
    return view.as_of.height + 1 if height is None else height


ROUTES: Final = (
    Route(
        "GET",
        "/export/{table}",
        "A whole table as CSV or Parquet, with UTC times and units in the columns' names",
        export,
        tuple(MEDIA_TYPES.values()),
        asked=OfExport,
        weight=WEIGHT,
        reads=Reads.TABLE,
    ),
)
