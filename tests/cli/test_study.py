"""`gridquorum study`: the table, the fit and the figure."""

from pathlib import Path
from typing import Any


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
