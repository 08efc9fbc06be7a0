"""A whole energy day whose proposers go by the energy that it meters, in processes."""

import json
from pathlib import Path

import pytest
from scipy.stats import chisquare

from cli.market import PROPOSERS_BY_ENERGY
from tests.system.command import gridquorum


@pytest.mark.slow
def test_a_day_by_energy_adds_up_and_its_proposals_go_by_weight(tmp_path: Path) -> None:
    ran = gridquorum(
        "demo", "--proposers", "energy", "--json", "--slot-ms", "650", "--out", str(tmp_path / "day")
    )
    assert ran.returncode == 0, ran.stderr
    summary = json.loads(ran.stdout)
    assert summary["roots_agree"]
    node = ("--dir", str(tmp_path / "day" / "nodes" / "validator-1"))
    rows = json.loads(gridquorum("chain", "proposers", *node, "--json").stdout)["proposers"]
    assert sum(row["proposals"] for row in rows) >= summary["blocks"]
    *parks, without_meter = [row["weight"] for row in rows]
    assert without_meter == PROPOSERS_BY_ENERGY.floor_wh
    assert min(parks) > 5 * without_meter
    # The genesis is another one in every run, and so are the draws.
    test = chisquare([row["proposals"] for row in rows], [row["expected"] for row in rows])
    assert test.pvalue > 1e-6
