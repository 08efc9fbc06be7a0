"""Agents on a chain in memory, hosted as the node hosts them: messages, timers, computations, submissions."""

import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

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
    SubmissionFailed,
    Submit,
    TimerFired,
)
from crypto.address import Address
from tests.contracts.chain import Chain

Network = Callable[[Address, SendMessage], Iterable[SendMessage]]
"""What becomes of a message that an address sent: itself, nothing, or something else."""


def deliver_all(sender: Address, message: SendMessage) -> Iterable[SendMessage]:
    """A network that loses nothing."""
    return (message,)


@dataclass
class Hosts:
    """All agents of a test. `step_slot` makes a block and lets everybody act until nothing is left to do."""

    chain: Chain
    agents: list[Agent]
    network: Network = deliver_all
    now_ms: int = 0
    notes: list[tuple[Address, Note]] = field(default_factory=list)
    messages: list[tuple[Address, SendMessage]] = field(default_factory=list)
    submissions: list[tuple[Address, Submit]] = field(default_factory=list)
    timers: dict[tuple[int, str], int] = field(default_factory=dict)
    queue: list[tuple[Agent, Event]] = field(default_factory=list)

    def step_slot(self, slot: int | None = None) -> None:
        """A block of what was submitted, in the next slot or in a later one; then everything that follows."""
        pending = {tx.tx_id: tx for tx in self.chain.pending}
        receipts = self.chain.make_block(slot)
        self.now_ms += self.chain.genesis.slot_ms
        for receipt in receipts:
            transaction = pending[receipt.tx_id]
            if not receipt.ok:
                failed = SubmissionFailed(transaction.contract, transaction.action, receipt.error)
                self._tell(transaction.sender, failed)
        for agent in self.agents:
            self.queue.append((agent, self._committed()))
        self.fire_timers()
        self.settle()

    def run_to(self, slot: int) -> None:
        while self.chain.head.slot < slot:
            self.step_slot()

    def settle(self) -> None:
        """Until nobody has anything to do before the next block."""
        while self.queue:
            agent, event = self.queue.pop(0)
            if agent in self.agents:
                for action in agent.step(event, self.now_ms):
                    self._perform(agent, action)

    def fire_timers(self) -> None:
        """Tell agents of the timers that are due by now."""
        for (agent_id, name), at_ms in sorted(self.timers.items()):
            if at_ms <= self.now_ms:
                del self.timers[agent_id, name]
                self.queue.extend((agent, TimerFired(name)) for agent in self.agents if id(agent) == agent_id)

    def restart(self, old: Agent, new: Agent) -> None:
        """Put an agent that knows nothing in the place of another."""
        self.stop(old)
        self.agents.append(new)

    def stop(self, agent: Agent) -> None:
        self.agents.remove(agent)
        self.timers = {key: at for key, at in self.timers.items() if key[0] != id(agent)}

    def noted(self, text: str) -> list[tuple[Address, Note]]:
        return [(address, note) for address, note in self.notes if text in note.text]

    def _committed(self) -> BlockCommitted:
        view = self.chain.view
        return BlockCommitted(view.height, view.slot, view.period, self.chain.events, view)

    def _tell(self, address: Address, event: Event) -> None:
        self.queue.extend((agent, event) for agent in self.agents if agent.address == address)

    def _perform(self, agent: Agent, action: Action) -> None:
        match action:
            case Submit(contract, name, arguments, stage, links):
                self.submissions.append((agent.address, action))
                self.chain.send(agent.address, contract, name, arguments, stage, links)
            case SendMessage():
                self.messages.append((agent.address, action))
                for sent in self.network(agent.address, action):
                    self._tell(sent.to, MessageReceived(agent.address, sent.topic, sent.body))
            case SetTimer(name, at_ms):
                self.timers[id(agent), name] = at_ms
            case Compute(tag):
                self.queue.append((agent, Computed(tag, _computed(action))))
            case Note():
                self.notes.append((agent.address, action))


def _computed(work: Compute) -> Any:
    """The result, by way of the bytes in which a worker process gets its work and gives it back."""
    function, arguments = pickle.loads(pickle.dumps((work.function, work.arguments)))
    return pickle.loads(pickle.dumps(function(*arguments)))
