"""The storage study: each plan proven, costs that fall and are convex, and no storage that saves nothing."""

import csv
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from cli.storage_study import shipped_case
from contracts.dispatch.certificate import bound, check_gap
from contracts.dispatch.check import check_plan
from contracts.dispatch.costs import alone_cost
from contracts.dispatch.errors import GapError
from contracts.dispatch.feasibility import idle_plan
from contracts.dispatch.model import Model, cost, states_of_charge, storage_flows
from contracts.gap import GapLimit
from studies.storage import NANO, Outcome, Study, cycle_worth_cny, planned, run
from studies.storage_case import BUILT, MODELS, PRINTED_CNY, PROPORTIONAL, Size, problem_of
from studies.storage_shape import ceiling, excess
from studies.storage_sharing import Sharing, share_curve
from studies.storage_tables import cost_rows, costs_of, proof_rows, summary_of, write_tables

NOTHING = Size(0, 0)
ROUNDING_CNY = 0.01
"""Plans are in whole Wh; the solver's own limit of a gap is as much."""


@cache
def study() -> Study:
    return run(shipped_case())


@cache
def sharing() -> Sharing:
    return share_curve(study().case.parks[0].forecast.load_wh, 1)


def every_outcome() -> Sequence[Outcome]:
    return [each for model in MODELS for each in (*study().scenarios[model], *study().proportional[model])]


