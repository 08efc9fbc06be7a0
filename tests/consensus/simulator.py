"""A whole committee in one process: virtual clock, network and disks, all from one seed.

Here is what goes wrong in passing, by the chances of the scenario's faults: with messages, writes, starts.
What befalls the network or a validator from time to time is in chaos.py, and whoever lies in adversary.py.
watch.py sees all that the honest do.
"""

import random
from collections import Counter, deque
from collections.abc import Callable

from consensus.actions import (
    Action,
    Append,
    Behind,
    Build,
    CancelTimer,
    Check,
    Decide,
    Evidence,
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
from consensus.messages import Commit, Message, decode_message, encode_message
from consensus.vote_log import new_log
from crypto.address import Address
from ledger.seals import Seals
from tests.consensus.adversary import Adversary
from tests.consensus.clock import Clock
from tests.consensus.committee import BLOCK_BYTES_MAX, CHAIN, ToyBlock, committee_of, config_of
from tests.consensus.disk import Crash, Disk, DiskFull
from tests.consensus.network import Network
from tests.consensus.node import INBOX_MAX, Node
from tests.consensus.peers import HEARTBEAT_MS, beat, fetch, sync
from tests.consensus.rules import ToyRules
from tests.consensus.scenario import WORK_MS, Byzantine, Faults, Scenario
from tests.consensus.timeline import START_MS, Timeline
from tests.consensus.watch import Stuck, Watch


class Simulation:
    """A committee in its world."""

    def __init__(self, scenario: Scenario, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.scenario = scenario
        self.seed = seed
        self.dice = random.Random(f"world {seed}")
        self.trace = trace
        self.happened: Counter[str] = Counter(scenario.traits)
        """How often what went wrong, or was there to go wrong."""
        self.messages = 0
        self.timeline = Timeline()
        self.committee = committee_of(scenario.members)
        """The founders'."""
        liars = {liar.place: liar for liar in scenario.byzantine}
        self.network = Network(range(scenario.everyone), frozenset(liars), scenario.faults, self.dice)
        self.rules = ToyRules(scenario, frozenset(liars))
        self.nodes = [self._new_node(place, liars.get(place)) for place in range(scenario.everyone)]
        self.twins = [self._new_node(place, liar) for place, liar in liars.items() if liar.copies == 2]
        self.watch = Watch(self.rules)
        self.adversary = Adversary(self)
        self.timeline.after(HEARTBEAT_MS, lambda: beat(self))

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

    def work(self, node: Node, act: Callable[[], None], most_ms: int = WORK_MS) -> None:
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
        if node.machine is not None or node.is_lost or (node.liar is not None and node.liar.copies == 0):
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
            raise Stuck(f"{node.place} cannot start: {error}") from None
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

    def halt(self, node: Node) -> None:
        """Stand still: what comes waits."""
        node.inbox = deque()
        self.count("pause")
        self.note(node, "stands still")

    def resume(self, node: Node) -> None:
        """Go on, with all that has come meanwhile at once."""
        waiting, node.inbox = node.inbox, None
        for act in waiting or ():
            act()

    def connect(self, node: Node, peer: Node) -> None:
        """A connection comes up, at both ends."""
        for one, other in ((node, peer), (peer, node)):
            event = PeerConnected(other.address)
            self.work(one, lambda one=one, event=event: self.step(one, event))

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
            case Build():
                self._build(node, action)
            case Check():
                self._check(node, action)
            case Decide():
                self._decide(node, action)
            case Fetch(_, digest, holders):
                fetch(self, node, digest, holders)
            case Behind(_, peer):
                sync(self, node, self.nodes[self.rules.place_of[peer]])
            case Misbehaved(peer, reason):
                self.watch.on_accused(node, peer, reason)
            case Evidence():
                self.watch.on_evidence(node, action)
            case Report(kind, fields):
                self.note(node, f"reports {kind} {dict(fields)}")

    def _set_timer(self, node: Node, timer: Timer, delay_ms: int) -> None:
        mark, life = object(), node.life
        node.timers[timer] = mark

        def fire() -> None:
            if node.life == life and node.timers.get(timer) is mark:
                del node.timers[timer]
                self.step(node, TimerFired(timer))

        self.timeline.after(node.clock.lasting(delay_ms), lambda: self._reach(node, fire))

    # The network.

    def _send(self, node: Node, message: Message, to: Address | None) -> None:
        committee = node.disk.committee(node.height + 1)
        peers = committee.validators if to is None else (self.rules.validator(to),)
        raw = encode_message(message)
        received = decode_message(raw, BLOCK_BYTES_MAX)
        if node.is_honest:
            self.watch.on_sent(node, message, [peer.address for peer in peers])
        self.adversary.overhear(message)
        for peer in peers:
            if peer.address != node.address:
                self._transmit(node, received, self.rules.place_of[peer.address])

    def _transmit(self, node: Node, message: Message, to: int) -> None:
        if node.liar is None or (node.is_in_touch(to) and self.dice.random() >= node.liar.withholds):
            self.post(node.place, message, to)

    def post(self, sender: int, message: Message, to: int) -> None:
        """Put a message on its way."""
        self.messages += 1
        if isinstance(message, Commit) and self._is_secret(message, to):
            return
        event = MessageReceived(self.nodes[sender].address, message)
        for delay_ms in self.network.delays(sender, to):
            self.timeline.after(delay_ms, lambda: self._deliver(sender, event, to))

    def _is_secret(self, commit: Commit, to: int) -> bool:
        """Whether a commit comes through to nobody but the one who is to decide alone with it."""
        keeper = self.network.unheard
        if keeper is None or to == keeper:
            return False
        chain = self.nodes[keeper].disk.chain
        return commit.height > len(chain) or commit.round <= chain[commit.height - 1][1].round

    def _deliver(self, sender: int, event: MessageReceived, to: int) -> None:
        if not self.network.is_linked(sender, to):
            return
        for node in self.copies(to):
            if node.machine is not None and node.is_in_touch(sender):
                self._reach(node, lambda node=node: self.step(node, event))

    # Blocks.

    def _build(self, node: Node, asked: Build) -> None:
        parent, nonce, change = node.disk.head_digest, self.dice.getrandbits(32), self._change(node)
        block = ToyBlock(asked.height, asked.round, asked.slot, node.address, parent, nonce, change)
        self.watch.built.add(block.digest)
        built = BlockBuilt(asked.height, asked.round, block.digest, block.raw)
        self.work(node, lambda: self.step(node, built))

    def _change(self, node: Node) -> int | None:
        """Whom a new block takes in or leaves out."""
        if self.dice.random() >= self.faults.change:
            return None
        place = self.dice.randrange(self.scenario.everyone)
        return place if self.rules.may_change(node.disk.committees[-1], place) else None

    def _check(self, node: Node, asked: Check) -> None:
        objection = self.rules.objection(node.disk, ToyBlock.decode(asked.block))
        if objection:
            self.watch.on_invalid(node, asked.digest, objection)
        checked = BlockChecked(asked.height, asked.digest, not objection, objection)
        self.work(node, lambda: self.step(node, checked))

    def _decide(self, node: Node, decided: Decide) -> None:
        block = ToyBlock.decode(decided.block)
        if node.is_honest:
            self.watch.on_decided(node, block, decided.digest, decided.seals)
        if self.dice.random() < self.faults.crash_at_decision:
            raise Crash
        self.work(node, lambda: self.store(node, block, decided.seals))

    def store(self, node: Node, block: ToyBlock, seals: Seals) -> None:
        """Keep a final block, if it is the next one."""
        if block.height != node.height + 1 or node.machine is None:
            return
        if node.is_honest:
            self.watch.on_decided(node, block, block.digest, seals)
        try:
            node.disk.store(block, seals)
        except DiskFull as crash:
            self._break_down(node, crash)
            return
        node.clock_max = 0
        node.note_floor()
        if block.change is not None:
            self.count("committee change")
        self.note(node, f"stores block {block.height} of round {block.round}, slot {block.slot}")
        self.step(node, HeadAdvanced(node.head))

    # What is told of it.

    def count(self, what: str) -> None:
        self.happened[what] += 1

    def note(self, node: Node | None, text: str) -> None:
        """A line of the trace."""
        if self.trace is not None:
            who = "network" if node is None else f"validator {node.place} (height {node.height + 1})"
            self.trace(f"{self.now - START_MS:>8} ms  {who} {text}")


def _brief(event: Event) -> str:
    if isinstance(event, MessageReceived):
        message = event.message
        return f"{type(message).__name__}(h {message.height}, r {message.round}) of {event.sender[:6]}"
    return type(event).__name__
