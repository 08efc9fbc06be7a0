"""Blocks, transactions and state, as the chain holds them."""

from typing import Any, Literal

from pydantic import Field

from explorer.api.models.base import Count, Digest, Model


class HeaderDocument(Model):
    """What a block's hash covers, without the seals of its parent."""

    hash: Digest
    version: Count
    chain: Digest
    height: Count
    slot: int
    parent: Digest
    transaction_count: Count
    transactions_root: Digest
    receipts_root: Digest
    state_root: Digest
    committee: Digest
    next_committee: Digest
    round: Count
    proposer: str


class SealsDocument(Model):
    """Who committed to a block: places in its committee."""

    round: Count
    members: list[int]


class EventDocument(Model):
    """Something that a contract told."""

    contract: str
    name: str
    fields: dict[str, Any]


class ReceiptDocument(Model):
    """What became of a transaction."""

    tx_id: Digest
    ok: bool
    error: str
    steps: Count
    events: list[EventDocument]


class BlockDocument(Model):
    """A block: header, who sealed it, what its transactions and the slot's hooks did."""

    header: HeaderDocument
    seals: SealsDocument
    receipts: list[ReceiptDocument]
    slot_events: list[EventDocument]


class TransactionDocument(Model):
    """A transaction's content."""

    tx_id: Digest
    contract: str
    action: str
    arguments: dict[str, Any]
    stage: Literal["T", "D", "V", "A"] | None
    links: list[Digest]
    sender: str
    sequence: Count
    valid_until: int


class FoundTransaction(Model):
    """A transaction in the chain, or one that waits."""

    status: Literal["final", "waiting"]
    height: Count | None = None
    position: Count | None = None
    transaction: TransactionDocument
    receipt: ReceiptDocument | None = None


class TdvaDocument(Model):
    """A part of the successful transactions of one energy process, in the order of the chain."""

    transactions: list[FoundTransaction]
    next: str | None = Field(description="The cursor of the next part; null at the end")


class StateDocument(Model):
    """What a contract keeps under a key; null for nothing."""

    height: Count
    contract: str
    key: str
    value: Any


class SequenceDocument(Model):
    """The number of a sender's next transaction."""

    address: str
    next: Count


class SubmittedDocument(Model):
    """A transaction that was taken; it is not in a block yet."""

    tx_id: Digest
