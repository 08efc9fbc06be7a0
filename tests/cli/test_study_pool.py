"""`gridquorum study pool`: tables, figures and manifest."""

import json
from pathlib import Path
from typing import Any


def test_study_pool_reports_draws_and_says_what_is_synthetic(run: Any, tmp_path: Path) -> None:
    done = run("study", "pool", "--suppliers", 3, "--consumers", 5, "--out", tmp_path, "--json")
    assert done.code == 0
    assert [row["carrier"] for row in done.json["carriers"]] == ["electricity", "heat", "cold", "gas"]
    assert all(row["value_percent"] <= 100 for row in done.json["rankings"])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["seed"] == 1
    assert "synthetic" in manifest["data"]
    assert set(manifest["figures_sha256"]) >= {"energy.svg", "bids.csv", "trades.csv", "bills.csv"}
    assert "synthetic" in done.err
