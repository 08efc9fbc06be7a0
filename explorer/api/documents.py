"""What the API says about blocks and transactions, as JSON: exact integers in base units, bytes as hex."""

from collections.abc import Mapping
from typing import Any

from ledger.block import Block, Header
from ledger.receipt import Event, Receipt
from ledger.seals import Seals
from ledger.stored import Located
from ledger.transaction import Transaction

Document = dict[str, Any]


def plain(value: Any) -> Any:
    """A value of the ledger in JSON's own types."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return value


def header_document(header: Header) -> Document:
    """A header and its hash, without the parent's seals."""
    names = [name for name in header.__dataclass_fields__ if name != "parent_seals"]
    return {"hash": header.hash.hex(), **{name: plain(getattr(header, name)) for name in names}}


def block_document(
    block: Block, seals: Seals, receipts: tuple[Receipt, ...], events: tuple[Event, ...]
) -> Document:
    """A block: header, who sealed it, what its transactions and the slot's hooks did."""
    return {
        "header": header_document(block.header),
        "seals": {"round": seals.round, "members": [seal.member for seal in seals.seals]},
        "receipts": [receipt_document(receipt) for receipt in receipts],
        "slot_events": [event_document(event) for event in events],
    }


def receipt_document(receipt: Receipt) -> Document:
    """What became of a transaction."""
    return {
        "tx_id": receipt.tx_id.hex(),
        "ok": receipt.ok,
        "error": receipt.error,
        "steps": receipt.steps,
        "events": [event_document(event) for event in receipt.events],
    }


def event_document(event: Event) -> Document:
    """Something that a contract told."""
    return {"contract": event.contract, "name": event.name, "fields": plain(event.fields)}


def transaction_document(transaction: Transaction) -> Document:
    """A transaction's content."""
    return {
        "tx_id": transaction.tx_id.hex(),
        "contract": transaction.contract,
        "action": transaction.action,
        "arguments": plain(transaction.arguments),
        "stage": transaction.stage.value if transaction.stage else None,
        "links": plain(transaction.links),
        "sender": transaction.sender,
        "sequence": transaction.sequence,
        "valid_until": transaction.valid_until,
    }


def located_document(located: Located) -> Document:
    """A transaction in the chain."""
    return {
        "status": "final",
        "height": located.height,
        "position": located.position,
        "transaction": transaction_document(located.transaction),
        "receipt": receipt_document(located.receipt),
    }
