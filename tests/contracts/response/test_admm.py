"""ADMM finds the optimum for any number of participants, with cuts, and while they fall silent."""

from collections.abc import Callable

import numpy as np
import pytest

from contracts.gap import GapLimit
from contracts.response.optimality import Certificate, Cut, Demand, bound_nano_h
from contracts.response.solving.admm import (
    ANSWER_BYTES,
    DEFAULT_SETTINGS,
    ITERATE_BYTES,
    Coordinator,
    Iterate,
    ParticipantPart,
    Run,
    Settings,
    run_admm,
)
from contracts.response.solving.anderson import Anderson
from contracts.response.solving.solver import Answer, Infeasible, solve
from tests.contracts.response.demands import demand, quote, random_demand

NARROW = GapLimit(relative_ppm=100, absolute_nano=10**6)
SCALE = 10**6


def cost_nano_h(asked: Demand, response_w: tuple[float, ...]) -> float:
    """In fractions of a watt, unlike the demand's own."""
    total = 0.0
    for row, left_w in zip(asked.pieces, response_w, strict=True):
        for width, price in row:
            taken_w = min(width, left_w)
            total, left_w = total + taken_w * price, left_w - taken_w
    return total


def check_agreed(asked: Demand, run: Run) -> None:
    """Target and cuts are met and the cost is the optimum's, as far as the tolerances say."""
    assert run.is_converged
    tolerance_w = DEFAULT_SETTINGS.absolute_w + DEFAULT_SETTINGS.relative * asked.target_w
    assert sum(run.response_w) == pytest.approx(asked.target_w, abs=tolerance_w)
    for cut in asked.cuts:
        load = sum(part * x for part, x in zip(cut.coefficients, run.response_w, strict=True))
        assert load - cut.limit <= 4 * tolerance_w * max(map(abs, cut.coefficients))
    best = solve(asked, NARROW)
    assert isinstance(best, Answer)
    best_nano_h = asked.cost_nano_h(best.allocation)
    assert cost_nano_h(asked, run.response_w) == pytest.approx(best_nano_h, rel=2e-3, abs=10**6)
    proven = Certificate(SCALE, round(SCALE * run.price_ukwh), tuple(round(SCALE * w) for w in run.weights))
    assert bound_nano_h(asked, proven) == pytest.approx(best_nano_h, rel=2e-3, abs=10**6)


@pytest.mark.parametrize("participants", [2, 3, 6, 30, 100, 300])
@pytest.mark.parametrize("seed", range(3))
def test_the_optimum_is_found_by_any_number(participants: int, seed: int) -> None:
    asked = random_demand(seed, participants)
    run = run_admm(asked)
    check_agreed(asked, run)
    assert run.iterations <= 150


@pytest.mark.parametrize(("participants", "cuts"), [(3, 1), (6, 2), (30, 4), (100, 6)])
@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_within_cuts_is_found_or_given_up(participants: int, cuts: int, seed: int) -> None:
    asked = random_demand(seed, participants, cuts)
    run = run_admm(asked)
    if isinstance(solve(asked, NARROW), Infeasible):
        assert not run.is_converged
        assert run.iterations < DEFAULT_SETTINGS.iterations_max
    else:
        check_agreed(asked, run)
        assert run.iterations <= 600


@pytest.mark.slow
@pytest.mark.parametrize("participants", [2, 6, 50, 300])
def test_no_random_demand_defeats_it(participants: int) -> None:
    for seed in range(100):
        asked = random_demand(1_000 + seed, participants, cuts=seed % 6)
        if isinstance(solve(asked, NARROW), Answer):
            check_agreed(asked, run_admm(asked))


SAME = quote((500, 200_000), (500, 300_000))


