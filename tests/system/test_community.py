"""`gridquorum study community --live`: neighbours on a running network, founded, traded and settled."""

import json
from pathlib import Path

import pytest

from tests.system.command import gridquorum


@pytest.mark.slow
def test_a_live_community_settles_its_rounds_and_balances(tmp_path: Path) -> None:
    options = (
        "--homes",
        "20",
        "--rounds",
        "4",
        "--slot-ms",
        "1500",
        "--json",
        "--out",
        str(tmp_path / "live"),
    )
    ran = gridquorum("study", "community", "--live", *options)
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert (summary["nodes"], summary["settled"], summary["matched"]) == (5, 4, 4)
    assert summary["roots_agree"]
    assert summary["energy_balanced"]
    assert summary["money_change"] == 0
    assert summary["missing_readings"] == 0
    assert summary["bills"] > 20
