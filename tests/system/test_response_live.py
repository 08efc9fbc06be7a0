"""`gridquorum study response --live`: ten processes from an alarm to its settlement, also with one killed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.command import gridquorum

OWNERS = 6


def play(folder: Path, *options: str) -> dict[str, Any]:
    """Play the event; it must end well."""
    ran = gridquorum("study", "response", "--live", "--json", "--out", str(folder), *options)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def check(summary: dict[str, Any], responding: int) -> None:
    """What holds of every event, with so many owners who took part to its end."""
    assert summary["roots_agree"]
    assert summary["money_change"] == 0
    assert sum(share["response_w"] for share in summary["shares"]) == -summary["target_w"] > 0
    assert all(row["without_pu"] > 1.05 > row["metered_pu"] for row in summary["voltages"])
    actions = [step["action"] for step in summary["steps"]]
    assert actions[:2] == ["alarm", "trigger"]
    assert actions[-1] == "settle"
    assert actions.count("seal") == OWNERS
    assert actions.count("reveal") == responding
    assert actions.count("meter") == responding * len(summary["voltages"])
    assert all(step["waited_ms"] > 0 for step in summary["steps"])
    assert all(summary["accepted"].values())
    assert len(summary["accepted"]) == 4
    assert len(summary["refusals"]) == 3 * 3 * 4
    assert all(refusal["reason"] for refusal in summary["refusals"])
    assert (Path(summary["directory"]) / "sequence.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.slow
def test_an_alarm_is_answered_by_six_owners_and_settled(tmp_path: Path) -> None:
    summary = play(tmp_path / "event")
    check(summary, OWNERS)
    assert summary["nodes"] == 4 + OWNERS
    assert summary["convergence"]["residuals"][-1][0] <= 1
    assert summary["traffic"]["response/answer"]["messages"] >= OWNERS * 10


@pytest.mark.timeout(600)
def test_an_owner_killed_in_mid_agreement_does_not_stop_the_others(tmp_path: Path) -> None:
    summary = play(tmp_path / "event", "--kill", "battery")
    check(summary, OWNERS - 1)
    assert summary["nodes"] == 4 + OWNERS - 1
    (killed,) = [share for share in summary["shares"] if share["owner"] == "battery"]
    assert (killed["response_w"], killed["bill"]) == (0, None)