@pytest.mark.parametrize(
    "asked",
    [
        demand(1, *(SAME,) * 8),
        demand(4_000, *(SAME,) * 8),
        demand(7_000, *(SAME,) * 8),
        demand(8_000, *(SAME,) * 8),
        demand(7_999, *(SAME,) * 8),
        demand(700, quote((1_000, 0)), quote((1_000, 0), (1_000, 5))),
        demand(700, quote((1_000, 250_000))),
        demand(500_001, quote((1, 1)), quote((1_000_000, 90_000)), quote((3, 89_999)), None),
        demand(1_500, quote((1_000, 1)), quote((1_000, 100_000_000))),
        demand(900, quote((1_000, 5), energy_wh=400), quote((1_000, 6))),
    ],
    ids=[
        "1-w",
        "first-half",
        "second-half",
        "all",
        "all-but-1",
        "free",
        "alone",
        "unequal",
        "dear",
        "energy",
    ],
)
def test_ties_ends_and_extremes(asked: Demand) -> None:
    run = run_admm(asked)
    check_agreed(asked, run)


def test_equal_participants_share_alike() -> None:
    run = run_admm(demand(3_000, *(SAME,) * 8))
    assert run.response_w == pytest.approx((375.0,) * 8, abs=0.2)
    assert run.price_ukwh == pytest.approx(200_000, abs=200)


def test_a_cut_that_is_parallel_to_the_target_is_met_or_given_up() -> None:
    curves = (quote((1_000, 5)), quote((1_000, 6)))
    loose = demand(900, *curves, cuts=(Cut((7, 7), 6_300),))
    check_agreed(loose, run_admm(loose))
    assert not run_admm(demand(900, *curves, cuts=(Cut((7, 7), 6_000),))).is_converged


@pytest.mark.parametrize(("participants", "cuts"), [(12, 0), (40, 3)])
def test_who_falls_silent_is_left_out_and_the_rest_agree(participants: int, cuts: int) -> None:
    asked = random_demand(4, participants, cuts)
    dropped = {2: 5, 7: 9, 11: 9}
    run = run_admm(asked, dropped=dropped)
    assert all(run.response_w[number] == 0 for number in dropped)
    assert run.iterations > max(dropped.values())
    rest = tuple(None if number in dropped else curve for number, curve in enumerate(asked.curves))
    check_agreed(demand(asked.target_w, *rest, cuts=asked.cuts), run)


def test_without_those_who_are_needed_it_ends_at_once() -> None:
    asked = demand(1_500, quote((1_000, 5)), quote((1_000, 6)))
    run = run_admm(asked, dropped={1: 3})
    assert not run.is_converged
    assert run.iterations == 3
    everybody = run_admm(asked, dropped={0: 3, 1: 3})
    assert (everybody.is_converged, everybody.iterations) == (False, 3)


def test_what_the_certified_power_promises_and_no_quote_offers_is_given_up() -> None:
    """The coordinator knows certified power alone, and the curves end before it."""
    coordinator = Coordinator(1_500.0, (1_000, 1_000))
    parts = [ParticipantPart(((300, 5),)), ParticipantPart(((400, 6),))]
    while iterated(coordinator, parts):
        pass
    assert not coordinator.is_converged
    assert coordinator.responses_w == (300.0, 400.0)
    assert len(coordinator.residuals) < DEFAULT_SETTINGS.iterations_max


def iterated(
    coordinator: Coordinator,
    parts: list[ParticipantPart],
    send: Callable[[Iterate], Iterate] = lambda iterate: iterate,
    reply: Callable[[float], float] = lambda response_w: response_w,
) -> bool:
    """One iteration; `send` and `reply` are what the messages make of it."""
    for number in coordinator.participants:
        response_w = parts[number].answer(send(coordinator.iterate(number)))
        coordinator.receive(number, reply(response_w))
    return coordinator.advance()


def test_numbers_rounded_on_the_way_do_no_harm() -> None:
    """Prices in whole ukwh, the stiffness to six figures, responses in mW."""
    asked = random_demand(4, 30, cuts=3)
    coordinator = Coordinator(asked.target_w, asked.capacities_w, asked.cuts)
    parts = [ParticipantPart(pieces) for pieces in asked.pieces]

    def send(iterate: Iterate) -> Iterate:
        return Iterate(iterate.number, round(iterate.price_ukwh), float(f"{iterate.stiffness:.5e}"))

    while iterated(coordinator, parts, send, lambda response_w: round(response_w, 3)):
        pass
    exact = run_admm(asked)
    assert coordinator.is_converged
    assert coordinator.price_ukwh == pytest.approx(exact.price_ukwh, rel=2e-3)
    assert sum(coordinator.responses_w) == pytest.approx(asked.target_w, rel=1e-3)


