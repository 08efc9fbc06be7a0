"""Decoders of the ledger: what peers, files and users hand in as bytes."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from random import Random
from typing import TypeVar

import msgpack

from crypto.signatures import SignatureCache
from ledger import merkle
from ledger.block import Block, Header
from ledger.codec import Value, decode, encode
from ledger.committee import Committee
from ledger.errors import BadGenesis, BadProof, DecodeError, EncodingError, TransactionRejected
from ledger.genesis import Genesis, Limits
from ledger.light import Checkpoint, SealedHeader
from ledger.proof import Bundle, StateClaim, TransactionClaim, verify_bundle
from ledger.quantities import Height
from ledger.receipt import Event, Receipt, read_events_leaf
from ledger.seals import Seals
from ledger.stage import Stage
from ledger.state import StateProof, verify_state_proof
from ledger.transaction import Transaction, check_signature
from tests.fuzz.mutate import mutate_msgpack
from tests.fuzz.target import Broken, Take, Target, judges, reads
from tests.ledger.builders import Chain, make_genesis

BYTES_MAX = 2**16
LIMITS = Limits()
SIGNATURES = SignatureCache(1_000)

T = TypeVar("T")


@cache
def small_chain() -> Chain:
    """Three blocks, with a TDVA process in them."""
    chain = Chain(make_genesis())
    trigger = chain.transaction(action="add", stage=Stage.TRIGGER)
    chain.commit(trigger)
    dispatch = chain.transaction(action="add", stage=Stage.DISPATCH, links=(trigger.tx_id,))
    chain.commit(
        dispatch, chain.transaction(sender=5, action="fail", arguments={"a": (1, b"\x00", None, "é")})
    )
    chain.commit()
    return chain


def read_value(data: bytes) -> Value:
    return decode(data, max_bytes=BYTES_MAX)


def values() -> Iterator[bytes]:
    yield encode((0, -1, 2**64 - 1, b"bytes", "text", None, True, ((), {"a": 1, "b": {}})))
    yield encode({"": (1,), "a": -(2**63), "aa": "é"})


def read_transaction(data: bytes) -> Transaction:
    transaction = Transaction.decode(data, LIMITS)
    with suppress(TransactionRejected):
        check_signature(transaction, SIGNATURES)
    return transaction


def write_transaction(transaction: Transaction) -> bytes:
    """Anew from the fields, and not the bytes that the transaction remembers."""
    fields = {name: getattr(transaction, name) for name in Transaction.__dataclass_fields__}
    return Transaction(**fields).raw


def transactions() -> Iterator[bytes]:
    yield from (tx.raw for executed, _ in small_chain().blocks for tx in executed.transactions)


def read_block(data: bytes) -> Block:
    return Block.decode(data, LIMITS)


def write_block(block: Block) -> bytes:
    return encode((block.header.to_value(), block.transactions))


def blocks() -> Iterator[bytes]:
    yield from (executed.block.raw for executed, _ in small_chain().blocks)


def mutate_block(data: bytes, random: Random) -> bytes:
    """A changed block, whose header names the transactions that it now has, so that it is read to its end."""
    changed = mutate_msgpack(data, random)
    try:
        header, raws = msgpack.unpackb(changed)
        header[6:8] = [len(raws), merkle.root(raws)]
        return bytes(msgpack.packb([header, raws]))
    except (ValueError, TypeError, AttributeError):
        return changed


def headers() -> Iterator[bytes]:
    yield from (executed.block.header.raw for executed, _ in small_chain().blocks)


def all_seals() -> Iterator[bytes]:
    yield from (encode(seals.to_value()) for _, seals in small_chain().blocks)


def receipts() -> Iterator[bytes]:
    yield from (receipt.raw for executed, _ in small_chain().blocks for receipt in executed.receipts)


def write_events(events: tuple[Event, ...]) -> bytes:
    return encode(tuple(event.to_value() for event in events))


def events() -> Iterator[bytes]:
    yield write_events((Event("counter", "Done", {"action": "add"}), Event("a", "b", {})))


def committees() -> Iterator[bytes]:
    yield encode(small_chain().head.committee.to_value())


def geneses() -> Iterator[bytes]:
    yield make_genesis().encode()
    yield make_genesis(validators=1, others=0).encode()


def read_json(data: bytes) -> Genesis:
    return Genesis.from_json(data.decode())


def genesis_files() -> Iterator[bytes]:
    yield make_genesis(validators=1, others=0).to_json().encode()


def check_genesis_file(data: bytes) -> None:
    """A file has many spellings; but what is read once is read again as the same."""
    genesis = read_json(data)
    if read_json(genesis.to_json().encode()) != genesis or Genesis.decode(genesis.encode()) != genesis:
        raise Broken(f"{data!r} is read otherwise the second time")


def read_bundle(data: bytes) -> Bundle:
    bundle = Bundle.decode(data)
    anchor = bundle.anchor
    if isinstance(anchor, Header):
        with suppress(BadProof):
            verify_bundle(data, Checkpoint(Height(anchor.height), anchor.hash), SIGNATURES)
    return bundle


def bundles() -> Iterator[bytes]:
    chain = small_chain()
    anchor = chain.blocks[0][0].block.header
    executed, seals = chain.blocks[1]
    header = executed.block.header
    sealed = (SealedHeader(header, seals, executed.committee),)
    leaves = [*[receipt.raw for receipt in executed.receipts], write_events(executed.slot_events)]
    raws = [transaction.raw for transaction in executed.transactions]
    for place, transaction in enumerate(executed.transactions):
        paths = merkle.inclusion_proof(raws, place), merkle.inclusion_proof(leaves, place)
        claim = TransactionClaim(transaction, executed.receipts[place], place, *paths)
        yield Bundle(anchor, sealed, claim).encode()
        yield Bundle(chain.genesis, sealed, claim).encode()
    state = executed.state
    for key in (next(iter(state.items()))[0], b"counter/nobody"):
        yield Bundle(anchor, sealed, StateClaim(key, state.get(key), state.prove(key))).encode()


def read_state_proof(content: Value) -> StateProof:
    proof = StateProof.from_value(content)
    for value in (None, b"value"):
        with suppress(BadProof):
            verify_state_proof(bytes(32), b"key", value, proof)
    return proof


def state_proofs() -> Iterator[bytes]:
    state = small_chain().head.state
    for key in (next(iter(state.items()))[0], b"counter/nobody"):
        yield encode(state.prove(key).to_value())


REFUSED = DecodeError


def of_value(read: Callable[[Value], T], write: Callable[[T], Value]) -> Take:
    """A decoder of what is part of something larger."""
    return reads(lambda data: read(read_value(data)), lambda value: encode(write(value)), REFUSED)


TARGETS = {
    "codec": Target(reads(read_value, encode, REFUSED), values),
    "transaction": Target(reads(read_transaction, write_transaction, REFUSED), transactions),
    "block": Target(reads(read_block, write_block, REFUSED), blocks, mutate_block),
    "header": Target(reads(Header.decode, lambda header: encode(header.to_value()), REFUSED), headers),
    "seals": Target(of_value(Seals.from_value, Seals.to_value), all_seals),
    "receipt": Target(reads(Receipt.decode, lambda receipt: encode(receipt.to_value()), REFUSED), receipts),
    "events": Target(reads(read_events_leaf, write_events, REFUSED), events),
    "committee": Target(of_value(Committee.from_value, Committee.to_value), committees),
    "genesis": Target(reads(Genesis.decode, Genesis.encode, REFUSED, BadGenesis), geneses),
    "genesis-json": Target(
        judges(check_genesis_file, UnicodeDecodeError, EncodingError, BadGenesis), genesis_files, None
    ),
    "bundle": Target(reads(read_bundle, Bundle.encode, REFUSED, BadGenesis), bundles, bytes_max=8_192),
    "state-proof": Target(of_value(read_state_proof, StateProof.to_value), state_proofs),
}
