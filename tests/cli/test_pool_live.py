"""The pool of four carriers as `study pool --live` plays it: its files, its agents, its summary."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.pool.live.cast import CAST
from cli.pool.live.live import intervals_progress
from cli.pool.live.market import Way
from cli.pool.live.network import CYCLES, PERIODS
from cli.pool.live.summary import Summary, summarize
from cli.pool.live.text import show_summary
from contracts.pool.records import interval_key
from tests.cli.settled_markets import settled_intervals


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return settled_intervals(tmp_path_factory.mktemp("intervals"))


@pytest.fixture(scope="module")
def summary(folders: list[Path]) -> Summary:
    return summarize(folders, PERIODS)


def test_everything_holds_on_ten_nodes(summary: Summary) -> None:
    assert summary.is_sound
    assert (summary.agreement.nodes, summary.agreement.roots_agree) == (10, True)
    assert (summary.money_change, summary.locked) == (0, 0)


def test_every_interval_is_traded_in_cycles_of_two_slots(summary: Summary) -> None:
    assert [row.period for row in summary.intervals] == [*PERIODS]
    assert {row.cycles for row in summary.intervals} == {CYCLES}
    assert summary.cycle_slots == 2


def test_what_a_storage_takes_in_the_afternoon_it_sells_in_the_evening(summary: Summary) -> None:
    stored = {flow.period for flow in summary.flows if flow.way == Way.STORED}
    released = {flow.period for flow in summary.flows if flow.way == Way.RELEASED}
    assert max(stored) < min(released)
    for carrier in ("electricity", "heat"):
        taken = summary.energy_wh(carrier=carrier, way=Way.STORED.value)
        assert 0 < summary.energy_wh(carrier=carrier, way=Way.RELEASED.value) < taken
    assert summary.energy_wh(carrier="cold") == summary.energy_wh(carrier="cold", way=Way.DIRECT.value)


def test_who_says_nothing_pays_the_network(summary: Summary) -> None:
    (silent,) = summary.silent
    assert (silent.name, silent.carrier) == ("utility", "cold")
    assert silent.network_wh > -silent.bought_wh > 0
    others = [row for row in summary.seats if row is not silent]
    assert all((row.readings, row.network_wh) == (len(PERIODS), 0) for row in others)


@pytest.mark.parametrize("change", [{"money_change": 1}, {"locked": 1}, {"flows": ()}, {"seats": ()}])
def test_anything_that_does_not_hold_is_seen(summary: Summary, change: dict[str, Any]) -> None:
    assert not replace(summary, **change).is_sound


def test_an_open_interval_another_chain_and_unbilled_money_are_seen(summary: Summary) -> None:
    assert not replace(summary, agreement=replace(summary.agreement, roots_agree=False)).is_sound
    last = replace(summary.intervals[-1], phase="accounting")
    assert not replace(summary, intervals=[*summary.intervals[:-1], last]).is_sound
    first = replace(summary.money[0], paid=summary.money[0].paid + 1)
    assert not replace(summary, money=[first, *summary.money[1:]]).is_sound
    seat = replace(summary.seats[0], owed=1)
    assert not replace(summary, seats=[seat, *summary.seats[1:]]).is_sound


def test_the_summary_for_people_and_machines(
    summary: Summary, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    show_summary(summary, tmp_path)
    shown = capsys.readouterr().out
    assert "Four carriers from 17:00 to the quarter hour of 19:45" in shown
    assert "36 cycles of 2.0 slots" in shown
    assert all(player.plays in shown for player in CAST)
    assert "BROKEN" not in shown
    plain = summary.to_plain()
    assert (plain["nodes"], plain["is_sound"], len(plain["intervals"])) == (10, True, len(PERIODS))


def test_the_commands_that_the_summary_suggests_work(run: Any, folders: list[Path], tmp_path: Path) -> None:
    answer = run("pool", "why", PERIODS[0], "offices", "--dir", folders[0], "--json").json
    assert {row["carrier"] for row in answer["cycles"]} == {"electricity", "heat", "cold", "gas"}
    assert run("pool", "export", PERIODS[-1], tmp_path / "tables", "--dir", folders[0]).code == 0


class Node:
    """What a node would answer: phases of the first intervals."""

    def __init__(self, *phases: str) -> None:
        keys = [interval_key(period) for period in PERIODS]
        self.kept = {key: {"phase": phase} for key, phase in zip(keys, phases, strict=False)}

    def state(self, _contract: str, key: str) -> Any:
        return self.kept.get(key)


def test_the_watch_counts_intervals() -> None:
    early = intervals_progress(Node("settled", "running", "bidding", "due"))  # type: ignore[arg-type]
    assert (early.text, early.is_over) == ("intervals: 2 trading, 1 of 12 settled", False)
    assert intervals_progress(Node(*["settled"] * 11, "lapsed")).is_over  # type: ignore[arg-type]
