"""When something or somebody fails: the stated fallback, absences, debts; and the day still settles."""

from functools import partial

import pytest

from contracts.agent import View
from contracts.dispatch.agent import Dispatcher
from contracts.dispatch.agents.meter import MeterAgent
from contracts.dispatch.agents.park import Park
from contracts.dispatch.records import Phase, absent_key, bill_key, declared_key, schedule_key, weights_key
from contracts.dispatch.verification import ANOMALY_SPACING_PERIODS
from contracts.metering.readings import Reading
from contracts.sharing.agent import SharingMember
from ledger.quantities import Period
from tests.contracts.chain import VALIDATORS, address, key_of
from tests.contracts.dispatch_day.market import DAY, END, FIRST, PARKS, Market, market_at


def check_settled(market: Market) -> None:
    """The day is settled, and all the money is where it can be accounted for."""
    before = sum(Market(balance=market.balance).balances().values())
    market.run_to(END + 16)
    assert market.day.phase is Phase.SETTLED
    assert sum(market.balances().values()) == before


def test_without_a_plan_the_storage_idles_and_the_record_says_why() -> None:
    market = Market()
    market.run_until(Phase.FORECASTING)
    market.stop(Dispatcher, *VALIDATORS)
    market.run_to(FIRST + 10)
    assert market.day.idle_reason == "no plan that holds was submitted in time"
    assert market.day.segments == ()
    assert set(market.get(schedule_key(DAY, 0))["power_w"]) == {0}
    assert {event["command"] for event in market.seen("execute")} == {"idle"}
    market = market.fork()
    market.run_to(FIRST + 20)
    (late,) = [event for event in market.seen("triggered") if event["day"] == DAY]
    assert late["cause"] == "late"
    assert FIRST + 10 < market.day.segments[0].first_period < FIRST + 20
    check_settled(market)


def test_forecasts_that_are_not_opened_leave_the_storage_idle() -> None:
    market = Market()
    market.stop(SharingMember, *VALIDATORS[:2])
    market.run_to(FIRST + 10)
    assert "the forecasts were not opened" in market.day.idle_reason
    check_settled(market)
    assert market.get(weights_key(DAY)) == ()
    assert [event["cause"] for event in market.seen("triggered") if event["day"] == DAY] == ["daily", "late"]


def test_two_committee_members_of_four_cannot_open_and_three_can() -> None:
    market = Market()
    market.stop(SharingMember, VALIDATORS[0])
    market.run_to(FIRST)
    assert market.day.segments


def test_dispatchers_that_fail_are_replaced_by_the_next() -> None:
    market = Market()
    market.stop(Dispatcher, "alder")
    market.run_to(FIRST + 1)
    assert len(market.day.segments) == 1
    check_settled(market)


def test_a_day_that_nobody_triggers_lapses() -> None:
    market = Market()
    market.stop(Dispatcher, *VALIDATORS)
    market.run_to(END + 1)
    assert market.day.phase is Phase.LAPSED
    assert DAY not in [record.day for record in market.sight.days()]


def test_a_day_that_is_triggered_late_runs_from_a_later_period_on() -> None:
    market = Market()
    market.stop(Dispatcher, *VALIDATORS)
    market.run_to(FIRST + 4)
    market = market.fork()
    market.run_to(FIRST + 30)
    (segment,) = market.day.segments
    assert FIRST + 4 < segment.first_period < FIRST + 25
    check_settled(market)


@pytest.mark.parametrize("meter", ["ash-meter", "bus-meter"])
def test_a_silent_meter_is_recorded_as_absent_and_estimated(meter: str) -> None:
    market = market_at(FIRST + 30).fork()
    market.stop(MeterAgent, meter)
    market.run_to(FIRST + 40)
    assert market.get(absent_key(FIRST + 35)) == (address(meter),)
    check_settled(market)


def test_a_day_without_any_reading_of_the_storage_still_settles() -> None:
    market = market_at(FIRST - 1).fork()
    market.stop(MeterAgent, "storage-meter")
    market.run_to(END - 1)
    planned = [event["period"] for event in market.seen("execute")]
    anomalies = [event for event in market.seen("trigger_due") if event["cause"] == "storage"]
    assert 1 < len(anomalies) <= len(planned) // ANOMALY_SPACING_PERIODS
    check_settled(market)


def test_whoever_does_not_declare_shares_what_is_left_and_the_others_are_untouched() -> None:
    market, usual = market_at(END - 2).fork(), market_at(END + 12)
    market.stop(Park, "ash", "beech")
    check_settled(market)
    assert market.get(declared_key(DAY, 0, address("chestnut"))) is not None
    assert market.get(declared_key(DAY, 0, address("ash"))) is None
    bills = {name: market.get(bill_key(DAY, address(name))) for name in PARKS}
    expected = {name: usual.get(bill_key(DAY, address(name))) for name in PARKS}
    assert bills["chestnut"] == expected["chestnut"]
    shares = {name: bill["lines"][1][2] for name, bill in bills.items()}
    assert abs(shares["ash"] - shares["beech"]) <= 1
    assert sum(shares.values()) == sum(bill["lines"][1][2] for bill in expected.values())


def test_whoever_cannot_pay_owes_and_everybody_else_is_paid() -> None:
    market = Market(balance=100_000_000)
    check_settled(market)
    owed = {event["debtor"]: event["amount"] for event in market.debts()}
    for name in PARKS:
        bill = market.get(bill_key(DAY, address(name)))
        assert owed[address(name)] == bill["owed"] == bill["amount"] - 100_000_000
    assert market.get(bill_key(DAY, address("grid")))["owed"] == 0


def test_missed_slots_are_made_up_for() -> None:
    """No block in a slot, again and again: hooks run for each, and late readings are still taken."""
    market = Market()
    market.run_to(FIRST + 1)
    while market.chain.head.slot < market.chain.genesis.slot_of(END - 8):
        market.step(missed_slots=1)
        market.run_to(market.sight.view.period + 4)
    executed = [event["period"] for event in market.seen("execute") if event["day"] == DAY]
    assert executed == [*range(FIRST, executed[-1] + 1)]
    assert not market.seen("absent")
    check_settled(market)


def test_agents_that_are_restarted_again_and_again_go_on() -> None:
    market = Market()
    while market.chain.head.slot < market.chain.genesis.slot_of(END + 10):
        pending = market.chain.pending
        market = market.fork()
        market.chain.pending = pending
        market.run_to(market.sight.view.period + 5)
    assert market.day.phase is Phase.SETTLED
    assert len(market.day.segments) == 1


def test_a_residual_of_the_bus_is_an_anomaly_and_goes_to_the_loss_account() -> None:
    market, usual = market_at(END - 4).fork(), market_at(END + 12)

    def leaking(view: View, period: Period) -> Reading | None:
        reading = market.plant.bus(view, period)
        if reading is None or not reading.imported_wh:
            return reading
        return Reading(imported_wh=reading.imported_wh + 5_000, exported_wh=reading.exported_wh)

    market.replace(MeterAgent, "bus-meter", MeterAgent(key_of("bus-meter"), partial(leaking)))
    check_settled(market)
    assert "the bus does not balance by 5000 Wh" in [event["what"] for event in market.seen("anomaly")]
    for name in PARKS:
        assert market.get(bill_key(DAY, address(name))) == usual.get(bill_key(DAY, address(name)))
