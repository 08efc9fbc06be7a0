"""What the tables of a store have in common: rows with a checksum, and errors that name what is damaged."""

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

from ledger.errors import StoreCorrupt

CHECKSUM_BYTES = 8


class Table:
    """Reads and writes rows; each is checked when it is read. Commits nothing by itself."""

    __slots__ = ("_db", "_path")

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self._path = path
        self._db = connection

    def corrupt(self, what: str, reason: str) -> StoreCorrupt:
        """The error that names what is damaged."""
        return StoreCorrupt(self._path, what, reason)

    def _write_meta(self, key: str, body: bytes) -> None:
        self._db.execute("INSERT INTO meta VALUES (?, ?, ?)", (key, body, checksum(body)))

    def _meta(self, key: str) -> bytes | None:
        row = self._db.execute("SELECT value, checksum FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else self._checked(f"the {key}", row)

    def _one(self, query: str, arguments: tuple[Any, ...], what: str) -> tuple[Any, ...]:
        row = self._db.execute(query, arguments).fetchone()
        if row is None:
            raise self.corrupt(what, "it is missing")
        return tuple(row)

    def _checked(self, what: str, row: Sequence[Any], *key: Any) -> bytes:
        content, kept = row
        if not is_intact(kept, *key, content):
            raise self.corrupt(what, "its bytes do not match their checksum")
        return bytes(content)


def is_intact(kept: Any, *parts: Any) -> bool:
    """Whether the parts of a row have the checksum that was kept with them; damage changes types, too."""
    return all(type(part) is bytes for part in parts) and kept == checksum(*parts)


def checksum(*parts: bytes) -> bytes:
    """The beginning of SHA-256 over the parts and their lengths."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(number_bytes(len(part)))
        digest.update(part)
    return digest.digest()[:CHECKSUM_BYTES]


def number_bytes(number: int) -> bytes:
    """A number as part of what a checksum covers."""
    return number.to_bytes(8, "big", signed=True)
