"""An event from its alarm to its settlement, by agents alone."""

from functools import cache

from contracts.agent import View
from contracts.response.agents.messages import (
    AgreedMessage,
    AnswerMessage,
    HostMessage,
    NeighbourMessage,
    PresentMessage,
    VoltageMessage,
)
from contracts.response.events import find_bill
from contracts.response.quotes import Quote, Segment
from contracts.response.records import EventRecord, Phase
from contracts.response.solving.sweep import run_sweep
from tests.contracts.chain import address
from tests.contracts.response.agents import FIELD, Scene
from tests.contracts.response.market import CASE, NOON, OWNERS


@cache
def settled() -> Scene:
    """To be looked at only."""
    scene = Scene()
    scene.run_to(Phase.SETTLED)
    return scene


def highest_npu(*change_w: int) -> float:
    """The highest voltage at noon, when each resource is moved by its signed change."""
    flow = run_sweep(CASE.network, [CASE.injections(NOON, change_w)])
    return max(abs(complex(*voltage)) for voltage in flow.voltages_npu[0])


def test_an_alarm_is_answered_within_the_limits() -> None:
    scene = settled()
    assert scene.market.failures() == []
    assert scene.event.alarm is not None
    allocation_w = scene.dispatch.allocation_w
    assert sum(allocation_w) == -scene.event.target_w
    assert highest_npu(0, 0, 0, 0, 0, 0) > CASE.network.highest_npu
    assert highest_npu(*(-response_w for response_w in allocation_w)) < CASE.network.highest_npu


def test_everybody_is_paid_for_what_the_meters_saw() -> None:
    scene = settled()
    bills = [find_bill(scene.market.sight, 0, number) for number in range(6)]
    assert all(bill.short_wh == bill.absent == 0 for bill in bills if bill)
    assert sum(bill.payment for bill in bills if bill) > 0
    assert scene.market.money() == scene.issued


def test_the_record_says_how_the_owners_came_to_agree() -> None:
    convergence = settled().dispatch.convergence
    assert convergence.rounds >= 3, "optimised, constrained, and solved for what was revealed"
    assert convergence.residuals[0][0] > 1_000 > convergence.residuals[-1][0]
    assert convergence.sweeps > convergence.rounds


def test_all_messages_are_counted() -> None:
    scene = Scene()
    scene.run_to(Phase.SCHEDULED)
    sent = [message for _, message in scene.hosts.messages]
    assert scene.dispatch.convergence.messages == len(sent)
    assert scene.dispatch.convergence.message_bytes == sum(len(message.body) for message in sent)


def test_every_owner_runs_its_bus_and_talks_to_its_neighbours_alone() -> None:
    hosts = {0: address("eno")} | {bus + 1: address(name) for bus, name in enumerate(OWNERS)}
    parents = CASE.network.tree.parents
    told = [message for _, message in settled().hosts.messages if message.topic == HostMessage.TOPIC]
    assert {HostMessage.decode(message.body).bus for message in told} == {1, 2, 3, 4, 5, 6}
    for sender, sent in settled().hosts.messages:
        if sent.topic == NeighbourMessage.TOPIC:
            message = NeighbourMessage.decode(sent.body)
            assert (sender, sent.to) == (hosts[message.source], hosts[message.target])
            assert parents[message.source] == message.target or parents[message.target] == message.source


def test_an_owner_tells_the_operator_nothing_but_powers_and_voltages() -> None:
    eno = address("eno")
    topics = {message.topic for sender, message in settled().hosts.messages if sender != eno}
    assert topics <= {message.TOPIC for message in TOLD_BY_OWNERS}


TOLD_BY_OWNERS = (AnswerMessage, NeighbourMessage, PresentMessage, VoltageMessage)


def test_what_a_curve_asks_beyond_what_it_gives_is_seen_nowhere_until_it_is_revealed() -> None:
    def dearer(view: View, record: EventRecord, resource: int) -> Quote | None:
        quote = FIELD.offer(view, record, resource)
        if quote is None or resource != 5:
            return quote
        *cheaper, last = quote.segments
        return Quote((*cheaper, Segment(last.first_w, last.last_w, 2 * last.price_ukwh)), quote.energy_wh)

    told = [message for _, message in settled().hosts.messages]
    agreed = next(at for at, message in enumerate(told) if message.topic == AgreedMessage.TOPIC)
    other = Scene(offer=dearer)
    other.run_to(Phase.DISPATCHING)
    assert [message for _, message in other.hosts.messages][:agreed] == told[:agreed]


def test_an_alarm_is_answered_by_one_event_until_that_has_run() -> None:
    scene = settled()
    names = [(event.name, event.fields.get("why")) for event in scene.events if event.contract == "response"]
    until_its_end = names[: names.index(("phase", "ended"))]
    assert [name for name, _ in until_its_end].count("triggered") == 1


def test_units_are_told_to_execute_and_meters_verify() -> None:
    scene = settled()
    record = scene.event
    assert [each["period"] for each in scene.seen("execute")][:2] == [*range(record.first_period, record.end)]
    verified = {(each["resource"], each["period"]) for each in scene.seen("verified") if each["event"] == 0}
    expected = {(number, period) for number in range(6) for period in range(record.first_period, record.end)}
    assert verified == expected
