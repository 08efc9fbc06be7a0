"""The parts of the talks one by one: what each takes from whom, and leaves aside from anybody else."""

from collections.abc import Iterable

import pytest

from contracts.agent import (
    BlockCommitted,
    Compute,
    Computed,
    MessageReceived,
    Note,
    SendMessage,
    SubmissionFailed,
    Submit,
)
from contracts.response.agents.agreeing import Agreeing
from contracts.response.agents.checking import Case, Checking, hosts_of
from contracts.response.agents.hosting import Hosting
from contracts.response.agents.messages import (
    AnswerMessage,
    AskMessage,
    HostMessage,
    IterateMessage,
    NeighbourMessage,
    PresentMessage,
    VoltageMessage,
)
from contracts.response.agents.meter import ResponseMeter
from contracts.response.agents.operator import ResponseOperator
from contracts.response.agents.participant import ResponseParticipant
from contracts.response.agents.planning import Planning
from contracts.response.agents.sight import Sight
from contracts.response.agents.stake import Stake
from contracts.response.optimality import Cut
from contracts.response.quotes import Quote, Segment
from contracts.response.records import Phase
from contracts.response.solving.admm import Coordinator
from contracts.response.solving.judging import Judgement
from contracts.response.solving.numbers import read_number, write_number
from contracts.response.solving.solver import Answer, Infeasible
from tests.contracts.chain import address, key_of
from tests.contracts.response.agents import FIELD, Scene
from tests.contracts.response.market import OWNERS, forecast, market_in

ENO, ANN, BEN, EVE = address("eno"), address(OWNERS[0]), address(OWNERS[1]), address(OWNERS[5])
RUN = 1_000
MARKET = market_in(Phase.AGREEING)
CASE = Case(MARKET.event, MARKET.parameters.network, forecast(2), MARKET.resources)
HOSTS = hosts_of(CASE, {number: resource.address for number, resource in enumerate(CASE.resources)})


def agreeing() -> Agreeing:
    return Agreeing(0, RUN, Coordinator(100, [80, 80]), {0: ANN, 1: BEN}, {0: 80, 1: 80})


def answer(resource: int, turn: int = 0, response_w: float = 40.0) -> AnswerMessage:
    return AnswerMessage(0, RUN, resource, turn, write_number(response_w))


def test_a_turn_is_over_when_all_have_answered_for_themselves() -> None:
    run = agreeing()
    assert [sent.to for sent in run.begin()] == [ANN, BEN]
    for sender, message in [(BEN, answer(0)), (EVE, answer(1)), (ANN, answer(0, turn=1)), (ANN, answer(7))]:
        assert [*run.take(sender, message)] == []
    assert run.awaited == {0, 1}
    assert [*run.take(ANN, answer(0))] == []
    assert run.awaited == {1}
    assert [*run.take(ANN, answer(0, response_w=3.0))] == [], "the first answer counts"
    told = [IterateMessage.decode(sent.body) for sent in run.take(BEN, answer(1))]
    assert [(message.resource, message.turn) for message in told] == [(0, 1), (1, 1)]


def test_who_is_missing_is_told_once_more_and_then_dropped() -> None:
    run = agreeing()
    first = [*run.begin()]
    list(run.take(ANN, answer(0)))
    assert [*run.lose_patience()] == [sent for sent in first if sent.to == BEN]
    assert [*run.lose_patience()] == []
    assert run.is_over, "80 W cannot give 100 W"
    assert run.dropped == [1]
    assert [*run.lose_patience()] == []


def checking() -> Checking:
    check = Checking(CASE, Hosting(ENO, 0, RUN), HOSTS, {})
    list(check.begin())
    return check


def voltage(bus: int, attempt: int = RUN) -> VoltageMessage:
    return VoltageMessage(0, attempt, bus, ((10**9, 0), (10**9, 0)), 1, 100)


def test_a_bus_is_reported_by_its_host_in_this_attempt_once() -> None:
    check, bus = checking(), 3
    other = next(host for host in HOSTS.values() if host != HOSTS[bus])
    for sender, message in [(other, voltage(bus)), (HOSTS[bus], voltage(bus, RUN - 1)), (EVE, voltage(0))]:
        assert [*check.take(sender, message)] == []
    assert check.found == {}
    list(check.take(HOSTS[bus], voltage(bus)))
    list(check.take(HOSTS[bus], voltage(bus)))
    assert (set(check.found), check.messages) == ({bus}, 1)


