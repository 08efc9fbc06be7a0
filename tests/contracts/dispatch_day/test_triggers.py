"""Everything that calls for planning anew (Liu and Ai 2024, Table 3), and what a plan then supersedes."""

from dataclasses import dataclass, replace

import pytest

from contracts.agent import View
from contracts.dispatch.agents.meter import MeterAgent
from contracts.dispatch.agents.sources import Operation, ParkEnergy
from contracts.dispatch.agents.storage import StorageController
from contracts.dispatch.model import Problem
from contracts.dispatch.problems import decode_problem
from contracts.dispatch.records import Phase, Segment, anomalies_key, problem_key, settlement_key
from contracts.dispatch.refusals import BadSeries, NoCause, NotConcerned, NotNow
from contracts.metering.readings import Reading
from crypto.address import Address
from ledger.quantities import EnergyWh, Period, PowerW
from ledger.stage import Stage
from studies.energy_source import ProfileSource
from studies.profiles import load_profiles
from tests.contracts.chain import key_of
from tests.contracts.dispatch_day.market import DAY, END, FIRST, PROFILES, Market, market_at
from tests.contracts.dispatch_day.refusals import check_refused

NOON = FIRST + 48


def running() -> Market:
    return market_at(NOON).fork()


def test_the_stated_time_of_the_day_before_makes_a_day_due() -> None:
    market = Market()
    market.step()
    assert market.seen("trigger_due") == [{"day": DAY, "cause": "daily"}]
    assert market.day.phase is Phase.DUE


def test_a_price_change_is_planned_for_from_a_later_period_on() -> None:
    market = running()
    before = market.day.segments
    dear = (2_000_000,) * 20
    cheap = (100_000,) * 20
    arguments = {"first_period": NOON + 10, "buy_ukwh": dear, "sell_ukwh": cheap}
    market.call("grid", "change_prices", arguments)
    market.run_to(NOON + 12)
    check_superseded(market, before, "prices")
    problem = problem_of(market, market.day.revision)
    assert problem.tariff.buy_ukwh[NOON + 10 - problem.first_period :][:20] == dear
    settle(market)


def test_prices_at_which_selling_pays_more_than_buying_are_planned_and_settled_too() -> None:
    """The linear program is inexact then: the plan's certificate is one of cases, or it is unproven."""
    market = running()
    before = market.day.segments
    arguments = {"first_period": NOON + 9, "buy_ukwh": (400_000,) * 12, "sell_ukwh": (500_000,) * 12}
    market.call("grid", "change_prices", arguments)
    market.run_to(NOON + 12)
    check_superseded(market, before, "prices")
    plan = market.plan(market.day.revision)
    allowed = market.parameters.gap if plan.is_proven else market.parameters.unproven_gap
    assert plan.cost_nano - plan.bound_nano <= allowed.allowed(plan.cost_nano)
    settle(market)


def test_changed_limits_of_the_bus_are_planned_for() -> None:
    market = running()
    before = market.day.segments
    arguments = {"import_w": 900_000, "export_w": 800_000}
    market.call("grid", "change_limits", arguments)
    market.run_to(NOON + 12)
    check_superseded(market, before, "requirements")
    problem = problem_of(market, market.day.revision)
    assert (problem.sites[0].import_wh, problem.sites[0].export_wh) == (225_000, 200_000)


@dataclass(frozen=True, slots=True)
class Revised(ProfileSource):
    """When forecasts are asked for again, everybody expects a tenth more load."""

    def forecast(self, park: Address, period: Period, number: int) -> ParkEnergy | None:
        energy = ProfileSource.forecast(self, park, period, 0)
        assert energy is not None
        return replace(energy, load_wh=EnergyWh(energy.load_wh * (10 + number) // 10))


@pytest.mark.parametrize("model", ["pooled", "paper"])
def test_new_forecasts_are_dealt_and_planned_for_in_mid_day(model: str) -> None:
    market = market_at(FIRST + 10, model).fork(source=Revised(load_profiles(), PROFILES))
    before = market.day.segments
    market.call("ash", "announce_forecasts", {"day": DAY})
    market.run_to(FIRST + 30)
    check_superseded(market, before, "forecasts")
    assert market.plan(market.day.revision).round == 1
    settle(market)
    if model == "pooled":
        assert sorted(event["number"] for event in market.seen("declared")) == [0, 0, 0, 1, 1, 1]


def test_new_forecasts_long_before_gate_closure_replace_the_plan_that_was_offered() -> None:
    """The chain begins after this trigger period, so the day after is its first."""
    market = Market(changes={"trigger_period": 60}, source=Revised(load_profiles(), PROFILES))
    market.run_to(FIRST + 75)
    assert [event["revision"] for event in market.seen("plan_taken")] == [1]
    market.call("beech", "announce_forecasts", {"day": DAY + 1})
    market.run_to(END + 2)
    assert [event["revision"] for event in market.seen("plan_stands")] == [2]


def test_new_forecasts_shortly_before_gate_closure_wait_until_after_it() -> None:
    market = Market(source=Revised(load_profiles(), PROFILES))
    market.run_until(Phase.FORECASTING)
    market.call("beech", "announce_forecasts", {"day": DAY})
    arguments = {"day": DAY, "cause": "forecasts"}
    process = market.day.process
    assert process is not None
    check_refused(market, NotNow, "alder", "trigger", arguments, Stage.TRIGGER, (process,))
    market.run_to(FIRST + 15)
    first, second = market.day.segments
    assert (first.first_period, first.revision, second.revision) == (FIRST, 1, 2)


@dataclass(slots=True)
class Broken:
    """A storage that, from a period on, gives readings of another kind."""

    market: Market
    since: int
    change: Reading | None
    until: int = END

    def __call__(self, view: View, period: Period) -> Reading | None:
        reading = self.market.plant.storage(view, period)
        if reading is None or not self.since <= period < self.until:
            return reading
        if self.change is None:
            return None
        given = {name: value for name, value in reading_fields(self.change).items() if value is not None}
        return replace(reading, **given)


def reading_fields(reading: Reading) -> dict[str, EnergyWh | None]:
    names = ("charged_wh", "discharged_wh", "state_of_charge_wh")
    return {name: getattr(reading, name) for name in names}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (None, "silent"),
        (Reading(state_of_charge_wh=EnergyWh(950_000)), "outside"),
        (Reading(charged_wh=EnergyWh(60_000), discharged_wh=EnergyWh(0)), "was told"),
        (Reading(state_of_charge_wh=EnergyWh(333_000)), "its flows leave"),
    ],
)
def test_an_anomaly_of_the_storage_triggers_at_once_and_is_planned_from_the_metered_state(
    change: Reading | None, says: str
) -> None:
    market = running()
    before = market.day.segments
    broken = Broken(market, NOON + 2, change, NOON + 3)
    market.replace(MeterAgent, "storage-meter", MeterAgent(key_of("storage-meter"), broken))
    market.run_to(NOON + 20)
    assert says in market.get(anomalies_key(NOON + 2))[0]
    check_superseded(market, before, "storage")
    settle(market)


