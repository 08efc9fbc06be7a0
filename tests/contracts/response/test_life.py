"""An event from its trigger to its settlement, and what becomes of it when somebody fails."""

from dataclasses import asdict, replace

import pytest

from contracts.metering.readings import Reading
from contracts.response.events import (
    active_events,
    count_resources,
    find_bill,
    find_dispatch,
    get_event,
    get_forecast,
)
from contracts.response.optimality import Certificate
from contracts.response.process import TRANSITIONS
from contracts.response.quotes import SECONDS_PER_HOUR, Segment
from contracts.response.records import Bill, Phase
from contracts.response.settlement import full_payment
from ledger.tdva import get_process
from tests.contracts.chain import address
from tests.contracts.response.market import (
    CUT_TARGET_W,
    METERS,
    OWNERS,
    PERIODS,
    TARGET_W,
    Market,
    advance,
    forecast,
    market_in,
    quote_of,
)

EVERYBODY = range(len(OWNERS))


def quoted(market: Market, number: int) -> int:
    """What a resource is paid for its whole response."""
    duration_s = PERIODS * market.chain.genesis.period_s
    return full_payment(quote_of(number, -1), market.allocation_w[number], duration_s)


def bill(market: Market, number: int) -> Bill:
    found = find_bill(market.sight, market.event.number, number)
    assert found is not None
    return found


def settled(market: Market) -> Market:
    """The same event, once it is paid."""
    while market.phase is not Phase.SETTLED:
        advance(market)
    return market


def deliver(market: Market, number: int, *responses_w: int | None) -> None:
    """Everybody delivers but one, who shows these responses period by period; None shows nothing."""
    for period, shown_w in zip(range(market.event.first_period, market.event.end), responses_w, strict=True):
        while market.sight.view.period <= period:
            market.chain.make_block()
        calls = [market.meter(other, period) for other in EVERYBODY if other != number]
        if shown_w is not None:
            calls.append(market.meter(number, period, shown_w))
        market.take_all(calls)


def test_everybody_who_delivers_is_paid_what_was_quoted_and_not_more() -> None:
    market = market_in(Phase.SETTLED)
    assert sum(market.allocation_w) == -TARGET_W
    earned = {owner: market.balance_of(owner) - market.owner_balance for owner in OWNERS}
    assert earned == {owner: quoted(market, number) for number, owner in enumerate(OWNERS)}
    assert market.eno_balance - market.balance_of("eno") == sum(earned.values()) > 0
    assert market.escrow(0) == 0
    assert market.money() == market.eno_balance + len(OWNERS) * market.owner_balance


def test_the_event_is_one_process_of_the_ledger() -> None:
    market = market_in(Phase.SETTLED)
    event = market.event
    process = get_process(market.chain.head.state, event.process)
    assert process.dispatch == event.dispatch
    assert process.settlement is not None
    assert process.verifications == PERIODS * len(METERS)
    assert active_events(market.sight) == ()


def test_a_replay_of_the_blocks_gives_the_same_state() -> None:
    market = Market()
    market.chain.make_block()
    market.take(market.trigger())
    settled(market)
    assert market.chain.replay().state.root == market.chain.head.state.root


def test_units_are_told_what_to_inject_as_each_period_begins() -> None:
    market = market_in(Phase.SCHEDULED)
    told = {}
    while market.phase is not Phase.METERING:
        market.chain.make_block()
        executes = [event.fields for event in market.chain.events if event.name == "execute"]
        told |= {fields["period"]: fields["set_points_w"] for fields in executes}
    first, usual_w = market.event.first_period, get_forecast(market.sight, 0).baseline_w
    assert list(told) == [first, first + 1]
    for place, row in enumerate(usual_w):
        expected = tuple(w - response_w for w, response_w in zip(row, market.allocation_w, strict=True))
        assert told[first + place] == expected


def test_where_the_merit_order_is_not_safe_a_dispatch_carries_the_networks_constraints() -> None:
    market = market_in(Phase.SETTLED, CUT_TARGET_W)
    dispatch = find_dispatch(market.sight, 0)
    assert dispatch is not None
    assert dispatch.cuts > 0
    assert market_in(Phase.DISPATCHING).plan.cuts == ()


