"""Receipts: what became of a transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.codec import Value, encode
from ledger.fields import as_bool, as_count, as_digest, as_map, as_text, as_tuple
from ledger.quantities import TxId


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


@dataclass(frozen=True, slots=True)
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
        return (self.tx_id, self.ok, self.error, self.steps, events_to_value(self.events))

    @classmethod
    def from_value(cls, value: Value) -> "Receipt":
        """Inverse of `to_value`. Raises Malformed."""
        tx_id, ok, error, steps, events = as_tuple(value, "receipt", 5)
        return cls(
            TxId(as_digest(tx_id, "receipt transaction")),
            as_bool(ok, "receipt outcome"),
            as_text(error, "receipt error"),
            as_count(steps, "receipt steps"),
            events_from_value(events),
        )

    def encode(self) -> bytes:
        """The leaf of the receipts tree."""
        return encode(self.to_value())


def events_to_value(events: tuple[Event, ...]) -> Value:
    """An array of events."""
    return tuple([event.to_value() for event in events])


def events_from_value(value: Value) -> tuple[Event, ...]:
    """Inverse of `events_to_value`. Raises Malformed."""
    return tuple(Event.from_value(event) for event in as_tuple(value, "events"))


def receipt_leaves(receipts: Iterable[Receipt], slot_events: tuple[Event, ...]) -> list[bytes]:
    """The leaves of the receipts tree: one a transaction, and the events of the hooks at the end."""
    return [*[receipt.encode() for receipt in receipts], encode(events_to_value(slot_events))]