def test_who_says_nothing_after_it_was_asked_is_silent() -> None:
    check = checking()
    assert check.silent == set(), "nobody was asked yet"
    asked = {sent.to for sent in check.ask() if sent.topic == AskMessage.TOPIC}
    assert asked == {*HOSTS.values()} == check.silent
    list(check.take(HOSTS[3], PresentMessage(0, RUN)))
    assert HOSTS[3] not in check.silent


def stake(owner: str) -> Stake:
    parameters, quote = MARKET.parameters, Quote((Segment(0, 50, 1_000), Segment(50, 80, 3_000)), 10**6)
    return Stake(MARKET.event, address(owner), parameters, 900, CASE.forecast, CASE.resources, {0: quote})


def hosting(bus: int, attempt: int = RUN) -> HostMessage:
    """As the ENO tells it: everybody else's buses are its own."""
    parent, children = CASE.network.tree.parents[bus], CASE.network.tree.children[bus]
    return HostMessage(0, attempt, bus, (), tuple((other, ENO) for other in (parent, *children)))


def neighbours(sent: Iterable[SendMessage]) -> list[NeighbourMessage]:
    return [NeighbourMessage.decode(each.body) for each in sent if each.topic == NeighbourMessage.TOPIC]


TREE = CASE.network.tree
LEAF, ABOVE = next(
    (bus, parent)
    for bus, parent in enumerate(TREE.parents)
    if TREE.children[parent] == (bus,) and not TREE.children[bus]
)
"""A bus at the end of a branch, and the one before it, on which nothing else hangs."""


def test_an_answer_is_what_the_curve_gives_at_the_price() -> None:
    (sent,) = stake(OWNERS[0]).answer(IterateMessage(0, RUN, 0, 4, write_number(2_000.0), write_number(1.0)))
    message = AnswerMessage.decode(sent.body)
    assert (sent.to, message.run, message.turn) == (ENO, RUN, 4)
    assert read_number(message.response_w, "response") == 50.0


def test_an_absurd_price_gets_no_answer_nor_does_one_for_what_was_not_sealed() -> None:
    mine, one = stake(OWNERS[0]), write_number(1.0)
    nan = b"\x7f\xf8" + bytes(6)
    for resource, price, stiffness in [
        (1, one, one),
        (0, nan, one),
        (0, one, nan),
        (0, one, write_number(0.0)),
    ]:
        assert [*mine.answer(IterateMessage(0, RUN, resource, 0, price, stiffness))] == []


def test_a_bus_is_run_in_the_newest_attempt_and_taken_once() -> None:
    mine = stake(OWNERS[0])
    (first,) = neighbours(mine.host(hosting(LEAF)))
    assert (first.source, first.target) == (LEAF, ABOVE)
    assert [*mine.host(hosting(LEAF))] == []
    assert [*mine.host(hosting(LEAF, RUN - 1))] == []
    assert neighbours(mine.host(hosting(LEAF, RUN + 1)))[0].attempt == RUN + 1


def test_a_bus_that_is_told_wrong_neighbours_is_not_run() -> None:
    mine, wrong = stake(OWNERS[0]), HostMessage(0, RUN, LEAF, (), ((0, ENO), (LEAF, ENO)))
    assert [*mine.host(wrong)] == []
    assert [*mine.host(HostMessage(0, RUN, 1_000, (), ((0, ENO),)))] == []


@pytest.mark.parametrize("topic", [HostMessage.TOPIC, IterateMessage.TOPIC])
def test_what_is_for_the_operator_to_say_is_read_from_nobody_else(topic: str) -> None:
    view, owner = MARKET.chain.view, ResponseParticipant(key_of(OWNERS[0]), FIELD.offer)
    owner.step(BlockCommitted(view.height, view.slot, view.period, (), view), 0)
    assert owner.step(MessageReceived(EVE, topic, b"?"), 0) == ()
    (note,) = owner.step(MessageReceived(ENO, topic, b"?"), 0)
    assert isinstance(note, Note)


