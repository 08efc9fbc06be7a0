"""When owners, messages or the operator itself are lost: the others go on, and the event is settled."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from contracts.agent import SendMessage
from contracts.response.agents.messages import (
    AgreedMessage,
    AnswerMessage,
    HostMessage,
    IterateMessage,
    NeighbourMessage,
    VoltageMessage,
)
from contracts.response.events import find_quote
from contracts.response.records import Phase
from crypto.address import Address
from tests.contracts.chain import address
from tests.contracts.response.agents import WINDOWS, Scene
from tests.contracts.response.market import OWNERS

VICTIM = 2
"""Whose agent dies: the owner of this resource."""


class Death:
    """A network in which the victim dies, and its `count`th message on a topic, or the one to it, is lost."""

    def __init__(self, topic: str, count: int, *, is_told: bool = False) -> None:
        self.topic, self.left, self.is_told = topic, count, is_told
        self.scene = Scene(network=self)

    def __call__(self, sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        who = message.to if self.is_told else sender
        if self.left and who == address(OWNERS[VICTIM]) and message.topic == self.topic:
            self.left -= 1
            if not self.left:
                self.scene.kill(OWNERS[VICTIM])
                return ()
        return (message,)


def check_dispatched(scene: Scene) -> None:
    record = scene.run_to(Phase.SCHEDULED)
    assert scene.market.failures() == []
    assert sum(scene.dispatch.allocation_w) == -record.target_w


def check_settled(scene: Scene) -> None:
    scene.run_to(Phase.SETTLED)
    assert scene.market.failures() == []
    assert scene.market.money() == scene.issued


@pytest.mark.parametrize("answers", [1, 7])
def test_who_dies_amid_the_optimisation_is_left_out_and_the_others_go_on(answers: int) -> None:
    death = Death(AnswerMessage.TOPIC, answers)
    check_dispatched(death.scene)
    check_settled(death.scene)
    assert death.left == 0
    assert death.scene.dispatch.allocation_w[VICTIM] == 0
    assert find_quote(death.scene.market.sight, 0, VICTIM) is None
    told = [sent for _, sent in death.scene.hosts.messages if sent.to == address(OWNERS[VICTIM])]
    assert HostMessage.TOPIC not in {sent.topic for sent in told}, "it is not asked to host either"


@pytest.mark.parametrize(("topic", "count"), [(NeighbourMessage.TOPIC, 4), (VoltageMessage.TOPIC, 1)])
def test_a_host_who_dies_amid_the_sweep_is_replaced(topic: str, count: int) -> None:
    death = Death(topic, count)
    check_dispatched(death.scene)
    assert death.left == 0
    ((_, note),) = death.scene.hosts.noted("hosts are silent")
    assert note.fields["hosts"] == (address(OWNERS[VICTIM]),)
    assert death.scene.dispatch.convergence.sweeps > 0


def test_where_a_host_falls_silent_and_time_is_short_the_operator_sweeps_alone() -> None:
    def carry(sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        is_silent = scene.event.phase is Phase.DISPATCHING and sender == address(OWNERS[VICTIM])
        return () if is_silent else (message,)

    scene = Scene({"windows": replace(WINDOWS, dispatch_slots=2)}, network=carry)
    check_dispatched(scene)
    assert not scene.hosts.noted("hosts are silent"), "there was no time to find out"


def test_who_never_reveals_is_left_out() -> None:
    death = Death(AgreedMessage.TOPIC, 1, is_told=True)
    check_dispatched(death.scene)
    assert death.scene.event.sealed == 6
    assert death.scene.event.revealed == 5
    assert death.scene.dispatch.allocation_w[VICTIM] == 0


def test_an_owner_who_comes_back_makes_again_what_it_sealed() -> None:
    scene = Scene()
    scene.run_to(Phase.AGREEING)
    scene.restart_owner(OWNERS[VICTIM])
    check_dispatched(scene)
    assert find_quote(scene.market.sight, 0, VICTIM) is not None


TOPICS = [
    kind.TOPIC
    for kind in (AgreedMessage, AnswerMessage, HostMessage, IterateMessage, NeighbourMessage, VoltageMessage)
]


@pytest.mark.parametrize("topic", TOPICS)
def test_one_lost_message_of_each_kind_is_made_up_for(topic: str) -> None:
    def carry(sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        if message.topic == topic and not lost:
            lost.append(message)
            return ()
        return (message,)

    lost: list[SendMessage] = []
    scene = Scene(network=carry)
    check_dispatched(scene)
    assert lost
    assert scene.event.revealed == 6
    assert not scene.hosts.noted("hosts are silent")


class Disorder:
    """Loses a few messages, sends many twice, and holds many back until others of the same way come by."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.held: list[tuple[Address, SendMessage]] = []

    def __call__(self, sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        if self.random.random() < 0.003:
            return []
        late = [each for from_, each in self.held if from_ == sender and self.random.random() < 0.5]
        self.held = [(from_, each) for from_, each in self.held if each not in late]
        copies = [message] * self.random.choice((1, 1, 1, 2, 3))
        self.held += [(sender, message)] * (self.random.random() < 0.1)
        return [*late, *copies]


@pytest.mark.parametrize("seed", range(2))
def test_messages_lost_doubled_and_late_do_no_harm(seed: int) -> None:
    check_dispatched(Scene(network=Disorder(seed)))


@pytest.mark.parametrize("phase", [*Phase][:7])
def test_the_operator_goes_on_from_the_chain(phase: Phase) -> None:
    scene = Scene()
    scene.run_to(phase)
    scene.restart_operator()
    check_settled(scene)


def test_the_operator_that_is_restarted_in_every_slot_still_dispatches() -> None:
    scene = Scene()
    scene.run_to(Phase.QUOTING)
    while scene.event.phase is not Phase.SETTLED:
        scene.restart_operator()
        scene.step()
    check_settled(scene)


def test_owners_reveal_and_are_dispatched_without_the_operator_amid_the_talks() -> None:
    scene = Scene()
    scene.run_to(Phase.AGREEING)
    operator = scene.agent(type(scene.operator()), "eno")
    scene.hosts.stop(operator)
    scene.run_to(Phase.DISPATCHING)
    assert scene.event.revealed == 6
    scene.hosts.agents.append(scene.operator())
    check_dispatched(scene)