def test_a_storage_that_can_give_less_is_planned_with_less() -> None:
    market = running()
    before = market.day.segments

    def weak(view: View, period: Period) -> Operation | None:
        operation = market.plant.operate(view, period)
        return operation and replace(operation, available_w=PowerW(100_000), status="one inverter down")

    market.replace(StorageController, "storage", StorageController(key_of("storage"), weak))
    market.run_to(NOON + 12)
    check_superseded(market, before, "storage")
    assert problem_of(market, market.day.revision).storage.power_w == 100_000
    settle(market)


def test_nobody_triggers_without_a_cause() -> None:
    market = running()
    process = market.day.process
    assert process is not None
    arguments = {"day": DAY, "cause": "prices"}
    error = check_refused(market, NoCause, "alder", "trigger", arguments, Stage.TRIGGER, (process,))
    assert "pending: none" in error


def test_prices_of_a_period_that_has_begun_stay() -> None:
    market = running()
    prices = {"buy_ukwh": (1,), "sell_ukwh": (1,)}
    for first_period in (NOON, NOON + 1, NOON + 96 * 40):
        check_refused(market, BadSeries, "grid", "change_prices", {"first_period": first_period, **prices})
    too_many = {"first_period": END - 1, "buy_ukwh": (1, 1), "sell_ukwh": (1, 1)}
    check_refused(market, BadSeries, "grid", "change_prices", too_many)


def test_a_park_cannot_change_the_limits_of_the_bus() -> None:
    check_refused(running(), NotConcerned, "ash", "change_limits", {"import_w": 1, "export_w": 1})


def test_a_day_is_planned_no_more_often_than_allowed() -> None:
    market = Market(changes={"revisions_max": 2})
    market.run_to(FIRST + 10)
    for attempt in range(3):
        arguments = {"import_w": 900_000 + attempt, "export_w": 800_000}
        market.call("grid", "change_limits", arguments)
        market.run_to(FIRST + 20 + 8 * attempt)
    assert market.day.revision == 2
    assert market.day.causes == ()


def check_superseded(market: Market, before: tuple[Segment, ...], cause: str) -> None:
    """A new plan stands from a period on that had not begun, and all verifications since name it."""
    assert len(market.day.segments) >= 2
    assert market.day.segments[: len(before)] == before
    segment = market.day.segments[len(before)]
    causes = {event["revision"]: event["cause"] for event in market.seen("triggered")}
    assert causes[segment.revision] == cause
    (stands,) = [event for event in market.seen("signals_issued") if event["revision"] == segment.revision]
    issued = stands["answer_until"] - market.parameters.windows.confirm_slots
    assert segment.first_period > market.chain.genesis.period(issued)
    dispatch = next(
        transaction
        for block in market.chain.blocks
        for transaction in block.transactions
        if transaction.tx_id == segment.dispatch
    )
    assert dispatch.links[1] == before[-1].dispatch
    assert problem_of(market, segment.revision).first_period == segment.first_period


def problem_of(market: Market, revision: int) -> Problem:
    return decode_problem(market.parameters, 900, market.get(problem_key(DAY, revision)))


def settle(market: Market) -> None:
    """The day ends settled, whatever happened in it, and no money was made or lost."""
    before = sum(market.balances().values())
    market.run_to(END + 12)
    assert market.day.phase is Phase.SETTLED
    assert market.get(settlement_key(DAY)) is not None
    assert sum(market.balances().values()) == before
