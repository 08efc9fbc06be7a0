"""Where the follower gets blocks: the chain's store, over a connection of its own and without the state."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

from ledger.block import Block
from ledger.committee import Committee
from ledger.errors import OtherChainStored, StoreUnusable
from ledger.genesis import Genesis
from ledger.receipt import Event, Receipt
from ledger.rows import FORMAT, Rows
from ledger.seals import Seals
from ledger.store import closed_on_error, connect, format_of, guarded


class Chain(Protocol):
    """Final blocks."""

    @property
    def genesis(self) -> Genesis: ...

    @property
    def base(self) -> int:
        """Up to which no block is held."""

    @property
    def height(self) -> int:
        """Of the last block that is final now."""

    def block(self, height: int) -> Block: ...

    def seals(self, height: int) -> Seals: ...

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]: ...

    def committee(self, height: int) -> Committee: ...


class StoredChain:
    """The blocks of a store that another process or thread may be writing.

    What it reads raises as ledger.store.Store does.
    """

    def __init__(self, path: Path, rows: Rows, genesis: Genesis, close: Callable[[], None]) -> None:
        self._path = path
        self._rows = rows
        self._close = close
        self.genesis = genesis

    @classmethod
    def open(cls, path: Path, expected: Genesis | None = None) -> Self:
        """Raises StoreUnusable if there is no chain, or another one than `expected`; StoreCorrupt."""
        with guarded(path):
            connection = connect(path, "ro")
            with closed_on_error(connection):
                if format_of(connection) != FORMAT:
                    raise StoreUnusable(str(path), f"its format is {format_of(connection)}, not {FORMAT}")
                rows = Rows(str(path), connection)
                genesis = rows.genesis()
                rows.snapshot.read()
        if expected is not None and genesis.hash != expected.hash:
            connection.close()
            raise OtherChainStored(str(path), genesis.hash, expected.hash)
        return cls(path, rows, genesis, connection.close)

    def close(self) -> None:
        """Let go of the file."""
        self._close()

    @property
    def base(self) -> int:
        """Of the snapshot with which the store began, else 0."""
        return self._rows.snapshot.base

    @property
    def height(self) -> int:
        """Of the last block, as of now."""
        with guarded(self._path):
            return self._rows.height()

    def block(self, height: int) -> Block:
        """The block of a height."""
        with guarded(self._path):
            return self._rows.block(height, self.genesis)

    def seals(self, height: int) -> Seals:
        """What made it final."""
        with guarded(self._path):
            return self._rows.seals(height)

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]:
        """What became of its transactions, and what the hooks told."""
        with guarded(self._path):
            return self._rows.receipts(height)

    def committee(self, height: int) -> Committee:
        """Those who decided on it."""
        with guarded(self._path):
            return self._rows.committee(height)
