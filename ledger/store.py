"""The chain on disk: SQLite in WAL mode, every commit flushed before it returns.

A block, its seals, receipts, state changes and index entries are one transaction of the database: killed at
any instant, the store reopens at a whole block. Damage is named, and never guessed over.
"""

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.application import Application
from ledger.database import atomic, closed_on_error, connect, format_of, guarded
from ledger.errors import StoreUnusable, WrongHeaderField
from ledger.execution import Executed
from ledger.genesis import Genesis
from ledger.head import Head, genesis_head
from ledger.rows import Rows, place_of
from ledger.seals import Seals
from ledger.state import State
from ledger.stored import StoredChain, read_begin


class Store(StoredChain):
    """The chain up to its head. One process writes; others may open it read-only meanwhile."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, rows: Rows, genesis: Genesis, head: Head
    ) -> None:
        super().__init__(path, connection, rows, genesis)
        self._head = head

    @classmethod
    def create(cls, path: Path, genesis: Genesis, application: Application) -> "Store":
        """A new store that holds the genesis. Raises StoreUnusable if there is a chain already."""
        with guarded(path):
            connection = connect(path, "rwc")
            with closed_on_error(connection):
                if format_of(connection):
                    raise StoreUnusable(str(path), "it holds a chain already")
                connection.execute("PRAGMA journal_mode = WAL")
                rows, head = Rows(str(path), connection), genesis_head(genesis, application)
                with atomic(connection):
                    rows.write_genesis(genesis, head)
        return cls(path, connection, rows, genesis, head)

    @classmethod
    def open(cls, path: Path, genesis: Genesis | None = None, *, read_only: bool = False) -> "Store":
        """An existing store, its head and state checked.

        Raises StoreUnusable if there is none, or one of another chain than `genesis` names; StoreCorrupt.
        """
        with guarded(path):
            connection = connect(path, "ro" if read_only else "rw")
            with closed_on_error(connection), atomic(connection, "DEFERRED"), _uncollected():
                rows, found = read_begin(path, connection, genesis)
                return cls(path, connection, rows, found, rows.head(found))

    @property
    def head(self) -> Head:
        """The last block."""
        return self._head

    @property
    def state(self) -> State:
        """The state after the last block."""
        return self._head.state

    def append(self, executed: Executed, seals: Seals) -> Head:
        """Keep the block that follows the head; once this returns, for good.

        The caller has checked the seals. Raises WrongHeaderField unless the block follows the head, or
        StoreUnusable if it cannot be written; nothing has changed then.
        """
        header = executed.block.header
        if header.parent != self._head.hash:
            raise WrongHeaderField(header.height, "parent", header.parent, self._head.hash)
        with guarded(self.path), atomic(self._connection):
            self._rows.write(executed, seals)
        self._head = executed.head(seals)
        return self._head

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """The head is the last block of now, and what another process writes meanwhile is not seen."""
        with guarded(self.path), atomic(self._connection, "DEFERRED"):
            if self._rows.height() != self._head.height:
                self._head = self._rows.head(self.genesis)
            yield

    def check_pages(self) -> None:
        """That SQLite finds the whole file in order. Raises StoreCorrupt."""
        with guarded(self.path):
            self._rows.check_pages()

    def snapshot_head(self) -> Head:
        """The block with which a store began that is not whole. Raises StoreCorrupt."""
        with guarded(self.path):
            sealed = self._rows.sealed(self.base, self.genesis)
            state = self._rows.snapshot.state(sealed.header.state_root)
        return Head(sealed.header, sealed.committee, sealed.seals, state)

    def check_state(self) -> None:
        """That the state on disk has the head's root. Raises StoreCorrupt, which names the key."""
        with guarded(self.path):
            self._rows.state(self._head.header.state_root)

    def check_index(self, executed: Executed) -> int:
        """That the transactions of a stored block are found; how many of them are in a process.

        Raises StoreCorrupt.
        """
        height = executed.block.header.height
        with guarded(self.path):
            for place, transaction in enumerate(executed.transactions, start=place_of(height, 0)):
                if place not in self._rows.index(transaction.tx_id):
                    raise self._rows.corrupt(f"the index entry of {transaction.tx_id.hex()}", "it is missing")
            stages = self._rows.stages(executed)
            if self._rows.stages_of(height) != stages:
                raise self._rows.corrupt(
                    f"the index of block {height}", "its processes are not those of its links"
                )
        return len(stages)

    def index_sizes(self) -> tuple[int, int]:
        """How many transactions are found by their identifiers, and how many by their process."""
        with guarded(self.path):
            return self._rows.index_sizes()


@contextmanager
def _uncollected() -> Iterator[None]:
    """A state has hundreds of thousands of objects and no cycle; looking for one would take a third more."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
