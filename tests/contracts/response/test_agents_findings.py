"""When the network operator asks, and what it says on the chain where there is no answer."""

from contracts.agent import View
from contracts.response.agents.messages import HostMessage
from contracts.response.agents.sources import Instruct, Instruction, OperatingPoint
from contracts.response.quotes import Quote, Segment
from contracts.response.records import EventRecord, Phase
from ledger.quantities import Period, PowerW
from tests.contracts.chain import FIRST_PERIOD
from tests.contracts.response.agents import Scene
from tests.contracts.response.market import CASE

FIRST = Period(FIRST_PERIOD + 40)


def instructed(target_w: int, periods: int = 1) -> Instruct:
    """Always the same."""
    return lambda _view: (Instruction(FIRST, periods, PowerW(target_w)),)


def test_an_instruction_is_followed_once() -> None:
    scene = Scene(instruct=instructed(-30_000, periods=2))
    record = scene.run_to(Phase.SETTLED)
    assert (record.target_w, record.first_period, record.periods) == (-30_000, FIRST, 2)
    assert record.alarm is None
    assert FIRST not in [triggered["first_period"] for triggered in scene.seen("triggered")[1:]]


def test_an_instruction_that_comes_too_late_is_noted_once_and_does_not_hinder_the_next() -> None:
    late, good = Instruction(Period(FIRST_PERIOD + 4), 1, PowerW(-1_000)), instructed(-30_000)
    scene = Scene(instruct=lambda view: (late, *good(view)))
    for _ in range(3):
        scene.step()
    assert scene.seen("triggered")[0]["first_period"] == FIRST
    assert len(scene.hosts.noted("came too late")) == 1


def test_an_alarm_that_the_forecast_does_not_bear_out_is_noted_once_a_reading() -> None:
    calm = CASE.day[0]
    scene = Scene(outlook=lambda _view, _period: calm)
    for _ in range(4):
        scene.step()
    assert scene.seen("triggered") == []
    assert len(scene.hosts.noted("nothing to ask for")) == 3


def test_without_a_forecast_nothing_is_asked_for() -> None:
    scene = Scene(outlook=lambda _view, _period: None)
    for _ in range(4):
        scene.step()
    assert scene.seen("triggered") == []


def test_quotes_that_cannot_meet_the_target_are_shown_infeasible_with_a_proof() -> None:
    def little(_view: View, _record: EventRecord, _resource: int) -> Quote | None:
        return Quote((Segment(0, 10, 1_000),), energy_wh=1_000)

    scene = Scene(offer=little)
    record = scene.run_to(Phase.INFEASIBLE)
    (found,) = scene.seen("infeasible")
    assert found["is_proven"]
    assert record.revealed == 6
    assert scene.market.failures() == []


def test_a_target_that_the_network_forbids_is_shown_infeasible_with_its_constraints() -> None:
    """At noon nobody may inject yet more."""
    scene = Scene(instruct=instructed(15_000))
    scene.run_to(Phase.INFEASIBLE)
    (found,) = scene.seen("infeasible")
    assert found["is_proven"]
    assert found["cuts"] > 0
    assert scene.market.failures() == []


def test_a_check_without_a_power_flow_is_declared() -> None:
    heavy = OperatingPoint((PowerW(0), *[PowerW(-900_000)] * 6), (0,) * 7, (PowerW(0),) * 6)
    scene = Scene(outlook=lambda _view, _period: heavy, instruct=instructed(1_000))
    record = scene.run_to(Phase.INFEASIBLE)
    (found,) = scene.seen("infeasible")
    assert not found["is_proven"]
    assert record.reason == "the check does not converge: the power flow does not converge"
    assert HostMessage.TOPIC in {message.topic for _, message in scene.hosts.messages}


def test_owners_who_offer_nothing_take_no_part() -> None:
    scene = Scene(offer=lambda _view, _record, _resource: None)
    assert scene.run_to(Phase.LAPSED).reason == "nobody sealed a quote"
