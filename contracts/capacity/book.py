"""A window's book: all that was revealed, what follows from it, and whether the chain keeps just that."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.capacity import clearing
from contracts.capacity.bids import Side, tie_seed
from contracts.capacity.clearing import Choice, Cleared, Curve, middle, seeded
from contracts.capacity.records import ClearingRecord, SealedBid, WindowRecord
from contracts.capacity.windows import find_clearing, find_opened, find_trade, get_sealed
from contracts.state_reader import StateReader

Rows = list[tuple[int, SealedBid, Curve]]
"""The revealed bids of one side: their numbers, who made them, and their curves."""


@dataclass(frozen=True, slots=True)
class Book:
    """The revealed bids, in the order in which they were sealed."""

    asks: Rows
    bids: Rows
    seed: bytes
    """What decides the window's ties."""
    is_complete: bool
    """Whether all that were sealed are revealed."""

    @property
    def curves(self) -> tuple[list[Curve], list[Curve]]:
        """Of both sides."""
        return [curve for _, _, curve in self.asks], [curve for _, _, curve in self.bids]

    @property
    def choice(self) -> Choice:
        """The seed draws the price only where nobody held a bid back: else it is the middle, so that holding
        bids back, however many, gives a choice between two prices and not one more draw for each."""
        return seeded(self.seed) if self.is_complete else middle

    def clear(self) -> Cleared | None:
        """What the bids come to; None if no ask meets a bid."""
        return clearing.clear(*self.curves, self.seed, self.choice)

    def quantities(self, cleared: Cleared) -> Iterator[tuple[int, int]]:
        """By bid: what it trades, Wh."""
        for rows, traded in ((self.asks, cleared.sold), (self.bids, cleared.bought)):
            for (bid, _, _), wh in zip(rows, traded, strict=True):
                yield bid, wh

    def record(self, cleared: Cleared) -> ClearingRecord:
        """What the chain keeps of it."""
        return ClearingRecord(
            seed=self.seed,
            lowest_ukwh=cleared.lowest_ukwh,
            highest_ukwh=cleared.highest_ukwh,
            price_ukwh=cleared.price_ukwh,
            traded_wh=cleared.traded_wh,
            order=cleared.order,
        )


def book_of(state: StateReader, record: WindowRecord) -> Book:
    """The book of a window, as far as it is revealed."""
    rows: dict[Side, Rows] = {side: [] for side in Side}
    blindings = []
    for bid in range(record.sealed):
        sealed, opened = get_sealed(state, record.number, bid), find_opened(state, record.number, bid)
        if opened is not None:
            rows[sealed.side].append((bid, sealed, Curve(sealed.address, opened.steps)))
            blindings.append(opened.blinding)
    seed = tie_seed(state.genesis.hash, record.number, blindings)
    return Book(rows[Side.SELL], rows[Side.BUY], seed, is_complete=record.revealed == record.sealed)


def is_kept(state: StateReader, window: int, book: Book, cleared: Cleared | None) -> bool:
    """Whether what the chain keeps of a window's clearing is what follows from its book, to the last Wh."""
    if cleared is None:
        return find_clearing(state, window) is None
    trades = [(find_trade(state, window, bid), wh) for bid, wh in book.quantities(cleared)]
    return find_clearing(state, window) == book.record(cleared) and all(
        wh == (0 if trade is None else trade.quantity_wh) for trade, wh in trades
    )
