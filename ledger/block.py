"""Blocks: a header that commits to everything, and the transactions as the bytes that were signed."""

from dataclasses import dataclass
from functools import cached_property

from crypto.address import Address
from crypto.hashing import DIGEST_BYTES, Digest, domain, sha256
from crypto.signatures import SignatureCache
from ledger import merkle
from ledger.codec import ITEMS_MAX, Value, decode, encode
from ledger.committee import Committee
from ledger.errors import Malformed, WrongHeaderField
from ledger.fields import as_bytes, as_count, as_digest, as_text, as_tuple
from ledger.genesis import Genesis, Limits
from ledger.quantities import Height, Round, Slot
from ledger.receipt import receipt_leaves
from ledger.seals import NO_SEALS, Seals, check_seals

VERSIONS = (1, 2)
"""That this software knows. Since 2, events are charged by their size."""
HEADER_BYTES_MAX = 2**16
NO_PARENT = Digest(bytes(DIGEST_BYTES))
"""What the genesis has in the place of a parent's hash."""
TRANSACTION_BYTES_MIN = 128
"""Keys, signature and hashes alone take more; bounds how many a decoder expects."""


@dataclass(frozen=True)
class Header:
    """What a block's hash covers."""

    version: int
    chain: Digest
    """The genesis hash."""
    height: Height
    slot: Slot
    """The timestamp: unix time // slot length."""
    parent: Digest
    parent_seals: Seals
    transaction_count: int
    transactions_root: Digest
    """RFC 6962 root over the transactions' bytes."""
    receipts_root: Digest
    """RFC 6962 root over the receipts in the order of transactions; the last leaf is the hooks' events."""
    state_root: Digest
    """After execution."""
    committee: Digest
    """Of those who decide on this height."""
    next_committee: Digest
    """Of those who decide on the next height."""
    round: Round
    """In which the block was first proposed."""
    proposer: Address
    """Who proposed it in that round."""

    @cached_property
    def raw(self) -> bytes:
        """Canonical msgpack."""
        return encode(self.to_value())

    @cached_property
    def hash(self) -> Digest:
        """The block's hash, which stays the same when a later round proposes it again."""
        return sha256(domain("block", self.chain) + self.raw)

    def to_value(self) -> Value:
        """An array of fourteen, in the order of the fields."""
        values = {**self.__dict__, "parent_seals": self.parent_seals.to_value()}
        return tuple([values[name] for name in self.__dataclass_fields__])

    @classmethod
    def from_value(cls, value: Value) -> "Header":
        """Inverse of `to_value`. Raises Malformed."""
        fields = as_tuple(value, "header", 14)
        return cls(
            as_count(fields[0], "version"),
            as_digest(fields[1], "chain"),
            Height(as_count(fields[2], "height")),
            Slot(as_count(fields[3], "slot")),
            as_digest(fields[4], "parent"),
            Seals.from_value(fields[5]),
            as_count(fields[6], "transaction count"),
            as_digest(fields[7], "transactions root"),
            as_digest(fields[8], "receipts root"),
            as_digest(fields[9], "state root"),
            as_digest(fields[10], "committee"),
            as_digest(fields[11], "next committee"),
            Round(as_count(fields[12], "round")),
            Address(as_text(fields[13], "proposer")),
        )

    @classmethod
    def decode(cls, raw: bytes) -> "Header":
        """The header of these bytes. Raises DecodeError."""
        return cls.from_value(decode(raw, max_bytes=HEADER_BYTES_MAX))


@dataclass(frozen=True)
class Block:
    """A header and its transactions; says nothing about their validity."""

    header: Header
    transactions: tuple[bytes, ...]
    """Encoded; a block of raw bytes is packed and hashed much faster than one of nested values."""

    @property
    def hash(self) -> Digest:
        """The header's."""
        return self.header.hash

    @cached_property
    def transactions_root(self) -> Digest:
        """RFC 6962 root over the transactions that are here, whatever the header says."""
        return merkle.root(self.transactions)

    @cached_property
    def raw(self) -> bytes:
        """Canonical msgpack, as it is sent and stored."""
        return encode((self.header.to_value(), self.transactions))

    @classmethod
    def decode(cls, raw: bytes, limits: Limits) -> "Block":
        """The block of these bytes. Raises DecodeError.

        The transactions must be the header's: so a hash stands for one block's bytes and no others, and
        nobody can discredit a block by sending its header with something else.
        """
        max_items = max(ITEMS_MAX, len(raw) // TRANSACTION_BYTES_MIN)
        value = decode(raw, max_bytes=limits.block_bytes, max_items=max_items)
        header, transactions = as_tuple(value, "block", 2)
        raws = tuple([as_bytes(item, "transaction") for item in as_tuple(transactions, "transactions")])
        block = cls(Header.from_value(header), raws)
        # The bytes are canonical, so they are what encoding would give.
        block.__dict__["raw"] = raw
        if (len(raws), block.transactions_root) != (
            block.header.transaction_count,
            block.header.transactions_root,
        ):
            raise Malformed("block", "its transactions are not those of its header")
        return block


def genesis_header(genesis: Genesis, state_root: Digest, committee: Committee) -> Header:
    """Height 0: what the first block names as its parent. Nobody proposed it, and nobody sealed it."""
    return Header(
        version=VERSIONS[0],
        chain=genesis.hash,
        height=Height(0),
        slot=Slot(genesis.first_slot - 1),
        parent=NO_PARENT,
        parent_seals=NO_SEALS,
        transaction_count=0,
        transactions_root=merkle.root(()),
        receipts_root=merkle.root(receipt_leaves((), ())),
        state_root=state_root,
        committee=committee.hash,
        next_committee=committee.hash,
        round=Round(0),
        proposer=Address(""),
    )


def check_sealed(header: Header, seals: Seals, committee: Committee, signatures: SignatureCache) -> None:
    """That this committee, which the header names, committed to the block.

    Raises WrongHeaderField if it names another committee, or a round later than that of the seals; SealError.
    """
    if header.committee != committee.hash:
        raise WrongHeaderField(header.height, "committee", header.committee, committee.hash)
    if header.round > seals.round:
        raise WrongHeaderField(
            header.height, "round", header.round, f"at most {seals.round}, that of its seals"
        )
    check_seals(seals, committee, header.chain, header.height, header.hash, signatures)
