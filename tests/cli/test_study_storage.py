"""`gridquorum study storage`: its report, its files, and where they came from."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

FIGURES = {"table_4.svg", *(f"figure_{number}.svg" for number in range(5, 11))}
TABLES = {"costs.csv", "proofs.csv", "sizes.csv", "plans.csv", "storage.csv", "shares.csv"}


def test_it_reports_and_draws_the_same_every_time(run: Any, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    done = run("study", "storage", "--seed", 7, "--out", one, "--json")
    assert done.code == 0
    assert [row["printed_cny"] for row in done.json["costs"]] == [4_713, 3_261, 3_124, 1_333, 710]
    assert len(done.json["proofs"]) == 10
    assert all(row["cost_cny"] - row["bound_cny"] < 0.01 for row in done.json["proofs"])
    assert done.json["summary"]["three_open"] is True
    assert "not the paper's" in done.err
    check_manifest(one)

    shown = run("study", "storage", "--seed", 7, "--out", two)
    assert shown.code == 0
    for word in ("printed_cny", "paper_cny", "pooled_cny", "bound_cny", "printed_excess_cny"):
        assert word in shown.out
    assert {path.name for path in one.iterdir()} == FIGURES | TABLES | {"manifest.json"}
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes(), path


def check_manifest(directory: Path) -> None:
    """It names the seed, and the hash of every input and of everything that was made."""
    manifest = json.loads((directory / "manifest.json").read_text())
    assert manifest["seed"] == 7
    assert set(manifest["inputs_sha256"]) == {"park_day.csv", "tariff.csv"}
    assert set(manifest["figures_sha256"]) == FIGURES | TABLES
    for name, digest in manifest["figures_sha256"].items():
        assert sha256((directory / name).read_bytes()).hexdigest() == digest
