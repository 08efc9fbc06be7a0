"""What the ledger asks of the application that gives its transactions their meaning."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from crypto.address import Address
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.block import VERSIONS
from ledger.committee import Committee
from ledger.genesis import Genesis
from ledger.known import KnownTransactions
from ledger.overlay import Overlay, Reader
from ledger.quantities import Height, Slot
from ledger.receipt import Event, Receipt
from ledger.state import State
from ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Context:
    """What an application may know of the block in which it runs."""

    genesis: Genesis
    height: Height
    slot: Slot
    parent: Digest
    """Hash of the block below."""
    version: int
    """Of the block: which of the rules that were changed since the first version apply."""


class Application(Protocol):
    """What gives transactions their meaning; contracts.runtime.Runtime is one.

    Everything here is a pure function of its arguments: the same on all machines, in all processes.
    """

    def begin(self, genesis: Genesis) -> State:
        """The state before the first block."""
        ...

    def committee(self, state: Reader, height: Height) -> Committee:
        """Who decides on `height`; asked of a state for the two heights that follow it."""
        ...

    def block_version(self, state: Reader, height: Height) -> int:
        """The version that the block of `height` must have; asked of the state before it."""
        ...

    def is_member(self, state: Reader, address: Address) -> bool:
        """Whether this chain takes transactions from an address."""
        ...

    def open_slots(self, overlay: Overlay, slots: range, context: Context) -> tuple[Event, ...]:
        """Run the hooks of every slot in order, before the block's transactions. Never raises."""
        ...

    def execute(self, overlay: Overlay, transaction: Transaction, context: Context) -> Receipt:
        """Run one transaction, whose signature, sender and sequence are good already.

        The changes are kept if the receipt is ok, and dropped if it is not. Steps are charged up to the
        genesis limit of a block. An exception is a fault of the software.
        """
        ...


ProposerOrder: TypeAlias = Callable[[Reader, Committee, Height], tuple[int, ...]]
"""From the state before a height: the places of the committee in the order in which they may propose at it.

The first proposes in round 0, the next in round 1, and after the last comes the first again.
"""


@dataclass(frozen=True, slots=True)
class Rules:
    """What it takes to judge a block of one chain."""

    genesis: Genesis
    application: Application
    order: ProposerOrder
    signatures: SignatureCache
    """Those that were found good: of transactions, seals and votes."""
    transactions: KnownTransactions = field(default_factory=KnownTransactions)
    version_max: int = VERSIONS[-1]
    """The latest version of a block that this node follows."""
