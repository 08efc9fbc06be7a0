"""Where the follower gets blocks: as a rule from a ledger.stored.StoredChain of its own."""

from typing import Protocol

from ledger.block import Block
from ledger.committee import Committee
from ledger.genesis import Genesis
from ledger.receipt import Event, Receipt
from ledger.seals import Seals


class Chain(Protocol):
    """Final blocks."""

    @property
    def genesis(self) -> Genesis: ...

    @property
    def base(self) -> int:
        """Up to which no block is held."""

    @property
    def height(self) -> int:
        """Of the last block that is final now."""

    def block(self, height: int) -> Block: ...

    def seals(self, height: int) -> Seals: ...

    def receipts(self, height: int) -> tuple[tuple[Receipt, ...], tuple[Event, ...]]: ...

    def committee(self, height: int) -> Committee: ...
