"""Proof bundles: a file that convinces whoever trusts a genesis or a checkpoint, without a node or a network.

A canonical msgpack array: what it is, the kind of anchor, the anchor, the sealed headers, the claim.

The anchor is the genesis itself, or the header of a checkpoint; the verifier knows the hash of either. From
there, each sealed header but the last hands over from one committee to the next, and the last one holds the
claim: that a transaction is in its block, with its receipt, or that a key of the state has a value, or none.

A checkpoint is worth more than the genesis: keys of validators who left long ago could seal another history.
"""

from dataclasses import dataclass
from typing import TypeAlias

from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger import merkle
from ledger.block import Header
from ledger.codec import Value, decode, encode
from ledger.errors import BadProof, LedgerError, Malformed
from ledger.fields import as_bytes, as_count, as_digest, as_tuple
from ledger.genesis import Genesis, Limits
from ledger.head import Head
from ledger.light import Checkpoint as Checkpoint
from ledger.light import GenesisHash as GenesisHash
from ledger.light import LightChain, Trust
from ledger.light import SealedHeader as SealedHeader
from ledger.receipt import Receipt, receipt_leaves
from ledger.state import StateProof, verify_state_proof
from ledger.store import Store
from ledger.stored import StoredChain
from ledger.transaction import Transaction, check_signature

BUNDLE = "gridquorum proof 1"
BUNDLE_BYTES_MAX = 2**24
WITHIN_BUNDLE = Limits(transaction_bytes=BUNDLE_BYTES_MAX)


@dataclass(frozen=True, slots=True)
class TransactionClaim:
    """That a transaction is in the block, and what became of it."""

    transaction: Transaction
    receipt: Receipt
    position: int
    path: tuple[bytes, ...]
    """Inclusion of the transaction under the transactions root."""
    receipt_path: tuple[bytes, ...]
    """Inclusion of the receipt under the receipts root."""


@dataclass(frozen=True, slots=True)
class StateClaim:
    """That a key has a value after the block; None for no value."""

    key: bytes
    value: bytes | None
    proof: StateProof


Claim: TypeAlias = TransactionClaim | StateClaim


@dataclass(frozen=True, slots=True)
class Bundle:
    """A claim, and everything that leads to it from what the verifier trusts."""

    anchor: Genesis | Header
    sealed: tuple[SealedHeader, ...]
    claim: Claim

    @property
    def header(self) -> Header:
        """The block that the claim is about."""
        return self.sealed[-1].header

    def encode(self) -> bytes:
        """The file."""
        kind = "genesis" if isinstance(self.anchor, Genesis) else "checkpoint"
        anchor = self.anchor.encode() if isinstance(self.anchor, Genesis) else self.anchor.raw
        sealed = tuple(item.to_value() for item in self.sealed)
        return encode((BUNDLE, kind, anchor, sealed, _claim_to_value(self.claim)))

    @classmethod
    def decode(cls, data: bytes) -> "Bundle":
        """Inverse of `encode`. Raises DecodeError or BadGenesis; proves nothing yet."""
        fields = as_tuple(decode(data, max_bytes=BUNDLE_BYTES_MAX), "bundle", 5)
        if fields[0] != BUNDLE:
            raise Malformed("bundle", f"it does not begin with {BUNDLE!r}")
        sealed = tuple(SealedHeader.from_value(item) for item in as_tuple(fields[3], "sealed headers"))
        if not sealed:
            raise Malformed("bundle", "it has no sealed header")
        return cls(_anchor(fields[1], fields[2]), sealed, _claim(fields[4]))


@dataclass(frozen=True, slots=True)
class Verified:
    """What a bundle proves, and on what that rests."""

    trust: Trust
    chain: Digest
    header: Header
    claim: Claim


def verify_bundle(data: bytes, trust: Trust, signatures: SignatureCache) -> Verified:
    """What a bundle proves to whoever trusts `trust`.

    Raises BadProof, which says why it proves nothing, or Fork if it contradicts itself.
    """
    try:
        bundle = Bundle.decode(data)
        trusted = _anchored(bundle.anchor, trust)
    except BadProof:
        raise
    except LedgerError as error:
        raise BadProof(str(error)) from error
    return verify_against(trusted, bundle, signatures)


def verify_against(trusted: LightChain, bundle: Bundle, signatures: SignatureCache) -> Verified:
    """What a bundle proves by what is known of its chain already, whatever it says that it rests on.

    Raises BadProof, or Fork if it contradicts a header that is known.
    """
    trusted.follow(bundle.sealed, signatures)
    try:
        _check_claim(bundle.header, bundle.claim, signatures)
    except LedgerError as error:
        raise BadProof(str(error)) from error
    return Verified(trusted.trust, trusted.chain, bundle.header, bundle.claim)


