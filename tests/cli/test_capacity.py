"""`gridquorum capacity`: windows, answers and tables from a node's own chain."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.errors import ExitCode
from cli.node_directory import open_chain
from cli.statements import slot_begin
from contracts.capacity.clearing import Cleared, clear
from contracts.capacity.records import Phase
from ledger.store import Store
from node.application import standard_application
from node.files import STORE_NAME
from tests.contracts.capacity.market import DEADLINES, PERIODS, USUAL, Market, ask, want
from tests.contracts.chain import address


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node whose chain has a settled window, and one in which bids are still sealed."""
    market = Market()
    market.settled({"ash": [625, 0, 625, 625], "beech": [500] * PERIODS})
    market.take(market.open(market.window().end + 60))
    return node_with(market, tmp_path_factory.mktemp("node"))


def node_with(market: Market, folder: Path) -> Path:
    """A node's folder that has the market's chain."""
    (folder / "config.toml").write_text("")
    (folder / "data").mkdir()
    store = Store.create(folder / "data" / STORE_NAME, market.chain.genesis, standard_application())
    for executed in market.chain.blocks:
        store.append(executed, market.chain.seal(executed))
    store.close()
    return folder


def test_windows_are_listed(run: Any, folder: Path) -> None:
    done = run("capacity", "windows", "--dir", folder, "--json")
    assert done.code == 0
    first, second = done.json["windows"]
    assert (first["phase"], first["traded_wh"], first["price_ukwh"]) == ("settled", 4_500, 150_000)
    assert (second["phase"], second["price_ukwh"]) == ("sealing", None)
    with open_chain(folder) as store:
        last = store.head.slot + DEADLINES.seal_slots
        assert (first["until"], second["until"]) == (None, str(slot_begin(last + 1, store.genesis)))


def test_why_a_bid_was_matched_is_answered_from_the_chain(run: Any, folder: Path) -> None:
    by_name = run("capacity", "why", "ash", "--window", 0, "--dir", folder, "--json").json
    by_address = run("capacity", "why", address("ash"), "--window", 0, "--dir", folder, "--json").json
    assert by_name == by_address
    assert [step["traded_wh"] for step in by_name["steps"]] == [1_000, 1_500]
    assert by_name["margin"]["offered_wh"] == 2_000
    for_people = run("capacity", "why", "fir", "--window", 0, "--dir", folder)
    assert for_people.code == 0
    assert "worse than the price" in for_people.out


def test_who_made_no_bid_and_what_is_not_cleared_have_no_answer(run: Any, folder: Path) -> None:
    for arguments, words in (
        (("alder", "--window", 0), "revealed no bid"),
        (("ash",), "nothing is cleared"),
        (("ash", "--window", 2), "no such window"),
    ):
        done = run("capacity", "why", *arguments, "--dir", folder)
        assert done.code == 1
        assert words in done.err


def test_what_lapsed_uncleared_has_no_answer_and_says_why(run: Any, tmp_path: Path) -> None:
    market = Market()
    market.to_revealing()
    market.run_until(Phase.LAPSED)
    done = run("capacity", "why", "ash", "--dir", node_with(market, tmp_path))
    assert done.code == 1
    assert "window 0 is lapsed, nothing is cleared: nobody revealed a bid" in done.err


def test_where_no_ask_met_a_bid_the_answer_is_that(run: Any, tmp_path: Path) -> None:
    market = Market()
    market.to_clearing({"chestnut": USUAL["chestnut"], "fir": USUAL["fir"]})
    market.take(market.clear())
    market.run_until(Phase.LAPSED)
    done = run("capacity", "why", "fir", "--dir", node_with(market, tmp_path), "--json")
    assert done.code == 0
    assert [step["reason"] for step in done.json["steps"]] == ["no ask meets a bid"]


FORGERIES: dict[str, Callable[[Cleared], Cleared]] = {
    "another order of the lots": lambda cleared: replace(cleared, order=cleared.order[::-1]),
    "another interval": lambda cleared: replace(cleared, highest_ukwh=cleared.highest_ukwh + 1),
    "another's Wh": lambda cleared: replace(cleared, sold=cleared.sold[::-1]),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_clearing_that_does_not_follow_from_its_bids_is_found_out(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgery: str
) -> None:
    """Each meets the conditions of Karush, Kuhn and Tucker."""
    market = Market()
    sellers = {name: ask(name, (1_000, 100_000)) for name in ("ash", "beech")}
    market.to_clearing({**sellers, "dell": want((1_001, 300_000))})
    with monkeypatch.context() as forged:
        forged.setattr("contracts.capacity.clearing.clear", lambda *given: FORGERIES[forgery](clear(*given)))
        market.take(market.clear())
    done = run("capacity", "why", "ash", "--dir", node_with(market, tmp_path))
    assert done.code == ExitCode.UNVERIFIED
    assert "does not follow from its bids" in done.err


def test_tables_open_and_bills_add_up_to_nothing(run: Any, folder: Path, tmp_path: Path) -> None:
    done = run("capacity", "export", tmp_path / "out", "--window", 0, "--dir", folder)
    assert done.code == 0
    bids, trades, bills = (
        list(csv.DictReader((tmp_path / "out" / f"{name}.csv").open()))
        for name in ("bids", "trades", "bills")
    )
    assert {row["name"] for row in bids} == {"ash", "beech", "chestnut", "dell", "elm", "fir"}
    assert sum(int(row["quantity_wh"]) for row in trades) == 4_500
    assert sum(int(row["amount"]) for row in bills) == 0
    sold = {row["name"]: int(row["sold_wh"]) for row in bills}
    assert (sold["ash"], sold["beech"]) == (1_875, 2_000)


def test_bills_are_what_balances_changed_by(run: Any, folder: Path, tmp_path: Path) -> None:
    market = Market()
    market.settled({"ash": [625, 0, 625, 625], "beech": [500] * PERIODS})
    run("capacity", "export", tmp_path / "out", "--window", 0, "--dir", folder)
    for row in csv.DictReader((tmp_path / "out" / "bills.csv").open()):
        assert int(row["amount"]) == market.balance(row["name"]) - 1_000 * 10**6


def test_a_window_of_which_nothing_was_revealed_has_empty_tables(
    run: Any, folder: Path, tmp_path: Path
) -> None:
    done = run("capacity", "export", tmp_path / "out", "--dir", folder)
    assert done.code == 0
    assert (tmp_path / "out" / "bids.csv").read_text() == ""


def test_a_chain_without_the_market_says_so(run: Any, settled: list[Path]) -> None:
    done = run("capacity", "windows", "--dir", settled[0])
    assert done.code == 1
    assert "no market of capacity rights" in done.err
