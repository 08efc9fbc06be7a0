"""The states of recent heights, which this node gives to those who join."""

from collections import deque
from typing import Final

from ledger.head import Head
from ledger.quantities import Height
from ledger.snapshot import PathRange, cut_chunk
from ledger.store import Store
from net.peer import Peer
from net.wire import HeaderTrail, RequestChunk, RequestTrail, StateChunk

SNAPSHOTS_KEPT: Final = 2
"""So that whoever began to take one has the time of another to finish."""


class Snapshots:
    """Keeps the last two states of every `every_blocks`-th height; versions share what is alike."""

    def __init__(self, store: Store, every_blocks: int) -> None:
        self._store = store
        self._every_blocks = every_blocks
        self._kept: deque[Head] = deque(maxlen=SNAPSHOTS_KEPT)
        if store.head.height:
            # After a restart there would be none for a long time.
            self._kept.append(store.head)

    def note(self, head: Head) -> None:
        """A block was kept."""
        if head.height % self._every_blocks == 0:
            self._kept.append(head)

    def at(self, height: int) -> Head | None:
        """A height of which the state is kept. Other threads may ask."""
        return next((head for head in tuple(self._kept) if head.height == height), None)

    def answer_trail(self, peer: Peer, frame: RequestTrail) -> None:
        """Show how the committee came to be that sealed the latest snapshot. Raises StoreError."""
        last = self._kept[-1].height if self._kept else Height(0)
        peer.send(HeaderTrail(self._store.trail(frame.after, last).encode()))

    def answer_chunk(self, peer: Peer, frame: RequestChunk) -> None:
        """Give a part of a state; nothing if it is kept no more, or if there is no such range."""
        head = self.at(frame.height)
        paths = PathRange(int.from_bytes(frame.first), int.from_bytes(frame.last))
        chunk = cut_chunk(head.state, paths).encode() if head and paths.first <= paths.last else b""
        peer.send(StateChunk(chunk))
