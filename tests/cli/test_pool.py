"""`gridquorum pool`: answers and tables from a node's own chain."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contracts.metering.readings import Carrier
from ledger.store import Store
from node.application import standard_application
from node.files import STORE_NAME
from tests.contracts.chain import address
from tests.contracts.pool.market import INTERVAL, Market


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node whose chain has a settled interval."""
    market = Market()
    heat = market.ask("fir", 500, 300_000, Carrier.HEAT)
    market.trade(heat, market.ask("fir", 1_000, 300_000), market.bid("gum", 600, 500_000))
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
    assert [(row["cycle"], row["carrier"], row["traded_wh"]) for row in by_name] == [
        (0, "electricity", 600),
        (0, "heat", 0),
        (1, "electricity", 0),
        (1, "heat", 0),
    ]
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
    assert {(row["carrier"], row["left_wh"]) for row in bids if row["side"] == "pool"} == {
        ("electricity", "400"),
        ("heat", "500"),
    }
    assert [(row["cycle"], row["seller"], row["buyer"], row["energy_wh"]) for row in trades] == [
        ("0", "fir", "gum", "600"),
        ("", "fir", "store", "500"),
    ]
    traded = Counter({(row["name"], row["carrier"]): int(row["traded_wh"]) for row in bills})
    for row in trades:
        traded[row["buyer"], row["carrier"]] -= int(row["energy_wh"])
        traded[row["seller"], row["carrier"]] += int(row["energy_wh"])
    assert set(traded.values()) == {0}


@pytest.mark.parametrize(
    ("period", "who", "words"),
    [(INTERVAL + 10_000, "fir", "no interval"), (INTERVAL, "holly", "had no bid")],
)
def test_what_is_not_there_has_no_answer(run: Any, folder: Path, period: int, who: str, words: str) -> None:
    done = run("pool", "why", period, who, "--dir", folder)
    assert done.code == 1
    assert words in done.err
