"""Changes on top of a state that is not changed: kept whole, or dropped whole."""

from collections.abc import Mapping
from typing import Protocol


class Reader(Protocol):
    """Whatever values can be read from: a state, or an overlay on one."""

    def get(self, key: bytes) -> bytes | None:
        """The value under a key, or None."""
        ...


class Overlay:
    """Reads see what was written here; the base below stays as it was."""

    __slots__ = ("_base", "_changes")

    def __init__(self, base: Reader) -> None:
        self._base = base
        self._changes: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """The value under a key, or None."""
        if key in self._changes:
            return self._changes[key]
        return self._base.get(key)

    def put(self, key: bytes, value: bytes) -> None:
        """Set the value under a key."""
        self._changes[key] = value

    def delete(self, key: bytes) -> None:
        """Leave nothing under a key."""
        self._changes[key] = None

    def apply(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Take over the changes of an overlay on this one."""
        self._changes.update(changes)

    @property
    def changes(self) -> Mapping[bytes, bytes | None]:
        """What was written, with None for what was deleted."""
        return self._changes
