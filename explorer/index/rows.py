"""What blocks add to the index, gathered before it is written: each row of a table once, however often it was
touched, so that a batch of blocks costs one statement a table.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Table

from explorer.index.series import Points, span_of, write_points
from explorer.index.tables import series
from explorer.index.types import WHOLE_MAX, Whole
from explorer.index.upsert import upsert


@dataclass(slots=True)
class Change:
    """What becomes of one row."""

    values: dict[str, Any] = field(default_factory=dict)
    """Replace what is there."""
    added: dict[str, int] = field(default_factory=dict)
    """Are added to what is there, or to 0."""
    lifted: dict[str, int] = field(default_factory=dict)
    """Replace what is there if that is less, or nothing."""
    initial: dict[str, Any] = field(default_factory=dict)
    """Stay as they are if the row is there already."""

    def put(self, values: Mapping[str, Any]) -> None:
        """Set columns."""
        for name, value in values.items():
            self.values[name] = value
            self.added.pop(name, None)

    def add(self, amounts: Mapping[str, int]) -> None:
        """Add to columns."""
        for name, amount in amounts.items():
            known = self.values if name in self.values else self.added
            known[name] = known.get(name, 0) + amount

    def lift(self, values: Mapping[str, int]) -> None:
        """Set columns that are lower, or not set."""
        for name, value in values.items():
            self.lifted[name] = max(value, self.lifted.get(name, value))

    def over(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row after the change."""
        added = {name: (row.get(name) or 0) + amount for name, amount in self.added.items()}
        lifted = {
            name: value if row.get(name) is None else max(value, row[name])
            for name, value in self.lifted.items()
        }
        return {**(row or self.initial), **added, **lifted, **self.values}

    @property
    def shape(self) -> tuple[tuple[str, ...], ...]:
        """Changes of one shape are one statement."""
        return tuple(self.values), tuple(self.added), tuple(self.lifted), tuple(self.initial)


class Rows:
    """Changes to the tables of a connection, not yet written.

    All raise TypeError or OverflowError for what a column does not take: with it, nothing of a batch could be
    written.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changes: dict[Table, dict[tuple[Any, ...], Change]] = defaultdict(dict)
        self._new: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self._points: dict[tuple[str, int], Points] = {}

    def insert(self, table: Table, **row: Any) -> None:
        """A row that nothing will ever change."""
        self._new[table].append(row)

    def put(self, table: Table, **row: Any) -> None:
        """Set these columns of the row that the key columns name."""
        self._change(table, row).put(row)

    def add(self, table: Table, **row: Any) -> None:
        """Add to these columns."""
        self._change(table, row).add(row)

    def lift(self, table: Table, **row: Any) -> None:
        """Set these columns where they are lower, or not set."""
        self._change(table, row).lift(row)

    def begin(self, table: Table, **row: Any) -> None:
        """Set these columns if there is no such row yet."""
        change = self._change(table, row)
        for name, value in row.items():
            change.initial.setdefault(name, value)

    def find(self, table: Table, **key: Any) -> dict[str, Any] | None:
        """A row as it will be: what is written, and what is yet to be; None if there is none."""
        _check(table, key)
        place = tuple(key[name] for name in _key_names(table))
        query = table.select().where(*(table.c[name] == value for name, value in key.items()))
        written = self._connection.execute(query).mappings().first()
        change = self._changes[table].get(place)
        if written is None and change is None:
            return None
        row = dict(written or {})
        return row if change is None else change.over(row)

    def put_points(self, subject: str, period: int, values: Mapping[str, int | None]) -> None:
        """What is known of a subject in a period."""
        self._points_of(subject, period).put(period, values)

    def add_points(self, subject: str, period: int, amounts: Mapping[str, int]) -> None:
        """Add to what is known of it."""
        self._points_of(subject, period).add(period, amounts)

    def points(self, subject: str, period: int) -> Mapping[str, int | None]:
        """What is known of a subject in a period by now: written, or yet to be."""
        return self._points_of(subject, period).at(self._connection, period)

    def write(self) -> None:
        """Write all of it. The caller's transaction keeps it whole."""
        connection = self._connection
        for table, rows in self._new.items():
            connection.execute(table.insert(), rows)
        for table, changes in self._changes.items():
            for shape, alike in _by_shape(changes).items():
                _upsert(connection, table, shape, alike)
        write_points(connection, self._points)

    def _change(self, table: Table, row: dict[str, Any]) -> Change:
        """Of the row that its key names, which is taken out of `row`."""
        _check(table, row)
        key = tuple([row.pop(name) for name in _key_names(table)])
        changes = self._changes[table]
        if key not in changes:
            changes[key] = Change()
        return changes[key]

    def _points_of(self, subject: str, period: int) -> Points:
        key = subject, span_of(period)
        if key not in self._points:
            _check(series, {"subject": subject, "span": key[1]})
            self._points[key] = Points(*key)
        return self._points[key]


def _check(table: Table, row: Mapping[str, Any]) -> None:
    takes = _takes(table)
    for name, value in row.items():
        kinds, most = takes[name]
        if not isinstance(value, kinds):
            raise TypeError(f"{table.name}.{name} takes no {type(value).__name__}")
        if most is not None and isinstance(value, int) and abs(value) > most:
            raise OverflowError(f"{table.name}.{name} takes no more than 64 bits")


@cache
def _takes(table: Table) -> Mapping[str, tuple[tuple[type, ...], int | None]]:
    """Of what kinds the values of each column are, and what is the most."""
    return {column.name: (_kinds(column), _most(column)) for column in table.columns}


def _kinds(column: Column[Any]) -> tuple[type, ...]:
    kind = column.type.python_type
    return (kind, type(None)) if column.nullable else (kind,)


def _most(column: Column[Any]) -> int | None:
    """Of a Whole, what is more is missing."""
    is_bounded = column.type.python_type is int and not isinstance(column.type, Whole)
    return WHOLE_MAX if is_bounded else None


@cache
def _key_names(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


def _by_shape(changes: Mapping[tuple[Any, ...], Change]) -> dict[Any, list[tuple[tuple[Any, ...], Change]]]:
    alike: dict[Any, list[tuple[tuple[Any, ...], Change]]] = defaultdict(list)
    for key, change in changes.items():
        alike[change.shape].append((key, change))
    return alike


def _upsert(
    connection: Connection,
    table: Table,
    shape: tuple[tuple[str, ...], ...],
    changes: Iterable[tuple[tuple[Any, ...], Change]],
) -> None:
    keys = _key_names(table)
    rows = [
        {
            **dict(zip(keys, key, strict=True)),
            # What is set beats what is there at first only.
            **change.initial,
            **change.added,
            **change.lifted,
            **change.values,
        }
        for key, change in changes
    ]
    values, added, lifted, _ = shape
    connection.execute(upsert(connection, table, values, added, lifted), rows)