def test_what_a_neighbour_said_too_early_is_heard_when_the_bus_is_taken() -> None:
    above, other = stake(OWNERS[1]), stake(OWNERS[1])
    (early,) = neighbours(stake(OWNERS[0]).host(hosting(LEAF)))
    assert [*above.listen(ENO, early)] == [*other.listen(ENO, early)] == []
    (passed_on,) = neighbours(above.host(hosting(ABOVE)))
    assert passed_on.target == TREE.parents[ABOVE]
    assert neighbours(other.host(hosting(ABOVE, RUN + 1))) == [], "it was said in another attempt"


def test_a_neighbour_is_heard_from_its_host_alone() -> None:
    leaf, above = stake(OWNERS[0]), stake(OWNERS[1])
    (said,) = neighbours(leaf.host(hosting(LEAF)))
    list(above.host(hosting(ABOVE)))
    assert [*above.listen(EVE, said)] == []
    assert len([*above.listen(ENO, said)]) == 1


@pytest.mark.parametrize(("phase", "action"), [(Phase.QUOTING, "report"), (Phase.METERING, "meter")])
def test_a_reading_that_was_not_taken_is_delivered_again_with_the_next_block(
    phase: Phase, action: str
) -> None:
    view = market_in(phase).chain.view
    block = BlockCommitted(view.height, view.slot, view.period, (), view)
    meter = ResponseMeter(key_of("spare-meter"), FIELD.measure(0))
    submitted = meter.step(block, 0)
    assert action in {each.action for each in submitted if isinstance(each, Submit)}
    assert meter.step(block, 0) == ()
    meter.step(SubmissionFailed("any", action, "there was no room"), 0)
    again = [each for each in submitted if isinstance(each, Submit) and each.action == action]
    assert [*meter.step(block, 0)] == again


def test_constraints_found_before_the_quotes_were_revealed_cannot_forbid_a_dispatch() -> None:
    sight, record = Sight(market_in(Phase.DISPATCHING).chain.view), market_in(Phase.DISPATCHING).event
    planning = Planning(CASE, ENO, {}, cuts=(Cut((1,) * 6, 0),))
    (first,) = planning.follow(sight, record, RUN)
    assert isinstance(first, Compute)
    forbidden = first.function(*first.arguments)
    assert isinstance(forbidden, Infeasible)
    (second,) = planning.take(sight, Computed(first.tag, forbidden), RUN, RUN)
    assert planning.outcome is None
    assert isinstance(second, Compute)
    assert isinstance(second.function(*second.arguments), Answer)


def test_constraints_found_before_the_quotes_were_revealed_take_no_place_from_those_of_the_optimum() -> None:
    market = market_in(Phase.DISPATCHING)
    old = tuple(Cut((0,) * 6, limit) for limit in range(market.parameters.cuts_max))
    planning, sight = Planning(CASE, ENO, {}, cuts=old), Sight(market.chain.view)
    (solving,) = planning.follow(sight, market.event, RUN)
    assert isinstance(solving, Compute)
    *_, judging = planning.take(sight, Computed(solving.tag, solving.function(*solving.arguments)), RUN, RUN)
    assert isinstance(judging, Compute)
    unsafe = Judgement(cuts=(Cut((1,) * 6, 0),), reason="a limit is broken")
    *_, anew = planning.take(sight, Computed(judging.tag, unsafe), RUN + 1, RUN)
    assert planning.outcome is None
    assert planning.cuts == ()
    assert isinstance(anew, Compute)
    assert isinstance(anew.function(*anew.arguments), Answer)


def test_after_a_computation_that_failed_all_begins_without_constraints() -> None:
    market = market_in(Phase.DISPATCHING)
    planning, sight = Planning(CASE, ENO, {}, cuts=(Cut((1,) * 6, 0),)), Sight(market.chain.view)
    (solving,) = planning.follow(sight, market.event, RUN)
    assert isinstance(solving, Compute)
    (note,) = planning.take(sight, Computed(solving.tag, None, "no proof was found"), RUN, RUN)
    assert isinstance(note, Note)
    (again,) = planning.follow(sight, market.event, RUN)
    assert isinstance(again, Compute)
    assert isinstance(again.function(*again.arguments), Answer)


def test_a_result_of_an_older_run_is_left_aside() -> None:
    operator, scene = ResponseOperator(key_of("eno"), FIELD.outlook), Scene()
    scene.hosts.restart(scene.agent(ResponseOperator, "eno"), operator)
    scene.run_to(Phase.AGREEING)
    assert operator.step(Computed("response/judge 0 1", None, "late"), scene.hosts.now_ms) == ()
