"""What a contract's reader is: functions by the names of the events and actions that it understands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from explorer.index.facts import Entry, Facts
from explorer.index.history import Past
from explorer.index.rows import Rows
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import TxId


@dataclass(frozen=True, slots=True)
class Happening:
    """An event or a successful transaction of one contract, where it stands in a block."""

    facts: Facts
    past: Past
    fields: Mapping[str, Value]
    """Of the event, or the arguments of the transaction."""
    entry: Entry | None
    """The transaction that it is or that caused it; None for what a hook tells."""
    process: TxId | None
    """That the transaction belongs to."""


Read = Callable[[Rows, Happening], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """How one contract is read. What it does not name is nothing to the index."""

    contract: str
    events: Mapping[str, Read] = field(default_factory=dict)
    actions: Mapping[str, Read] = field(default_factory=dict)
    """Of transactions that did their work."""
    begin: Callable[[Rows, Genesis], None] | None = None
    """What the genesis says already, on a chain that has the contract."""