def prove_transaction(store: StoredChain, tx_id: bytes, checkpoint: int | None = None) -> Bundle:
    """A bundle about a transaction, from the genesis or from a block below it as checkpoint.

    Raises NotStored, StoreCorrupt, or BadProof if the checkpoint is not below the transaction's block.
    """
    located = store.transaction(tx_id)
    raws = store.block(located.height).transactions
    receipts, slot_events = store.receipts(located.height)
    claim = TransactionClaim(
        located.transaction,
        located.receipt,
        located.position,
        merkle.inclusion_proof(raws, located.position),
        merkle.inclusion_proof(receipt_leaves(receipts, slot_events), located.position),
    )
    return _bundle(store, located.height, claim, checkpoint)


def prove_state(store: Store, key: bytes, checkpoint: int | None = None) -> Bundle:
    """A bundle about a key of the state after the last block.

    Raises StoreCorrupt, or BadProof as above.
    """
    return prove_state_at(store, store.head, key, checkpoint)


def prove_state_at(chain: StoredChain, head: Head, key: bytes, checkpoint: int | None = None) -> Bundle:
    """The same after a block whose state is at hand."""
    claim = StateClaim(key, head.state.get(key), head.state.prove(key))
    return _bundle(chain, head.height, claim, checkpoint)


def _bundle(store: StoredChain, height: int, claim: Claim, checkpoint: int | None) -> Bundle:
    start = checkpoint or 0
    if not start < height:
        raise BadProof(f"block {height} does not come after block {start}, on which the proof is to rest")
    # The last block of each committee announces the next.
    handovers = [since - 1 for since in store.committee_heights() if start < since - 1 < height]
    sealed = tuple(store.sealed_header(sealed_height) for sealed_height in (*handovers, height))
    anchor = store.genesis if checkpoint is None else store.sealed_header(checkpoint).header
    return Bundle(anchor, sealed, claim)


def _anchored(anchor: Genesis | Header, trust: Trust) -> LightChain:
    """What is known at the start, if it is what the verifier trusts."""
    if isinstance(anchor, Genesis):
        if not isinstance(trust, GenesisHash):
            raise BadProof("it rests on the genesis; verify it from the genesis hash")
        if anchor.hash != trust.hash:
            raise BadProof(f"it is of chain {anchor.hash.hex()}, not {trust.hash.hex()}")
        return LightChain.from_genesis(anchor)
    if not isinstance(trust, Checkpoint):
        raise BadProof(f"it rests on block {anchor.height}; verify it from that block as checkpoint")
    if (anchor.height, anchor.hash) != (trust.height, trust.block_hash):
        raise BadProof(
            f"it rests on block {anchor.height} {anchor.hash.hex()}, not on the trusted checkpoint"
        )
    return LightChain.from_checkpoint(anchor)


def _check_claim(header: Header, claim: Claim, signatures: SignatureCache) -> None:
    if isinstance(claim, StateClaim):
        verify_state_proof(header.state_root, claim.key, claim.value, claim.proof)
        return
    raw, count = claim.transaction.raw, header.transaction_count
    check_signature(claim.transaction, signatures)
    merkle.verify_inclusion(header.transactions_root, count, claim.position, raw, claim.path)
    leaf = claim.receipt.raw
    merkle.verify_inclusion(header.receipts_root, count + 1, claim.position, leaf, claim.receipt_path)


def _anchor(kind: Value, raw: Value) -> Genesis | Header:
    data = as_bytes(raw, "anchor")
    if kind == "genesis":
        return Genesis.decode(data)
    if kind == "checkpoint":
        return Header.decode(data)
    raise Malformed("anchor", "it is neither a genesis nor a checkpoint")


def _claim_to_value(claim: Claim) -> Value:
    if isinstance(claim, StateClaim):
        return ("state", claim.key, claim.value, claim.proof.to_value())
    raw, receipt = claim.transaction.raw, claim.receipt.raw
    return ("transaction", raw, receipt, claim.position, claim.path, claim.receipt_path)


def _claim(value: Value) -> Claim:
    kind, *rest = as_tuple(value, "claim") or (None,)
    if kind == "state":
        return _state_claim(*as_tuple(tuple(rest), "state claim", 3))
    if kind == "transaction":
        return _transaction_claim(*as_tuple(tuple(rest), "transaction claim", 5))
    raise Malformed("claim", "it is neither about a transaction nor about the state")


def _state_claim(key: Value, content: Value, proof: Value) -> StateClaim:
    known = None if content is None else as_bytes(content, "value")
    return StateClaim(as_bytes(key, "key"), known, StateProof.from_value(proof))


def _transaction_claim(
    raw: Value, receipt: Value, position: Value, path: Value, receipt_path: Value
) -> TransactionClaim:
    return TransactionClaim(
        Transaction.decode(as_bytes(raw, "transaction"), WITHIN_BUNDLE),
        Receipt.decode(as_bytes(receipt, "receipt")),
        as_count(position, "position"),
        _path(path),
        _path(receipt_path),
    )


def _path(value: Value) -> tuple[bytes, ...]:
    return tuple(as_digest(item, "hash of a path") for item in as_tuple(value, "path"))
