"""Messages by those who have no business here, or of numbers that cannot be: they do no harm."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from struct import pack
from typing import Any

import pytest

from contracts.agent import Action, BlockCommitted, Event, SendMessage
from contracts.response.agents.messages import (
    AgreedMessage,
    AnswerMessage,
    AskMessage,
    HostMessage,
    IterateMessage,
    NeighbourMessage,
    PresentMessage,
    VoltageMessage,
)
from contracts.response.agents.wire import Message
from contracts.response.records import Phase
from contracts.response.solving.numbers import write_number
from contracts.response.solving.sweep_messages import Kind, Progress, SweepMessage
from crypto.address import Address
from tests.contracts.chain import address
from tests.contracts.response.agents import Scene
from tests.contracts.response.market import OWNERS

LIAR = OWNERS[2]
LIAR_BUS = 3
NUMBERS = [write_number(number) for number in (0.0, -1.0, 1e300, -1e300)] + [
    pack(">d", float("nan")),
    pack(">d", float("inf")),
]


def all_messages(attempts: Iterable[int]) -> Iterator[Message]:
    """One of everything, with every number that cannot be, for each of the runs."""
    swept = SweepMessage(Kind.VOLTAGES, 1, Progress.DIVERGED, ((10**15, 0), (0, 0))).encode()
    yield AgreedMessage(0)
    for run in attempts:
        for number in NUMBERS:
            yield IterateMessage(0, run, 2, 0, number, number)
            yield AnswerMessage(0, run, 2, 0, number)
        yield HostMessage(0, run, 3, ((2, 10**9),), ((0, address("spare-meter")), (1, address("eno"))))
        yield HostMessage(0, run, 1_000, (), ((1, address("eno")),))
        for bus in range(7):
            yield NeighbourMessage(0, run, bus, (bus + 1) % 7, swept)
            yield NeighbourMessage(0, run, bus, (bus + 1) % 7, b"\x00")
            yield VoltageMessage(0, run, bus, ((1, 1), (1, 1)), 2**40, 2**40)
        yield AskMessage(0, run)
        yield PresentMessage(0, run)


@dataclass
class Mallory:
    """Sends all of it to everybody after every block; she takes part in nothing."""

    address: Address
    runs: set[int]
    kind: str = "mallory"

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        if not isinstance(event, BlockCommitted):
            return ()
        messages = [*all_messages((0, now, *sorted(self.runs)[-2:]))]
        everybody = [address(name) for name in ("eno", *OWNERS)]
        bodies = [(message.TOPIC, message.encode()) for message in messages]
        bodies += [(message.TOPIC, message.encode()[:-1]) for message in messages[:3]]
        bodies.append((AnswerMessage.TOPIC, bytes(2**20)))
        return tuple(SendMessage(to, topic, body) for to in everybody for topic, body in bodies)


def test_who_takes_no_part_disturbs_nobody() -> None:
    def overheard(sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        if message.topic == IterateMessage.TOPIC and sender == address("eno"):
            runs.add(IterateMessage.decode(message.body).run)
        if message.topic == HostMessage.TOPIC and sender == address("eno"):
            runs.add(HostMessage.decode(message.body).attempt)
        return (message,)

    runs: set[int] = set()
    quiet, disturbed = Scene(), Scene(network=overheard)
    mallory = Mallory(address("spare-meter"), runs)
    disturbed.hosts.agents.append(mallory)
    quiet.run_to(Phase.SCHEDULED)
    disturbed.run_to(Phase.SCHEDULED)
    assert disturbed.dispatch.allocation_w == quiet.dispatch.allocation_w
    assert disturbed.dispatch.convergence == quiet.dispatch.convergence
    ((by, _),) = disturbed.hosts.noted("does not decode")
    assert by == address("eno"), "owners do not even read what is for the operator to say"


class Lies:
    """A network in which one owner says something else than what its agent does."""

    def __init__(self, kind: type[Message], **changes: Any) -> None:
        self.kind, self.changes = kind, changes
        self.told = 0

    def __call__(self, sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        if sender != address(LIAR) or message.topic != self.kind.TOPIC:
            return (message,)
        self.told += 1
        said: Any = self.kind.decode(message.body)
        return (replace(message, body=replace(said, **self.changes).encode()),)


@pytest.mark.parametrize("number", NUMBERS[1:])
def test_who_answers_absurdly_is_taken_for_silent(number: bytes) -> None:
    lies = Lies(AnswerMessage, response_w=number)
    scene = Scene(network=lies)
    scene.run_to(Phase.SCHEDULED)
    assert 0 < lies.told <= 4
    assert scene.market.failures() == []


def test_who_answers_the_same_to_every_price_is_held_to_its_quote() -> None:
    lies = Lies(AnswerMessage, response_w=write_number(9_000.0))
    scene, honest = Scene(network=lies), Scene()
    scene.run_to(Phase.SCHEDULED)
    honest.run_to(Phase.SCHEDULED)
    assert scene.dispatch.cost_nano_h <= honest.dispatch.cost_nano_h * 1_001 // 1_000


LIED = (
    (VoltageMessage, {"voltages": ((10**9, 0), (10**9, 0))}),
    (VoltageMessage, {"voltages": ((2 * 10**9, 0), (10**9, 10**9))}),
    (VoltageMessage, {"voltages": ((10**9, 0),)}),
    (VoltageMessage, {"bus": 5}),
    (VoltageMessage, {"messages": 2**40, "message_bytes": 2**40}),
    (NeighbourMessage, {"body": b"\x00"}),
    (NeighbourMessage, {"source": 5}),
    (
        NeighbourMessage,
        {"body": SweepMessage(Kind.CURRENTS, 1, Progress.DIVERGED, ((1, 1), (1, 1))).encode()},
    ),
)


@pytest.mark.parametrize(("kind", "changes"), LIED)
def test_a_host_that_lies_can_delay_the_check_and_nothing_else(
    kind: type[Message], changes: dict[str, Any]
) -> None:
    scene = Scene(network=Lies(kind, **changes))
    scene.run_to(Phase.SCHEDULED)
    assert scene.market.failures() == []
    assert scene.event.revealed == 6
