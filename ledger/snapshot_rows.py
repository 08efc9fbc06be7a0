"""What a store keeps of the snapshot with which it began: the sealed headers up to it, and its state.

meta      under `light`: the sealed headers (ledger.light)
chunks    the state, in the parts that peers sent (ledger.snapshot)
"""

import sqlite3
from collections.abc import Iterator

from crypto.hashing import Digest
from ledger.errors import LedgerError
from ledger.light import LightChain, SealedHeader
from ledger.quantities import Height
from ledger.snapshot import Chunk
from ledger.state import State
from ledger.table import Table, checksum


class SnapshotRows(Table):
    """Reads and writes these rows, as ledger.rows.Rows does the others."""

    __slots__ = ("light",)

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        super().__init__(path, connection)
        self.light: LightChain | None = None
        """What leads to the snapshot, which is its last header; None for a whole store."""

    @property
    def base(self) -> Height:
        """Up to which no block is held but the genesis."""
        return self.light.height if self.light else Height(0)

    @property
    def not_held(self) -> str:
        """What to add where something is not found; empty for a whole store."""
        return f"; blocks 1 to {self.base} are not held here" if self.base else ""

    def sealed(self, height: int) -> SealedHeader | None:
        """A header on which the snapshot rests."""
        known = self.light.known if self.light else ()
        return next((item for item in known if item.height == height), None)

    def read(self) -> None:
        """Look for the sealed headers. Raises StoreCorrupt."""
        raw = self._meta("light")
        try:
            self.light = None if raw is None else LightChain.decode(raw)
        except LedgerError as error:
            raise self.corrupt("the light", str(error)) from error

    def write(self, light: LightChain) -> None:
        """Keep the sealed headers."""
        self._write_meta("light", light.encode())
        self.light = light

    def write_chunk(self, chunk: Chunk) -> None:
        """Keep a part of the state."""
        raw = chunk.encode()
        self._db.execute("INSERT INTO chunks (chunk, checksum) VALUES (?, ?)", (raw, checksum(raw)))

    def chunks(self) -> Iterator[Chunk]:
        """The parts of the state, in the order in which they came. Raises StoreCorrupt."""
        query = "SELECT number, chunk, checksum FROM chunks ORDER BY number"
        for number, *row in self._db.execute(query):
            what = f"chunk {number} of the snapshot"
            raw = self._checked(what, row)
            try:
                yield Chunk.decode(raw)
            except LedgerError as error:
                raise self.corrupt(what, str(error)) from error

    def check_chunks(self) -> None:
        """That all of them are as they were written. Raises StoreCorrupt."""
        for _ in self.chunks():
            continue

    def state(self, root: Digest) -> State:
        """The state of the chunks. Raises StoreCorrupt unless its root is this."""
        state = State().update(dict(entry for chunk in self.chunks() for entry in chunk.entries))
        if state.root != root:
            raise self.corrupt("the snapshot", f"the root of its state is {state.root.hex()}")
        return state
