"""A whole committee in one process: virtual clock, network and disks, all from one seed.

What goes wrong of itself is here, by the chances of the scenario's faults: messages, writes, starts. What
befalls the network or a validator from time to time is chaos.py; whoever lies, adversary.py. watch.py sees all
that the honest do.
"""

import random
from collections import Counter
from collections.abc import Callable

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
from consensus.errors import VoteLogError
from consensus.events import (
    BlockBuilt,
    BlockChecked,
    BlockFetched,
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
from consensus.messages import Message, decode_message, encode_message
from consensus.vote_log import new_log
from crypto.address import Address
from crypto.hashing import Digest
from ledger.committee import Committee
from ledger.seals import Seals
from tests.consensus.adversary import Adversary
from tests.consensus.clock import Clock
from tests.consensus.committee import BLOCK_BYTES_MAX, CHAIN, ToyBlock, committee_of, config_of, inspect_toy
from tests.consensus.disk import Crash, Disk, DiskFull
from tests.consensus.network import Network
from tests.consensus.node import INBOX_MAX, Node
from tests.consensus.rules import ToyRules
from tests.consensus.scenario import WORK_MS, Byzantine, Faults, Scenario
from tests.consensus.timeline import START_MS, Timeline
from tests.consensus.watch import Violation, Watch

HEARTBEAT_MS = 1_000
"""After which everyone tells its head to whoever it is connected to."""
CONFESSION = frozenset({"equivocation", "invalid block"})
"""Reports that say that somebody lied."""


class Simulation:
    """A committee in its world."""

    def __init__(self, scenario: Scenario, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.scenario = scenario
        self.dice = random.Random(f"world {seed}")
        self.trace = trace
        self.happened: Counter[str] = Counter()
        """How often what went wrong."""
        self.messages = 0
        self.timeline = Timeline()
        self.network = Network(range(scenario.everyone), scenario.faults, self.dice)
        self.committee = committee_of(scenario.members)
        """The founders'."""
        liars = {liar.place: liar for liar in scenario.byzantine}
        self.rules = ToyRules(scenario, frozenset(liars))
        self.nodes = [self._new_node(place, liars.get(place)) for place in range(scenario.everyone)]
        self.twins = [self._new_node(place, liar) for place, liar in liars.items() if liar.copies == 2]
        self.watch = Watch(self.rules, self.nodes)
        self.adversary = Adversary(self)
        self.timeline.after(HEARTBEAT_MS, self._beat)

    def _new_node(self, place: int, liar: Byzantine | None) -> Node:
        scenario = self.scenario
        config = config_of(committee_of(scenario.everyone), place, scenario.slot_ms, scenario.timers)
        drift = scenario.drifts_ppm[place] if scenario.drifts_ppm else 0
        key = committee_of(scenario.everyone).public_keys[place]
        disk = Disk(key, [new_log(CHAIN, key, rejoining=False)] * 2, self.committee)
        return Node(place, config, Clock(scenario.skews_ms[place], drift), disk, self.rules.order, liar)

    # Time.

    @property
    def now(self) -> int:
        """True time, in unix milliseconds."""
        return self.timeline.now

    @property
    def faults(self) -> Faults:
        return self.network.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.network.faults = faults

    def run(self, duration_ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass; whether `until` came true."""
        return self.timeline.run(duration_ms, until)

    def _reach(self, node: Node, act: Callable[[], None]) -> None:
        """Have a node do something, at once or when it no longer stands still."""
        if node.inbox is None:
            act()
        elif len(node.inbox) < INBOX_MAX:
            node.inbox.append(act)

    def _work(self, node: Node, act: Callable[[], None], most_ms: int = WORK_MS) -> None:
        """Something that takes a while, and ends with the node's life."""
        life = node.life

        def finish() -> None:
            if node.machine is not None and node.life == life:
                act()

        self.timeline.after(1 + int(self.dice.random() * most_ms), lambda: self._reach(node, finish))

    # Nodes.

    @property
    def honest(self) -> list[Node]:
        """Those that keep to the protocol, whether they are up or not."""
        return [node for node in self.nodes if node.is_honest]

    def copies(self, place: int) -> list[Node]:
        """The machines that run with a key."""
        return [self.nodes[place], *[twin for twin in self.twins if twin.place == place]]

    def start(self, node: Node) -> None:
        """Have it run, unless it does already, or cannot: then later."""
        if node.machine is not None or node.is_lost:
            return
        node.life += 1
        node.timers, node.inbox, node.is_syncing = {}, None, False
        node.sent.clear()
        if self.dice.random() < self.faults.rot and node.disk.rot(self.dice):
            self.count("rotten copy")
        if node.liar is not None and node.liar.forgets:
            node.disk.copies = [new_log(CHAIN, node.disk.public_key, rejoining=False)] * 2
        try:
            log = node.disk.recover()
        except VoteLogError as error:
            raise Violation(f"{node.place} cannot start: {error}") from None
        node.machine = Machine(node.config, node.head, log)
        node.clock_max = 0
        self.watch.on_start(node)
        self.note(node, "starts")
        self.step(node, Started())
        for peer in self.nodes:
            if peer is not node and self.network.is_linked(node.place, peer.place):
                self.connect(node, peer)

    def crash(self, node: Node, down_ms: int) -> None:
        """Stop at once, and start again later."""
        if node.machine is not None:
            node.machine = None
            self.count("crash")
            self.note(node, f"crashes for {down_ms} ms")
            self.timeline.after(down_ms, lambda: self.start(node))

    def connect(self, node: Node, peer: Node) -> None:
        """A connection comes up, at both ends."""
        for one, other in ((node, peer), (peer, node)):
            event = PeerConnected(other.address)
            self._work(one, lambda one=one, event=event: self.step(one, event))

    def step(self, node: Node, event: Event) -> None:
        """Something happens to a node, and it acts."""
        machine = node.machine
        if machine is None:
            return
        if self.trace is not None and not isinstance(event, TimerFired | PeerConnected | PeerHead):
            self.note(node, f"hears {_brief(event)}")
        clock = node.clock.wall(self.now)
        actions = machine.step(event, clock)
        self.watch.on_step(node, event, self.now)
        try:
            self.perform(node, actions)
        except Crash as crash:
            self._break_down(node, crash)

    def perform(self, node: Node, actions: tuple[Action, ...]) -> None:
        """In order. Raises Crash."""
        for action in actions:
            self._perform(node, action)

    def _break_down(self, node: Node, crash: Crash) -> None:
        if isinstance(crash, DiskFull):
            self.count("write to a full disk")
        self.crash(node, self.dice.randint(10, 5_000))

    def _perform(self, node: Node, action: Action) -> None:
        match action:
            case Send(message, to):
                self._send(node, message, to)
            case Append(frames):
                node.disk.append(frames, self.faults.crash_at_write, self.dice)
            case Rewrite(image):
                node.disk.rewrite(image, self.faults.crash_at_write, self.dice)
            case SetTimer(timer, delay_ms):
                self._set_timer(node, timer, delay_ms)
            case CancelTimer(timer):
                node.timers.pop(timer, None)
            case Check(height, digest, raw):
                self._check(node, action)
            case Build():
                self._build(node, action)
            case Decide(_, digest, raw, seals):
                self._decide(node, digest, raw, seals)
            case Fetch(_, digest, holders):
                self._fetch(node, digest, holders)
            case Behind(_, peer):
                self._sync(node, self.nodes[self.rules.place_of[peer]])
            case Misbehaved(peer, reason):
                self.watch.on_accused(node, peer, reason)
            case Report(kind, fields):
                self.note(node, f"reports {kind} {dict(fields)}")
                if kind == "equivocation":
                    member = node.head.committee.validators[int(fields["member"])]
                    self.watch.on_accused(node, member.address, kind)

    def _set_timer(self, node: Node, timer: Timer, delay_ms: int) -> None:
        self.messages += 0
        mark, life = object(), node.life
        node.timers[timer] = mark

        def fire() -> None:
            if node.life == life and node.timers.get(timer) is mark:
                del node.timers[timer]
                self.step(node, TimerFired(timer))

        self.timeline.after(node.clock.lasting(delay_ms), lambda: self._reach(node, fire))
