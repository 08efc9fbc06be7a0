"""`gridquorum pool`: answers and tables from a node's own chain."""

import csv
from pathlib import Path
from typing import Any

import pytest

from ledger.store import Store
from node.application import standard_application
from node.files import STORE_NAME
from tests.contracts.chain import address
from tests.contracts.pool.market import INTERVAL, Market


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node whose chain has a settled interval."""
    market = Market()
    market.trade(market.ask("fir", 1_000, 300_000), market.bid("gum", 600, 500_000))
    market.trade(market.bid("ivy", 100, 200_000))
    market.deliver(fir=-600, gum=500)
    market.settle()
    path = tmp_path_factory.mktemp("node")
    (path / "config.toml").write_text("")
    (path / "data").mkdir()
    store = Store.create(path / "data" / STORE_NAME, market.genesis, standard_application())
    for executed in market.chain.blocks:
        store.append(executed, market.chain.seal(executed))
    store.close()
    return path


def test_why_is_answered_cycle_by_cycle(run: Any, folder: Path) -> None:
    by_name = run("pool", "why", INTERVAL, "fir", "--dir", folder, "--json").json["cycles"]
    by_address = run("pool", "why", INTERVAL, address("fir"), "--dir", folder, "--json").json["cycles"]
    assert by_name == by_address
    assert [(row["cycle"], row["traded_wh"]) for row in by_name] == [(0, 600), (1, 0)]
    for_people = run("pool", "why", INTERVAL, "ivy", "--dir", folder)
    assert for_people.code == 0
    assert "within its limit" in for_people.out


def test_tables_open_and_trades_add_up_to_nothing(run: Any, folder: Path, tmp_path: Path) -> None:
    done = run("pool", "export", INTERVAL, tmp_path, "--dir", folder)
    assert done.code == 0
    bids, trades, bills = (
        list(csv.DictReader((tmp_path / f"{name}.csv").open())) for name in ("bids", "trades", "bills")
    )
    assert {row["name"] for row in bids} == {"fir", "gum", "ivy"}
    assert [(row["seller"], row["buyer"], row["energy_wh"]) for row in trades] == [("fir", "gum", "600")]
    assert sum(int(row["traded_wh"]) for row in bills) == 0


@pytest.mark.parametrize(
    ("period", "who", "words"),
    [(INTERVAL + 10_000, "fir", "no interval"), (INTERVAL, "holly", "had no bid")],
)
def test_what_is_not_there_has_no_answer(run: Any, folder: Path, period: int, who: str, words: str) -> None:
    done = run("pool", "why", period, who, "--dir", folder)
    assert done.code == 1
    assert words in done.err