def test_an_answer_depends_on_the_iterate_alone() -> None:
    """So one that is sent again, or to a participant that was restarted, gets the same."""
    curve = ((100, 10), (200, 50), (50, 50), (1, 900))
    iterates = [Iterate(number, float(price), 0.5) for number, price in enumerate((900, -5, 60, 2_000, 60))]
    part = ParticipantPart(curve)
    given_w = [part.answer(iterate) for iterate in iterates]
    assert given_w == [ParticipantPart(curve).answer(iterate) for iterate in iterates]
    assert given_w[2] == given_w[4]


@pytest.mark.parametrize(
    ("price_ukwh", "response_w"),
    [(-1.0, 0.0), (10.0, 0.0), (30.0, 40.0), (60.0, 100.0), (100.0, 100.0), (110.0, 120.0), (9e9, 200.0)],
)
def test_an_answer_is_where_worth_meets_cost(price_ukwh: float, response_w: float) -> None:
    part = ParticipantPart(((100, 10), (100, 50)))
    assert part.answer(Iterate(0, price_ukwh, 0.5)) == response_w


def test_an_iterate_stays_until_the_step() -> None:
    coordinator = Coordinator(100.0, (80, 90, 100))
    first = coordinator.iterate(0)
    coordinator.receive(1, 12.0)
    coordinator.drop(2)
    assert coordinator.iterate(0) == first
    coordinator.receive(0, 5.0)
    assert coordinator.advance()
    assert coordinator.iterate(0).number == first.number + 1


def test_answers_may_come_in_any_order() -> None:
    asked = random_demand(2, 10, cuts=2)
    orders = [asked.capacities_w, asked.capacities_w]
    forward, backward = (Coordinator(asked.target_w, weights, asked.cuts) for weights in orders)
    parts = [ParticipantPart(pieces) for pieces in asked.pieces]
    while iterated(forward, parts):
        for number in reversed(backward.participants):
            backward.receive(number, parts[number].answer(backward.iterate(number)))
        backward.advance()
        assert [backward.iterate(number) for number in range(10)] == [
            forward.iterate(number) for number in range(10)
        ]


def test_residuals_of_every_iteration_are_recorded_down_to_the_tolerances() -> None:
    asked = random_demand(6, 20)
    run = run_admm(asked)
    last, first = run.residuals[-1], run.residuals[0]
    assert last.primal_w <= DEFAULT_SETTINGS.absolute_w + DEFAULT_SETTINGS.relative * asked.target_w
    assert last.dual_ukwh <= DEFAULT_SETTINGS.absolute_ukwh + DEFAULT_SETTINGS.relative * run.price_ukwh
    assert first.primal_w > 100 * last.primal_w
    assert last.primal_w == pytest.approx(abs(sum(run.response_w) - asked.target_w), abs=1e-6)


def test_it_ends_after_the_iterations_it_may_take() -> None:
    run = run_admm(random_demand(6, 20), Settings(iterations_max=4))
    assert (run.is_converged, run.iterations) == (False, 4)


def test_a_run_counts_its_messages_and_is_deterministic() -> None:
    asked = random_demand(8, 15, cuts=2)
    run = run_admm(asked)
    assert run == run_admm(asked)
    assert run.messages == 2 * 15 * run.iterations
    assert run.bytes == 15 * run.iterations * (ITERATE_BYTES + ANSWER_BYTES)


def test_an_affine_iteration_is_solved_in_as_many_steps_as_it_has_directions() -> None:
    """A rotation that hardly shrinks: plainly followed it would take thousands."""
    turn = 0.999 * np.array([[np.cos(1), -np.sin(1), 0], [np.sin(1), np.cos(1), 0], [0, 0, 0.5]])
    state, anderson = np.zeros(3), Anderson()
    for _ in range(8):
        state = anderson.accelerate(state, turn @ state + np.array([1.0, 2.0, 3.0]))
    assert state == pytest.approx(np.linalg.solve(np.eye(3) - turn, [1.0, 2.0, 3.0]), rel=1e-6)
