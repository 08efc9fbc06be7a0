"""`gridquorum study capacity --live`: ten processes from sealed bids to the settlement."""

import json
from pathlib import Path

import pytest

from tests.system.command import gridquorum


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_window_is_traded_and_settled_by_ten_processes(tmp_path: Path) -> None:
    ran = gridquorum("study", "capacity", "--live", "--json", "--out", str(tmp_path / "window"))
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert (summary["nodes"], summary["phase"], summary["is_sound"]) == (10, "settled", True)
    assert summary["roots_agree"]
    assert summary["money_change"] == summary["locked"] == 0
    assert [bid["name"] for bid in summary["bids"] if not bid["is_revealed"]] == ["depot"]
    assert {right["buyer"] for right in summary["rights"] if not right["is_final"]} == {"foundry"}
    assert len({delivery["period"] for delivery in summary["deliveries"]}) == 4
    why = gridquorum("capacity", "why", "dairy", "--dir", str(tmp_path / "window/nodes/mill"))
    assert why.returncode == 0
