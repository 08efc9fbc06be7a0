"""`gridquorum study capacity`: tables, figures and manifest."""

import json
from pathlib import Path
from typing import Any

import pytest

from studies import capacity_shading


def test_study_capacity_reports_draws_and_says_what_is_synthetic(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capacity_shading, "SIZES", (4, 8))
    monkeypatch.setattr(capacity_shading, "BOOKS", 2)
    done = run("study", "capacity", "--owners", 6, "--buyers", 8, "--out", tmp_path, "--json")
    assert done.code == 0
    assert done.json["day"]["owners"] == 6
    assert len(done.json["hours"]) == 24
    assert [row["traders"] for row in done.json["shading"]] == [8, 16]
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["seed"] == 1
    assert "synthetic" in manifest["data"]
    assert set(manifest["figures_sha256"]) >= {"book.svg", "bids.csv", "trades.csv", "bills.csv"}
    assert "synthetic" in done.err
