"""What is by period: a row holds SPAN periods of one subject, a list for every quantity, so that a year of a
thousand meters is 365,000 rows and one meter's year is 365.

Subjects are a meter's address, or a name such as `plan/bus` that no address looks like. Missing is None.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from msgpack import packb, unpackb
from sqlalchemy import Connection, and_, func, select, tuple_

from explorer.index.tables import series
from explorer.index.types import WHOLE_MAX
from explorer.index.upsert import upsert

SPAN = 96
"""Periods a row: a day of quarter hours, whatever a period is."""
CORRECTED = "corrected"
"""A quantity that is 1 in a period whose reading was corrected."""
ROWS_READ = 200
"""Subjects that one statement asks for."""

Row = Mapping[str, Sequence[int | None]]
"""By quantity: the values of SPAN periods."""
Column = dict[int, int | None]
"""By the place of a period in its span."""


class Points:
    """Changes to one row: what its quantities are from now on, and what is added to others."""

    __slots__ = ("_amounts", "_before", "_key", "_values")

    def __init__(self, subject: str, span: int) -> None:
        self._key = (subject, span)
        self._before: Row | None = None
        self._values: dict[str, Column] = {}
        self._amounts: dict[str, dict[int, int]] = {}

    def put(self, period: int, values: Mapping[str, int | None]) -> None:
        """Set quantities of a period."""
        for name, value in values.items():
            self._values.setdefault(name, {})[period % SPAN] = _whole(value)

    def add(self, period: int, amounts: Mapping[str, int]) -> None:
        """Add to quantities of a period."""
        for name, amount in amounts.items():
            column = self._amounts.setdefault(name, {})
            column[period % SPAN] = column.get(period % SPAN, 0) + amount

    def at(self, connection: Connection, period: int) -> dict[str, int | None]:
        """What the row will say of a period."""
        if self._before is None:
            self._before = _read_rows(connection, [self._key]).get(self._key, {})
        place = period % SPAN
        values = {name: column[place] for name, column in self._before.items()}
        values |= {name: column[place] for name, column in self._values.items() if place in column}
        for name, amounts in self._amounts.items():
            if place in amounts:
                values[name] = (values.get(name) or 0) + amounts[place]
        return values

    def over(self, before: Row) -> dict[str, tuple[int | None, ...]]:
        """The row after the changes."""
        after = {name: list(column) for name, column in before.items()}
        for name, values in self._values.items():
            column = after.setdefault(name, [None] * SPAN)
            for place, value in values.items():
                column[place] = value
        for name, amounts in self._amounts.items():
            column = after.setdefault(name, [None] * SPAN)
            for place, amount in amounts.items():
                column[place] = _whole((column[place] or 0) + amount)
        return {name: tuple(column) for name, column in after.items()}


def span_of(period: int) -> int:
    """The row in which a period is."""
    return period // SPAN


def write_points(connection: Connection, changes: Mapping[tuple[str, int], Points]) -> None:
    """Change rows of `series`, as many at a time as fit a statement."""
    if not changes:
        return
    statement = upsert(connection, series, ["points"])
    for keys in batches(changes, ROWS_READ):
        before = _read_rows(connection, keys)
        rows = [
            {"subject": key[0], "span": key[1], "points": pack(changes[key].over(before.get(key, {})))}
            for key in keys
        ]
        connection.execute(statement, rows)


def read_points(connection: Connection, subject: str, first: int, last: int) -> Iterator[tuple[int, Row]]:
    """The rows of a subject that have periods of `first` to `last`, in order, with the first period of each.

    Rows in which nothing was ever known are not there.
    """
    query = (
        select(series.c.span, series.c.points)
        .where(and_(series.c.subject == subject, series.c.span.between(first // SPAN, last // SPAN)))
        .order_by(series.c.span)
    )
    for span, points in connection.execute(query):
        yield span * SPAN, unpack(points)


def extent(connection: Connection, subjects: Iterable[str]) -> tuple[int, int] | None:
    """The first and the last period of all rows of these subjects, known or not; None without any."""
    spans: list[int] = []
    for subject in subjects:
        here = series.c.subject == subject
        ends = connection.execute(select(func.min(series.c.span), func.max(series.c.span)).where(here)).one()
        spans += [span for span in ends if span is not None]
    return (min(spans) * SPAN, max(spans) * SPAN + SPAN - 1) if spans else None


def pack(row: Row) -> bytes:
    """A row as it is kept: what this index wrote itself needs no strict codec, which would take most of the
    time of a long curve."""
    return cast(bytes, packb(row))


def unpack(points: bytes) -> Row:
    """Inverse of `pack`."""
    return cast(Row, unpackb(points))


def batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _read_rows(connection: Connection, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Row]:
    query = select(series).where(tuple_(series.c.subject, series.c.span).in_(keys))
    return {(row.subject, row.span): unpack(row.points) for row in connection.execute(query)}


def _whole(value: int | None) -> int | None:
    return value if value is not None and abs(value) <= WHOLE_MAX else None
