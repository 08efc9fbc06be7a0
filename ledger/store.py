"""The chain on disk: SQLite in WAL mode, every commit flushed before it returns.

A block, its seals, receipts, state changes and index entries are one transaction of the database: killed at
any instant, the store reopens at a whole block. Damage is named, and never guessed over.
"""

import gc
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from ledger.application import Application
from ledger.block import Block
from ledger.committee import Committee
from ledger.errors import NotStored, OtherChainStored, StoreCorrupt, StoreUnusable, WrongHeaderField
from ledger.execution import Executed
from ledger.genesis import Genesis
from ledger.head import Head, genesis_head
from ledger.light import TRAIL_BYTES, TRAIL_HANDOVERS, LightChain, SealedHeader, Trail
from ledger.quantities import Height
from ledger.receipt import Event, Receipt
from ledger.rows import FORMAT, Rows, place_of, split_place
from ledger.seals import Seals
from ledger.state import State
from ledger.transaction import Transaction

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


@dataclass(frozen=True, slots=True)
class Located:
    """A transaction where it stands in the chain."""

    height: Height
    position: int
    transaction: Transaction
    receipt: Receipt


class Store:
    """The chain up to its head. One process writes; others may open it read-only meanwhile.

    Any read raises StoreCorrupt if the bytes are not those that were written.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, rows: Rows, genesis: Genesis, head: Head
    ) -> None:
        self.path = path
        self.genesis = genesis
        self._connection = connection
        self._rows = rows
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
            with closed_on_error(connection), atomic(connection, "DEFERRED"):
                return cls._load(path, connection, genesis)

    @classmethod
    def _load(cls, path: Path, connection: sqlite3.Connection, expected: Genesis | None) -> "Store":
        found = format_of(connection)
        if found != FORMAT:
            reason = f"its format is {found}, not {FORMAT}" if found else "it holds no chain"
            raise StoreUnusable(str(path), reason)
        rows = Rows(str(path), connection)
        genesis = rows.genesis()
        if expected is not None and genesis.hash != expected.hash:
            raise OtherChainStored(str(path), genesis.hash, expected.hash)
        rows.snapshot.read()
        with _uncollected():
            return cls(path, connection, rows, genesis, rows.head(genesis))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def head(self) -> Head:
        """The last block."""
        return self._head

    @property
    def state(self) -> State:
        """The state after the last block."""
        return self._head.state

    @property
    def base(self) -> Height:
        """0; or the snapshot with which this store began, up to which no block is held but the genesis."""
        return self._rows.snapshot.base

    @property
    def light(self) -> LightChain | None:
        """The sealed headers on which the snapshot rests; None if the store is whole."""
        return self._rows.snapshot.light

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

    def block(self, height: int) -> Block:
        """The block of a height. Raises NotStored or StoreCorrupt."""
        with guarded(self.path):
            return self._rows.block(height, self.genesis)

    def seals(self, height: int) -> Seals:
        """What made the block final. Raises NotStored or StoreCorrupt."""
        with guarded(self.path):
            return self._rows.seals(height)

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]:
        """The receipts in the order of the transactions, and the hooks' events. Raises as `block` does."""
        with guarded(self.path):
            return self._rows.receipts(height)

    def sealed_header(self, height: int) -> SealedHeader:
        """The header of a height, and who made it final. Raises NotStored or StoreCorrupt."""
        with guarded(self.path):
            return self._rows.sealed(height, self.genesis)

    def trail(self, after: int, last: int) -> Trail:
        """The handovers between two heights, as many as fit a trail; if all do, with the header of `last`.

        Raises NotStored or StoreCorrupt.
        """
        handovers: list[SealedHeader] = []
        size_bytes = 0
        for height in [since - 1 for since in self.committee_heights() if after < since - 1 < last]:
            if len(handovers) >= TRAIL_HANDOVERS or size_bytes >= TRAIL_BYTES:
                return Trail(tuple(handovers), None)
            handovers.append(self.sealed_header(height))
            size_bytes += len(handovers[-1].encode())
        return Trail(tuple(handovers), self.sealed_header(last) if last > 0 and after <= last else None)

    def committee(self, height: int) -> Committee:
        """Those who decide on a height, which is at most the one after the head. Raises StoreCorrupt."""
        with guarded(self.path):
            return self._rows.committee(height)

    def committee_heights(self) -> tuple[int, ...]:
        """The first heights of all committees so far. Raises StoreCorrupt."""
        with guarded(self.path):
            return self._rows.committee_heights()

    def transaction(self, tx_id: bytes) -> Located:
        """A transaction by its identifier. Raises NotStored or StoreCorrupt."""
        with guarded(self.path):
            return self._find(tx_id)[1]

    def tdva(self, tx_id: bytes) -> tuple[Located, ...]:
        """All successful transactions of the process that this one belongs to, in the order of the chain.

        One that failed or stands alone is its own whole chain. Raises NotStored or StoreCorrupt.
        """
        with guarded(self.path):
            place, located = self._find(tx_id)
            start = self._rows.process_of(place)
            if start is None:
                return (located,)
            if start < 0:
                what = f"no beginning of the process of {tx_id.hex()}"
                raise NotStored(str(self.path), what + self._rows.snapshot.not_held)
            return tuple(self._located(self._rows.process(start)))

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

    def _find(self, tx_id: bytes) -> tuple[int, Located]:
        places = self._rows.index(tx_id)
        for place, located in zip(places, self._located(places), strict=True):
            if located.transaction.tx_id == tx_id:
                return place, located
        raise NotStored(str(self.path), f"no transaction {tx_id.hex()}{self._rows.snapshot.not_held}")

    def _located(self, places: Iterable[int]) -> Iterator[Located]:
        """The transactions at places in the order of the chain; each block is read once."""
        for height, positions in groupby(map(split_place, places), key=itemgetter(0)):
            try:
                raws = self._rows.block(height, self.genesis).transactions
                receipts, _ = self._rows.receipts(height)
                for _, position in positions:
                    transaction = Transaction.decode(raws[position], self.genesis.limits)
                    yield Located(height, position, transaction, receipts[position])
            except (NotStored, IndexError) as error:
                raise self._rows.corrupt(f"an index entry of block {height}", "it leads nowhere") from error


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
def _uncollected() -> Iterator[None]:
    """A state has hundreds of thousands of objects and no cycle; looking for one would take a third more."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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
