"""The blocks of a chain on disk, without its state: for whoever reads beside the process that writes them."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Self

from ledger.block import Block
from ledger.committee import Committee
from ledger.database import closed_on_error, connect, format_of, guarded
from ledger.errors import NotStored, OtherChainStored, StoreUnusable
from ledger.genesis import Genesis
from ledger.light import TRAIL_BYTES, TRAIL_HANDOVERS, LightChain, SealedHeader, Trail
from ledger.quantities import Height
from ledger.receipt import Event, Receipt
from ledger.rows import FORMAT, Rows, split_place
from ledger.seals import Seals
from ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Located:
    """A transaction where it stands in the chain."""

    height: Height
    position: int
    transaction: Transaction
    receipt: Receipt


class StoredChain:
    """Any read raises StoreCorrupt if the bytes are not those that were written.

    Not for several threads at a time; each opens its own.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, rows: Rows, genesis: Genesis) -> None:
        self.path = path
        self.genesis = genesis
        self._connection = connection
        self._rows = rows

    @classmethod
    def open(cls, path: Path, genesis: Genesis | None = None) -> Self:
        """To be read only. Raises StoreUnusable if there is no chain, or another one than `genesis` names;
        StoreCorrupt."""
        with guarded(path):
            connection = connect(path, "ro")
            with closed_on_error(connection):
                return cls(path, connection, *read_begin(path, connection, genesis))

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def height(self) -> Height:
        """Of the last block, as of now. Raises StoreCorrupt."""
        with guarded(self.path):
            return self._rows.height()

    @property
    def base(self) -> Height:
        """0; or the snapshot with which this store began, up to which no block is held but the genesis."""
        return self._rows.snapshot.base

    @property
    def light(self) -> LightChain | None:
        """The sealed headers on which the snapshot rests; None if the store is whole."""
        return self._rows.snapshot.light

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

    def tdva(self, tx_id: bytes, after: int = -1, most: int = -1) -> Iterator[Located]:
        """The successful transactions of the process that this one belongs to, in the order of the chain:
        all, or so many of those after a place.

        One that failed or stands alone is its own whole chain. Raises NotStored or StoreCorrupt.
        """
        with guarded(self.path):
            place, located = self._find(tx_id)
            start = self._rows.process_of(place)
            if start is None:
                yield located
                return
            if start < 0:
                what = f"no beginning of the process of {tx_id.hex()}"
                raise NotStored(str(self.path), what + self._rows.snapshot.not_held)
            yield from self._located(self._rows.process(start, after, most))

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


def read_begin(path: Path, connection: sqlite3.Connection, expected: Genesis | None) -> tuple[Rows, Genesis]:
    """The rows of a store and its genesis. Raises StoreUnusable, OtherChainStored or StoreCorrupt."""
    found = format_of(connection)
    if found != FORMAT:
        reason = f"its format is {found}, not {FORMAT}" if found else "it holds no chain"
        raise StoreUnusable(str(path), reason)
    rows = Rows(str(path), connection)
    genesis = rows.genesis()
    if expected is not None and genesis.hash != expected.hash:
        raise OtherChainStored(str(path), genesis.hash, expected.hash)
    rows.snapshot.read()
    return rows, genesis
