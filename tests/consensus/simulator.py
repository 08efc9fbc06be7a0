"""A whole committee in one process: virtual clock, network and disks, all from one seed.

Chaos first: messages are lost, late, doubled and overtaken, the network splits, validators crash in the middle of
every kind of write, sometimes all at once. Then everything heals but what a quorum can do without, and the
committee must decide within a bound that is computed from its timers. At all times: agreement, no honest double vote,
bounded buffers, no round change before the slot opens.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from consensus.actions import (
    Action,
    Append,
    Behind,
    Build,
    CancelTimer,
    Check,
    Decide,
    Fetch,
    Misbehaved,
    Report,
    Rewrite,
    Send,
    SetTimer,
)
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
    Started,
    Timer,
    TimerFired,
)
from consensus.machine import Machine
from consensus.messages import Message, RoundChange, Status, decode_message, encode_message
from consensus.tally import ROUNDS_KEPT
from consensus.vote_log import new_log, recover
from crypto.address import Address
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.committee import Committee
from ledger.genesis import Timers
from ledger.quantities import Height, Slot
from ledger.seals import Seals, check_seals
from tests.consensus.committee import (
    BLOCK_BYTES_MAX,
    CHAIN,
    LOG_BYTES_MAX,
    TIMERS,
    ToyBlock,
    committee_of,
    config_of,
    toy_verify,
)

START_MS = 1_000_000_000
GENESIS_DIGEST = Digest(bytes(32))
DELAY_MS = 20
"""A message's usual time on its way, at most."""
WORK_MS = 30
"""Building, checking, storing or fetching a block, at most."""
KINDS = 4


class Violation(AssertionError):
    """The protocol did what it promises never to do."""


class ToySignatures(SignatureCache):
    """What checks seals, with toy keys."""

    def verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        toy_verify(public_key, signature, message)


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong; chances of one."""

    loss: float = 0.0
    duplication: float = 0.0
    late: float = 0.0
    """Of a message that takes up to a second."""
    crash_at_write: float = 0.0
    partition: float = 0.0
    """Each second."""
    blackout: float = 0.0
    """Of all at once, each second."""


@dataclass(frozen=True)
class Scenario:
    """One run, as its seed has it."""

    members: int
    slot_ms: int
    chaos_ms: int
    faults: Faults
    skews_ms: tuple[int, ...]
    """Of each validator's clock from true time."""
    timers: Timers = TIMERS
    is_sent_before_flushed: bool = False
    """A mutation: what a crash makes of a host that does not keep the order."""


def scenario_of(seed: int) -> Scenario:
    dice = random.Random(f"scenario {seed}")
    members = dice.choice((1, 2, 3, 4, 4, 4, 4, 4, 4, 5, 6, 7))
    rough = dice.choice((0.0, 0.3, 1.0))
    faults = Faults(
        loss=rough * dice.uniform(0, 0.3),
        duplication=rough * dice.uniform(0, 0.1),
        late=rough * dice.uniform(0, 0.1),
        crash_at_write=rough * dice.uniform(0, 0.08),
        partition=dice.choice((0.0, 0.1, 0.3)),
        blackout=dice.choice((0.0, 0.0, 0.05)),
    )
    skew = TIMERS.skew_ms // 2
    return Scenario(
        members=members,
        slot_ms=dice.choice((700, 1_000, 5_000)),
        chaos_ms=20_000 if members <= 4 else 8_000,
        faults=faults,
        skews_ms=tuple(dice.randint(-skew, skew) for _ in range(members)),
    )


@dataclass
class Disk:
    """What outlives a crash: both copies of the vote log, and the blocks."""

    copies: list[bytes]
    chain: list[tuple[ToyBlock, Seals]] = field(default_factory=list)


@dataclass
class Node:
    """One validator's host."""

    place: int
    config: Config
    skew_ms: int
    disk: Disk
    machine: Machine | None = None
    life: int = 0
    """Counts starts, so that what was under way in an earlier life ends with it."""
    timers: dict[Timer, int] = field(default_factory=dict)
    syncing: bool = False
    is_lost: bool = False
    """For good."""

    @property
    def address(self) -> Address:
        return self.config.address

    @property
    def height(self) -> Height:
        return Height(len(self.disk.chain))

    def head(self, committee: Committee) -> ChainHead:
        slot = self.disk.chain[-1][0].slot if self.disk.chain else START_MS // self.config.slots.slot_ms - 1
        return ChainHead(self.height, Slot(slot), committee)

    @property
    def head_digest(self) -> Digest:
        return self.disk.chain[-1][0].digest if self.disk.chain else GENESIS_DIGEST


