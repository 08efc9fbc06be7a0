"""Blocks, processes and proofs from the chain's store: in parts, and not over the loop's connection."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from crypto.signatures import SignatureCache
from explorer.api import chain_routes
from explorer.api.app import make_app
from explorer.api.archived import Archived
from ledger.head import Head
from ledger.proof import GenesisHash, verify_bundle
from ledger.stage import Stage
from ledger.store import Store
from ledger.transaction import Transaction
from tests.explorer.api.conftest import NOW_MS
from tests.explorer.api.serving import Served, serving
from tests.ledger.builders import Chain

METERS = 15


@pytest.fixture(scope="module")
def chain() -> Chain:
    """One process, with verifications in two blocks."""
    made = Chain()
    trigger = made.transaction(stage=Stage.TRIGGER)
    made.commit(trigger)
    dispatch = made.transaction(stage=Stage.DISPATCH, links=(trigger.tx_id,))
    made.commit(dispatch)
    for period in range(2):
        made.commit(*[_verification(made, dispatch, meter, period) for meter in range(METERS)])
    return made


def _verification(made: Chain, dispatch: Transaction, meter: int, period: int) -> Transaction:
    arguments = {"meter": f"meter {meter}", "period": period}
    stage = Stage.VERIFICATION
    return made.transaction(ahead=meter, stage=stage, links=(dispatch.tx_id,), arguments=arguments)


@pytest.fixture(scope="module")
def told(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The API over it, where the connection that the loop has is closed."""
    path = tmp_path_factory.mktemp("chain") / "chain.db"
    with closing(Store.create(path, chain.genesis, chain.rules.application)) as store:
        for executed, seals in chain.blocks:
            store.append(executed, seals)
    with serving(make_app(Archived(store, None, NOW_MS), requests_per_s=100_000)) as served:
        yield served


def parts(served: Served, tx_id: str, limit: int) -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        part = served.get(f"/tdva/{tx_id}?limit={limit}{cursor and f'&cursor={cursor}'}")
        yield part
        cursor = part["next"]


def test_a_process_comes_in_parts_in_the_order_of_the_chain(told: Served, chain: Chain) -> None:
    tx_ids = [each.tx_id.hex() for executed, _ in chain.blocks for each in executed.transactions]
    for tx_id in (tx_ids[0], tx_ids[-1]):
        found = [part["transactions"] for part in parts(told, tx_id, 7)]
        assert [len(part) for part in found] == [7, 7, 7, 7, 4]
        assert [each["transaction"]["tx_id"] for part in found for each in part] == tx_ids
    assert told.get(f"/tdva/{tx_ids[0]}?limit={len(tx_ids)}")["next"] is None


def test_parts_of_large_transactions_are_shorter(
    told: Served, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions = [each for executed, _ in chain.blocks for each in executed.transactions]
    monkeypatch.setattr(chain_routes, "PART_BYTES", 2 * len(transactions[-1].raw))
    found = [part["transactions"] for part in parts(told, transactions[0].tx_id.hex(), 200)]
    assert max(map(len, found)) < 4
    assert sum(map(len, found)) == len(transactions)


def test_what_is_no_cursor_is_refused(told: Served, chain: Chain) -> None:
    tx_id = chain.blocks[0][0].transactions[0].tx_id.hex()
    for cursor in ("WzEsMl0", "WyJhIl0"):
        assert told.ask(f"/api/v1/tdva/{tx_id}?cursor={cursor}").json["title"] == "BadCursor"


def test_the_store_is_read_over_connections_of_the_threads(told: Served, chain: Chain) -> None:
    (executed, _), *_ = chain.blocks
    (transaction,) = executed.transactions
    tx_id = transaction.tx_id.hex()
    assert told.get("/blocks/1")["header"]["hash"] == executed.block.header.hash.hex()
    assert told.get(f"/transactions/{tx_id}")["height"] == 1
    for path in ("headers/2", "trails/0", "proofs/state/counter/slots", f"proofs/transactions/{tx_id}"):
        reply = told.ask(f"/api/v1/{path}")
        assert (reply.status, reply.headers["Content-Type"]) == (200, "application/octet-stream")
    proven = verify_bundle(reply.body, GenesisHash(chain.genesis.hash), SignatureCache(100))
    assert proven.header.height == 1


class Moving(Archived):
    """One whose head is another one by the time that it is asked for a height's state."""

    def state_at(self, height: int) -> Head | None:
        return None


def test_the_state_of_now_is_proven_whatever_block_comes_meanwhile(chain: Chain, tmp_path: Path) -> None:
    with closing(Store.create(tmp_path / "chain.db", chain.genesis, chain.rules.application)) as store:
        for executed, seals in chain.blocks:
            store.append(executed, seals)
        with serving(make_app(Moving(store, None, NOW_MS))) as served:
            assert served.ask("/api/v1/proofs/state/counter/slots").status == 200
            assert served.ask("/api/v1/proofs/state/counter/slots?height=1").status == 404
