"""How a chain is laid out in the tables of a database; the connection is the store's (ledger.store).

    meta          the genesis; for a store that began with a snapshot, the sealed headers up to it
    blocks        by height: block, seals, receipts with the hooks' events
    transactions  by the first 8 bytes of the identifier: where it is
    stages        by where a successful T, D, V or A is: where its process began, or a negative number that
                  stands for a process from before the snapshot
    state         by key: the value at the head
    committees    by the first height that they decide on
    chunks        the state with which the store began, as peers sent it (ledger.snapshot)

A place is height << 20 | position. Rows carry a checksum over their content, which is compared when they
are read; index entries are compared with the transaction that they lead to. Random keys make a commit slow,
so those of the index are short.
"""

import sqlite3
from collections.abc import Iterable
from typing import TypeVar

from crypto.hashing import Digest
from ledger.block import Block
from ledger.codec import decode, encode
from ledger.committee import Committee
from ledger.errors import LedgerError, NotStored
from ledger.execution import Changes, Executed
from ledger.fields import as_bytes, as_tuple
from ledger.genesis import Genesis
from ledger.head import Head
from ledger.light import LightChain, SealedHeader
from ledger.quantities import Height, TxId
from ledger.receipt import Event, Receipt, read_events_leaf, receipt_leaves
from ledger.seals import Seals
from ledger.snapshot_rows import SnapshotRows
from ledger.state import State
from ledger.table import Table, checksum, is_intact, number_bytes
from ledger.tdva import process_of

T = TypeVar("T")

FORMAT = 1
POSITION_BITS = 20
"""No block holds a million transactions: their signatures alone would fill it."""
PREFIX_BYTES = 8
SEALS_BYTES_MAX = 2**16
RECEIPTS_BYTES_MAX = 2**28
RECEIPTS_MAX = 2**POSITION_BITS

SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB, checksum BLOB) WITHOUT ROWID",
    "CREATE TABLE blocks (height INTEGER PRIMARY KEY, block BLOB, seals BLOB, receipts BLOB, checksum BLOB)",
    "CREATE TABLE transactions (prefix INTEGER, place INTEGER, PRIMARY KEY (prefix, place)) WITHOUT ROWID",
    "CREATE TABLE stages (place INTEGER PRIMARY KEY, process INTEGER)",
    "CREATE INDEX processes ON stages (process, place)",
    "CREATE TABLE state (key BLOB PRIMARY KEY, value BLOB, checksum BLOB) WITHOUT ROWID",
    "CREATE TABLE committees (height INTEGER PRIMARY KEY, committee BLOB, checksum BLOB)",
    "CREATE TABLE chunks (number INTEGER PRIMARY KEY, chunk BLOB, checksum BLOB)",
    f"PRAGMA user_version = {FORMAT}",
)


def place_of(height: int, position: int) -> int:
    """The place of a transaction in the chain as one number, in the order of the chain."""
    return height << POSITION_BITS | position


def split_place(place: int) -> tuple[Height, int]:
    """Height and position."""
    return Height(place >> POSITION_BITS), place & (1 << POSITION_BITS) - 1


def _placed(height: int, items: Iterable[T]) -> Iterable[tuple[int, T]]:
    """The items of a block, in the order of its transactions, with their places."""
    return enumerate(items, start=place_of(height, 0))


