"""Plans: shown as files that anybody can check, and refused when they are off by 1 Wh."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def plan(run: Any, settled: list[Path]) -> Any:
    """The standing plan, as `plan show --json` prints it."""
    return run("plan", "show", "--dir", settled[0], "--json").json


def write(plan: Any, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan))
    return path


def test_standing_plan_is_accepted(run: Any, settled: list[Path], plan: Any, tmp_path: Path) -> None:
    from_chain = run("plan", "verify", "--dir", settled[0], "--json")
    from_file = run("plan", "verify", write(plan, tmp_path), "--json")
    against_chain = run("plan", "verify", write(plan, tmp_path), "--dir", settled[4], "--json")
    assert (from_chain.code, from_file.code, against_chain.code) == (0, 0, 0)
    assert from_chain.json == from_file.json == against_chain.json
    assert from_file.json["bound_nano"] <= from_file.json["cost_nano"]


@pytest.mark.parametrize(
    ("flow", "constraint"),
    [
        ("buy_wh", "energy balance"),
        ("sell_wh", "energy balance|buy and sell"),
        ("charge_wh", "energy balance|charge"),
        ("discharge_wh", "energy balance|charge"),
        ("curtail_wh", "curtailment|energy balance"),
    ],
)
@pytest.mark.parametrize("period", [0, 47, 95])
def test_plan_changed_by_1_wh_is_refused(
    run: Any, plan: Any, flow: str, constraint: str, period: int, tmp_path: Path
) -> None:
    plan["plan"]["sites"][0][flow][period] += 1
    refused = run("plan", "verify", write(plan, tmp_path))
    assert refused.code == 6
    assert any(word in refused.err for word in constraint.split("|"))
    assert "Traceback" not in refused.err


def test_balanced_change_is_refused_by_what_it_breaks(run: Any, plan: Any, tmp_path: Path) -> None:
    """1 Wh more bought and charged balances the bus, but not the storage's day."""
    site = plan["plan"]["sites"][0]
    period = next(t for t in range(96) if site["charge_wh"][t] and site["buy_wh"][t])
    site["charge_wh"][period] += 1
    site["buy_wh"][period] += 1
    refused = run("plan", "verify", write(plan, tmp_path))
    assert refused.code == 6
    assert "limit" in refused.err or "state of charge" in refused.err


def test_certificate_that_proves_too_little_is_refused(run: Any, plan: Any, tmp_path: Path) -> None:
    leaf = plan["certificate"]["leaves"][0]
    leaf["storage"] = [0] * len(leaf["storage"])
    refused = run("plan", "verify", write(plan, tmp_path))
    assert refused.code == 6


def without(*path: str) -> Callable[[Any], None]:
    def change(plan: Any) -> None:
        for name in path[:-1]:
            plan = plan[name]
        del plan[path[-1]]

    return change


def as_float(plan: Any) -> None:
    plan["plan"]["sites"][0]["buy_wh"][3] = 1.5


def as_text(plan: Any) -> None:
    plan["plan"]["sites"][0]["buy_wh"][3] = "17"


def with_more(plan: Any) -> None:
    plan["pleasantries"] = "please"


@pytest.mark.parametrize(
    "change",
    [without("problem"), without("plan", "sites"), without("certificate"), as_float, as_text, with_more],
)
def test_file_that_is_no_plan_is_refused(
    run: Any, plan: Any, change: Callable[[Any], None], tmp_path: Path
) -> None:
    change(plan)
    refused = run("plan", "verify", write(plan, tmp_path))
    assert refused.code == 6
    assert "plan.json" in refused.err


def test_other_days_problem_is_refused(run: Any, settled: list[Path], plan: Any, tmp_path: Path) -> None:
    plan["problem"]["first_period"] -= 96
    path = write(plan, tmp_path)
    assert run("plan", "verify", path).code == 0
    refused = run("plan", "verify", path, "--dir", settled[0])
    assert refused.code == 6
    assert "another problem" in refused.err


def test_plan_is_shown_for_people(run: Any, settled: list[Path]) -> None:
    shown = run("plan", "show", "--day", "2016-06-08", "--dir", settled[0])
    assert shown.code == 0
    assert "2016-06-08" in shown.out
    assert shown.out.count("\n") > 96


def test_day_without_a_plan_is_named(run: Any, settled: list[Path]) -> None:
    assert run("plan", "show", "--day", "2016-06-20", "--dir", settled[0]).code == 1
    assert run("plan", "show", "--day", "tomorrow", "--dir", settled[0]).code == 2


def test_a_problem_that_cannot_be_is_not_verified(run: Any, plan: Any, tmp_path: Path) -> None:
    plan["problem"]["storage"]["charge_efficiency"]["numerator"] = 60
    refused = run("plan", "verify", write(plan, tmp_path))
    assert refused.code == 6
    assert "plan.json" in refused.err
    assert "60/20 is not in (0, 1]" in refused.err
