"""All routes over chains of every market: each answer is of its model, which refuses all else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.response.records import Phase
from explorer.alerts.watcher import AlertWatcher
from explorer.api.app import ROUTES, make_app
from explorer.api.archived import Archived
from explorer.index.database import open_index
from explorer.index.follower import Follower
from ledger.codec import Value
from ledger.store import Store
from tests.contracts.capacity.market import Market as CapacityMarket
from tests.contracts.capacity.test_life import FULL
from tests.contracts.chain import FIRST_PERIOD, Chain, address, new_chain
from tests.contracts.community.rounds import settled, usual_round
from tests.contracts.metering.test_metering import report
from tests.contracts.pool.market import Market as PoolMarket
from tests.contracts.response.market import Market as ResponseMarket
from tests.contracts.response.market import advance
from tests.explorer.api.conftest import NOW_MS
from tests.explorer.api.serving import Served, serving
from tests.explorer.index.made import MadeChain

UNFIT = ("/genesis", "/search")
"""Without JSON, or without a parameter that it needs."""

Made = Callable[[], Chain]


@contextmanager
def served_chain(chain: Chain, folder: Path, base: int = 0) -> Iterator[Served]:
    """With the index of the blocks above `base` alone."""
    path = folder / "chain.db"
    store = Store.create(path, chain.genesis, chain.rules.application)
    for executed in chain.blocks:
        store.append(executed, chain.seal(executed))
    index = open_index(f"sqlite:///{folder / 'index.db'}")
    follower = Follower(index, MadeChain(chain, base=base), AlertWatcher(chain.genesis))
    while follower.step(9):
        pass
    try:
        with serving(make_app(Archived(store, index, NOW_MS), requests_per_s=100_000)) as served:
            yield served
    finally:
        index.close()
        store.close()


def community() -> Chain:
    return settled(usual_round(), elm=-1_000, gum=900, holly=300, fir=400).chain


def capacity() -> Chain:
    market = CapacityMarket()
    market.settled(FULL)
    return market.chain


def pool() -> Chain:
    market = PoolMarket()
    market.trade(market.ask("fir", 1_000, 300_000), market.bid("gum", 600, 500_001))
    market.deliver(fir=-600, gum=600)
    market.settle()
    return market.chain


def response() -> Chain:
    market = ResponseMarket()
    market.chain.make_block()
    market.take(market.trigger())
    while market.phase is not Phase.SETTLED:
        advance(market)
    return market.chain


def registered() -> Chain:
    """A meter that the genesis does not know."""
    made = new_chain([Membership(), Metering()], {"metering": {"meters": {}}})
    meter: dict[str, Value] = {"meter": address("meter"), "owner": address("ash")}
    assert made.call("grid", "metering", "register", {**meter, "carrier": "heat", "place": "cellar"}).ok
    for number in range(3):
        assert report(made, FIRST_PERIOD + number, consumed_wh=5).ok
    return made


CHAINS: dict[str, Made] = {"community": community, "capacity": capacity, "pool": pool, "response": response}


def all_items(served: Served, path: str) -> Iterator[dict[str, Any]]:
    """Of a list, three at a time."""
    cursor = ""
    while True:
        part = served.get(f"{path}{'&' if '?' in path else '?'}limit=3{cursor}")
        yield from part["items"]
        if part["next"] is None:
            return
        cursor = f"&cursor={part['next']}"


@pytest.mark.parametrize("name", CHAINS)
def test_everything_is_answered(name: str, tmp_path: Path) -> None:
    with served_chain(CHAINS[name](), tmp_path) as served:
        for route in ROUTES:
            if route.method == "GET" and "{" not in route.path and route.path not in UNFIT:
                served.get(route.path)
        blocks = list(all_items(served, "/blocks"))
        assert [block["height"] for block in blocks] == list(range(len(blocks), 0, -1))
        transactions = list(all_items(served, "/transactions"))
        assert len(transactions) == sum(block["transactions"] for block in blocks)
        assert len({item["tx_id"] for item in transactions}) == len(transactions)
        for process in all_items(served, "/processes"):
            lanes = served.get(f"/processes/{process['process']}")["lanes"]
            counts = ("triggers", "dispatches", "verifications", "accountings")
            assert [len(lanes[stage]) for stage in "TDVA"] == [min(200, process[count]) for count in counts]
            assert served.get(f"/search?q={process['process'][:16]}")["items"][0]["kind"] == "process"
        for market in served.get("/markets")["items"]:
            rounds = list(all_items(served, f"/markets/{market['contract']}/rounds"))
            assert len(rounds) == market["rounds"]
            for item in rounds:
                book = served.get(f"/markets/{market['contract']}/rounds/{item['round']}")
                assert len(book["orders"]) == item["orders"]
        for meter in all_items(served, "/meters"):
            series = served.get(f"/meters/{meter['address']}/readings")["series"]
            assert bool(series) == bool(meter["readings"])
            assert all(curve["name"] for curve in series)
        for event in served.get("/network")["events"]:
            assert served.get(f"/network?event={event['event']}")["event"] == event["event"]
        for alert in all_items(served, "/alerts?state=all"):
            assert served.get(f"/alerts/{alert['id']}")["title"] == alert["title"]


@pytest.mark.parametrize("name", [*CHAINS, "registered"])
def test_what_was_before_a_snapshot_is_missing_and_the_rest_is_answered(name: str, tmp_path: Path) -> None:
    chain = CHAINS.get(name, registered)()
    for base in range(1, len(chain.blocks), 1 + len(chain.blocks) // 8):
        folder = tmp_path / str(base)
        folder.mkdir()
        with served_chain(chain, folder, base) as served:
            answers = {
                route.path: served.get(route.path)
                for route in ROUTES
                if route.method == "GET" and "{" not in route.path and route.path not in UNFIT
            }
            for meter in answers["/meters"]["items"]:
                assert served.get(f"/search?q={meter['address']}")["items"]
                assert served.get(f"/meters/{meter['address']}/readings")["periods"] is not None
            for event in answers["/network"]["events"]:
                shown = served.get(f"/network?event={event['event']}")
                assert shown["event"] == (None if event["first_period"] is None else event["event"])
            for market in answers["/markets"]["items"]:
                for item in all_items(served, f"/markets/{market['contract']}/rounds"):
                    served.get(f"/markets/{market['contract']}/rounds/{item['round']}")


def test_a_meter_that_was_registered_before_a_snapshot_is_listed(tmp_path: Path) -> None:
    with served_chain(registered(), tmp_path, base=2) as served:
        (meter,) = served.get("/meters")["items"]
    told = meter["address"], meter["owner"], meter["carrier"], meter["place"], meter["readings"]
    assert told == (address("meter"), "", "unknown", "", 2)


def test_the_index_of_another_chain_is_not_shown(archived: Archived, tmp_path: Path) -> None:
    index = open_index(f"sqlite:///{tmp_path / 'index.db'}")
    index.begin(community().genesis)
    with serving(make_app(Archived(archived.store, index, NOW_MS))) as served:
        reply = served.ask("/api/v1/overview")
    index.close()
    assert (reply.status, reply.json["title"]) == (503, "OtherChainIndexed")
