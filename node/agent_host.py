"""Where agents live: they get the chain's events and fellows' messages, and what they ask for is done.

Each agent is stepped alone and in order. What it computes runs in another process; what it submits is signed
with its key and followed until it is in a block.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

import structlog

from contracts.agent import (
    Action,
    Agent,
    BlockCommitted,
    Compute,
    Computed,
    Event,
    MessageReceived,
    Note,
    SendMessage,
    SetTimer,
    Submit,
    TimerFired,
)
from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.execution import Executed, next_sequence
from ledger.quantities import Slot
from ledger.receipt import Event as ChainEvent
from ledger.transaction import Transaction
from net.wire import AgentMessage
from node.chain import HeadView
from node.clock import now_ms
from node.sender import Failed, Sender
from node.workers import start_workers

COMPUTE_WORKERS: Final = 1
QUEUE_MAX: Final = 2**16
"""Events that wait for agents; more messages are lost, as messages may be."""

SENDER_BYTES_MAX: Final = 2**22
"""Of the messages of one member that wait, so that nobody's flood loses those of the others."""

MESSAGE_BYTES_MIN: Final = 2**11
"""As what the smallest counts: so a member has 2,048 at most."""

log = structlog.get_logger("agent")


@dataclass(frozen=True, slots=True)
class Resident:
    """An agent and the key that it acts with."""

    agent: Agent
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Outside:
    """What the host needs of its node."""

    slot: Callable[[], Slot]
    """Now."""
    offer: Callable[[Transaction], None]
    """Into the pool and to the peers. Raises LedgerError."""
    pool_sequence: Callable[[Address], int]
    """The number that a sender would use next."""
    send: Callable[[AgentMessage], bool]
    """To the node that hosts the receiver; whether one is connected."""


class AgentHost:
    """The agents of one node. Everything happens in the node's event loop but the computations."""

    def __init__(self, residents: Sequence[Resident], view: HeadView, outside: Outside) -> None:
        self._residents = residents
        self._outside = outside
        self._chain = view.genesis.hash
        self._view = view
        self.keys: Mapping[Address, PrivateKey] = {
            resident.key.address: resident.key for resident in residents
        }
        """Of the members who live here, each once."""
        self._senders = {at: Sender(key, self._chain, outside.offer) for at, key in self.keys.items()}
        self._events: deque[tuple[int, Event]] = deque()
        self._unread_bytes: Counter[Address] = Counter()
        """Of messages that wait, by sender."""
        self._waiting = asyncio.Event()
        self._timers: dict[tuple[int, str], asyncio.TimerHandle] = {}
        self._computing: set[asyncio.Task[None]] = set()
        self._workers: ProcessPoolExecutor | None = None

    async def run(self) -> None:
        """Step agents as events come; from the chain as it is. Ends when cancelled."""
        self.show(self._view, ())
        try:
            while True:
                await self._waiting.wait()
                self._waiting.clear()
                while self._events:
                    owner, event = self._events.popleft()
                    if isinstance(event, MessageReceived):
                        self._unread_bytes[event.sender] -= _size(event)
                    self._step(owner, event)
                    # Votes and blocks go between any two steps.
                    await asyncio.sleep(0)
        finally:
            self._stop()

    def follow(self, executed: Executed, view: HeadView) -> None:
        """A block was kept: settle what was submitted."""
        self._view = view
        for address, sender in self._senders.items():
            self._report(sender.follow(executed, next_sequence(view.head.state, address)))

    def show(self, view: HeadView, events: tuple[ChainEvent, ...]) -> None:
        """Let all agents look at the chain."""
        self._view = view
        committed = BlockCommitted(view.height, view.slot, view.period, events, view)
        for owner in range(len(self._residents)):
            self._tell(owner, committed)

    def receive(self, message: AgentMessage) -> None:
        """A message came for a member who lives here."""
        event = MessageReceived(message.sender, message.topic, message.body)
        for owner, resident in enumerate(self._residents):
            if resident.key.address == message.to and self._has_room(event):
                self._unread_bytes[event.sender] += _size(event)
                self._tell(owner, event)

    def _has_room(self, event: MessageReceived) -> bool:
        is_within = self._unread_bytes[event.sender] + _size(event) <= SENDER_BYTES_MAX
        return is_within and len(self._events) < QUEUE_MAX

    def _stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        for task in self._computing:
            task.cancel()
        if self._workers:
            self._workers.shutdown(wait=False, cancel_futures=True)

    def _tell(self, owner: int, event: Event) -> None:
        self._events.append((owner, event))
        self._waiting.set()

    def _report(self, failures: Iterable[Failed]) -> None:
        for failed in failures:
            event = failed.event
            kind = self._residents[failed.owner].agent.kind
            log.info(
                "submission failed", agent=kind, action=f"{event.contract}.{event.action}", reason=event.error
            )
            self._tell(failed.owner, event)

    def _step(self, owner: int, event: Event) -> None:
        agent = self._residents[owner].agent
        try:
            actions = agent.step(event, now_ms())
        except Exception:
            # One agent's fault must not take down the node and its vote.
            log.exception("agent fault", agent=agent.kind, address=agent.address, at=type(event).__name__)
            return
        for action in actions:
            self._perform(owner, action)

    def _perform(self, owner: int, action: Action) -> None:
        match action:
            case Submit():
                self._submit(owner, action)
            case SendMessage():
                self._send(owner, action)
            case SetTimer(name, at_ms):
                self._set_timer(owner, name, at_ms)
            case Compute():
                task = asyncio.create_task(self._compute(owner, action))
                self._computing.add(task)
                task.add_done_callback(self._computing.discard)
            case Note(level, text, fields):
                agent = self._residents[owner].agent
                getattr(log, level)(text, agent=agent.kind, address=agent.address, fields=fields)

    def _submit(self, owner: int, submit: Submit) -> None:
        address = self._residents[owner].key.address
        sequence = self._outside.pool_sequence(address)
        self._report(self._senders[address].submit(owner, submit, sequence, self._outside.slot()))

    def _send(self, owner: int, action: SendMessage) -> None:
        sender = self._residents[owner].key.address
        message = AgentMessage(sender, action.to, action.topic, action.body)
        if action.to in self.keys:
            self.receive(message)
        elif not self._outside.send(message):
            log.debug("message lost: no node of the receiver is connected", to=action.to, topic=action.topic)

    def _set_timer(self, owner: int, name: str, at_ms: int) -> None:
        if old := self._timers.pop((owner, name), None):
            old.cancel()
        wait_s = max(0, at_ms - now_ms()) / 1_000
        loop = asyncio.get_running_loop()
        self._timers[owner, name] = loop.call_later(wait_s, self._fire, owner, name)

    def _fire(self, owner: int, name: str) -> None:
        del self._timers[owner, name]
        self._tell(owner, TimerFired(name))

    async def _compute(self, owner: int, action: Compute) -> None:
        loop = asyncio.get_running_loop()
        if self._workers is None:
            self._workers = start_workers(COMPUTE_WORKERS)
        try:
            result = await loop.run_in_executor(self._workers, action.function, *action.arguments)
        except BrokenExecutor as error:
            self._workers = None
            self._tell(owner, Computed(action.tag, None, f"the worker ended: {error}"))
        except Exception as error:
            self._tell(owner, Computed(action.tag, None, f"{type(error).__name__}: {error}"))
        else:
            self._tell(owner, Computed(action.tag, result))


def _size(event: MessageReceived) -> int:
    return max(len(event.body), MESSAGE_BYTES_MIN)