def test_every_plan_holds_and_is_proven_to_a_hundredth() -> None:
    assert {each.size for each in study().scenarios["paper"]} == set(PRINTED_CNY)
    for each in every_outcome():
        plan, certificate = each.solution.plan, each.solution.certificate
        check_plan(each.problem, plan)
        assert cost(each.problem, plan) == each.solution.cost_nano
        assert bound(each.problem, certificate) == each.solution.bound_nano
        check_gap(cost(each.problem, plan), bound(each.problem, certificate), GapLimit(0, NANO // 100))
        assert certificate.is_linear


def test_a_plan_whose_gap_is_too_large_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.storage.DEFAULT_LIMIT", GapLimit(0, 0))
    with pytest.raises(GapError):
        planned(study().case, "paper", BUILT)


def test_the_papers_model_without_a_storage_is_each_park_alone() -> None:
    without = study().scenarios["paper"][0]
    assert without.size == NOTHING
    parks = without.problem.sites[:-1]
    alone_nano = sum(alone_cost(park, study().case.tariff) for park in parks)
    assert without.solution.cost_nano == alone_nano == round(study().alone_cny * NANO)
    for flows in without.solution.plan.sites:
        assert not any((*flows.charge_wh, *flows.discharge_wh))


def test_the_pooled_model_without_a_storage_is_the_bus_that_idles() -> None:
    without = study().scenarios["pooled"][0]
    assert without.solution.cost_nano == cost(without.problem, idle_plan(without.problem).plan)
    assert study().bus_cny < study().alone_cny


@pytest.mark.parametrize("model", MODELS)
def test_a_larger_storage_never_costs_more(model: Model) -> None:
    for outcomes in (study().scenarios[model], study().proportional[model]):
        assert all(later.cost_cny < earlier.cost_cny for earlier, later in pairwise(outcomes))


@pytest.mark.parametrize("model", MODELS)
def test_the_cost_is_convex_in_the_size(model: Model) -> None:
    costs = [each.cost_cny for each in study().proportional[model]]
    saved = [earlier - later for earlier, later in pairwise(costs)]
    assert all(later <= earlier + ROUNDING_CNY for earlier, later in pairwise(saved))
    assert max(saved) > 2 * min(saved)
    assert not excess({each.size: each.cost_cny for each in study().scenarios[model]})


def test_costs_are_convex_between_sizes_of_different_shape() -> None:
    half = planned(study().case, "paper", Size(650, 10_400))
    small, large = study().scenarios["paper"][1], study().scenarios["paper"][4]
    assert half.cost_cny <= (small.cost_cny + large.cost_cny) / 2 + ROUNDING_CNY


def test_the_pooled_model_is_never_dearer_than_the_papers() -> None:
    for paper, pooled in zip(study().scenarios["paper"], study().scenarios["pooled"], strict=True):
        assert pooled.cost_cny < paper.cost_cny


def test_a_storage_hardly_worth_the_name_lets_the_papers_parks_exchange() -> None:
    """Its gross flows pass however small it is, where their net is small: a part of what the paper calls
    the storage's worth is the bus's."""
    least = Size(10, 25)
    paper, pooled = (planned(study().case, model, least) for model in MODELS)
    exchange_cny = study().alone_cny - study().bus_cny
    assert study().alone_cny - paper.cost_cny > exchange_cny / 3
    assert study().bus_cny - pooled.cost_cny < exchange_cny / 10


def test_what_the_paper_prints_is_not_convex() -> None:
    assert ceiling(PRINTED_CNY, BUILT) == pytest.approx(3_261 * 5 / 6 + 1_333 / 6)
    assert excess(PRINTED_CNY) == {BUILT: pytest.approx(3_124 - 2_939.6667, abs=1e-3)}
    assert ceiling(PRINTED_CNY, NOTHING) is None
    assert ceiling({NOTHING: 9.0, Size(10, 10): 1.0, Size(5, 5): 5.0}, Size(5, 5)) == 5.0


def test_no_storage_saves_more_than_its_cycles_can_be_worth() -> None:
    worth = cycle_worth_cny(study().case)
    for model in MODELS:
        first, *others = study().scenarios[model]
        for each in others:
            assert first.cost_cny - each.cost_cny <= worth * each.drawn_kwh + ROUNDING_CNY


def test_days_end_as_they_began_and_keep_a_tenth_free_at_either_end() -> None:
    for model in MODELS:
        built = study().built(model)
        units = built.problem.storage.units_per_wh
        states = [charge / units for charge in states_of_charge(built.problem, built.solution.plan)]
        assert 100_000 <= min(states) <= max(states) <= 900_000
        assert 500_000 <= states[-1] <= 500_001
        charged_wh, discharged_wh = storage_flows(built.solution.plan)
        nets = [abs(c - d) for c, d in zip(charged_wh, discharged_wh, strict=True)]
        assert max(nets) <= 100_000


def test_the_table_shows_the_paper_beside_both_models() -> None:
    rows = cost_rows(study())
    assert [row.printed_cny for row in rows] == [4_713, 3_261, 3_124, 1_333, 710]
    assert [row.paper_cny for row in rows] == [each.cost_cny for each in study().scenarios["paper"]]
    assert rows[0].printed_percent == rows[0].paper_percent == rows[0].pooled_percent == 100
    for name, costs in costs_of(study()).items():
        too_high = {(row.power_kw, row.capacity_kwh) for row in rows if _is_above(row, name)}
        assert too_high == ({(400, 1_000)} if name == "printed" else set()), costs


def _is_above(row: object, name: str) -> bool:
    most = getattr(row, f"{name}_most_cny")
    return most is not None and getattr(row, f"{name}_cny") > most


def test_the_parts_of_a_cost_add_up() -> None:
    for row in proof_rows(study()):
        assert row.sites_cny + row.storage_cny + row.wear_cny == pytest.approx(row.cost_cny)
        assert row.wear_cny >= 0
        assert (row.cycles > 0) == (row.capacity_kwh > 0)


def test_the_summary_says_what_holds_of_all() -> None:
    summary = summary_of(study(), sharing())
    assert summary.printed_excess_cny == pytest.approx(184.33, abs=0.01)
    assert summary.ours_excess_cny == 0
    assert 0 < summary.largest_gap_cny < ROUNDING_CNY
    assert summary.exchange_cny == pytest.approx(summary.alone_cny - summary.bus_cny)
    assert summary.three_open
    assert summary.two_fit_another


def test_tables_open_and_balance(tmp_path: Path) -> None:
    paths = {path.stem: path for path in write_tables(study(), sharing(), tmp_path)}
    assert set(paths) == {"costs", "proofs", "sizes", "plans", "storage", "shares"}
    rows = list(csv.DictReader(paths["plans"].open()))
    assert len(rows) == 96 * (4 + 1)
    for row in rows:
        taken = int(row["buy_wh"]) + int(row["discharge_wh"])
        given = int(row["sell_wh"]) + int(row["charge_wh"]) + int(row["curtail_wh"])
        assert taken - given == int(row["net_wh"])
    assert len(list(csv.DictReader(paths["sizes"].open()))) == len(PROPORTIONAL)


def test_sizes_that_differ_make_problems_that_differ_in_the_storage_alone() -> None:
    small, large = (problem_of(study().case, "paper", size) for size in (Size(300, 800), BUILT))
    assert small.sites[:-1] == large.sites[:-1]
    assert small.tariff == large.tariff
    assert (small.storage.power_w, large.storage.energy_wh) == (300_000, 1_000_000)
    assert small.initial_charge * 2 == small.storage.energy_wh * small.storage.units_per_wh
