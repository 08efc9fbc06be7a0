"""Archives: a chain as one file, from a block to a block, each with its seals; read and written as a stream.

    file     head, then the blocks in order, each in a frame
    frame    length (4 bytes, big-endian), the first 8 bytes of SHA-256(payload), payload
    head     ("gridquorum archive 1", encoding of the genesis, first height, last height)
    block    (block, encoding of its seals)

The checksums tell damage; they make nobody believe anything. Whoever takes an archive verifies the seals of
every block and executes it, as if a peer had sent it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from crypto.hashing import sha256
from ledger.application import Rules
from ledger.block import Block, check_sealed
from ledger.codec import decode, encode
from ledger.errors import BadArchive, DecodeError, LedgerError, StoreError, UnsupportedVersion
from ledger.execution import execute_block
from ledger.fields import as_bytes, as_count, as_tuple
from ledger.genesis import GENESIS_BYTES_MAX, Genesis
from ledger.quantities import Height
from ledger.seals import Seals
from ledger.store import Store

ARCHIVE: Final = "gridquorum archive 1"
LENGTH_BYTES: Final = 4
CHECKSUM_BYTES: Final = 8
SEALS_BYTES_MAX: Final = 2**16
FRAMING_BYTES_MAX: Final = 2**10
"""More than the arrays around genesis, heights, block and seals take."""

Read: TypeAlias = Callable[[int], bytes]
"""At most so many of the next bytes of a file; fewer only at its end."""
Write: TypeAlias = Callable[[bytes], object]
Progress: TypeAlias = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """What an archive holds."""

    genesis: Genesis
    first: Height
    last: Height

    def encode(self) -> bytes:
        """The payload of the first frame."""
        return encode((ARCHIVE, self.genesis.encode(), self.first, self.last))

    @classmethod
    def decode(cls, data: bytes) -> "ArchiveHead":
        """Inverse of `encode`. Raises DecodeError or BadGenesis."""
        fields = as_tuple(decode(data, max_bytes=GENESIS_BYTES_MAX + FRAMING_BYTES_MAX), "archive", 4)
        magic, genesis, first, last = fields
        if magic != ARCHIVE:
            raise BadArchive("the head", f"it does not begin with {ARCHIVE!r}")
        decoded = Genesis.decode(as_bytes(genesis, "genesis"))
        return cls(decoded, Height(as_count(first, "first height")), Height(as_count(last, "last height")))


@dataclass(frozen=True, slots=True)
class ArchivedBlock:
    """A block and its seals, both encoded."""

    block: bytes
    seals: bytes

    def encode(self) -> bytes:
        """The payload of a frame."""
        return encode((self.block, self.seals))

    @classmethod
    def decode(cls, data: bytes, block_bytes_max: int) -> "ArchivedBlock":
        """Inverse of `encode`. Raises DecodeError."""
        max_bytes = block_bytes_max + SEALS_BYTES_MAX + FRAMING_BYTES_MAX
        block, seals = as_tuple(decode(data, max_bytes=max_bytes), "archived block", 2)
        return cls(as_bytes(block, "block"), as_bytes(seals, "seals"))


class Archive:
    """An archive that is being read. Raises BadArchive, which names the first frame that is not in order."""

    def __init__(self, read: Read) -> None:
        self._read = read
        payload = self._frame("the head", GENESIS_BYTES_MAX + FRAMING_BYTES_MAX)
        try:
            self.head = ArchiveHead.decode(payload)
        except LedgerError as error:
            raise BadArchive("the head", str(error)) from error

    def blocks(self) -> Iterator[tuple[Height, ArchivedBlock]]:
        """What is in it, in order; a file that is longer than its head says is refused too."""
        block_bytes_max = self.head.genesis.limits.block_bytes
        max_bytes = block_bytes_max + SEALS_BYTES_MAX + FRAMING_BYTES_MAX
        for height in range(self.head.first, self.head.last + 1):
            payload = self._frame(f"block {height}", max_bytes)
            try:
                yield Height(height), ArchivedBlock.decode(payload, block_bytes_max)
            except DecodeError as error:
                raise BadArchive(f"block {height}", str(error)) from error
        if self._read(1):
            raise BadArchive("the end", f"more follows after block {self.head.last}")

    def _frame(self, what: str, max_bytes: int) -> bytes:
        prefix = self._read(LENGTH_BYTES + CHECKSUM_BYTES)
        length = int.from_bytes(prefix[:LENGTH_BYTES])
        if len(prefix) < LENGTH_BYTES + CHECKSUM_BYTES:
            raise BadArchive(what, "the file is cut off")
        if length > max_bytes:
            raise BadArchive(what, f"it claims {length} bytes, more than the {max_bytes} that it can have")
        payload = self._read(length)
        if len(payload) < length:
            raise BadArchive(what, "the file is cut off")
        if sha256(payload)[:CHECKSUM_BYTES] != prefix[LENGTH_BYTES:]:
            raise BadArchive(what, "its bytes do not match their checksum")
        return payload


def frame(payload: bytes) -> bytes:
    """A payload with its length and checksum."""
    return len(payload).to_bytes(LENGTH_BYTES) + sha256(payload)[:CHECKSUM_BYTES] + payload


def export_blocks(store: Store, head: ArchiveHead, write: Write, progress: Progress) -> None:
    """Write an archive of blocks that the store holds. Raises NotStored or StoreCorrupt."""
    write(frame(head.encode()))
    for height in range(head.first, head.last + 1):
        archived = ArchivedBlock(store.block(height).raw, encode(store.seals(height).to_value()))
        write(frame(archived.encode()))
        progress(height)


def import_blocks(archive: Archive, store: Store, rules: Rules, progress: Progress) -> int:
    """Append what follows the store's head, each block verified and executed; returns how many they were.

    Raises BadArchive, which names the first block that is not good; those before it are kept; StoreError;
    UnsupportedVersion at a block that is beyond this software, which is no fault of the archive's.
    """
    head = archive.head
    if head.genesis.hash != store.genesis.hash:
        reason = f"it is of chain {head.genesis.hash.hex()}, not {store.genesis.hash.hex()}"
        raise BadArchive("the head", reason)
    if head.first > store.head.height + 1:
        reason = f"the chain here ends at block {store.head.height}; import what is in between first"
        raise BadArchive(f"block {head.first}", reason)
    before = store.head.height
    for height, archived in archive.blocks():
        try:
            _take(store, rules, height, archived)
        except (BadArchive, StoreError, UnsupportedVersion):
            raise
        except LedgerError as error:
            raise BadArchive(f"block {height}", str(error)) from error
        progress(height)
    return store.head.height - before


def _take(store: Store, rules: Rules, height: Height, archived: ArchivedBlock) -> None:
    if height < store.head.height:
        return
    block = Block.decode(archived.block, store.genesis.limits)
    if height == store.head.height:
        _check_same(store, block)
        return
    seals = Seals.from_value(decode(archived.seals, max_bytes=SEALS_BYTES_MAX))
    check_sealed(block.header, seals, rules.application.committee(store.head.state, height), rules.signatures)
    store.append(execute_block(rules, store.head, block), seals)


def _check_same(store: Store, block: Block) -> None:
    if block.hash != store.head.hash:
        raise BadArchive(f"block {store.head.height}", f"the chain here has {store.head.hash.hex()} there")
