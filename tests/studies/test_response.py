"""The study of demand response: events are proven, keep the limits, cost less than mending it alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contracts.response.errors import ResponseError
from contracts.response.network import NPU
from contracts.response.optimality import check_optimal
from contracts.response.safety import check_safe
from contracts.response.solving.cuts import violations
from contracts.response.solving.sweep import run_sweep
from studies.response import Day, Outcome, broken_spans, play
from studies.response_alone import alone_w
from studies.response_case import ResponseCase
from studies.response_event import GAP, TOLERANCE_NPU, Question, answer, ask
from studies.response_figures import draw
from studies.response_report import rows_of, summary_of
from studies.response_tree import places_of
from studies.six_nodes import six_nodes
from studies.stopwatch import Stopwatch

NOON = range(48, 50)
SEED = bytes(32)


@pytest.fixture(scope="module")
def case() -> ResponseCase:
    return six_nodes()


@pytest.fixture(scope="module")
def day(case: ResponseCase) -> Day:
    return play(case, seed=1)


@pytest.fixture(scope="module")
def largest(day: Day) -> Outcome:
    return max(day.outcomes, key=lambda outcome: abs(outcome.event.target_w))


def test_the_day_is_brought_back_within_its_limits(day: Day) -> None:
    highest = day.case.network.highest_npu / NPU
    assert day.before_pu[:, 6].max() > highest
    assert day.after_pu.max() <= highest
    assert day.after_pu.min() >= day.case.network.lowest_npu / NPU


def test_every_event_is_answered_and_nothing_else_is_touched(day: Day) -> None:
    assert len(day.outcomes) == 6
    moved = np.zeros(len(day.case.day), bool)
    for outcome in day.outcomes:
        assert outcome.event.answer is not None
        assert sum(outcome.event.change_w) == outcome.event.target_w < 0
        moved[outcome.event.quarters] = True
    assert (day.before_pu > day.case.network.highest_npu / NPU).any(axis=1)[moved].all()
    assert not day.change_w[~moved].any()
    assert (day.before_pu[~moved] == day.after_pu[~moved]).all()


def test_the_chain_s_own_checks_take_every_answer(day: Day) -> None:
    for event in (outcome.event for outcome in day.outcomes):
        assert event.answer is not None
        check_optimal(event.demand, event.response_w, event.answer.certificate, GAP)
        flows = [day.case.injections(quarter, event.change_w) for quarter in event.quarters]
        for flow, voltages in zip(flows, run_sweep(day.case.network, flows).voltages_npu, strict=True):
            check_safe(day.case.network, flow, voltages, TOLERANCE_NPU)


def test_the_chain_s_own_checks_refuse_a_watt_elsewhere(largest: Outcome) -> None:
    event = largest.event
    assert event.answer is not None
    moved = list(event.response_w)
    moved[5], moved[2] = moved[5] - 1, moved[2] + 1
    with pytest.raises(ResponseError):
        check_optimal(event.demand, tuple(moved), event.answer.certificate, GAP)


def test_the_participants_come_to_what_the_exact_answer_is(day: Day) -> None:
    for event in (outcome.event for outcome in day.outcomes):
        last = event.rounds[-1].optimum
        assert last.is_converged
        cost = event.demand.cost_nano_h(tuple(map(round, last.response_w)))
        assert cost == pytest.approx(event.cost_nano_h, rel=2e-3)


def test_a_limit_that_breaks_is_kept_by_the_next_round(largest: Outcome) -> None:
    cuts = [each.cuts for each in largest.event.rounds]
    assert cuts[0] == 0
    assert cuts == sorted(set(cuts))
    assert len(largest.event.demand.cuts) == cuts[-1] > 0


def test_the_market_costs_less_and_curtails_less_than_node_6_alone(day: Day) -> None:
    for row in rows_of(day):
        assert row.alone_cost_cny is not None
        assert row.alone_curtailed_kwh is not None
        assert row.cost_cny < row.alone_cost_cny
        assert row.curtailed_kwh < row.alone_curtailed_kwh
    assert summary_of(day).cost_cny == pytest.approx(sum(row.cost_cny for row in rows_of(day)))


def test_alone_is_node_6_and_as_little_as_it_takes(day: Day) -> None:
    for event, alone in ((outcome.event, outcome.alone_w) for outcome in day.outcomes):
        assert alone is not None
        assert [number for number, each_w in enumerate(alone) if each_w] == [5]
        for spared_w, breaks in ((0, False), (1, True)):
            changes = [0, 0, 0, 0, 0, spared_w - alone[5]]
            flows = [day.case.injections(quarter, changes) for quarter in event.quarters]
            voltages = run_sweep(day.case.network, flows).voltages_npu
            assert bool(violations(day.case.network, flows, voltages)) is breaks


def test_messages_are_counted_where_they_are_sent(day: Day, largest: Outcome) -> None:
    participants, lines = len(day.case.resources), len(day.case.network.lines)
    for each in largest.event.rounds:
        assert each.optimum.messages == 2 * participants * each.optimum.iterations
        assert each.check.messages == 2 * lines * each.check.rounds
        assert each.optimum.bytes > 8 * each.optimum.messages
        assert each.check.bytes > 16 * len(largest.event.quarters) * each.check.messages // 2


def test_what_nobody_can_mend_is_shown_to_have_no_answer(case: ResponseCase) -> None:
    poor = tuple(replace(resource, down_w=min(resource.down_w, 900)) for resource in case.resources)
    question = ask(replace(case, resources=poor), NOON, SEED)
    assert question is not None
    event = answer(question, Stopwatch())
    assert event.answer is None
    assert event.reason == "no answer meets the target and keeps the cuts"
    assert event.change_w == (0,) * 6
    assert alone_w(question) is None


def test_nobody_curtails_more_than_it_generates(case: ResponseCase) -> None:
    park_w = min(case.day[quarter].baseline_w[5] for quarter in range(28, 30))
    assert 0 < park_w < case.resources[5].down_w
    quote = Question(case, range(28, 30), -1_000, SEED).demand(()).curves[5]
    assert quote is not None
    assert quote.segments[-1].last_w == park_w
    assert case.offer(5, -1, range(2)) is None


def test_a_day_within_its_limits_has_no_events(case: ResponseCase) -> None:
    night = replace(case, day=case.day[:20])
    assert list(broken_spans(night)) == []
    assert summary_of(play(night, seed=1)).events == 0


def test_the_same_seed_gives_the_same_day_and_figures(case: ResponseCase, day: Day, tmp_path: Path) -> None:
    again = play(case, seed=1)
    assert summary_of(again) == summary_of(day)
    assert rows_of(again) == rows_of(day)
    for name, played in (("one", day), ("two", again)):
        (tmp_path / name).mkdir()
        draw(played, tmp_path / name)
    drawn = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert drawn == ["case.svg", "convergence.svg", "responses.svg", "voltages.svg"]
    for name in drawn:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_figures_name_nodes_units_and_limits(day: Day, tmp_path: Path) -> None:
    texts = {path.stem: path.read_text() for path in draw(day, tmp_path)}
    for word in ("node 6", "6: solar park", "injection (kW)", "power (kW)"):
        assert word in texts["case"]
    assert "voltage (p.u.)" in texts["voltages"]
    assert "change of injection (kW)" in texts["responses"]
    assert "primal residual (W)" in texts["convergence"]


def test_a_tree_is_drawn_without_two_buses_at_one_place(case: ResponseCase) -> None:
    places = places_of(case.network)
    assert places == [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (4, -1), (5, -1)]
    assert len(set(places)) == len(places)


def test_the_chain_keeps_what_was_never_asked_for(case: ResponseCase) -> None:
    assert ask(case, range(4), SEED) is None
