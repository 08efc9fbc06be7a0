"""`gridquorum demo` as a newcomer runs it, and what it suggests to try next."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest

from tests.system.command import gridquorum

URL = re.compile(r"http://127\.0\.0\.1:\d+/\S*")


@dataclass(frozen=True)
class Demo:
    """A demo that is over but for its explorer."""

    summary: dict[str, Any]
    url: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "day"


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Demo]:
    """The demo, with its explorer open until all tests have looked; Ctrl-C ends it."""
    command = [sys.executable, "-m", "cli", "demo", "--json", "--explore"]
    with (
        (folder.parent / "summary.json").open("w+") as out,
        subprocess.Popen(
            [*command, "--out", folder], stdout=out, stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stderr is not None
        said = ""
        while (found := URL.search(said)) is None:
            line = process.stderr.readline()
            assert line, said
            said += line
        out.seek(0)
        yield Demo(json.load(out), found[0])
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


@pytest.fixture(scope="module")
def summary(demo: Demo) -> dict[str, Any]:
    return demo.summary


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


def test_the_explorer_opens_on_the_day(demo: Demo) -> None:
    with urlopen(demo.url) as page:
        assert b"<title>" in page.read()
    with urlopen(urljoin(demo.url, "/api/v1/overview")) as answer:
        overview = json.load(answer)
    assert overview["as_of"]["height"] == demo.summary["blocks"]
    first = f"from_period={first_period(demo.summary['day'])}"
    with urlopen(urljoin(demo.url, f"/api/v1/storage/series?{first}&points=96")) as answer:
        series = json.load(answer)["series"]
    assert any(value is not None for each in series for value in each["values"])


def first_period(day: str) -> int:
    """Of a day, a period being a quarter hour."""
    return int(datetime.fromisoformat(f"{day}T00:00Z").timestamp()) // 900
