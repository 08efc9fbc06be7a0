"""Block sync: a node that is behind asks several peers for ranges, and takes the blocks in order.

Sync only carries bytes. Whether a block is final is for the chain to say, by its seals, before execution.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, Protocol

from crypto.address import Address
from ledger.errors import LedgerError, StoreError, UnsupportedVersion
from ledger.quantities import Height
from net.errors import BadContent, Misbehaviour, Unasked
from net.peer import Peer
from net.wire import BLOCKS_MAX, RANGE_BYTES_MAX, Range, RequestRange, SealedBlock

RANGE_BLOCKS: Final = 32
WINDOW_BLOCKS: Final = 8 * RANGE_BLOCKS
"""How far ahead of the head blocks are asked for and kept, which bounds the memory."""

HEDGE_S: Final = 1.0
"""After this long without an answer, somebody else is asked as well."""

ANSWER_S: Final = 5.0
"""After this long, a peer has not kept its word; its answer is taken all the same."""

BLOCKS_A_STEP: Final = 8
"""Executed at a time; in between, the node does its other work."""


class Chain(Protocol):
    """What sync asks of the node's chain."""

    @property
    def height(self) -> Height:
        """Of the head."""

    def sealed(self, height: Height) -> SealedBlock | None:
        """A decided block."""

    def append_sealed(self, sealed: SealedBlock) -> None:
        """Take the next block, if its seals and its execution agree. Raises LedgerError and keeps nothing;
        a StoreError, an UnsupportedVersion or any other error is this node's own trouble."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """A range that was asked for."""

    heights: range
    asked_s: float


@dataclass(frozen=True, slots=True)
class _Arrived:
    """A block whose turn has not come."""

    sealed: SealedBlock
    source: Address


class Sync:
    """The state of catching up; times are handed in, in seconds of a steady clock."""

    def __init__(
        self, peers: Mapping[Address, Peer], chain: Chain, drop: Callable[[Peer, Misbehaviour], None]
    ) -> None:
        self._peers = peers
        self._chain = chain
        self._drop = drop
        self._asks: dict[Address, _Ask] = {}
        """One a peer: who does not answer is asked for nothing else."""
        self._late: set[Address] = set()
        """Whose answer is overdue."""
        self._arrived: dict[int, _Arrived] = {}
        self._behind_since_s: float | None = None
        self._broken: Counter[Address] = Counter()
        """How often each claimed a block and did not send it; of members only, so bounded."""

    @property
    def target(self) -> Height:
        """The highest block that a peer claims to have, true or not."""
        return max((peer.height for peer in self._peers.values()), default=Height(0))

    def answer(self, peer: Peer, frame: RequestRange) -> None:
        """Send blocks from a height on, as many as fit in one frame."""
        blocks: list[SealedBlock] = []
        size = 0
        for height in range(frame.first, frame.first + min(frame.count, BLOCKS_MAX)):
            sealed = self._chain.sealed(Height(height)) if size < RANGE_BYTES_MAX else None
            if sealed is None:
                break
            blocks.append(sealed)
            size += len(sealed.block)
        peer.send(Range(frame.first, tuple(blocks)))

    def take(self, peer: Peer, frame: Range) -> None:
        """Keep an answer until its turn comes. Raises Unasked."""
        ask = self._asks.pop(peer.address, None)
        self._late.discard(peer.address)
        if ask is None or frame.first != ask.heights.start or len(frame.blocks) > len(ask.heights):
            raise Unasked(f"blocks from height {frame.first}")
        size = sum(len(sealed.block) for sealed in frame.blocks)
        if len(frame.blocks) < len(ask.heights) and size < RANGE_BYTES_MAX:
            # It claimed more than it has; it is asked again when it claims anew.
            self._broken[peer.address] += 1
            peer.height = min(peer.height, Height(frame.first + len(frame.blocks) - 1))
        for height, sealed in enumerate(frame.blocks, frame.first):
            self._arrived.setdefault(height, _Arrived(sealed, peer.address))

    def step(self, now_s: float, grace_s: float) -> bool:
        """Take blocks whose turn has come, and ask for more; returns whether to call again at once.

        Raises what the chain does if a good block cannot be kept.
        A single missing block is left alone for `grace_s`: a validator is about to decide it itself.
        """
        for _ in range(BLOCKS_A_STEP):
            self._take_next()
        self._expire(now_s)
        if self._is_behind(now_s, grace_s):
            self._ask(now_s)
        return self._chain.height + 1 in self._arrived

    def forget(self, peer: Peer) -> None:
        """The peer is gone, and with it what it was asked."""
        self._asks.pop(peer.address, None)
        self._late.discard(peer.address)

    def _take_next(self) -> None:
        height = self._chain.height + 1
        arrived = self._arrived.pop(height, None)
        if arrived is None:
            return
        try:
            self._chain.append_sealed(arrived.sealed)
        except (StoreError, UnsupportedVersion):
            raise
        except LedgerError as error:
            self._arrived = {
                at: other for at, other in self._arrived.items() if other.source != arrived.source
            }
            if arrived.source in self._peers:
                self._drop(self._peers[arrived.source], BadContent(f"block {height}", error))

    def _expire(self, now_s: float) -> None:
        self._arrived = {at: block for at, block in self._arrived.items() if at > self._chain.height}
        for address, ask in self._asks.items():
            if now_s - ask.asked_s > ANSWER_S and address not in self._late:
                self._late.add(address)
                self._broken[address] += 1
                self._peers[address].height = Height(0)

    def _is_behind(self, now_s: float, grace_s: float) -> bool:
        missing = self.target - self._chain.height
        if missing <= 0:
            self._behind_since_s = None
            return False
        if self._behind_since_s is None:
            self._behind_since_s = now_s
        return missing > 1 or now_s - self._behind_since_s >= grace_s

    def _ask(self, now_s: float) -> None:
        for peer in self._trusted():
            heights = self._missing(peer.height, now_s)
            if heights and peer.address not in self._asks:
                self._asks[peer.address] = _Ask(heights, now_s)
                peer.send(RequestRange(Height(heights.start), len(heights)))

    def _trusted(self) -> list[Peer]:
        """Of those who claim the next block, who kept their word best; a liar cannot hold up the others."""
        able = [peer for peer in self._peers.values() if peer.height > self._chain.height]
        least = min((self._broken[peer.address] for peer in able), default=0)
        best = [peer for peer in able if self._broken[peer.address] == least]
        return sorted(best, key=lambda peer: -peer.height)

    def _missing(self, last: Height, now_s: float) -> range:
        """The lowest heights up to `last` that are neither here nor about to come."""
        fresh = [ask for ask in self._asks.values() if now_s - ask.asked_s < HEDGE_S]
        asked = {height for ask in fresh for height in ask.heights}
        window = range(self._chain.height + 1, self._chain.height + WINDOW_BLOCKS + 1)

        def is_missing(height: int) -> bool:
            return height not in asked and height not in self._arrived

        first = next(filter(is_missing, window), window.stop)
        stop = min(last + 1, first + RANGE_BLOCKS)
        if stop > window.stop:
            # Soon there is room for a whole range, instead of many small ones.
            return range(0)
        return range(first, first + len(list(takewhile(is_missing, range(first, stop)))))