class Crash(Exception):
    """The power fails in the middle of what a node does."""


class Simulation:
    """A committee in its world."""

    def __init__(self, scenario: Scenario, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.scenario = scenario
        self.dice = random.Random(f"world {seed}")
        self.trace = trace
        self.now = START_MS
        self.faults = scenario.faults
        self.committee = committee_of(scenario.members)
        self.nodes = [self._new_node(place) for place in range(scenario.members)]
        self.by_address = {node.address: node for node in self.nodes}
        self.sides: dict[int, int] = {}
        """Of a split network; whoever is not in it is on side 0."""
        self.decided: dict[Height, Digest] = {}
        self.cast: dict[tuple[Address, str, int, int], object] = {}
        self.built: set[Digest] = set()
        self.crashes = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._events = 0
        self._slices = 0

    def _new_node(self, place: int) -> Node:
        config = config_of(self.committee, place, self.scenario.slot_ms, self.scenario.timers)
        log = new_log(CHAIN, self.committee.public_keys[place], rejoining=False)
        return Node(place, config, self.scenario.skews_ms[place], Disk([log, log]))

    # Time.

    def after(self, delay_ms: int, act: Callable[[], None]) -> None:
        self._events += 1
        heapq.heappush(self._queue, (self.now + delay_ms, self._events, act))

    def run(self, duration_ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; whether `until` came true."""
        end = self.now + duration_ms
        while self._queue and self._queue[0][0] <= end:
            self.now, _, act = heapq.heappop(self._queue)
            act()
            if until():
                return True
        self.now = end
        return until()

    def _work(self, node: Node, act: Callable[[], None], most_ms: int = WORK_MS) -> None:
        """Something that takes a while, and ends with the node's life."""
        life = node.life

        def finish() -> None:
            if node.machine is not None and node.life == life:
                act()

        self.after(self.dice.randint(1, most_ms), finish)

    # Nodes.

    def start(self, node: Node) -> None:
        if node.machine is not None or node.is_lost:
            return
        node.life += 1
        node.timers = {}
        node.syncing = False
        key = self.committee.public_keys[node.place]
        log = recover(node.disk.copies[0], node.disk.copies[1], CHAIN, key)
        node.machine = Machine(node.config, node.head(self.committee), log)
        self._note(node, "starts")
        self._step(node, Started())
        for peer in self.nodes:
            if peer is not node and self._is_linked(node, peer):
                self._connect(node, peer)

    def crash(self, node: Node, down_ms: int) -> None:
        """Stop at once, and start again later."""
        if node.machine is not None:
            node.machine = None
            self.crashes += 1
            self._note(node, f"crashes for {down_ms} ms")
            self.after(down_ms, lambda: self.start(node))

    def _connect(self, node: Node, peer: Node) -> None:
        for one, other in ((node, peer), (peer, node)):
            self._work(one, lambda one=one, other=other: self._step(one, PeerConnected(other.address)))

    def _step(self, node: Node, event: Event) -> None:
        if node.machine is None:
            return
        if self.trace is not None and not isinstance(event, TimerFired | PeerConnected):
            self._note(node, f"hears {_brief(event)}")
        clock = self.now + node.skew_ms
        actions = node.machine.step(event, clock)
        if self.scenario.is_sent_before_flushed:
            actions = tuple(sorted(actions, key=lambda action: not isinstance(action, Send)))
        self._check_bounds(node)
        try:
            for action in actions:
                self._perform(node, action, clock)
        except Crash:
            self.crash(node, self.dice.randint(10, 5_000))

    def _perform(self, node: Node, action: Action, clock: int) -> None:
        match action:
            case Append(frames):
                self._write(node, lambda copy: copy + frames, is_atomic=False)
            case Rewrite(image):
                self._write(node, lambda copy: image, is_atomic=True)
            case Send(message, to):
                self._send(node, message, to, clock)
            case Build(height, round, slot):
                block = ToyBlock(
                    height, round, slot, node.address, node.head_digest, self.dice.getrandbits(32)
                )
                self.built.add(block.digest)
                built = BlockBuilt(height, round, block.digest, block.raw)
                self._work(node, lambda: self._step(node, built))
            case Check(height, digest, raw):
                block = ToyBlock.decode(raw)
                fits = block.parent == node.head_digest and block.slot > node.head(self.committee).slot
                checked = BlockChecked(height, digest, fits, "" if fits else "another parent")
                self._work(node, lambda: self._step(node, checked))
            case Fetch(_, digest, holders):
                self._fetch(node, digest, holders)
            case Decide(height, digest, raw, seals):
                self._decide(node, height, digest, raw, seals)
            case SetTimer(timer, delay_ms):
                self._set_timer(node, timer, delay_ms)
            case CancelTimer(timer):
                node.timers.pop(timer, None)
            case Behind(_, peer):
                self._sync(node, self.by_address[peer])
            case Misbehaved(peer, reason):
                raise Violation(
                    f"{node.place} accuses {self.by_address[peer].place}, who is honest: {reason}"
                )
            case Report(kind, fields):
                self._note(node, f"reports {kind} {dict(fields)}")
                if kind in {"equivocation", "invalid block"}:
                    raise Violation(f"{node.place} sees {kind} among the honest: {dict(fields)}")

    def _set_timer(self, node: Node, timer: Timer, delay_ms: int) -> None:
        self._events += 1
        mark, life = self._events, node.life
        node.timers[timer] = mark

        def fire() -> None:
            if node.life == life and node.timers.get(timer) == mark:
                del node.timers[timer]
                self._step(node, TimerFired(timer))

        self.after(delay_ms, fire)

    # Disks.

    def _write(self, node: Node, change: Callable[[bytes], bytes], is_atomic: bool) -> None:
        """One copy after the other; the power may fail before, within, between or after."""
        for place in (0, 1):
            before = node.disk.copies[place]
            after = change(before)
            if self.dice.random() < self.faults.crash_at_write / 2:
                node.disk.copies[place] = self._torn(before, after, is_atomic)
                raise Crash
            node.disk.copies[place] = after
        if self.dice.random() < self.faults.crash_at_write / 2:
            raise Crash

    def _torn(self, before: bytes, after: bytes, is_atomic: bool) -> bytes:
        if is_atomic:
            return self.dice.choice((before, after))
        written = self.dice.randint(len(before), len(after))
        if self.dice.random() < 0.5:
            return after[:written]
        return after[:written] + bytes(len(after) - written)

    # The network.

    def _is_linked(self, one: Node, other: Node) -> bool:
        return self.sides.get(one.place, 0) == self.sides.get(other.place, 0)

    def _send(self, node: Node, message: Message, to: Address | None, clock: int) -> None:
        self._check_vote(node, message, clock)
        raw = encode_message(message)
        for peer in self.nodes:
            if peer is node or to not in (None, peer.address):
                continue
            copies = 0 if self.dice.random() < self.faults.loss else 1
            copies += self.dice.random() < self.faults.duplication
            for _ in range(copies):
                most = 1_000 if self.dice.random() < self.faults.late else DELAY_MS
                self.after(self.dice.randint(1, most), lambda peer=peer: self._deliver(node, peer, raw))

    def _deliver(self, node: Node, peer: Node, raw: bytes) -> None:
        if peer.machine is not None and self._is_linked(node, peer):
            message = decode_message(raw, BLOCK_BYTES_MAX)
            self._step(peer, MessageReceived(node.address, message))

    def split(self) -> None:
        """Cut the network in two, for a while."""
        self.sides = {node.place: self.dice.randint(0, 1) for node in self.nodes}
        self._note(None, f"splits into {self.sides}")
        self.after(self.dice.randint(100, 8_000), self.join)

    def join(self) -> None:
        """Whoever can reach each other again connects again."""
        cut = [
            (one, other)
            for one in self.nodes
            for other in self.nodes[one.place + 1 :]
            if not self._is_linked(one, other)
        ]
        self.sides = {}
        for one, other in cut:
            if one.machine is not None and other.machine is not None:
                self._connect(one, other)

    def _fetch(self, node: Node, digest: Digest, holders: tuple[Address, ...]) -> None:
        for address in holders:
            holder = self.by_address[address]
            if holder is node or holder.machine is None or not self._is_linked(node, holder):
                continue
            block = holder.machine.block(digest)
            if block is not None:
                self._work(node, lambda block=block: self._step(node, BlockFetched(block)))
                return

    def _sync(self, node: Node, peer: Node) -> None:
        if node.syncing:
            return
        node.syncing = True

        def receive() -> None:
            node.syncing = False
            if peer.machine is None or not self._is_linked(node, peer):
                return
            for block, seals in peer.disk.chain[node.height :]:
                self._store(node, block, seals)

        self._work(node, receive)

    # Blocks.

    def _decide(self, node: Node, height: Height, digest: Digest, raw: bytes, seals: Seals) -> None:
        block = ToyBlock.decode(raw)
        if block.digest != digest or digest not in self.built or block.height != height:
            raise Violation(f"{node.place} decides on a block that nobody proposed")
        if self.decided.setdefault(height, digest) != digest:
            raise Violation(f"{node.place} decides on another block at height {height}")
        if self.dice.random() < self.faults.crash_at_write:
            raise Crash
        self._work(node, lambda: self._store(node, block, seals))

    def _store(self, node: Node, block: ToyBlock, seals: Seals) -> None:
        if block.height != node.height + 1:
            return
        check_seals(seals, self.committee, CHAIN, block.height, block.digest, ToySignatures(1))
        if self.decided.setdefault(block.height, block.digest) != block.digest:
            raise Violation(f"{node.place} stores another block at height {block.height}")
        if block.parent != node.head_digest:
            raise Violation(f"block {block.height} does not continue the chain")
        node.disk.chain.append((block, seals))
        self._note(node, f"stores block {block.height} of round {block.round}, slot {block.slot}")
        self._step(node, HeadAdvanced(node.head(self.committee)))

    # What must hold at all times.

    def _check_vote(self, node: Node, message: Message, clock: int) -> None:
        if isinstance(message, Status):
            return
        what = message.prepared if isinstance(message, RoundChange) else message.digest
        key = (node.address, type(message).__name__, message.height, message.round)
        if self.cast.setdefault(key, what) != what:
            raise Violation(f"{node.place} votes twice: {key[1:]}")
        head = node.head(self.committee)
        if isinstance(message, RoundChange) and message.height == head.height + 1:
            opens = node.config.slots.start(head.slot + 1)
            if clock < opens:
                raise Violation(f"{node.place} changes rounds {opens - clock} ms before the slot opens")

    def _check_bounds(self, node: Node) -> None:
        if node.machine is None:
            return
        state, members = node.machine.state, len(self.committee)
        if len(state.at.tally) > members * (2 * ROUNDS_KEPT + 1):
            raise Violation(f"{node.place} keeps {len(state.at.tally)} votes")
        if sum(map(len, state.early.values())) > members * KINDS:
            raise Violation(f"{node.place} keeps too many early messages")
        if len(node.disk.copies[0]) > 3 * LOG_BYTES_MAX:
            raise Violation(f"{node.place} has a vote log of {len(node.disk.copies[0])} bytes")

    def _note(self, node: Node | None, text: str) -> None:
        if self.trace is not None:
            who = "network" if node is None else f"validator {node.place} (height {node.height + 1})"
            self.trace(f"{self.now - START_MS:>8} ms  {who} {text}")


def _brief(event: Event) -> str:
    if isinstance(event, MessageReceived):
        message = event.message
        return f"{type(message).__name__}(h {message.height}, r {message.round}) of {event.sender[:6]}"
    return type(event).__name__


def commit_bound_ms(scenario: Scenario) -> int:
    """By when a healed quorum has decided once more.

    A tick until all know the highest round and whoever is behind has synced; then at most the round that runs, and
    one round for each absent proposer in a row and two more, each up to the cap and a tick for its round changes.
    """
    timers, work = scenario.timers, 10 * (WORK_MS + DELAY_MS)
    absent = scenario.members - committee_of(scenario.members).quorum
    round_ms = timers.cap_ms + timers.resend_ms + work
    return scenario.slot_ms + 2 * timers.resend_ms + (absent + 3) * round_ms


def simulate(
    seed: int, scenario: Scenario | None = None, trace: Callable[[str], None] | None = None
) -> Simulation:
    """One run; raises Violation."""
    scenario = scenario or scenario_of(seed)
    world = Simulation(scenario, seed, trace)
    for node in world.nodes:
        world.after(world.dice.randint(0, 500), lambda node=node: world.start(node))
    for _ in range(scenario.chaos_ms // 1_000):
        world.run(1_000)
        if world.dice.random() < scenario.faults.partition:
            world.split()
        if world.dice.random() < scenario.faults.blackout:
            for node in world.nodes:
                world.crash(node, world.dice.randint(10, 3_000))
    heal(world)
    return world


def heal(world: Simulation) -> None:
    """End all faults but the loss of as many as a quorum can do without, and require progress."""
    world.faults = Faults()
    world.join()
    quorum = world.committee.quorum
    up = world.dice.sample(world.nodes, world.dice.randint(quorum, len(world.nodes)))
    for node in world.nodes:
        if node in up:
            world.start(node)
        else:
            node.machine, node.is_lost = None, True
    goal = max(node.height for node in world.nodes) + 1
    bound = commit_bound_ms(world.scenario)
    if not world.run(bound, until=lambda: all(node.height >= goal for node in up)):
        heights = [node.height for node in up]
        raise Violation(f"{bound} ms after all healed, heights are {heights}, and not {goal}")