def test_windows_end_by_themselves_where_somebody_does_not_answer() -> None:
    """Two owners never seal, one seals and never reveals: the others meet the target."""
    market = market_in(Phase.QUOTING)
    market.take_all(map(market.seal, [0, 1, 2, 5]))
    assert market.phase is Phase.QUOTING
    market.run_to(Phase.AGREEING)
    assert market.sight.view.slot == market.event.since
    market.take_all(map(market.reveal, [0, 1, 5]))
    market.run_to(Phase.DISPATCHING)
    settled(market)
    assert [market.allocation_w[number] for number in (2, 3, 4)] == [0, 0, 0]
    assert market.balance_of("owner5") > market.owner_balance


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (Phase.QUOTING, "nobody sealed a quote"),
        (Phase.AGREEING, "nobody revealed a quote"),
        (Phase.DISPATCHING, "no dispatch came in time"),
    ],
)
def test_an_event_in_which_nobody_acts_lapses_and_costs_nothing(phase: Phase, reason: str) -> None:
    market = market_in(phase)
    market.run_to(Phase.LAPSED)
    assert market.event.reason == reason
    assert active_events(market.sight) == ()
    assert market.balance_of("eno") == market.eno_balance


def test_the_next_event_may_follow_one_that_lapsed() -> None:
    market = market_in(Phase.QUOTING)
    market.run_to(Phase.LAPSED)
    market.take(market.trigger())
    assert settled(market).event.number == 1
    assert get_event(market.sight, 0).phase is Phase.LAPSED


def test_the_latest_trigger_leaves_every_window_its_slots() -> None:
    """Whatever is done in the last slot that takes it still comes into force before the event."""
    market = market_in(Phase.QUOTING)
    windows = market.sight.calendar.parameters.windows
    market.take_all(map(market.seal, [0, 5]))
    market.run_to(Phase.AGREEING)
    while market.chain.slot < market.event.since + windows.agree_slots:
        market.chain.make_block()
    market.take(market.reveal(5))
    market.run_to(Phase.DISPATCHING)
    while market.chain.slot < market.event.since + windows.dispatch_slots:
        market.chain.make_block()
    market.take(market.dispatch())
    market.chain.make_block()
    (told,) = [event.fields["period"] for event in market.chain.events if event.name == "execute"]
    assert told == market.event.first_period


@pytest.mark.parametrize("responses_w", [(None, None), (0, 0), (-500, -1)])
def test_who_shows_no_response_pays_for_its_shortfall(responses_w: tuple[int | None, ...]) -> None:
    market = market_in(Phase.RUNNING)
    deliver(market, 0, *responses_w)
    settled(market)
    found = bill(market, 0)
    assert found.delivered_wh == 0
    assert found.short_wh == found.planned_wh == market.allocation_w[0] * PERIODS * 900 // SECONDS_PER_HOUR
    assert found.absent == responses_w.count(None)
    *_, (_, marginal_ukwh) = quote_of(0, -1).pieces(market.allocation_w[0])
    assert found.payment == -found.short_wh * marginal_ukwh * 1_500 // 10**6
    assert market.balance_of("owner0") == market.owner_balance + found.payment
    assert market.escrow(0) == 0
    assert market.money() == market.eno_balance + len(OWNERS) * market.owner_balance


