"""When owners, messages or the operator itself are lost: the others go on, and the event is settled."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest

from contracts.agent import Action, Computed, Event, SendMessage, View
from contracts.response.agents.messages import (
    AgreedMessage,
    AnswerMessage,
    HostMessage,
    IterateMessage,
    NeighbourMessage,
    VoltageMessage,
)
from contracts.response.agents.operator import ResponseOperator
from contracts.response.agents.planning import SOLVE
from contracts.response.events import find_quote
from contracts.response.quotes import Quote, Segment
from contracts.response.records import EventRecord, Phase
from crypto.address import Address
from tests.contracts.chain import address, key_of
from tests.contracts.response.agents import FIELD, WINDOWS, Scene
from tests.contracts.response.market import OWNERS

VICTIM = 2
"""Whose agent dies: the owner of this resource."""


class Interrupted:
    """A scene whose network loses somebody's `count`th message of a topic, as something happens."""

    def __init__(
        self, topic: str, count: int, happen: Callable[[Scene], None], of: str = OWNERS[VICTIM]
    ) -> None:
        self.topic, self.left, self.happen, self.of = topic, count, happen, address(of)
        self.scene = Scene(network=self)

    def __call__(self, sender: Address, message: SendMessage) -> Iterable[SendMessage]:
        if self.left and message.topic == self.topic and self.of in (sender, message.to):
            self.left -= 1
            if not self.left:
                self.happen(self.scene)
                return ()
        return (message,)


def victim_dies(scene: Scene) -> None:
    scene.kill(OWNERS[VICTIM])


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
    death = Interrupted(AnswerMessage.TOPIC, answers, victim_dies)
    check_dispatched(death.scene)
    check_settled(death.scene)
    assert death.left == 0
    assert death.scene.dispatch.allocation_w[VICTIM] == 0
    assert find_quote(death.scene.market.sight, 0, VICTIM) is None
    told = [sent for _, sent in death.scene.hosts.messages if sent.to == address(OWNERS[VICTIM])]
    assert HostMessage.TOPIC not in {sent.topic for sent in told}, "it is not asked to host either"


@pytest.mark.parametrize(("topic", "count"), [(NeighbourMessage.TOPIC, 4), (VoltageMessage.TOPIC, 1)])
def test_a_host_who_dies_amid_the_sweep_is_replaced(topic: str, count: int) -> None:
    death = Interrupted(topic, count, victim_dies)
    check_dispatched(death.scene)
    assert death.left == 0
    ((_, note),) = death.scene.hosts.noted("hosts are silent")
    assert note.fields["hosts"] == (address(OWNERS[VICTIM]),)
    assert death.scene.dispatch.convergence.sweeps > 0


def mute(sender: Address, message: SendMessage) -> Iterable[SendMessage]:
    """A network in which the victim is there, and its bus says nothing to its neighbours."""
    is_lost = sender == address(OWNERS[VICTIM]) and message.topic == NeighbourMessage.TOPIC
    return () if is_lost else (message,)


def test_a_host_who_is_there_and_says_nothing_is_not_waited_for_forever() -> None:
    scene = Scene({"windows": replace(WINDOWS, agree_slots=30)}, network=mute)
    scene.run_to(Phase.DISPATCHING)
    assert not scene.hosts.noted("hosts are silent")
    assert scene.hosts.noted("the plan breaks a limit"), "the operator has swept alone"
    check_dispatched(scene)


def test_where_no_time_is_left_to_wait_for_a_host_the_operator_sweeps_alone() -> None:
    scene = Scene({"windows": replace(WINDOWS, agree_slots=4, dispatch_slots=2)}, network=mute)
    scene.run_to(Phase.DISPATCHING)
    assert not scene.hosts.noted("the plan breaks a limit")
    check_dispatched(scene)
    assert scene.hosts.noted("the plan breaks a limit"), "which took it more than one sweep"


def test_who_never_reveals_is_left_out() -> None:
    death = Interrupted(AgreedMessage.TOPIC, 1, victim_dies)
    check_dispatched(death.scene)
    assert death.scene.event.sealed == 6
    assert death.scene.event.revealed == 5
    assert death.scene.dispatch.allocation_w[VICTIM] == 0


