"""Members who use their right to send transactions against the market: for money, or to stop it."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.dispatch.agent import Dispatcher
from contracts.dispatch.agents.meter import MeterAgent
from contracts.dispatch.certificate import Certificate, Leaf, Split
from contracts.dispatch.days import find_attempt
from contracts.dispatch.problems import SILENT_DAYS_MAX, decode_problem, expected_charge
from contracts.dispatch.records import CHARGE_KEY, Phase, bill_key, problem_key, settlement_key
from contracts.dispatch.refusals import TooLate
from contracts.dispatch.solver import solve
from contracts.metering.readings import ENERGY_WH_MAX, Reading
from ledger.quantities import EnergyWh, Period
from ledger.stage import Stage
from tests.contracts.chain import VALIDATORS, address, key_of
from tests.contracts.dispatch_day.market import DAY, END, FIRST, PARKS, ROLES, STORAGE, Market, market_at
from tests.contracts.dispatch_day.refusals import attempt, check_refused
from tests.contracts.strategies import Known, arguments_for

NOON = FIRST + 48


def bills(market: Market) -> dict[str, int]:
    """What each party pays for the day."""
    return {name: market.get(bill_key(DAY, address(name)))["amount"] for name in (*PARKS, "storage", "grid")}


def test_what_a_meter_tells_metering_without_verifying_it_is_not_paid_for() -> None:
    """Neither a correction of what was verified nor a report that never was: nobody checks them."""
    market, usual = market_at(END - 2).fork(), market_at(END + 12)
    much = {"period": END - 4, "reading": asdict(Reading(exported_wh=EnergyWh(ENERGY_WH_MAX)))}
    market.chain.send("ash-meter", "metering", "correct", {**much, "reason": "for the money"})
    market.stop(MeterAgent, "ash-meter")
    market.chain.send("ash-meter", "metering", "report", {**much, "period": END - 3})
    market.run_to(END + 12)
    assert market.failures() == []
    assert market.day.phase is Phase.SETTLED
    assert abs(market.get(settlement_key(DAY))["loss"]) < 100
    assert abs(bills(market)["ash"] - bills(usual)["ash"]) < abs(bills(usual)["ash"]) // 10


def test_prices_that_change_too_late_for_a_plan_leave_its_contracts_as_they_are() -> None:
    """Or the grid would be paid by the loss account what no contract says."""
    market, usual = market_at(NOON).fork(), market_at(END + 12)
    prices = {"buy_ukwh": (10**8,), "sell_ukwh": (0,)}
    market.call("grid", "change_prices", {"first_period": market.sight.view.period + 2, **prices})
    market.run_to(END + 12)
    assert abs(market.get(settlement_key(DAY))["loss"]) < 100
    assert abs(bills(market)["grid"] - bills(usual)["grid"]) < abs(bills(usual)["grid"]) // 100


@pytest.mark.parametrize("energy_wh", [0, 1])
def test_a_market_with_next_to_no_storage_runs(energy_wh: int) -> None:
    storage = replace(STORAGE, energy_wh=energy_wh)
    market = Market(changes={"storage": storage, "initial_charge_wh": 0})
    market.run_to(FIRST)
    assert market.day.segments


def test_a_certificate_is_charged_for_every_case_even_if_all_share_one_leaf() -> None:
    market = Market()
    market.run_until(Phase.FORECASTING)
    market.stop(Dispatcher, *VALIDATORS)
    market.run_until(Phase.PLANNING)
    solution = solve(decode_problem(market.parameters, 900, market.get(problem_key(DAY, 1))))
    (priced,) = solution.certificate.leaves
    leaf = Leaf(priced.storage, priced.power, ())
    steps = []
    for count in (3, 63):
        splits = tuple(Split(0, n, 0, n + 1 if n + 1 < count else -1, -1) for n in range(count))
        plan, certificate = asdict(solution.plan), asdict(Certificate((leaf,), splits))
        arguments = {"day": DAY, "revision": 1, "plan": plan, "certificate": certificate}
        begun = find_attempt(market.sight, DAY)
        assert begun is not None
        receipt, _ = attempt(market, "ash", "plan", arguments, Stage.DISPATCH, (begun.trigger,))
        assert receipt.ok, receipt.error
        steps.append(receipt.steps)
    assert steps[1] > 10 * steps[0]


def test_several_causes_at_once_do_not_plan_a_day_more_often_than_allowed() -> None:
    market = Market(changes={"revisions_max": 2})
    market.run_to(FIRST + 10)
    market.chain.send("grid", "dispatch", "change_limits", {"import_w": 900_000, "export_w": 800_000})
    market.call("ash", "announce_forecasts", {"day": DAY})
    market.run_to(FIRST + 30)
    assert market.day.revision == 2


def test_results_of_long_ago_are_not_kept() -> None:
    result = {"power_w": 0, "available_w": 400_000, "status": "ok"}
    for period in (0, FIRST - 50):
        check_refused(market_at(NOON), TooLate, "storage", "report", {"period": period, **result})


def test_a_storage_that_was_silent_for_years_is_planned_for_at_once() -> None:
    """What is followed period by period has an end."""

    class Counting:
        def __init__(self) -> None:
            self.genesis, self.reads = market.chain.genesis, 0

        def get(self, key: str) -> object:
            self.reads += 1
            return (Period(FIRST - 10**8), 300_000) if key == CHARGE_KEY else None

    market = market_at(NOON)
    reader = Counting()
    charge = expected_charge(reader, market.sight.calendar, Period(NOON))  # type: ignore[arg-type]
    assert charge == 300_000 * STORAGE.units_per_wh
    assert reader.reads <= (SILENT_DAYS_MAX + 1) * 96 + 1


def test_a_restarted_plant_says_nothing_of_what_it_cannot_know() -> None:
    market = market_at(NOON).fork()
    view, long_ago = market.sight.view, Period(NOON - 4)
    assert market.plant.storage(view, long_ago) is None
    assert market.plant.bus(view, long_ago) is None
    assert market.plant.operate(view, long_ago) is None
    assert market.plant.storage(view, Period(NOON)) is not None


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whatever_members_send_the_hooks_of_the_days_after_run(data: st.DataObject) -> None:
    """An exception in a hook would stop the chain for good."""
    period = data.draw(st.sampled_from([FIRST - 9, FIRST - 1, FIRST + 20, END, END + 12]))
    market = market_at(period).fork()
    market.hosts.agents.clear()
    for _ in range(data.draw(st.integers(1, 6))):
        send_anything(data, market, period)
    market.step()
    market.step(missed_slots=data.draw(st.sampled_from([0, 10, 200])))


def send_anything(data: st.DataObject, market: Market, now: int) -> None:
    """A transaction of somebody who may send it, about what there is."""
    actions = [(name, action) for name, of in market.chain.runtime.actions.items() for action in of.values()]
    contract, action = data.draw(st.sampled_from(actions))
    allowed = [name for name, roles in ROLES.items() if action.roles is None or {*roles} & {*action.roles}]
    identifiers = [found for found in (market.day.process, market.day.standing) if found is not None]
    arguments = data.draw(arguments_for(action, Known([key_of(name).address for name in ROLES], identifiers)))
    plausible = {
        "day": st.sampled_from([DAY, DAY, DAY + 1]),
        "revision": st.integers(0, 2),
        "period": st.integers(now - 4, now + 1),
        "first_period": st.integers(now, now + 60),
    }
    arguments |= {name: data.draw(plausible[name]) for name in sorted(plausible.keys() & arguments.keys())}
    links = () if action.stage is None else (data.draw(st.sampled_from(identifiers)),)
    market.chain.send(
        data.draw(st.sampled_from(allowed)), contract, action.name, arguments, action.stage, links
    )
