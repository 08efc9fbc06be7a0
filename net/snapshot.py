"""Snapshot sync: a new node takes the state at a recent height from several peers, in chunks.

First every peer shows the handovers of the committee up to its latest snapshot, whose header is sealed as all
of them are; then the chunks come from all who have the one that most have. No peer is believed: headers are
verified by their seals, each chunk by the state root of the header, and who sends a bad one is dropped.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from crypto.address import Address
from crypto.hashing import DIGEST_BYTES, Digest
from crypto.signatures import SignatureCache
from ledger.errors import BadProof, DecodeError
from ledger.light import LightChain, SealedHeader, Trail
from ledger.quantities import Height
from ledger.snapshot import LAST_PATH, Chunk, PathRange, check_chunk
from net.errors import BadContent, Unasked
from net.peer import Peer
from net.wire import HeaderTrail, RequestChunk, RequestTrail, StateChunk

GATHER_S: Final = 0.5
"""Whoever comes first does not choose the snapshot alone."""

ANSWER_S: Final = 5.0
STALL_S: Final = 15.0
"""A snapshot of which nothing comes for so long is given up."""

HEDGE_S: Final = 1.0
"""After this long without an answer, whoever has nothing else to do is asked as well."""

PARTS: Final = 16
"""The tree is fetched from so many places at once."""

SEALS_KNOWN: Final = 2**14
"""Several peers show the same headers; nothing is verified twice."""


class Draft(Protocol):
    """What is kept of a snapshot meanwhile; ledger.snapshot_store.SnapshotStore is one."""

    @property
    def sealed(self) -> SealedHeader:
        """Of which header."""

    def add(self, chunk: Chunk) -> None:
        """Keep a chunk that was checked."""

    def missing(self) -> list[PathRange]:
        """What there is not yet."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """A range that a peer was asked for, of the state at a height."""

    height: Height
    paths: PathRange
    asked_s: float


class SnapshotSync:
    """The state of taking a snapshot; times are handed in, in seconds of a steady clock.

    `begin` gives the draft that belongs to sealed headers, with what is there of it already. `guard` is what
    is known of the chain from elsewhere: a history forged with the keys of former validators contradicts it.
    """

    def __init__(
        self,
        peers: Mapping[Address, Peer],
        light: LightChain,
        begin: Callable[[LightChain], Draft],
        guard: LightChain | None = None,
    ) -> None:
        self._peers = peers
        self._trust = self._light = light
        self._begin = begin
        self._guard = guard
        self._signatures = SignatureCache(SEALS_KNOWN)
        self._trails: dict[Address, Height] = {}
        """Of whom a trail is awaited, and after which height."""
        self._shown: dict[Address, LightChain] = {}
        """What each showed so far: judged by itself, since whoever came before may have forged a history."""
        self._offers: dict[Address, SealedHeader | None] = {}
        """Whose trail led to which snapshot, or to none."""
        self._draft: Draft | None = None
        self._missing: list[PathRange] = []
        """What nobody has been asked for."""
        self._open: set[PathRange] = set()
        """What is awaited from somebody."""
        self._asks: dict[Address, _Ask] = {}
        """One a peer: who does not answer is asked for nothing else."""
        self._now_s = 0.0
        self._since_s = 0.0
        """When the first peer was asked, the draft was begun, or something came of it."""

    @property
    def is_done(self) -> bool:
        """Whether the draft is whole."""
        return self._draft is not None and not self._missing and not self._open

    @property
    def is_vain(self) -> bool:
        """Whether all connected peers said that they have no snapshot."""
        answers = [self._offers.get(address, self) for address in self._peers]
        return self._draft is None and bool(answers) and not any(answers)

    @property
    def missing_percent(self) -> int:
        """How much of the state is still to come, if there is a draft."""
        paths = sum(paths.last + 1 - paths.first for paths in (*self._missing, *self._open))
        return -(-100 * paths // (LAST_PATH + 1))

    def take_trail(self, peer: Peer, frame: HeaderTrail) -> None:
        """Follow what a peer shows. Raises Misbehaviour, or Fork, which is no fault of who tells of it."""
        after = self._trails.pop(peer.address, None)
        if after is None:
            raise Unasked("sealed headers")
        try:
            trail = Trail.decode(frame.body)
            shown = self._shown_by(peer).follow(trail.headers, self._signatures)
            self._follow(shown)
        except (BadProof, DecodeError) as error:
            raise BadContent("a trail of sealed headers", error) from error
        self._shown[peer.address] = shown
        if trail.last is not None or self._after(peer) <= after:
            self._offers[peer.address] = trail.last if trail.last and self._is_guarded(trail.last) else None

    def take_chunk(self, peer: Peer, frame: StateChunk) -> None:
        """Keep a part of the state. Raises Misbehaviour, or StoreError if it cannot be kept."""
        ask = self._asks.pop(peer.address, None)
        if ask is None or self._draft is None:
            raise Unasked("a chunk")
        if ask.height != self._draft.sealed.height:
            return
        if not frame.body:
            self._offers[peer.address] = None
        elif ask.paths in self._open or ask.paths in self._missing:
            self._keep(self._draft, ask.paths, self._checked(peer, self._draft, ask.paths, frame.body))

    def step(self, now_s: float) -> None:
        """Ask for what is missing. Raises StoreError."""
        self._now_s = now_s
        if not (self._trails or self._offers):
            self._since_s = now_s
        self._give_back()
        self._ask_trails()
        if self._draft is None or self._draft.sealed not in self._offers.values():
            self._choose()
        if self._draft is not None and not self.is_done:
            self._ask_chunks(self._draft)
            self._give_up(self._draft)

    def forget(self, peer: Peer) -> None:
        """The peer is gone, and with it what it was asked."""
        self._trails.pop(peer.address, None)
        self._shown.pop(peer.address, None)
        self._offers.pop(peer.address, None)
        self._asks.pop(peer.address, None)

    def _follow(self, shown: LightChain) -> None:
        if self._guard is not None:
            # First, since what the guard refutes is no fork.
            start = self._guard.start
            later = [item for item in shown.known if item.height > start]
            self._guard = self._guard.follow(later, self._signatures)
        self._light = self._light.together(shown, self._signatures)

    def _is_guarded(self, offer: SealedHeader) -> bool:
        """Whether the guard could contradict it."""
        return self._guard is None or offer.height > self._guard.start

    def _checked(self, peer: Peer, draft: Draft, asked: PathRange, body: bytes) -> Chunk:
        try:
            chunk = Chunk.decode(body)
            check_chunk(chunk, draft.sealed.header.state_root, asked)
        except (BadProof, DecodeError) as error:
            # It is about to be cut off, and is asked for nothing more until then.
            self._offers[peer.address] = None
            raise BadContent("a chunk of the state", error) from error
        return chunk

    def _keep(self, draft: Draft, asked: PathRange, chunk: Chunk) -> None:
        draft.add(chunk)
        self._since_s = self._now_s
        self._open.discard(asked)
        self._missing = [paths for paths in self._missing if paths != asked]
        if chunk.paths.last < asked.last:
            self._missing.append(PathRange(chunk.paths.last + 1, asked.last))

    def _give_back(self) -> None:
        """What is awaited from nobody any more is to be asked for; a late answer is taken all the same."""
        awaited = {ask.paths for ask in self._asks.values() if self._now_s - ask.asked_s <= ANSWER_S}
        self._missing += sorted(self._open - awaited, key=_first)
        self._open &= awaited

    def _ask_trails(self) -> None:
        for peer in list(self._peers.values()):
            if peer.address not in self._offers and peer.address not in self._trails:
                self._trails[peer.address] = after = self._after(peer)
                peer.send(RequestTrail(after))

    def _shown_by(self, peer: Peer) -> LightChain:
        return self._shown.get(peer.address, self._trust)

    def _after(self, peer: Peer) -> Height:
        """The last handover that it showed; a snapshot may be anywhere above."""
        handovers = self._shown_by(peer).handovers
        return handovers[-1].height if handovers else self._trust.start

    def _choose(self) -> None:
        """Take the snapshot that most peers have: a single one could offer what nobody else can give."""
        waited_s = self._now_s - self._since_s
        if waited_s < GATHER_S or (self._trails and waited_s <= ANSWER_S):
            return
        offers = [offer for offer in self._offers.values() if offer is not None]
        if offers:
            best = max(offers, key=lambda offer: (offers.count(offer), offer.height))
            self._draft = self._begin(self._light.until(best))
            self._open.clear()
            self._missing = [part for paths in self._draft.missing() for part in _parts(paths)]
            self._since_s = self._now_s
        elif self._draft is not None:
            # All have gone on to other snapshots.
            self._offers.clear()

    def _give_up(self, draft: Draft) -> None:
        """Whoever offers the snapshot gives nothing of it."""
        if self._now_s - self._since_s > STALL_S:
            self._offers = {
                at: offer if offer != draft.sealed else None for at, offer in self._offers.items()
            }

    def _ask_chunks(self, draft: Draft) -> None:
        holders = [at for at, offer in self._offers.items() if offer == draft.sealed and at not in self._asks]
        for address in holders:
            paths = self._missing.pop() if self._missing else self._slowest()
            if paths is None:
                return
            self._open.add(paths)
            self._asks[address] = _Ask(draft.sealed.height, paths, self._now_s)
            first, last = (path.to_bytes(DIGEST_BYTES, "big") for path in (paths.first, paths.last))
            self._peers[address].send(RequestChunk(draft.sealed.height, Digest(first), Digest(last)))

    def _slowest(self) -> PathRange | None:
        """What one peer has been asked for long since."""
        asked_of = Counter(ask.paths for ask in self._asks.values())
        late = [
            ask
            for ask in self._asks.values()
            if ask.paths in self._open and asked_of[ask.paths] == 1 and self._now_s - ask.asked_s >= HEDGE_S
        ]
        return min(late, key=_asked_s).paths if late else None


def _parts(paths: PathRange) -> Iterator[PathRange]:
    """The range, cut where the tree is cut into PARTS."""
    size, first = (LAST_PATH + 1) // PARTS, paths.first
    while first <= paths.last:
        last = min(paths.last, (first // size + 1) * size - 1)
        yield PathRange(first, last)
        first = last + 1


def _first(paths: PathRange) -> int:
    return paths.first


def _asked_s(ask: _Ask) -> float:
    return ask.asked_s