def test_what_is_delivered_over_the_plan_is_not_paid_and_does_not_make_up_for_what_was_short() -> None:
    market = market_in(Phase.RUNNING)
    planned_w = market.allocation_w[0]
    deliver(market, 0, 2 * planned_w, planned_w // 2)
    settled(market)
    found = bill(market, 0)
    assert found.over_wh == planned_w * 900 // SECONDS_PER_HOUR
    assert found.delivered_wh == found.planned_wh * 3 // 4
    assert 0 < found.payment < quoted(market, 0)


def test_who_cannot_pay_owes() -> None:
    market = Market(owner_balance=10)
    market.chain.make_block()
    market.take(market.trigger())
    while market.phase is not Phase.RUNNING:
        advance(market)
    deliver(market, 0, None, None)
    settled(market)
    found = bill(market, 0)
    assert market.balance_of("owner0") == 0
    assert market.debt_of("owner0") == found.owed == -found.payment - 10
    assert market.balance_of("owner1") == 10 + quoted(market, 1)


def test_an_operator_without_the_money_gets_no_response() -> None:
    market = Market(eno_balance=1_000)
    market.chain.make_block()
    market.take(market.trigger())
    while market.phase is not Phase.DISPATCHING:
        advance(market)
    call = market.dispatch()
    receipt = market.chain.call("eno", "response", "dispatch", call.arguments, call.stage, call.links)
    assert receipt.error.startswith("InsufficientBalance: ")
    assert market.phase is Phase.DISPATCHING
    market.run_to(Phase.LAPSED)
    assert market.balance_of("eno") == 1_000


def test_a_response_for_nothing_needs_no_escrow() -> None:
    market = market_in(Phase.QUOTING)
    free = replace(quote_of(5, -1), segments=(Segment(0, 60_000, 0),))
    market.take(market.seal(5, free))
    market.run_to(Phase.AGREEING)
    market.take(market.reveal(5, free))
    market.take(market.dispatch())
    dispatch = find_dispatch(market.sight, 0)
    assert dispatch is not None
    assert (dispatch.escrow, market.escrow(0)) == (0, 0)
    settled(market)
    assert bill(market, 5).payment == 0


def test_any_owner_who_takes_part_may_submit_what_the_operator_confirmed() -> None:
    market = market_in(Phase.DISPATCHING)
    market.take(replace(market.dispatch(), sender="owner5"))
    dispatch = find_dispatch(market.sight, 0)
    assert dispatch is not None
    assert dispatch.sender == address("owner5")


def test_that_no_dispatch_is_possible_is_recorded_with_its_proof() -> None:
    market = market_in(Phase.QUOTING)
    market.take(market.seal(1))
    market.run_to(Phase.AGREEING)
    market.take(market.reveal(1))
    market.take(market.infeasible(certificate=asdict(Certificate(1, 1, ())), reason=""))
    assert market.phase is Phase.INFEASIBLE
    assert "0 constraints" in market.event.reason
    assert active_events(market.sight) == ()


def test_that_the_check_did_not_converge_is_recorded_with_the_operators_reason() -> None:
    market = market_in(Phase.DISPATCHING)
    market.take(market.infeasible(reason="the sweep diverged at node 6"))
    assert market.phase is Phase.INFEASIBLE
    assert market.event.reason == "the sweep diverged at node 6"


def test_an_alarm_on_the_chain_triggers() -> None:
    market = Market()
    market.chain.make_block()
    market.chain.make_block()
    now = market.sight.view.period
    reading = {**asdict(Reading()), "voltage_mv": 245_000}
    receipt = market.chain.call(METERS[5], "metering", "report", {"period": now - 1, "reading": reading})
    assert receipt.ok, receipt.error
    market.take(market.trigger(alarm={"meter": address(METERS[5]), "period": now - 1}))
    alarm = market.event.alarm
    assert alarm is not None
    assert (alarm.meter, alarm.period) == (address(METERS[5]), now - 1)


def test_a_resource_that_is_certified_later_takes_part_in_the_next_event() -> None:
    market = market_in(Phase.QUOTING)
    another = {**asdict(market.resources[0]), "kind": "load", "meter": address("spare-meter")}
    certify = {"number": len(OWNERS), "resource": another}
    assert market.chain.call("eno", "response", "certify", certify).ok
    assert market.event.resources == len(OWNERS)
    market.run_to(Phase.LAPSED)
    wider = asdict(forecast(PERIODS))
    wider["baseline_w"] = tuple((*row, 0) for row in wider["baseline_w"])
    market.take(market.trigger(forecast=wider))
    assert market.event.resources == len(OWNERS) + 1


def test_a_resource_is_certified_anew_between_events() -> None:
    market = market_in(Phase.QUOTING)
    market.run_to(Phase.LAPSED)
    first = {**asdict(market.resources[0]), "kind": "generation"}
    smaller = {**first, "down_w": 1, "meter": address("spare-meter")}
    assert market.chain.call("eno", "response", "certify", {"number": 0, "resource": smaller}).ok
    assert market.resources[0].down_w == 1
    assert market.resources[0].meter == address("spare-meter")
    assert count_resources(market.sight) == len(OWNERS)
    back = {**smaller, "meter": address(METERS[0])}
    assert market.chain.call("eno", "response", "certify", {"number": 0, "resource": back}).ok


def test_every_phase_is_reached_and_only_three_are_ends() -> None:
    assert {Phase.QUOTING} | set(TRANSITIONS.values()) == set(Phase)
    ends = {phase for phase in Phase if not any(before is phase for before, _ in TRANSITIONS)}
    assert ends == {Phase.SETTLED, Phase.LAPSED, Phase.INFEASIBLE}
