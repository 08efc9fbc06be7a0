"""The file of a store: SQLite in WAL mode, its transactions, and its errors as ours."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import StoreCorrupt, StoreUnusable

WAL_PAGES = 10_000
"""Pages in the write-ahead log before SQLite moves them into the file; moving them is slow and can wait."""
BUSY_S = 5
NOT_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""SQLite's errors that say nothing about what is in the file. The rest mean damage, as the SQL is our own."""


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection whose commits are on disk when they return; SQLite knows modes `ro`, `rw` and `rwc`."""
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    # No implicit transactions; the threads of a node take turns.
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    return connection


def format_of(connection: sqlite3.Connection) -> int:
    """Of the tables; 0 if there are none."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


@contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """The connection stays open unless there is an error."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


@contextmanager
def atomic(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All that is written within, or nothing of it."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A commit that failed for want of space has rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """SQLite's errors as ours: damage to the content, or a file that cannot be used."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in NOT_DAMAGE:
            raise StoreUnusable(str(path), str(error)) from error
        raise StoreCorrupt(str(path), "the database", str(error)) from error
