"""`gridquorum demo` as a newcomer runs it, and what it suggests to try next."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.command import gridquorum

SLOT_MS = 500


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "day"


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    ran = gridquorum("demo", "--json", "--slot-ms", str(SLOT_MS), "--out", str(folder))
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def test_a_whole_day_is_agreed_on_and_adds_up(summary: dict[str, Any]) -> None:
    assert summary["blocks"] > 96
    assert summary["nodes"] == 5
    assert summary["roots_agree"]
    assert summary["energy_balanced"]
    assert summary["money_balanced"]
    assert summary["plan_bound"] <= summary["plan_cost"] < summary["cost_without_storage"]
    assert summary["cost_without_storage"] < summary["cost_alone"]
    assert [park["readings"] for park in summary["parks"]] == [96] * 3


def test_the_plan_is_verified_and_one_changed_by_1_wh_is_refused(
    summary: dict[str, Any], folder: Path
) -> None:
    node = ("--dir", str(folder / "nodes" / "validator-2"))
    plan = json.loads(gridquorum("plan", "show", *node, "--day", summary["day"], "--json").stdout)
    good, bad = folder / "plan.json", folder / "bad.json"
    good.write_text(json.dumps(plan))
    assert gridquorum("plan", "verify", str(good)).returncode == 0
    plan["plan"]["sites"][0]["charge_wh"][3] += 1
    bad.write_text(json.dumps(plan))
    refused = gridquorum("plan", "verify", str(bad))
    assert refused.returncode == 6
    assert "energy balance of the bus in period" in refused.stderr
    assert "by 1 Wh" in refused.stderr


def test_the_settlement_is_proven_offline(summary: dict[str, Any], folder: Path) -> None:
    proof = folder / "proof.bin"
    node = ("--dir", str(folder / "nodes" / "field"))
    assert gridquorum("chain", "proof", summary["settlement"], *node, "--out", str(proof)).returncode == 0
    chain = gridquorum("genesis", "hash", str(folder / "genesis.json")).stdout.strip()
    verified = gridquorum("chain", "verify", str(proof), "--genesis", chain, "--json")
    assert json.loads(verified.stdout)["action"] == "dispatch.settle"
    damaged = bytearray(proof.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    proof.write_bytes(damaged)
    assert gridquorum("chain", "verify", str(proof), "--genesis", chain).returncode == 6
