"""Many committees in foul weather, each from its seed."""

import pytest

from tests.consensus.trial import simulate
from tests.consensus.watch import Violation

SEEDS_EACH = 25


def run_seeds(first: int) -> None:
    for seed in range(first, first + SEEDS_EACH):
        try:
            simulate(seed)
        except Violation as broken:
            replay = f"python -m tests.consensus.simulate {seed}"
            pytest.fail(f"seed {seed}: {broken}\nreplay it with a trace: {replay}", pytrace=False)


@pytest.mark.parametrize("first", range(0, 400, SEEDS_EACH))
def test_seeds(first: int) -> None:
    run_seeds(first)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 30_000, SEEDS_EACH))
def test_more_seeds(first: int) -> None:
    run_seeds(first)


def test_a_seed_replays_exactly() -> None:
    runs: list[list[str]] = [[], []]
    for lines in runs:
        simulate(7, trace=lines.append)
    assert runs[0] == runs[1]
    assert len(runs[0]) > 100
