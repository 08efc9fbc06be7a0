"""Receipts: what became of a transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ledger.codec import Value, decode, encode
from ledger.fields import as_bool, as_count, as_digest, as_map, as_text, as_tuple
from ledger.quantities import TxId

LEAF_BYTES_MAX = 2**24
"""More than the events of one leaf take within the step budget of a block."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a contract tells the world: agents, the API and the explorer."""

    contract: str
    name: str
    fields: Mapping[str, Value]

    def to_value(self) -> Value:
        """An array of three."""
        return (self.contract, self.name, self.fields)

    @classmethod
    def from_value(cls, value: Value) -> "Event":
        """Inverse of `to_value`. Raises Malformed."""
        contract, name, fields = as_tuple(value, "event", 3)
        return cls(
            as_text(contract, "event contract"), as_text(name, "event name"), as_map(fields, "event fields")
        )


@dataclass(frozen=True)
class Receipt:
    """The outcome of a transaction in a block: it did its work, or changed nothing but its sequence."""

    tx_id: TxId
    ok: bool
    error: str
    """The contract's own sentence about why not; empty if it worked."""
    steps: int
    """The work that was charged."""
    events: tuple[Event, ...] = field(default=())

    def to_value(self) -> Value:
        """An array of five."""
        return (self.tx_id, self.ok, self.error, self.steps, _events_to_value(self.events))

    @classmethod
    def from_value(cls, value: Value) -> "Receipt":
        """Inverse of `to_value`. Raises Malformed."""
        tx_id, ok, error, steps, events = as_tuple(value, "receipt", 5)
        return cls(
            TxId(as_digest(tx_id, "receipt transaction")),
            as_bool(ok, "receipt outcome"),
            as_text(error, "receipt error"),
            as_count(steps, "receipt steps"),
            _events_from_value(events),
        )

    @cached_property
    def raw(self) -> bytes:
        """The leaf of the receipts tree."""
        return encode(self.to_value())

    @classmethod
    def decode(cls, raw: bytes) -> "Receipt":
        """The receipt of a leaf. Raises DecodeError."""
        return cls.from_value(decode(raw, max_bytes=LEAF_BYTES_MAX, max_items=LEAF_BYTES_MAX))


def events_leaf(events: tuple[Event, ...]) -> bytes:
    """The last leaf of the receipts tree: what the hooks told."""
    return encode(_events_to_value(events))


def read_events_leaf(raw: bytes) -> tuple[Event, ...]:
    """Inverse of `events_leaf`. Raises DecodeError."""
    return _events_from_value(decode(raw, max_bytes=LEAF_BYTES_MAX, max_items=LEAF_BYTES_MAX))


def receipt_leaves(receipts: Iterable[Receipt], slot_events: tuple[Event, ...]) -> list[bytes]:
    """The leaves of the receipts tree: one a transaction, in order, and the hooks' events at the end."""
    return [*[receipt.raw for receipt in receipts], events_leaf(slot_events)]


def _events_to_value(events: tuple[Event, ...]) -> Value:
    return tuple([event.to_value() for event in events])


def _events_from_value(value: Value) -> tuple[Event, ...]:
    return tuple(Event.from_value(event) for event in as_tuple(value, "events"))
