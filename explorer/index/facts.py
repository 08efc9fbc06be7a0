"""One block as the index sees it: everything that is in it, decoded once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from explorer.index.chain import Chain
from ledger.block import Block
from ledger.codec import Value
from ledger.committee import Committee
from ledger.genesis import Genesis
from ledger.receipt import Event, Receipt
from ledger.rows import place_of
from ledger.seals import Seals
from ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction of the block, and what became of it."""

    place: int
    """In the whole chain (ledger.rows)."""
    transaction: Transaction
    receipt: Receipt

    @property
    def arguments(self) -> Mapping[str, Value]:
        return self.transaction.arguments


@dataclass(frozen=True)
class Facts:
    """A final block."""

    genesis: Genesis
    block: Block
    seals: Seals
    committee: Committee
    receipts: tuple[Receipt, ...]
    slot_events: tuple[Event, ...]

    @classmethod
    def read(cls, chain: Chain, height: int) -> "Facts":
        """The block of this height. Raises as the chain's store does."""
        block, seals, committee = chain.block(height), chain.seals(height), chain.committee(height)
        return cls(chain.genesis, block, seals, committee, *chain.receipts(height))

    @property
    def height(self) -> int:
        return self.block.header.height

    @property
    def slot(self) -> int:
        return self.block.header.slot

    @property
    def period(self) -> int:
        """Of the energy axis."""
        return self.genesis.period(self.slot)

    @property
    def time_ms(self) -> int:
        """The beginning of the block's slot, in Unix time."""
        return self.slot * self.genesis.slot_ms

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The transactions in order."""
        limits, first = self.genesis.limits, place_of(self.height, 0)
        return tuple(
            Entry(first + position, Transaction.decode(raw, limits), receipt)
            for position, (raw, receipt) in enumerate(
                zip(self.block.transactions, self.receipts, strict=True)
            )
        )

    @property
    def events(self) -> Iterator[tuple[Event, Entry | None]]:
        """All events in the order in which they happened: those of the hooks first, which no transaction
        caused."""
        for event in self.slot_events:
            yield event, None
        for entry in self.entries:
            for event in entry.receipt.events:
                yield event, entry

    @cached_property
    def signers(self) -> tuple[str, ...]:
        """Addresses of those whose seals are here."""
        return tuple(self.committee.validators[seal.member].address for seal in self.seals.seals)
