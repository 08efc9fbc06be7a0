"""Many committees in foul weather, each from its seed."""

import os
import subprocess
import sys

import pytest

from tests.consensus.simulate import campaign, replay_command, tell, try_seeds
from tests.consensus.watch import Violation, Watch

SEEDS_EACH = 25


def run_seeds(first: int) -> None:
    findings = try_seeds(range(first, first + SEEDS_EACH))
    if findings.failures:
        lines = [
            f"{failure}\n  replay it: {replay_command(seed)}" for seed, failure in findings.failures.items()
        ]
        pytest.fail("\n".join(lines), pytrace=False)


@pytest.mark.parametrize("first", range(0, 400, SEEDS_EACH))
def test_seeds(first: int) -> None:
    run_seeds(first)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(10_000, 30_000, SEEDS_EACH))
def test_more_seeds(first: int) -> None:
    run_seeds(first)


def trace(seed: int, hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.consensus.simulate", str(seed)]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, check=True
    )
    return done.stdout.decode()


@pytest.mark.parametrize("seed", [0, 6, 9])
def test_a_seed_replays_exactly_in_another_process(seed: int) -> None:
    first = trace(seed, "1")
    assert first == trace(seed, "2")
    assert len(first.splitlines()) > 100


def test_a_seed_that_fails_is_told_with_the_command_that_replays_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Watch, "on_start", lambda watch, node: watch.tell(Violation("on purpose")))
    findings = try_seeds(range(7, 8))
    assert findings.failures == {7: "Violation: on purpose"}
    tell(findings, seconds=1.0, workers=1)
    assert ".venv/bin/python -m tests.consensus.simulate 7" in capsys.readouterr().out


def test_the_exit_code_says_whether_all_was_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert campaign(first=0, count=2, workers=1) == 0
    assert "2 seeds in" in capsys.readouterr().out
