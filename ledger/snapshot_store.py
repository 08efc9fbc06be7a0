"""A store in the making: the chunks of a snapshot are kept as they come, and what is missing is known.

It lies under another name until it is whole; whoever is killed meanwhile goes on where it was.
"""

import sqlite3
from pathlib import Path

from ledger.application import Application
from ledger.database import atomic, closed_on_error, connect, format_of, guarded
from ledger.errors import StoreUnusable
from ledger.genesis import Genesis
from ledger.light import LightChain, SealedHeader
from ledger.quantities import Height
from ledger.rows import FORMAT, Rows
from ledger.snapshot import LAST_PATH, Chunk, PathRange
from ledger.store import Store


class SnapshotStore:
    """Chunks of one state. All methods raise StoreUnusable or StoreCorrupt."""

    def __init__(self, path: Path, connection: sqlite3.Connection, rows: Rows, light: LightChain) -> None:
        self.path = path
        self.light = light
        """The sealed headers up to the snapshot, which is the last of them."""
        self._connection = connection
        self._rows = rows

    @classmethod
    def create(
        cls, path: Path, genesis: Genesis, application: Application, light: LightChain
    ) -> "SnapshotStore":
        """One without chunks, where there is nothing."""
        Store.create(path, genesis, application).close()
        with guarded(path):
            connection = connect(path, "rw")
            with closed_on_error(connection), atomic(connection):
                rows = Rows(str(path), connection)
                rows.snapshot.write(light)
        return cls(path, connection, rows, light)

    @classmethod
    def open(cls, path: Path, genesis: Genesis) -> "SnapshotStore":
        """One that was begun before, whose chunks are as they were written.

        Raises StoreUnusable as well if it is none, or of another chain.
        """
        with guarded(path):
            connection = connect(path, "rw")
            with closed_on_error(connection):
                rows = Rows(str(path), connection)
                if format_of(connection) != FORMAT or rows.genesis().hash != genesis.hash:
                    raise StoreUnusable(str(path), "it is of another chain")
                rows.snapshot.read()
                if rows.snapshot.light is None:
                    raise StoreUnusable(str(path), "it is no snapshot")
                rows.snapshot.check_chunks()
        return cls(path, connection, rows, rows.snapshot.light)

    @property
    def sealed(self) -> SealedHeader:
        """The header of the snapshot."""
        return self.light.known[-1]

    def add(self, chunk: Chunk) -> None:
        """Keep a chunk that the caller has checked."""
        with guarded(self.path), atomic(self._connection):
            self._rows.snapshot.write_chunk(chunk)

    def missing(self) -> list[PathRange]:
        """Of which paths there is no chunk, in order."""
        with guarded(self.path):
            covered = sorted((chunk.paths for chunk in self._rows.snapshot.chunks()), key=_first)
        starts = [0, *(paths.last + 1 for paths in covered)]
        ends = [*(paths.first - 1 for paths in covered), LAST_PATH]
        gaps = [PathRange(first, last) for first, last in zip(starts, ends, strict=True)]
        return [paths for paths in gaps if paths.first <= paths.last]

    def finish(self, application: Application) -> None:
        """Make it a store whose head is the snapshot; nothing is missing any more."""
        header = self.sealed.header
        with guarded(self.path), atomic(self._connection):
            state = self._rows.snapshot.state(header.state_root)
            committee = application.committee(state, Height(header.height + 1))
            self._rows.write_snapshot(self.light, state, committee)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def _first(paths: PathRange) -> int:
    return paths.first
