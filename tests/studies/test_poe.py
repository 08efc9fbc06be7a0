"""The study of proof of energy runs, draws, and is the same for the same seed."""

from pathlib import Path

import pytest

from studies.poe import COMMITTEE, PARAMETERS, Run, draw, fit_of, rows_of, run, waits_of

HEIGHTS = 600


@pytest.fixture(scope="module")
def done() -> Run:
    return run(seed=1, heights=HEIGHTS)


def test_a_seed_names_a_run(done: Run) -> None:
    again = run(seed=1, heights=50)
    assert list(again.first) == list(done.first[:50])
    assert list(again.hits) == list(done.hits[:50])
    assert list(run(seed=2, heights=50).first) != list(again.first)


def test_shares_fit_the_weights(done: Run) -> None:
    rows, fit = rows_of(done), fit_of(done)
    for column in ("energy_share", "weight_share", "proposal_share"):
        assert sum(getattr(row, column) for row in rows) == pytest.approx(100)
    assert sum(row.proposals for row in rows) == fit.heights == HEIGHTS
    assert fit.p_value > 0.01
    assert fit.degrees_of_freedom == len(rows) - 1
    assert fit.hits_per_height == pytest.approx(6, abs=0.4)


def test_the_committee_shows_cap_and_floor() -> None:
    assert COMMITTEE[0].weight == PARAMETERS.cap_wh
    assert COMMITTEE[-1].weight == PARAMETERS.floor_wh


def test_a_run_in_which_all_take_turns_does_not_fit() -> None:
    turns = [height % len(COMMITTEE) for height in range(HEIGHTS)]
    assert fit_of(Run(turns, [6] * HEIGHTS)).p_value < 1e-9


def test_waits_are_counted_from_turn_to_turn() -> None:
    assert waits_of([1, 0, 0, 1, 1, 0], 0) == [2, 1, 3]
    assert waits_of([1, 1], 0) == []


def test_the_figure_is_the_same_for_the_same_run(done: Run, tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw(done, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"Poisson(6)" in (tmp_path / "one.svg").read_bytes()


def test_a_run_too_short_for_all_to_speak_can_be_drawn(tmp_path: Path) -> None:
    draw(run(seed=1, heights=3), tmp_path / "short.svg")
    assert (tmp_path / "short.svg").exists()