@pytest.mark.parametrize(("topic", "count"), [(AnswerMessage.TOPIC, 7), (NeighbourMessage.TOPIC, 4)])
def test_an_owner_who_comes_back_at_once_takes_part_as_before(topic: str, count: int) -> None:
    back = Interrupted(topic, count, lambda scene: scene.restart_owner(OWNERS[VICTIM]))
    check_dispatched(back.scene)
    assert back.left == 0
    assert find_quote(back.scene.market.sight, 0, VICTIM) is not None
    assert not back.scene.hosts.noted("hosts are silent")


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


@pytest.mark.parametrize("phase", [Phase.QUOTING, *[*Phase][3:7]])
def test_the_operator_goes_on_from_the_chain(phase: Phase) -> None:
    scene = Scene()
    scene.run_to(phase)
    scene.restart_operator()
    check_settled(scene)


@pytest.mark.parametrize(
    ("topic", "count"),
    [(AnswerMessage.TOPIC, 50), (NeighbourMessage.TOPIC, 20), (VoltageMessage.TOPIC, 14)],
    ids=["amid the optimisation", "amid a check", "amid the check of the dispatch"],
)
def test_the_operator_that_is_restarted_amid_the_talks_begins_them_anew(topic: str, count: int) -> None:
    anew = Interrupted(topic, count, Scene.restart_operator, of="eno")
    check_dispatched(anew.scene)
    assert anew.left == 0
    assert anew.scene.event.revealed == 6


def test_the_operator_that_is_restarted_in_every_slot_still_dispatches() -> None:
    scene = Scene()
    scene.run_to(Phase.QUOTING)
    while scene.event.phase is not Phase.SETTLED:
        scene.restart_operator()
        scene.step()
    check_settled(scene)


def test_a_computation_that_fails_is_made_again() -> None:
    class Clumsy(ResponseOperator):
        failures = 0

        def step(self, event: Event, now: int) -> tuple[Action, ...]:
            if isinstance(event, Computed) and event.tag.startswith(SOLVE) and not self.failures:
                self.failures += 1
                event = Computed(event.tag, None, "the worker ended")
            return super().step(event, now)

    scene, clumsy = Scene(), Clumsy(key_of("eno"), FIELD.outlook)
    scene.hosts.restart(scene.agent(ResponseOperator, "eno"), clumsy)
    check_dispatched(scene)
    assert clumsy.failures == len(scene.hosts.noted("a computation failed")) == 1


def test_whose_offer_has_changed_reveals_nothing() -> None:
    def offer(view: View, record: EventRecord, resource: int) -> Quote | None:
        asked.append(resource)
        is_changed = resource == VICTIM and asked.count(resource) > 1
        return Quote((Segment(0, 1_000, 1),), 1_000) if is_changed else FIELD.offer(view, record, resource)

    asked: list[int] = []
    scene = Scene(offer=offer)
    check_dispatched(scene)
    assert scene.event.revealed == 5
    assert len(scene.hosts.noted("the offer is another than what was sealed")) == 1


def test_without_the_operator_owners_reveal_in_time_and_it_dispatches_when_it_is_back() -> None:
    def leave(scene: Scene) -> None:
        scene.hosts.stop(scene.agent(ResponseOperator, "eno"))

    left = Interrupted(AnswerMessage.TOPIC, 50, leave, of="eno")
    left.scene.run_to(Phase.DISPATCHING)
    assert left.scene.event.revealed == 6
    left.scene.hosts.agents.append(left.scene.operator())
    check_dispatched(left.scene)


def test_in_a_short_time_too_owners_first_wait_for_the_operators_word() -> None:
    scene = Scene({"windows": replace(WINDOWS, agree_slots=2)})
    scene.run_to(Phase.QUOTING)
    scene.hosts.stop(scene.agent(ResponseOperator, "eno"))
    scene.run_to(Phase.AGREEING)
    assert not [submit for _, submit in scene.hosts.submissions if submit.action == "reveal"]
    scene.run_to(Phase.DISPATCHING)
    assert scene.event.revealed == 6
