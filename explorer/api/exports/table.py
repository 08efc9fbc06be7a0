"""A table that can be exported: its columns, and how a part of its rows is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from explorer.api.view import View

PART_ROWS: Final = 5_000
TIME_MS_MAX: Final = 253_402_300_799_999
"""The end of the year 9999."""

Row = Sequence[Any]
Place = Any
"""After which row the next part begins, in the terms of its table; None at the begin."""


class Kind(Enum):
    """Of a column's values."""

    TEXT = "text"
    WHOLE = "whole number of 64 bits"
    FLAG = "true or false"
    TIME = "milliseconds since 1970, UTC"


TEXT, WHOLE, FLAG, TIME = Kind

Format = Literal["csv", "parquet"]
MEDIA_TYPES: Final[dict[Format, str]] = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Heights and periods of an export, inclusive."""

    from_height: int
    to_height: int
    from_period: int
    to_period: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows, and where the next ones begin; None where these are the last."""

    rows: Sequence[Row]
    next: Place


@dataclass(frozen=True, slots=True)
class Table:
    """`read` is given a view, the bounds and a place, and takes at most about PART_ROWS rows."""

    name: str
    summary: str
    columns: tuple[tuple[str, Kind], ...]
    read: Callable[[View, Bounds, Place], Part]


def part_of(rows: Sequence[Any], row_of: Callable[[Any], Row], place_of: Callable[[Any], Place]) -> Part:
    """A part of rows that were asked for PART_ROWS at a time."""
    is_last = len(rows) < PART_ROWS
    return Part([row_of(row) for row in rows], None if is_last else place_of(rows[-1]))


def hexadecimal(value: bytes | None) -> str | None:
    """Bytes as the API writes them."""
    return None if value is None else value.hex()


def begin_ms(view: View, period: int | None) -> int | None:
    """When a period begins; None where no calendar goes that far."""
    time_ms = None if period is None else period * view.position.period_s * 1_000
    return time_ms if time_ms is not None and abs(time_ms) <= TIME_MS_MAX else None
