"""`gridquorum study`: the table, the fit and the figure."""

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from studies.six_nodes import FILES


def test_study_poe_reports_and_draws(run: Any, tmp_path: Path) -> None:
    figure = tmp_path / "poe.svg"
    done = run("study", "poe", "--heights", 200, "--figure", figure, "--json")
    assert done.code == 0
    assert sum(member["proposals"] for member in done.json["members"]) == done.json["heights"] == 200
    assert figure.read_bytes().startswith(b"<?xml")
    assert "drawn in" in done.err


def test_study_poe_is_a_table_for_people(run: Any, tmp_path: Path) -> None:
    done = run("study", "poe", "--heights", 200, "--figure", tmp_path / "poe.svg")
    assert done.code == 0
    for word in ("wind farm", "proposal_share", "chi_squared", "p_value"):
        assert word in done.out


def test_study_response_reports_draws_and_says_where_it_came_from(run: Any, tmp_path: Path) -> None:
    done = run("study", "response", "--out", tmp_path, "--json")
    assert done.code == 0
    day, events = done.json["day"], done.json["events"]
    assert day["events"] == len(events) > 0
    assert {event["outcome"] for event in events} == {"proven"}
    assert day["cost_cny"] < day["alone_cost_cny"]
    assert day["messages"] > day["iterations"] > 0
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert (manifest["seed"], manifest["day"], manifest["events"]) == (1, day, events)
    for name, digest in manifest["figures_sha256"].items():
        assert sha256((tmp_path / name).read_bytes()).hexdigest() == digest
    assert set(manifest["inputs_sha256"]) == {*FILES}


def test_study_response_is_a_table_for_people(run: Any, tmp_path: Path) -> None:
    done = run("study", "response", "--out", tmp_path)
    assert done.code == 0
    for word in ("curtailed_kwh", "alone_cost_cny", "proven", "iterations", "agree_s"):
        assert word in done.out


def test_study_response_of_an_unknown_network(run: Any, tmp_path: Path) -> None:
    done = run("study", "response", "--network", "seven", "--out", tmp_path / "out")
    assert done.code == 1
    assert "there is no network 'seven'" in done.err
    assert not (tmp_path / "out").exists()


def test_study_response_says_before_it_plays_that_it_cannot_write(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    monkeypatch.delattr("cli.response.day.play")
    done = run("study", "response", "--out", taken)
    assert done.code == 1
    assert str(taken) in done.err


def test_study_response_without_the_packages(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandapower.networks", None)
    done = run("study", "response", "--network", "cigre-lv", "--out", tmp_path / "out")
    assert done.code == 1
    assert "pip install 'gridquorum[networks]'" in done.err


def test_study_response_live_says_what_it_cannot_play(run: Any, tmp_path: Path) -> None:
    for options, words in (
        (("--live", "--network", "cigre-lv"), "six nodes"),
        (("--live", "--kill", "nobody", "--out", tmp_path / "live"), "solar-park"),
    ):
        refused = run("study", "response", *options)
        assert refused.code == 2
        assert words in refused.err
    assert not (tmp_path / "live").exists()


@pytest.mark.parametrize(
    ("study", "studied", "played"),
    [
        ("response", {"--seed": 2}, {"--kill": "battery", "--instructions": "orders.csv"}),
        (
            "community",
            {"--days": 2, "--foresight": "yesterday", "--storing": "own", "--ausgrid": "homes.csv"},
            {"--rounds": 4, "--slot-ms": 900},
        ),
        ("capacity", {"--owners": 4, "--buyers": 4, "--seed": 2}, {"--slot-ms": 900}),
        (
            "pool",
            {"--suppliers": 4, "--consumers": 4, "--ranking": "price", "--seed": 2},
            {"--slot-ms": 900},
        ),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(
    run: Any, tmp_path: Path, study: str, studied: dict[str, object], played: dict[str, object]
) -> None:
    out = tmp_path / "out"
    for option, value in studied.items():
        refused = run("study", study, "--live", option, value, "--out", out)
        assert (refused.code, refused.err) == (2, f"error: {option} has no meaning with --live\n")
    for option, value in played.items():
        refused = run("study", study, option, value, "--out", out)
        assert (refused.code, refused.err) == (2, f"error: {option} has no meaning without --live\n")
    assert not out.exists()


def test_study_response_live_begins_nothing_with_a_bad_file_of_instructions(run: Any, tmp_path: Path) -> None:
    options = ("--live", "--instructions", tmp_path / "orders.csv", "--out", tmp_path / "live")
    refused = run("study", "response", *options)
    assert refused.code == 3
    assert "orders.csv, line 1" in refused.err
    assert not (tmp_path / "live").exists()
