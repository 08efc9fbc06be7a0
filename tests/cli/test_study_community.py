"""`gridquorum study community`: its report, its files, and where they came from."""

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

SMALL = ("study", "community", "--homes", 20, "--days", 1)
FIGURES = {"figure_5.svg", "figure_6_7.svg", "figure_8_9.svg", "figure_10.svg"}
TABLES = {"costs.csv", "hours.csv", "mechanisms.csv", "bids.csv", "trades.csv", "bills.csv"}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return [*csv.DictReader(file)]


def test_it_reports_draws_and_says_where_it_came_from(run: Any, tmp_path: Path) -> None:
    done = run(*SMALL, "--out", tmp_path, "--json")
    assert done.code == 0
    assert done.json["data"] == "synthetic"
    assert "synthetic homes" in done.err
    costs = {(row["generators_percent"], row["who"]): row for row in done.json["costs"]}
    assert costs[30, "consumers"]["paper_percent"] == 68.3
    assert costs[50, "all"]["community_percent"] < costs[50, "all"]["central_percent"] < 100
    assert [row["mechanism"] for row in done.json["mechanisms"]] == ["auction"] * 2 + ["pairing"] * 2
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["seed"], manifest["homes"], manifest["rules"]["storing"]) == (1, 20, "shared")
    assert set(manifest["figures_sha256"]) == FIGURES | TABLES
    for name, digest in manifest["figures_sha256"].items():
        assert sha256((tmp_path / name).read_bytes()).hexdigest() == digest


def test_orders_trades_and_bills_of_a_day_add_up(run: Any, tmp_path: Path) -> None:
    assert run(*SMALL, "--percent", 60, "--storing", "own", "--out", tmp_path).code == 0
    bids, trades, bills = (rows_of(tmp_path / f"{name}.csv") for name in ("bids", "trades", "bills"))
    traded = sum(int(row["energy_wh"]) for row in trades)
    assert traded > 0
    for side in ("ask", "bid"):
        assert sum(int(row["traded_wh"]) for row in bids if row["side"] == side) == traded
    metered, grid = (sum(int(row[name]) for row in bills) for name in ("metered_wh", "grid_wh"))
    assert metered == grid


def test_the_same_seed_gives_the_same_files(run: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(*SMALL, "--out", tmp_path / name, "--seed", 5).code == 0
    first, second = ((tmp_path / name / "manifest.json").read_bytes() for name in ("one", "two"))
    assert first == second


@pytest.mark.parametrize("options", [("--homes", 10**6 + 1), ("--live", "--homes", 501)])
def test_more_homes_than_there_is_room_for_are_refused(run: Any, tmp_path: Path, options: Any) -> None:
    done = run("study", "community", *options, "--out", tmp_path / "out")
    assert done.code == 2
    assert "the most" in done.err
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_ausgrid_s_is_refused(run: Any, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("customer,kwh\n1,2\n")
    done = run(*SMALL, "--ausgrid", wrong, "--out", tmp_path / "out")
    assert done.code == 3
    assert "column Customer: is missing" in done.err
    assert not (tmp_path / "out").exists()
