"""Agents of the pool market as a node's configuration makes them: intervals by files and settings."""

from pathlib import Path
from typing import Any

import pytest

from cli.agents import agent_kinds
from cli.pool.bids import read_pool_bids
from cli.standing_bids import BadBids
from contracts.agent import Agent
from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.parameters import Windows
from contracts.pool.records import Phase
from ledger.quantities import Period
from node.agents import Profession
from node.errors import UnknownAgent
from tests.contracts.chain import key_of
from tests.contracts.hosts import Hosts
from tests.contracts.pool.market import INTERVAL, Market

HEADER = "carrier,hour,cycle,side,energy_wh,limit_ukwh\n"


def made(market: Market, kind: str, name: str, folder: Path, **settings: Any) -> Agent:
    """An agent as a node makes it."""
    return agent_kinds()[kind](Profession(market.genesis, key_of(name), None, settings, folder))


def test_intervals_are_traded_by_standing_bids(tmp_path: Path) -> None:
    hours = range(24)
    (tmp_path / "fir.csv").write_text(HEADER + "".join(f"heat,{hour},0,ask,900,200000\n" for hour in hours))
    (tmp_path / "gum.csv").write_text(HEADER + "".join(f"heat,{hour},0,bid,600,300000\n" for hour in hours))
    market = Market(changes={"windows": Windows(cycle_slots=20, reading_slots=4)})
    agents = [
        made(market, "pool-platform", "platform", tmp_path, cycle_ms=2_000),
        made(market, "pool-bidder", "fir", tmp_path, bids="fir.csv"),
        made(market, "pool-bidder", "gum", tmp_path, bids="gum.csv"),
        *[made(market, "pool-meter", f"{name}-heat", tmp_path) for name in ("fir", "gum", "store")],
    ]
    hosts = Hosts(market.chain, agents)
    hosts.run_to(market.genesis.slot_of(INTERVAL + 8))
    assert market.phase is Phase.SETTLED
    assert market.bills["gum", "heat"].metered_wh == 600
    assert market.bills["fir", "heat"].network_wh == 0
    assert not hosts.noted("failed")


def test_bids_are_found_by_carrier_hour_and_cycle(tmp_path: Path) -> None:
    path = tmp_path / "bids.csv"
    path.write_text(HEADER + "cold,7,1,bid,500,300000\n")
    bids, view = read_pool_bids(path), Market().chain.view
    period = Period(96 * 20_000 + 30)
    found = bids.wish(view, period, 1, Carrier.COLD)
    assert found == (Side.BID, 500, 300_000)
    assert bids.wish(view, period, 0, Carrier.COLD) is None
    assert bids.wish(view, Period(period + 2), 1, Carrier.COLD) is None
    assert bids.wish(view, period, 1, Carrier.HEAT) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1: its columns"),
        (HEADER + "cold,7,1,bid,500\n", "line 2: it has 5 columns"),
        (HEADER + "coal,7,1,bid,500,1\n", "line 2: 'coal' is not one of"),
        (HEADER + "cold,7,1,buy,500,1\n", "line 2: 'buy' is not one of"),
        (HEADER + "cold,24,1,bid,500,1\n", "line 2: hour is '24'"),
        (HEADER + "cold,7,1,bid,0,1\n", "line 2: energy_wh is '0'"),
        (HEADER + f"cold,7,1,bid,5,{'0' * 20}{'9' * 30}\n", "line 2: limit_ukwh is '0000"),
        (HEADER + "cold,7,1,bid,5,1\ncold,7,1,ask,5,1\n", "line 3: there is a bid"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "bids.csv"
    path.write_text(text)
    with pytest.raises(BadBids, match=reason):
        read_pool_bids(path)


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    market = Market()
    with pytest.raises(UnknownAgent, match="cycle_ms is 0"):
        made(market, "pool-platform", "platform", tmp_path, cycle_ms=0)
    with pytest.raises(UnknownAgent, match="bids is missing"):
        made(market, "pool-bidder", "fir", tmp_path)
