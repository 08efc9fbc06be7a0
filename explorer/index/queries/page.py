"""A part of a list, newest first, and a cursor that says where the next part begins."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from explorer.index.types import WHOLE_MAX

T = TypeVar("T")

LIMIT_MAX: Final = 200
LIMIT: Final = 50
CURSOR_CHARS_MAX: Final = 1_024

Place = tuple[int | str, ...]
"""Where an item stands in its list."""


class BadCursor(ValueError):
    """A cursor that no answer of this list held."""

    def __init__(self) -> None:
        super().__init__("this cursor is of no answer of this list: begin again without one")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Items, and the cursor of what follows them; None at the end of the list."""

    items: tuple[T, ...]
    next: str | None


def cut(found: Sequence[T], limit: int, place: Callable[[T], Place]) -> Page[T]:
    """The first `limit` of the items found, of which there may be one more to tell that the list goes on."""
    items = tuple(found[:limit])
    return Page(items, write_cursor(place(items[-1])) if len(found) > limit else None)


def write_cursor(place: Place) -> str:
    """The place after which a list goes on, as one word."""
    return urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, *kinds: type) -> Any:
    """The place of a cursor, whose parts are of these types; None without one. Raises BadCursor."""
    if cursor is None:
        return None
    if len(cursor) > CURSOR_CHARS_MAX:
        raise BadCursor
    try:
        place = json.loads(urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise BadCursor from None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise BadCursor
    if any(isinstance(part, int) and abs(part) > WHOLE_MAX for part in place):
        raise BadCursor
    return tuple(place)


def bounded(number: int) -> int:
    """The nearest number that a database takes: ranges may be as absurd as they like."""
    return min(max(number, -WHOLE_MAX), WHOLE_MAX)
