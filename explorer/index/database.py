"""The database of an index: SQLite by `sqlite:///path`, PostgreSQL by `postgresql+psycopg://host/name`.

Whoever writes holds the whole index meanwhile, so that two followers of one index take turns. A reader sees
one moment of it, and no question runs for longer than QUERY_S.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from explorer.index import tables
from explorer.index.blocks import genesis_rows
from explorer.index.errors import (
    REBUILD,
    IndexNewer,
    IndexOlder,
    IndexUnusable,
    OtherChainIndexed,
    QueryTooLong,
)
from explorer.index.rows import Rows
from explorer.index.tables import FORMAT
from explorer.index.upsert import upsert
from ledger.genesis import Genesis

READERS_MAX: Final = 8
"""Questions that are answered at the same time; more wait."""
WAIT_S: Final = 5
"""For a connection, or for another one who writes: a node that is told to stop has to be able to."""
QUERY_S: Final = 5.0
CLOCK_STEPS: Final = 100_000
"""Instructions of SQLite's machine between two looks at the clock."""
WRITER_LOCK: Final = 0x6772_6964
"""Of PostgreSQL's advisory locks."""


class Index:
    """An index, open. Safe to use from several threads."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.url = url
        self._engine = engine

    def begin(self, genesis: Genesis) -> None:
        """Make the index one of this chain. Raises OtherChainIndexed if it is one of another already."""
        with self.write() as connection:
            if read_meta(connection, "chain") is None:
                _found(connection, genesis)
            self.check_chain(connection, genesis)

    def check_chain(self, connection: Connection, genesis: Genesis) -> None:
        """Raises OtherChainIndexed if the index is not of this chain."""
        found, expected = read_meta(connection, "chain"), genesis.hash.hex()
        if found != expected:
            raise OtherChainIndexed(self.url, found or "none", expected)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One moment of the index, to ask questions. Raises IndexUnusable, or QueryTooLong."""
        with self._guarded(), self._engine.connect() as c, c.begin(), _timed(c):
            yield c

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The index, to be changed: wholly, or not at all if anything is raised within."""
        with self._guarded(), self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"))
                yield connection

    def begin_again(self, genesis: Genesis) -> None:
        """Forget all that can be built again from blocks, of whatever chain and format, and begin with this
        genesis."""
        with self.write() as connection:
            found = _own_tables(connection, self.url)
            gone = [tables.metadata.tables[name] for name in found - tables.KEPT]
            tables.metadata.drop_all(connection, gone)
            _create(connection)
            _found(connection, genesis)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if is_interrupted(error):
                raise QueryTooLong(QUERY_S) from error
            raise IndexUnusable(self.url, _reason(error)) from error
        except SQLAlchemyError as error:
            raise IndexUnusable(self.url, str(error)) from error


def open_index(url: str) -> Index:
    """The index in the database of this URL, which is laid out if it is empty.

    Raises IndexUnusable, IndexNewer or IndexOlder.
    """
    index = connect(url)
    try:
        with index.write() as connection:
            _check_format(connection, index.url)
    except BaseException:
        index.close()
        raise
    return index


def connect(url: str) -> Index:
    """The index in the database of this URL, whatever is in it. Raises IndexUnusable."""
    shown = _without_password(url)
    return Index(shown, _engine(url, shown))


def read_meta(connection: Connection, key: str) -> str | None:
    """One of the facts about the whole index."""
    return connection.execute(select(tables.meta.c.value).where(tables.meta.c.key == key)).scalar()


def write_meta(connection: Connection, **facts: object) -> None:
    """Replace some of them."""
    rows = [{"key": key, "value": str(value)} for key, value in facts.items()]
    connection.execute(upsert(connection, tables.meta, ["value"]), rows)


def is_interrupted(error: DBAPIError) -> bool:
    """Whether we ourselves ended the question."""
    return type(error.orig).__name__ == "QueryCanceled" or str(error.orig) == "interrupted"


def _reason(error: DBAPIError) -> str:
    """As the database has it; of a file that is none, or is damaged, what to do about it."""
    is_broken = type(error.orig) is sqlite3.DatabaseError
    return f"{error.orig}: name another file, or remove it and {REBUILD}" if is_broken else str(error.orig)


def _engine(url: str, shown: str) -> Engine:
    try:
        parsed = make_url(url)
        engine = create_engine(
            parsed, pool_size=READERS_MAX, max_overflow=0, pool_timeout=WAIT_S, pool_pre_ping=True
        )
    except (ArgumentError, ImportError) as error:
        raise IndexUnusable(shown, str(error)) from error
    if engine.dialect.name not in ("sqlite", "postgresql"):
        raise IndexUnusable(shown, "it is neither sqlite:/// nor postgresql+psycopg://")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # We begin transactions ourselves: Python would begin them too late for one moment to be seen.
    connection.isolation_level = None
    for pragma in (f"busy_timeout = {WAIT_S * 1000}", "journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_S}s'")
    else:
        limit_ms = int(QUERY_S * 1000)
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {limit_ms}")


@contextmanager
def _timed(connection: Connection) -> Iterator[None]:
    """SQLite has no limit of its own."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    end = time.monotonic() + QUERY_S
    raw.set_progress_handler(lambda: int(time.monotonic() > end), CLOCK_STEPS)
    try:
        yield
    finally:
        raw.set_progress_handler(None, 0)


def _check_format(connection: Connection, url: str) -> None:
    if not _own_tables(connection, url):
        _create(connection)
    found = int(read_meta(connection, "format") or 0)
    if found > FORMAT:
        raise IndexNewer(url, found, FORMAT)
    if found < FORMAT:
        raise IndexOlder(url, found, FORMAT)


def _own_tables(connection: Connection, url: str) -> set[str]:
    """Those of an index, of whatever format. Raises IndexUnusable if some are another application's, which
    would be lost by a rebuild."""
    found = set(inspect(connection).get_table_names()) & tables.metadata.tables.keys()
    is_index = tables.meta.name in found and read_meta(connection, "format") is not None
    if found and not is_index:
        raise IndexUnusable(url, f"its table {min(found)} is not of an index: name another database")
    return found


def _create(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    write_meta(connection, format=FORMAT)


def _found(connection: Connection, genesis: Genesis) -> None:
    rows = Rows(connection)
    genesis_rows(rows, genesis)
    rows.write()
    write_meta(
        connection,
        chain=genesis.hash.hex(),
        name=genesis.name,
        height=0,
        slot_ms=genesis.slot_ms,
        period_s=genesis.period_s,
        first_slot=genesis.first_slot,
        first_period=genesis.first_period,
    )


def _without_password(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "of the configuration"
