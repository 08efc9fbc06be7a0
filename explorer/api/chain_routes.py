"""What the chain holds: blocks, transactions, state and proofs, straight from the store."""

from collections.abc import Iterable
from typing import Any, Final

from contracts.context import decode_value, state_key
from crypto.address import parse_address
from crypto.errors import BadAddress
from explorer.api.access import Role
from explorer.api.asked import Asked, AtHeight, OfAddress, OfState, OfStateAt, OfTransaction, Paged
from explorer.api.documents import (
    block_document,
    header_document,
    located_document,
    plain,
    transaction_document,
)
from explorer.api.models import chain
from explorer.api.problems import Problem
from explorer.api.routes import BYTES, Route, chained, get, post
from explorer.api.source import Source
from explorer.api.view import ChainView
from explorer.index.queries.page import Page, read_cursor, write_cursor
from ledger.proof import prove_state_at, prove_transaction
from ledger.quantities import TxId
from ledger.rows import place_of
from ledger.stored import Located

PART_BYTES: Final = 2**20
"""Of a process: transactions and receipts, before they are written as JSON."""

Document = dict[str, Any]


class OfTdva(Paged, OfTransaction):
    """A part of a process, by one of its transactions."""


def head(source: Source, _asked: Asked) -> Document:
    """The header of the last block."""
    return header_document(source.store.head.header)


def block(view: ChainView, asked: AtHeight) -> Document:
    """A block by its height."""
    chain, height = view.chain, asked.height
    if not 0 < height <= chain.height:
        raise Problem(404, "NotStored", f"there is no block {height}; the head is {chain.height}")
    receipts, events = chain.receipts(height)
    return block_document(chain.block(height), chain.seals(height), receipts, events)


def genesis(source: Source, _asked: Asked) -> bytes:
    """The genesis, encoded as its hash covers it."""
    return source.store.genesis.encode()


def sealed_header(view: ChainView, asked: AtHeight) -> bytes:
    """A header with its seals and committee."""
    return view.chain.sealed_header(asked.height).encode()


def trail(view: ChainView, asked: AtHeight) -> bytes:
    """The handovers after a height."""
    return view.chain.trail(asked.height, view.chain.height).encode()


def transaction(view: ChainView, asked: OfTransaction) -> Document:
    """A transaction in the chain, or one that waits."""
    waiting = view.source.waiting(TxId(asked.raw_id))
    if waiting is not None:
        return {"status": "waiting", "transaction": transaction_document(waiting)}
    return located_document(view.chain.transaction(asked.raw_id))


def tdva(view: ChainView, asked: OfTdva) -> Document:
    """A part of the TDVA chain that a transaction belongs to."""
    (after,) = read_cursor(asked.cursor, int) or (-1,)
    page = _first_of(view.chain.tdva(asked.raw_id, after, asked.limit + 1), asked.limit)
    return {"transactions": [located_document(step) for step in page.items], "next": page.next}


def transaction_proof(view: ChainView, asked: OfTransaction) -> bytes:
    """A proof bundle, to be verified offline."""
    return prove_transaction(view.chain, asked.raw_id).encode()


def state_proof(view: ChainView, asked: OfStateAt) -> bytes:
    """A proof bundle of what a contract keeps under a key."""
    head = view.source.store.head if asked.height is None else view.source.state_at(asked.height)
    if head is None:
        raise Problem(404, "NotStored", f"the state after block {asked.height} is not kept")
    return prove_state_at(view.chain, head, state_key(asked.contract, asked.key)).encode()


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


def _first_of(steps: Iterable[Located], most: int) -> Page[Located]:
    """So many of them, or fewer if they are large."""
    found: list[Located] = []
    size_bytes = 0
    for step in steps:
        if len(found) == most or size_bytes > PART_BYTES:
            return Page(tuple(found), write_cursor((place_of(found[-1].height, found[-1].position),)))
        found.append(step)
        size_bytes += len(step.transaction.raw) + len(step.receipt.raw)
    return Page(tuple(found), None)


ROUTES: Final[tuple[Route, ...]] = (
    get("/head", "The header of the last block", head, chain.HeaderDocument),
    chained("/blocks/{height}", "A block", block, chain.BlockDocument, asked=AtHeight, weight=5),
    get("/genesis", "The genesis, as its hash covers it", genesis, BYTES),
    chained("/headers/{height}", "A header, its seals and committee", sealed_header, BYTES, asked=AtHeight),
    chained("/trails/{height}", "Handovers of committees after a height", trail, BYTES, asked=AtHeight),
    chained(
        "/transactions/{tx_id}",
        "A transaction, in the chain or waiting",
        transaction,
        chain.FoundTransaction,
        asked=OfTransaction,
    ),
    chained(
        "/tdva/{tx_id}",
        "The energy process that a transaction belongs to, in the order of the chain",
        tdva,
        chain.TdvaDocument,
        asked=OfTdva,
        weight=5,
    ),
    chained(
        "/proofs/transactions/{tx_id}",
        "A proof of a transaction, for `gridquorum chain verify`",
        transaction_proof,
        BYTES,
        asked=OfTransaction,
        weight=5,
    ),
    chained(
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