class Rows(Table):
    """Reads and writes the rows of a store."""

    __slots__ = ("snapshot",)

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        super().__init__(path, connection)
        self.snapshot = SnapshotRows(path, connection)

    def write_genesis(self, genesis: Genesis, head: Head) -> None:
        """Lay out the tables, with height 0."""
        for statement in SCHEMA:
            self._db.execute(statement)
        self._write_meta("genesis", genesis.encode())
        self._write_block(Block(head.header, ()), head.seals, (), ())
        self._write_state(dict(head.state.items()))
        self._write_committee(1, head.committee)

    def write(self, executed: Executed, seals: Seals) -> None:
        """Add a block with all that follows from it."""
        header = executed.block.header
        self._write_block(executed.block, seals, executed.receipts, executed.slot_events)
        index = [
            (_prefix(receipt.tx_id), place) for place, receipt in _placed(header.height, executed.receipts)
        ]
        # In the order of the key, so that neighbours go to a page that is at hand.
        self._db.executemany("INSERT INTO transactions VALUES (?, ?)", sorted(index))
        self._db.executemany("INSERT INTO stages VALUES (?, ?)", self.stages(executed))
        self._write_state(executed.changes)
        if header.next_committee != header.committee:
            self._write_committee(header.height + 1, executed.next_committee)

    def write_snapshot(self, light: LightChain, state: State, next_committee: Committee) -> None:
        """Make the snapshot the head, with the committees of its sealed headers and the one after it."""
        self._db.execute("DELETE FROM state")
        self._write_state(dict(state.items()))
        since = 1
        for item in light.known:
            self._write_committee(since, item.committee)
            since = item.height + 1
        if light.known[-1].hands_over:
            self._write_committee(since, next_committee)

    def stages(self, executed: Executed) -> list[tuple[int, int]]:
        """Where the successful staged transactions of a block are, and where their processes began.

        Earlier blocks have to be stored, as far as they are held. Raises StoreCorrupt.
        """
        starts: dict[bytes, int] = {}
        stages = []
        outcomes = zip(executed.transactions, executed.receipts, strict=True)
        for place, (transaction, receipt) in _placed(executed.block.header.height, outcomes):
            if receipt.ok and transaction.stage is not None:
                links = transaction.links
                start = self._start(links[0], starts, executed.state) if links else place
                starts[receipt.tx_id] = start
                stages.append((place, start))
        return stages

    def genesis(self) -> Genesis:
        """What the chain began with."""
        raw = self._meta("genesis")
        if raw is None:
            raise self.corrupt("the genesis", "it is missing")
        try:
            return Genesis.decode(raw)
        except LedgerError as error:
            raise self.corrupt("the genesis", str(error)) from error

    def height(self) -> Height:
        """Of the last block. Raises StoreCorrupt."""
        (height,) = self._one("SELECT max(height) FROM blocks", (), "the head")
        if type(height) is not int:
            raise self.corrupt("the head", "there is no block")
        return Height(max(height, self.snapshot.base))

    def head(self, genesis: Genesis) -> Head:
        """The last block, with the whole state, whose root must be the header's."""
        sealed = self.sealed(self.height(), genesis)
        if sealed.committee.hash != sealed.header.committee:
            raise self.corrupt(f"the committee of height {sealed.height}", "its hash is not the header's")
        state = self.state(sealed.header.state_root)
        return Head(sealed.header, sealed.committee, sealed.seals, state)

    def sealed(self, height: int, genesis: Genesis) -> SealedHeader:
        """A header with its seals and committee. Raises NotStored or StoreCorrupt."""
        found = self.snapshot.sealed(height)
        if found is not None:
            return found
        header = self.block(height, genesis).header
        return SealedHeader(header, self.seals(height), self.committee(max(height, 1)))

    def state(self, root: Digest) -> State:
        """The values of all keys. Raises StoreCorrupt, which names the key, unless their root is this."""
        values: dict[bytes, bytes | None] = {}
        for key, value, kept in self._db.execute("SELECT key, value, checksum FROM state"):
            what = f"state of key {key!r:.200}"
            values[key] = self._checked(what, (value, kept), key)
        state = State().update(values)
        if state.root != root:
            raise self.corrupt("the state", f"its root is {state.root.hex()}, but the head says {root.hex()}")
        return state

    def block(self, height: int, genesis: Genesis) -> Block:
        """The block of a height. Raises NotStored or StoreCorrupt."""
        raw = self._block_row(height)[0]
        try:
            block = Block.decode(raw, genesis.limits)
        except LedgerError as error:
            raise self.corrupt(f"block {height}", str(error)) from error
        if block.header.height != height:
            raise self.corrupt(f"block {height}", f"its height is {block.header.height}")
        return block

    def seals(self, height: int) -> Seals:
        """The seals of a block. Raises NotStored or StoreCorrupt."""
        raw = self._block_row(height)[1]
        try:
            return Seals.from_value(decode(raw, max_bytes=SEALS_BYTES_MAX))
        except LedgerError as error:
            raise self.corrupt(f"the seals of block {height}", str(error)) from error

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]:
        """The receipts and the hooks' events of a block. Raises NotStored or StoreCorrupt."""
        raw = self._block_row(height)[2]
        try:
            value = decode(raw, max_bytes=RECEIPTS_BYTES_MAX, max_items=RECEIPTS_MAX)
            *receipts, events = [as_bytes(leaf, "receipt") for leaf in as_tuple(value, "receipts")]
            return tuple(Receipt.decode(leaf) for leaf in receipts), read_events_leaf(events)
        except LedgerError as error:
            raise self.corrupt(f"the receipts of block {height}", str(error)) from error

    def committee(self, height: int) -> Committee:
        """Those who decide on a height. Raises StoreCorrupt."""
        what = f"the committee of height {height}"
        query = "SELECT max(height), committee, checksum FROM committees WHERE height <= ?"
        since, *row = self._one(query, (height,), what)
        if since is None:
            raise self.corrupt(what, "it is missing")
        raw = self._checked(what, row, number_bytes(since))
        try:
            return Committee.from_value(decode(raw, max_bytes=SEALS_BYTES_MAX))
        except LedgerError as error:
            raise self.corrupt(what, str(error)) from error

    def committee_heights(self) -> tuple[int, ...]:
        """The first heights of all committees so far, in order."""
        rows = self._db.execute("SELECT height FROM committees ORDER BY height")
        return tuple(height for (height,) in rows)

    def index(self, tx_id: bytes) -> list[int]:
        """Where transactions are whose identifiers begin like this one; nearly always one or none."""
        query = "SELECT place FROM transactions WHERE prefix = ? ORDER BY place"
        return self._places(query, _prefix(tx_id))

    def process_of(self, place: int) -> int | None:
        """Where the process of the transaction at a place began; None if it belongs to none."""
        found = self._places("SELECT process FROM stages WHERE place = ?", place)
        return found[0] if found else None

    def process(self, start: int, after: int = -1, most: int = -1) -> list[int]:
        """Where the transactions of a process are, in order: all, or so many of those after a place."""
        query = "SELECT place FROM stages WHERE process = ? AND place > ? ORDER BY place LIMIT ?"
        return self._places(query, start, after, most)

    def stages_of(self, height: int) -> list[tuple[int, int]]:
        """What is stored of what `stages` gives."""
        query = "SELECT place, process FROM stages WHERE place >= ? AND place < ? ORDER BY place"
        return list(self._db.execute(query, (place_of(height, 0), place_of(height + 1, 0))))

    def index_sizes(self) -> tuple[int, int]:
        """How many transactions are indexed, and how many of them belong to a process."""
        query = "SELECT (SELECT count(*) FROM transactions), (SELECT count(*) FROM stages)"
        transactions, stages = self._one(query, (), "the index")
        return transactions, stages

    def check_pages(self) -> None:
        """That SQLite finds its pages and indexes in order. Raises StoreCorrupt."""
        (verdict,) = self._one("PRAGMA integrity_check(1)", (), "the database")
        if verdict != "ok":
            raise self.corrupt("the database", str(verdict))

    def _start(self, link: TxId, starts: dict[bytes, int], state: State) -> int:
        """Where the process of a linked transaction, of this block or an earlier one, began."""
        if link not in starts:
            place = self._place_of(link)
            start = _stand_in(process_of(state, link)) if place is None else self.process_of(place)
            if start is None:
                raise self.corrupt(f"the index entry of {link.hex()}", "it belongs to no process")
            starts[link] = start
        return starts[link]

    def _place_of(self, link: TxId) -> int | None:
        """Where a linked transaction is; None if that is below the snapshot."""
        places = self.index(link)
        if len(places) == 1 and not self.snapshot.base:
            return places[0]
        # Somebody may have searched for identifiers that begin alike; reading tells which is meant.
        for place in places:
            height, position = split_place(place)
            if self.receipts(height)[0][position].tx_id == link:
                return place
        if not self.snapshot.base:
            raise self.corrupt(f"the index entry of {link.hex()}", "it is missing")
        return None

    def _write_block(
        self, block: Block, seals: Seals, receipts: Iterable[Receipt], slot_events: tuple[Event, ...]
    ) -> None:
        height = block.header.height
        leaves = tuple(receipt_leaves(receipts, slot_events))
        row = (block.raw, encode(seals.to_value()), encode(leaves))
        kept = (height, *row, checksum(number_bytes(height), *row))
        self._db.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)", kept)

    def _write_state(self, changes: Changes) -> None:
        kept = [(key, value, checksum(key, value)) for key, value in changes.items() if value is not None]
        dropped = [(key,) for key, value in changes.items() if value is None]
        self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?, ?)", kept)
        self._db.executemany("DELETE FROM state WHERE key = ?", dropped)

    def _write_committee(self, height: int, committee: Committee) -> None:
        raw = encode(committee.to_value())
        kept = (height, raw, checksum(number_bytes(height), raw))
        self._db.execute("INSERT OR REPLACE INTO committees VALUES (?, ?, ?)", kept)

    def _block_row(self, height: int) -> tuple[bytes, bytes, bytes]:
        query = "SELECT block, seals, receipts, checksum FROM blocks WHERE height = ?"
        row = self._db.execute(query, (height,)).fetchone()
        if row is None:
            raise NotStored(self._path, f"no block {height}{self.snapshot.not_held}")
        block, seals, receipts, kept = row
        if not is_intact(kept, number_bytes(height), block, seals, receipts):
            raise self.corrupt(f"block {height}", "its bytes do not match their checksum")
        return block, seals, receipts

    def _places(self, query: str, *arguments: int) -> list[int]:
        found = [place for (place,) in self._db.execute(query, arguments)]
        if not all(type(place) is int for place in found):
            raise self.corrupt("the index", f"{found!r:.200} are no places")
        return found


def _stand_in(process: TxId) -> int:
    return -1 - (_prefix(process) & 2**63 - 1)


def _prefix(tx_id: bytes) -> int:
    return int.from_bytes(tx_id[:PREFIX_BYTES], "big", signed=True)
