"""A whole committee in one process: virtual clock, network and disks, all from one seed.

Chaos first: messages are lost, late, doubled and overtaken, links die in one direction, the network splits,
validators crash in the middle of every kind of write, sometimes all at once. Then everything heals but what a
quorum can do without, and the committee must decide within a bound that is computed from its timers. At all
times: agreement, no honest double vote, bounded buffers, no round change before the slot opens.
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
from consensus.errors import VoteLogCorrupt
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
from consensus.messages import Message, RoundChange, decode_message, encode_message
from consensus.vote_log import VoteLog, new_log, recover
from crypto.address import Address
from crypto.hashing import Digest
from ledger.committee import Committee
from ledger.quantities import Height
from ledger.seals import Seals
from tests.consensus.committee import BLOCK_BYTES_MAX, CHAIN, ToyBlock, committee_of, config_of, head_at
from tests.consensus.scenario import (
    CHAOS_STEP_MS,
    DEAF_TURN,
    DELAY_MS,
    LATE_MS,
    WORK_MS,
    Faults,
    Scenario,
    commit_bound_ms,
    scenario_of,
)
from tests.consensus.watch import Violation, Watch

START_MS = 1_000_000_000
GENESIS_DIGEST = Digest(bytes(32))


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
    is_syncing: bool = False
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
        return head_at(self.height, slot, committee)

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
        self.watch = Watch(self.committee)
        self.nodes = [self._new_node(place) for place in range(scenario.members)]
        self.by_address = {node.address: node for node in self.nodes}
        self.sides: dict[int, int] = {}
        """Of a split network; whoever is not in it is on side 0."""
        self.deaf: set[tuple[int, int]] = set()
        """Dead directions, from one validator to another."""
        self.crashes = 0
        self.messages = 0
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._events = 0

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
        node.is_syncing = False
        if self.dice.random() < self.faults.rot:
            self._damage(node)
        log = self._recover(node, *node.disk.copies)
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
        self.watch.on_step(node.machine, node.disk.copies[0])
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
                self.watch.built.add(block.digest)
                built = BlockBuilt(height, round, block.digest, block.raw)
                self._work(node, lambda: self._step(node, built))
            case Check(height, digest, raw):
                block = ToyBlock.decode(raw)
                fits = block.parent == node.head_digest and block.slot > node.head(self.committee).slot
                checked = BlockChecked(height, digest, fits, "" if fits else "another parent")
                self._work(node, lambda: self._step(node, checked))
            case Fetch(_, digest, holders):
                self._fetch(node, digest, holders)
            case Decide(_, digest, raw, seals):
                self._decide(node, digest, raw, seals)
            case SetTimer(timer, delay_ms):
                self._set_timer(node, timer, delay_ms)
            case CancelTimer(timer):
                node.timers.pop(timer, None)
            case Behind(_, peer):
                self._sync(node, self.by_address[peer])
            case Misbehaved(peer, reason):
                raise Violation(f"{node.place} accuses {peer}, who is honest: {reason}")
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

    def _recover(self, node: Node, first: bytes | None, second: bytes | None) -> VoteLog:
        return recover(first, second, CHAIN, self.committee.public_keys[node.place])

    def _damage(self, node: Node) -> None:
        try:
            for copy in node.disk.copies:
                self._recover(node, copy, None)
        except VoteLogCorrupt:
            return
        place = self.dice.randint(0, 1)
        copy = bytearray(node.disk.copies[place])
        copy[self.dice.randrange(len(copy))] ^= 1 << self.dice.randint(0, 7)
        kept = self.dice.choice((len(copy), self.dice.randint(0, len(copy))))
        node.disk.copies[place] = bytes(copy[:kept])

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

    def _can_ask(self, one: Node, other: Node) -> bool:
        both = {(one.place, other.place), (other.place, one.place)}
        return self._is_linked(one, other) and not both & self.deaf

    def _send(self, node: Node, message: Message, to: Address | None, clock: int) -> None:
        self.watch.on_sent(node.address, message)
        self._check_slot(node, message, clock)
        raw = encode_message(message)
        self.messages += 1
        for peer in self.nodes:
            if peer is node or to not in (None, peer.address):
                continue
            is_lost = self.dice.random() < self.faults.loss or (node.place, peer.place) in self.deaf
            for _ in range(0 if is_lost else 1 + (self.dice.random() < self.faults.duplication)):
                most = LATE_MS if self.dice.random() < self.faults.late else DELAY_MS
                self.after(self.dice.randint(1, most), lambda peer=peer: self._deliver(node, peer, raw))

    def _deliver(self, node: Node, peer: Node, raw: bytes) -> None:
        if peer.machine is not None and self._is_linked(node, peer):
            message = decode_message(raw, BLOCK_BYTES_MAX)
            self._step(peer, MessageReceived(node.address, message))

    def _check_slot(self, node: Node, message: Message, clock: int) -> None:
        head = node.head(self.committee)
        opens = node.config.slots.start(head.slot + 1)
        if isinstance(message, RoundChange) and message.height == head.height + 1 and clock < opens:
            raise Violation(f"{node.place} changes rounds {opens - clock} ms before the slot opens")

    def deafen(self) -> None:
        """Choose anew which directions are dead."""
        pairs = [(one.place, other.place) for one in self.nodes for other in self.nodes]
        self.deaf = {pair for pair in pairs if self.dice.random() < self.faults.deaf}

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
            if holder is node or holder.machine is None or not self._can_ask(node, holder):
                continue
            block = holder.machine.block(digest)
            if block is not None:
                self._work(node, lambda block=block: self._step(node, BlockFetched(block)))
                return

    def _sync(self, node: Node, peer: Node) -> None:
        if node.is_syncing:
            return
        node.is_syncing = True

        def receive() -> None:
            node.is_syncing = False
            if peer.machine is None or not self._can_ask(node, peer):
                return
            for block, seals in peer.disk.chain[node.height :]:
                self._store(node, block, seals)

        self._work(node, receive)

    # Blocks.

    def _decide(self, node: Node, digest: Digest, raw: bytes, seals: Seals) -> None:
        block = ToyBlock.decode(raw)
        self.watch.on_decided(block, digest, seals)
        if self.dice.random() < self.faults.crash_at_decision:
            raise Crash
        self._work(node, lambda: self._store(node, block, seals))

    def _store(self, node: Node, block: ToyBlock, seals: Seals) -> None:
        if block.height != node.height + 1:
            return
        self.watch.on_decided(block, block.digest, seals)
        if block.parent != node.head_digest:
            raise Violation(f"block {block.height} does not continue the chain")
        node.disk.chain.append((block, seals))
        self._note(node, f"stores block {block.height} of round {block.round}, slot {block.slot}")
        self._step(node, HeadAdvanced(node.head(self.committee)))

    def _note(self, node: Node | None, text: str) -> None:
        if self.trace is not None:
            who = "network" if node is None else f"validator {node.place} (height {node.height + 1})"
            self.trace(f"{self.now - START_MS:>8} ms  {who} {text}")


def _brief(event: Event) -> str:
    if isinstance(event, MessageReceived):
        message = event.message
        return f"{type(message).__name__}(h {message.height}, r {message.round}) of {event.sender[:6]}"
    return type(event).__name__


def simulate(
    seed: int, scenario: Scenario | None = None, trace: Callable[[str], None] | None = None
) -> Simulation:
    """One run; raises Violation."""
    scenario = scenario or scenario_of(seed)
    world = Simulation(scenario, seed, trace)
    for node in world.nodes:
        world.after(world.dice.randint(0, 500), lambda node=node: world.start(node))
    for _ in range(scenario.chaos_ms // CHAOS_STEP_MS):
        world.run(CHAOS_STEP_MS)
        if world.dice.random() < DEAF_TURN:
            world.deafen()
        if world.dice.random() < scenario.faults.split:
            world.split()
        if world.dice.random() < scenario.faults.blackout:
            for node in world.nodes:
                world.crash(node, world.dice.randint(10, 3_000))
    heal(world)
    return world


def heal(world: Simulation) -> None:
    """End all faults but the loss of as many as a quorum can do without, and require progress."""
    world.faults = Faults()
    world.deafen()
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
