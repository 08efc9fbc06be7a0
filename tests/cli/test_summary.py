"""The summary of a day: what balances is said to balance, and what does not is found."""

import dataclasses
from pathlib import Path

from cli.agreement import holdings
from cli.day_balance import energy
from cli.dispatch_day import read_day
from cli.node_directory import open_chain
from cli.summary import Summary, forecast_site, summarize
from cli.summary_text import show_summary
from contracts.dispatch.agents.sight import Sight
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh
from ledger.state import State
from node.chain import HeadView
from studies.profiles import load_profiles
from tests.cli.settled import DAY


def summary(settled: list[Path]) -> Summary:
    return summarize(settled, DAY, load_profiles())


def test_settled_day_is_sound(settled: list[Path]) -> None:
    told = summary(settled)
    assert told.is_sound
    assert told.agreement.nodes == 5
    assert all(meter.readings == 96 for meter in (*told.parks, told.bus))
    assert told.money.sum_of_changes == 0
    assert abs(sum(told.money.bills.values()) + told.money.loss_account) < 1e-6


def test_costs_stand_in_their_order(settled: list[Path]) -> None:
    costs = summary(settled).costs
    assert costs.plan_bound <= costs.plan_cost < costs.cost_without_storage < costs.cost_alone
    assert costs.plan_gap < 0.01


def test_forecasts_are_of_the_periods_that_were_planned_if_the_first_plan_came_late(
    settled: list[Path],
) -> None:
    with open_chain(settled[0]) as store:
        day = read_day(Sight(HeadView(store.genesis, store.head)), DAY)
        park = day.parameters.parks[0]
        whole, rest = (forecast_site(day, load_profiles(), park, slice(first, 96)) for first in (0, 5))
    assert rest.net_wh == whole.net_wh[5:]
    assert len(rest.net_wh) == 91


def test_storage_ends_where_it_began(settled: list[Path]) -> None:
    storage = summary(settled).storage
    assert 0 <= storage.end_wh - storage.start_wh <= 1
    assert 100_000 <= storage.lowest_wh < storage.highest_wh <= 900_000


def test_parks_consumed_what_their_profiles_say(settled: list[Path]) -> None:
    profiles = load_profiles()
    for park in summary(settled).parks:
        assert park.consumed_wh == sum(profiles.park(park.place).metered.load_wh)


def test_json_has_what_scripts_ask_for(settled: list[Path]) -> None:
    plain = summary(settled).to_plain()
    asked = {"blocks", "roots_agree", "money_balanced", "energy_balanced"}
    assert asked | {"plan_cost", "plan_bound", "cost_without_storage"} <= set(plain)


def test_summary_is_shown_for_people(settled: list[Path], capsys: object) -> None:
    show_summary(summary(settled), Path("there"))
    shown = capsys.readouterr().out  # type: ignore[attr-defined]
    assert "BROKEN" not in shown
    assert "chain proof" in shown


def test_disagreement_and_imbalance_are_not_sound(settled: list[Path]) -> None:
    told = summary(settled)
    for part, field in (("agreement", "roots_agree"), ("money", "balanced"), ("bus", "balanced")):
        broken = dataclasses.replace(getattr(told, part), **{field: False})
        assert not dataclasses.replace(told, **{part: broken}).is_sound


def test_meter_that_is_off_in_one_period_is_not_balanced() -> None:
    good = Reading(*map(EnergyWh, (5, 7)), imported_wh=EnergyWh(3), exported_wh=EnergyWh(1))
    bad = dataclasses.replace(good, imported_wh=EnergyWh(4))
    other = dataclasses.replace(good, imported_wh=EnergyWh(2))
    assert energy("park", [good]).balanced
    assert not energy("park", [good, bad, other]).balanced
    assert not energy("park", []).balanced


def test_holdings_of_nothing_are_nothing() -> None:
    assert holdings(State()) == 0
