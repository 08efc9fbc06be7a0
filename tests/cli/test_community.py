"""`gridquorum community`: answers and tables from a node's own chain."""

import csv
from pathlib import Path
from typing import Any

import pytest

from ledger.store import Store
from node.application import standard_application
from node.files import STORE_NAME
from tests.contracts.chain import address
from tests.contracts.community.market import HOMES, ROUND, Market

SELLER, BUYER, DEAR = HOMES[:3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node whose chain has a settled round."""
    market = Market()
    market.trade(
        market.ask(SELLER, 600, 120_000), market.bid(BUYER, 400, 200_000), market.ask(DEAR, 100, 240_000)
    )
    market.deliver(**{SELLER: -600, BUYER: 500})
    market.settle()
    path = tmp_path_factory.mktemp("node")
    (path / "config.toml").write_text("")
    (path / "data").mkdir()
    store = Store.create(path / "data" / STORE_NAME, market.genesis, standard_application())
    for executed in market.chain.blocks:
        store.append(executed, market.chain.seal(executed))
    store.close()
    return path


def test_why_is_answered_with_where_the_proof_is(run: Any, folder: Path) -> None:
    by_name = run("community", "why", ROUND, SELLER, "--dir", folder, "--json").json
    assert by_name == run("community", "why", ROUND, address(SELLER), "--dir", folder, "--json").json
    assert (by_name["side"], by_name["ordered_wh"], by_name["traded_wh"]) == ("ask", 600, 400)
    assert by_name["keys"] == [f"book/{ROUND}", f"match/{ROUND}"]
    for_people = run("community", "why", ROUND, DEAR, "--dir", folder)
    assert for_people.code == 0
    assert "on the wrong side of the price" in for_people.out


def test_tables_open_and_bills_name_everybody(run: Any, folder: Path, tmp_path: Path) -> None:
    assert run("community", "export", ROUND, tmp_path, "--dir", folder).code == 0
    bids, trades, bills = (
        list(csv.DictReader((tmp_path / f"{name}.csv").open())) for name in ("bids", "trades", "bills")
    )
    assert [row["name"] for row in bids] == [SELLER, DEAR, BUYER]
    assert [(row["seller"], row["buyer"], row["energy_wh"]) for row in trades] == [(SELLER, BUYER, "400")]
    assert sum(int(row["traded_wh"]) for row in bills) == 0
    assert {SELLER, BUYER} <= {row["name"] for row in bills}


@pytest.mark.parametrize(
    ("period", "who", "words"), [(ROUND + 10_000, SELLER, "no round"), (ROUND, "holly", "had no order")]
)
def test_what_is_not_there_has_no_answer(run: Any, folder: Path, period: int, who: str, words: str) -> None:
    done = run("community", "why", period, who, "--dir", folder)
    assert done.code == 1
    assert words in done.err
