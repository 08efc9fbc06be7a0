"""A committee without chance: what happens is what the test says, and all else takes its usual time.

For scripted histories, where the simulator is for random ones. The honest are watched: none of them ever
contradicts itself, and no height has two blocks.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from consensus import actions as do
from consensus.config import Config
from consensus.events import (
    BlockBuilt,
    BlockChecked,
    BlockFetched,
    ChainHead,
    Event,
    HeadAdvanced,
    MessageReceived,
    PeerConnected,
    PeerHead,
    Started,
    Timer,
    TimerFired,
)
from consensus.machine import Machine
from consensus.messages import Message, Status
from consensus.vote_log import new_log, recover
from crypto.address import Address
from crypto.hashing import Digest, sha256
from ledger.ballots import Ballot, Kind
from ledger.committee import Committee
from ledger.evidence import check_contradiction, is_contradiction
from ledger.genesis import Timers
from ledger.quantities import Height, Round
from ledger.seals import Seals
from tests.consensus.committee import (
    CHAIN,
    TIMERS,
    ToyBlock,
    committee_after,
    committee_of,
    config_of,
    head_at,
)
from tests.consensus.watch import ToySignatures, Violation

START_MS = 1_000_000_000
DELAY_MS = 10
"""Of a message, and of a synced or fetched block."""
WORK_MS = 5
"""Building, checking or storing a block."""
NO_DIGEST = Digest(bytes(32))


@dataclass(eq=False)
class Actor:
    """A validator, or one of two that share its key."""

    name: str
    config: Config
    founders: Committee
    copies: list[bytes]
    first_slot: int
    chain: list[tuple[ToyBlock, Seals]] = field(default_factory=list)
    machine: Machine | None = None
    life: int = 0
    timers: dict[Timer, object] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        return self.config.address

    @property
    def height(self) -> Height:
        return Height(len(self.chain))

    @property
    def head(self) -> ChainHead:
        committees = [self.founders, self.founders]
        for block, _ in self.chain:
            committees.append(committee_after(committees[-1], block.change))
        slot = self.chain[-1][0].slot if self.chain else self.first_slot - 1
        return head_at(self.height, slot, *committees[-2:])


class World:
    """Raises Violation at the first broken promise of the honest."""

    def __init__(self, members: int, slot_ms: int = 1_000, timers: Timers = TIMERS, spare: int = 0) -> None:
        self.founders = committee_of(members)
        self.everyone = committee_of(members + spare)
        self.slot_ms, self.timers = slot_ms, timers
        self.now = START_MS
        self.actors = [self.actor(place) for place in range(members + spare)]
        self.liars: set[Address] = set()
        self.links: Callable[[Actor, Actor, Message | None], bool] = lambda *_: True
        """Whether a message comes through; None stands for a connection, over which blocks are asked for."""
        self.changes: dict[int, int] = {}
        """Whom the block of a height takes into the committee or puts out of it."""
        self.is_valid: Callable[[ToyBlock], bool] = lambda block: True
        self.is_tampered_with = False
        """Whether messages are changed on their way, so that their senders seem to misbehave."""
        self.messages = 0
        """Sent, each to one receiver."""
        self.events = 0
        """That anybody has gone through."""
        self.on_said: Callable[[Actor, Message], None] = lambda actor, message: None
        """Looks at what is sent, once for all of its receivers."""
        self.accused: set[Address] = set()
        self.decided: dict[Height, Digest] = {}
        self._signed: dict[tuple[Address, Height, Kind, Round], Ballot] = {}
        self._last: dict[tuple[Address, Height], dict[Kind, Ballot]] = {}
        """Of each kind, that of the latest round."""
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def actor(self, place: int, name: str = "") -> Actor:
        config = config_of(self.everyone, place, self.slot_ms, self.timers)
        log = new_log(CHAIN, self.everyone.public_keys[place], rejoining=False)
        first_slot = START_MS // self.slot_ms
        return Actor(name or str(place), config, self.founders, [log, log], first_slot)

    # Time.

    def after(self, delay_ms: int, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._queue, (self.now + delay_ms, self._count, act))

    def run(self, duration_ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; whether `until` came true."""
        end = self.now + duration_ms
        while not until():
            if not self._queue or self._queue[0][0] > end:
                self.now = end
                return until()
            self.now, _, act = heapq.heappop(self._queue)
            act()
        return True

    def opens(self, actor: Actor) -> int:
        """When the slot of an actor's next block does."""
        return (actor.head.slot + 1) * self.slot_ms

    # Validators.

    def have(self, height: int) -> bool:
        """Whether all that are up have this block."""
        return all(actor.height >= height for actor in self.up)

    @property
    def up(self) -> list[Actor]:
        return [actor for actor in self.actors if actor.machine is not None]

    def start(self, *actors: Actor) -> None:
        for actor in actors or self.actors:
            key = self.everyone.public_keys[self._place(actor.address)]
            actor.life += 1
            actor.timers = {}
            actor.machine = Machine(actor.config, actor.head, recover(*actor.copies, CHAIN, key))
            self.step(actor, Started())
            for peer in self.up:
                if peer is not actor:
                    self._connect(actor, peer)

    def stop(self, *actors: Actor) -> None:
        for actor in actors or self.actors:
            actor.machine = None

    def wipe(self, actor: Actor) -> None:
        """Lose the votes and the blocks."""
        key = self.everyone.public_keys[self._place(actor.address)]
        actor.copies, actor.chain = [new_log(CHAIN, key, rejoining=True)] * 2, []

    def reconnect(self, one: Actor, other: Actor) -> None:
        """What operators see as a flapping line."""
        if one.machine is not None and other.machine is not None:
            self._connect(one, other)

    def step(self, actor: Actor, event: Event) -> None:
        if actor.machine is not None:
            self.events += 1
            for action in actor.machine.step(event, self.now):
                if actor.machine is not None:
                    self._perform(actor, action)

    def _place(self, address: Address) -> int:
        place = self.everyone.index_of(address)
        assert place is not None
        return place

    def _connect(self, one: Actor, other: Actor) -> None:
        if self.links(one, other, None):
            for actor, peer in ((one, other), (other, one)):
                self._later(actor, DELAY_MS, PeerConnected(peer.address))
                self._later(actor, DELAY_MS, PeerHead(peer.address, peer.height))

    def _later(self, actor: Actor, delay_ms: int, event: Event) -> None:
        life = actor.life
        self.after(delay_ms, lambda: self.step(actor, event) if actor.life == life else None)

    def _perform(self, actor: Actor, action: do.Action) -> None:
        match action:
            case do.Append(frames):
                actor.copies = [copy + frames for copy in actor.copies]
            case do.Rewrite(image):
                actor.copies = [image, image]
            case do.Send(message, to):
                self._send(actor, message, to)
            case do.Build():
                block = self._build(actor, action)
                self._later(actor, WORK_MS, BlockBuilt(action.height, action.round, block.digest, block.raw))
            case do.Check(height, digest, raw):
                self._later(actor, WORK_MS, BlockChecked(height, digest, self._fits(actor, raw)))
            case do.Fetch(_, digest, holders):
                self._fetch(actor, digest, holders)
            case do.Decide(_, _, raw, seals):
                self.after(WORK_MS, lambda: self._store(actor, ToyBlock.decode(raw), seals))
            case do.Behind(_, peer):
                self._sync(actor, peer)
            case do.Evidence(member, first, second):
                key = self.everyone.public_keys[self._place(member)]
                check_contradiction(first, second, CHAIN, key, ToySignatures(1))
                self.accused.add(member)
            case do.Misbehaved(peer, reason) if peer not in self.liars and not self.is_tampered_with:
                raise Violation(f"{actor.name} accuses {peer}, who is honest: {reason}")
            case do.SetTimer(timer, delay_ms):
                self._set_timer(actor, timer, delay_ms)
            case do.CancelTimer(timer):
                actor.timers.pop(timer, None)

    def _set_timer(self, actor: Actor, timer: Timer, delay_ms: int) -> None:
        mark = actor.timers[timer] = object()

        def fire() -> None:
            if actor.timers.get(timer) is mark:
                del actor.timers[timer]
                self.step(actor, TimerFired(timer))

        self.after(delay_ms, fire)

    # Messages.

    def _send(self, actor: Actor, message: Message, to: Address | None) -> None:
        self.on_said(actor, message)
        self._hear(actor, message)
        for peer in self.actors:
            if peer.address != actor.address and to in (None, peer.address):
                self.messages += 1
                if self.links(actor, peer, message):
                    self._later(peer, DELAY_MS, MessageReceived(actor.address, message))

    def _hear(self, actor: Actor, message: Message) -> None:
        if isinstance(message, Status) or actor.address in self.liars:
            return
        ballot, of_height = message.ballot, (actor.address, message.height)
        last = self._last.setdefault(of_height, {})
        same = self._signed.setdefault((*of_height, ballot.kind, ballot.round), ballot)
        for earlier in (same, *last.values()):
            if is_contradiction(earlier, ballot):
                raise Violation(f"{actor.name} contradicts itself: {earlier}, {ballot}")
        last[ballot.kind] = max(ballot, last.get(ballot.kind, ballot), key=lambda ballot: ballot.round)

    # Blocks.

    def _build(self, actor: Actor, build: do.Build) -> ToyBlock:
        head = actor.chain[-1][0].digest if actor.chain else NO_DIGEST
        nonce = int.from_bytes(sha256(f"{actor.name} {self.now}".encode())[:4], "big")
        change = self.changes.get(build.height)
        return ToyBlock(build.height, build.round, build.slot, actor.address, head, nonce, change)

    def _fits(self, actor: Actor, raw: bytes) -> bool:
        block, head = ToyBlock.decode(raw), actor.head
        parent = actor.chain[-1][0].digest if actor.chain else NO_DIGEST
        return block.parent == parent and block.slot > head.slot and self.is_valid(block)

    def _fetch(self, actor: Actor, digest: Digest, holders: Sequence[Address]) -> None:
        for peer in self._askable(actor, holders):
            assert peer.machine is not None
            block = peer.machine.block(digest)
            if block is not None:
                self._later(actor, DELAY_MS, BlockFetched(block))
                return

    def _sync(self, actor: Actor, peer: Address) -> None:
        for holder in self._askable(actor, [peer]):
            for block, seals in holder.chain[actor.height :]:
                self.after(DELAY_MS, lambda block=block, seals=seals: self._store(actor, block, seals))

    def _askable(self, actor: Actor, peers: Iterable[Address]) -> list[Actor]:
        return [peer for peer in self.up if peer.address in peers and self.links(actor, peer, None)]

    def _store(self, actor: Actor, block: ToyBlock, seals: Seals) -> None:
        if actor.machine is None or block.height != actor.height + 1:
            return
        is_honest = actor.address not in self.liars
        if is_honest and self.decided.setdefault(block.height, block.digest) != block.digest:
            raise Violation(f"two blocks are decided on at height {block.height}")
        actor.chain.append((block, seals))
        self.step(actor, HeadAdvanced(actor.head))
