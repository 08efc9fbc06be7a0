"""What the chain holds: blocks, transactions, state and proofs, straight from the store."""

from typing import Any, Final

from contracts.context import decode_value, state_key
from crypto.address import parse_address
from crypto.errors import BadAddress
from explorer.api.access import Role
from explorer.api.asked import Asked, AtHeight, OfAddress, OfState, OfStateAt, OfTransaction
from explorer.api.documents import (
    block_document,
    header_document,
    located_document,
    plain,
    transaction_document,
)
from explorer.api.models import chain
from explorer.api.problems import Problem
from explorer.api.routes import BYTES, Route, get, post
from explorer.api.source import Source
from ledger.proof import prove_state, prove_transaction
from ledger.quantities import TxId

Document = dict[str, Any]


def head(source: Source, _asked: Asked) -> Document:
    """The header of the last block."""
    return header_document(source.store.head.header)


def block(source: Source, asked: AtHeight) -> Document:
    """A block by its height."""
    store, height = source.store, asked.height
    if not 0 < height <= store.head.height:
        raise Problem(404, "NotStored", f"there is no block {height}; the head is {store.head.height}")
    receipts, events = store.receipts(height)
    return block_document(store.block(height), store.seals(height), receipts, events)


def genesis(source: Source, _asked: Asked) -> bytes:
    """The genesis, encoded as its hash covers it."""
    return source.store.genesis.encode()


def sealed_header(source: Source, asked: AtHeight) -> bytes:
    """A header with its seals and committee."""
    return source.store.sealed_header(asked.height).encode()


def trail(source: Source, asked: AtHeight) -> bytes:
    """The handovers after a height."""
    return source.store.trail(asked.height, source.store.head.height).encode()


def transaction(source: Source, asked: OfTransaction) -> Document:
    """A transaction in the chain, or one that waits."""
    waiting = source.waiting(TxId(asked.raw_id))
    if waiting is not None:
        return {"status": "waiting", "transaction": transaction_document(waiting)}
    return located_document(source.store.transaction(asked.raw_id))


def tdva(source: Source, asked: OfTransaction) -> Document:
    """The TDVA chain that a transaction belongs to."""
    return {"transactions": [located_document(step) for step in source.store.tdva(asked.raw_id)]}


def transaction_proof(source: Source, asked: OfTransaction) -> bytes:
    """A proof bundle, to be verified offline."""
    return prove_transaction(source.store, asked.raw_id).encode()


def state_proof(source: Source, asked: OfStateAt) -> bytes:
    """A proof bundle of what a contract keeps under a key."""
    height = source.store.head.height if asked.height is None else asked.height
    head = source.state_at(height)
    if head is None:
        raise Problem(404, "NotStored", f"the state after block {height} is not kept")
    return prove_state(source.store, state_key(asked.contract, asked.key), at=head).encode()


def state(source: Source, asked: OfState) -> Document:
    """What a contract keeps under a key."""
    head = source.store.head
    data = head.state.get(state_key(asked.contract, asked.key))
    value = None if data is None else plain(decode_value(data))
    return {"height": head.height, "contract": asked.contract, "key": asked.key, "value": value}


def sequence(source: Source, asked: OfAddress) -> Document:
    """The number that the next transaction of a sender must have."""
    try:
        address = parse_address(asked.address)
    except BadAddress as error:
        raise Problem(400, "BadAddress", str(error)) from None
    return {"address": address, "next": source.next_sequence(address)}


def submit(source: Source, _asked: Asked, body: bytes) -> Document:
    """Take an encoded transaction."""
    return {"tx_id": source.submit(body).hex()}


ROUTES: Final[tuple[Route, ...]] = (
    get("/head", "The header of the last block", head, chain.HeaderDocument),
    get("/blocks/{height}", "A block", block, chain.BlockDocument, asked=AtHeight),
    get("/genesis", "The genesis, as its hash covers it", genesis, BYTES),
    get("/headers/{height}", "A header, its seals and committee", sealed_header, BYTES, asked=AtHeight),
    get("/trails/{height}", "Handovers of committees after a height", trail, BYTES, asked=AtHeight),
    get(
        "/transactions/{tx_id}",
        "A transaction, in the chain or waiting",
        transaction,
        chain.FoundTransaction,
        asked=OfTransaction,
    ),
    get(
        "/tdva/{tx_id}",
        "The energy process that a transaction belongs to",
        tdva,
        chain.TdvaDocument,
        asked=OfTransaction,
        weight=5,
    ),
    get(
        "/proofs/transactions/{tx_id}",
        "A proof of a transaction, for `gridquorum chain verify`",
        transaction_proof,
        BYTES,
        asked=OfTransaction,
        weight=5,
    ),
    get(
        "/proofs/state/{contract}/{key:.+}",
        "A proof of what a contract keeps under a key",
        state_proof,
        BYTES,
        asked=OfStateAt,
        weight=5,
    ),
    get(
        "/state/{contract}/{key:.+}",
        "What a contract keeps under a key",
        state,
        chain.StateDocument,
        asked=OfState,
    ),
    get(
        "/sequences/{address}",
        "The number of a sender's next transaction",
        sequence,
        chain.SequenceDocument,
        asked=OfAddress,
    ),
    post(
        "/transactions",
        "Send an encoded transaction",
        submit,
        chain.SubmittedDocument,
        role=Role.PARTICIPANT,
        status=202,
        body=BYTES,
    ),
)
