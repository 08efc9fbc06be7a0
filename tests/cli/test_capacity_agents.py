"""Agents of capacity rights as a node's configuration makes them: a whole window by files and settings."""

from pathlib import Path
from typing import Any

import pytest

from cli.agents import agent_kinds
from cli.capacity.agents import back_to_back
from cli.standing_bids import BadBids, read_bids
from contracts.agent import Agent
from contracts.capacity.agents.sources import Ask, Want
from contracts.capacity.parameters import Deadlines
from contracts.capacity.records import Phase
from contracts.capacity.windows import count_windows, get_window
from node.agents import Profession
from node.errors import UnknownAgent
from tests.contracts.capacity.market import BALANCE, Market
from tests.contracts.chain import FIRST_PERIOD, VALIDATORS, key_of
from tests.contracts.hosts import Hosts

DEADLINES = Deadlines(
    seal_slots=5, reveal_slots=5, clear_slots=7, deposit_slots=4, pay_slots=4, reading_slots=3
)
HEADER = "hour,device,quantity_wh,price_ukwh\n"
ASKS = HEADER + "".join(f"{hour},0,1000,100000\n{hour},0,1000,200000\n" for hour in (6, 7))
WANTS = HEADER + "".join(f"{hour},,1500,300000\n" for hour in (6, 7))


def made(kind: str, name: str, folder: Path, **settings: Any) -> Agent:
    """An agent as a node makes it."""
    market = Market()
    return agent_kinds()[kind](Profession(market.chain.genesis, key_of(name), None, settings, folder))


def test_windows_are_traded_by_standing_bids(tmp_path: Path) -> None:
    (tmp_path / "asks.csv").write_text(ASKS)
    (tmp_path / "wants.csv").write_text(WANTS)
    market = Market(changes={"deadlines": DEADLINES})
    agents = [
        *[made("capacity-clerk", name, tmp_path, periods=4, ahead_periods=36) for name in VALIDATORS],
        made("capacity-trader", "ash", tmp_path, bids="asks.csv"),
        made("capacity-trader", "dell", tmp_path, bids="wants.csv"),
        *[made("capacity-meter", name, tmp_path) for name in market.meters],
    ]
    hosts = Hosts(market.chain, agents)
    hosts.run_to(market.chain.slot + 60)
    records = [get_window(market.view, number) for number in range(count_windows(market.view))]
    settled = [record for record in records if record.phase is Phase.SETTLED]
    assert len(settled) == 2
    assert all((record.first_period - FIRST_PERIOD) % 4 == 0 for record in records)
    for record in settled:
        token = market.final(0, record.number)
        assert token.delivered_wh == token.quantity_wh == 1_500
    assert market.balance("ash") - BALANCE == BALANCE - market.balance("dell") == 2 * 1_500 * 200
    assert market.money() == 6 * BALANCE
    assert not hosts.noted("failed")


def test_standing_bids_are_asks_and_wants_by_hour(tmp_path: Path) -> None:
    path = tmp_path / "bids.csv"
    path.write_text(HEADER + "3,0,1000,5\n3,0,500,6\n21,,700,9\n")
    found = read_bids(path).by_hour
    ask, want = found[3], found[21]
    assert isinstance(ask, Ask)
    assert isinstance(want, Want)
    assert (ask.device, [step.quantity_wh for step in ask.steps]) == (0, [1_000, 500])
    assert want.bound_wh == 700


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hour,price\n", "columns are not"),
        ("", "columns are not"),
        (HEADER + "3,0,1000\n", "line 2: it has 3 columns"),
        (HEADER + "24,0,1000,5\n", "line 2: hour is '24'"),
        (HEADER + "3,0,-1,5\n", "quantity_wh is '-1'"),
        (HEADER + "3,0,1.5,5\n", "quantity_wh is '1.5'"),
        (HEADER + "3,0,1,1e3\n", "price_ukwh is '1e3'"),
        (HEADER + "3,0,1,²\n", "price_ukwh is"),
        (HEADER + "3,0,1000,5\n3,1,1000,5\n", "line 3: another device"),
        (HEADER + "3,0,1000,5\n3,0,1000,4\n", "line 2: step 1 of the ask is at 4"),
        (HEADER + "3,,1000,5\n3,,1000,6\n", "line 2: step 1 of the bid is at 6"),
        (HEADER + "3,0,1,5\n4,0,1,5\n3,0,1,5\n", "do not follow each other"),
        (HEADER + "3,0," + "9" * 5_000 + ",5\n", "quantity_wh is"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "bids.csv"
    path.write_text(text)
    with pytest.raises(BadBids, match=words.replace("(", "\\(")):
        read_bids(path)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBids, match="No such file"):
        read_bids(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(HEADER.encode() + b"\xff\xfe")
    with pytest.raises(BadBids, match="decode"):
        read_bids(tmp_path / "bytes.csv")
    (tmp_path / "long.csv").write_text(HEADER + "3,0,1,5\n" * 200_000)
    with pytest.raises(BadBids, match="bytes"):
        read_bids(tmp_path / "long.csv")


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("capacity-clerk", {"periods": 4}, "ahead_periods is missing"),
        ("capacity-clerk", {"periods": 0, "ahead_periods": 9}, "periods is 0"),
        ("capacity-clerk", {"periods": True, "ahead_periods": 9}, "periods is True"),
        ("capacity-trader", {}, "bids is missing"),
        ("capacity-meter", {"profiles": "x"}, "no setting profiles"),
    ],
)
def test_settings_that_are_wrong_are_refused_by_name(
    tmp_path: Path, kind: str, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnknownAgent, match=words):
        made(kind, "alder", tmp_path, **settings)


def test_windows_are_planned_back_to_back_from_midnight_on() -> None:
    view = Market().chain.view
    plans = back_to_back(8, 20, view)
    begins = [plan.first_period for plan in plans]
    assert begins == [period for period in range(view.period + 1, view.period + 21) if period % 8 == 0]
