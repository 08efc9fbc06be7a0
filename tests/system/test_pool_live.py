"""`gridquorum study pool --live`: ten processes trade four carriers in cycles, and settle every interval."""

import json
from pathlib import Path

import pytest

from tests.system.command import gridquorum


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_intervals_are_traded_and_settled_by_ten_processes(tmp_path: Path) -> None:
    ran = gridquorum("study", "pool", "--live", "--json", "--out", str(tmp_path / "pool"))
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert (summary["nodes"], summary["is_sound"]) == (10, True)
    assert summary["roots_agree"]
    assert summary["money_change"] == summary["locked"] == 0
    assert {row["phase"] for row in summary["intervals"]} == {"settled"}
    assert max(row["cycles"] for row in summary["intervals"]) == 3
    silent = [(row["name"], row["carrier"]) for row in summary["seats"] if row["readings"] == 0]
    assert silent == [("utility", "cold")]
