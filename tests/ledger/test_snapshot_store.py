"""Stores that begin with a snapshot: they go on as the others do, and say what they do not hold."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.check import check_store
from ledger.errors import NotStored, StoreCorrupt, StoreUnusable
from ledger.light import Checkpoint, GenesisHash
from ledger.proof import prove_state, prove_transaction, verify_bundle
from ledger.quantities import Height
from ledger.snapshot import PathRange, cut_chunk
from ledger.snapshot_store import SnapshotStore
from ledger.stage import Stage
from ledger.store import Store
from tests.ledger.builders import Chain, make_genesis
from tests.ledger.changing import append_rest, changing_chain, commit_blocks, light_of, snapshot_of
from tests.ledger.test_store import eventful_chain, rewrite, write_store

BASE = 8
"""While the committee of 22 decides."""


@pytest.fixture(scope="module")
def chain() -> Chain:
    return changing_chain(22, 4)


@pytest.fixture
def whole(chain: Chain, tmp_path: Path) -> Iterator[Store]:
    store = write_store(tmp_path / "whole.db", chain)
    yield store
    store.close()


@pytest.fixture
def store(chain: Chain, whole: Store, tmp_path: Path) -> Iterator[Store]:
    """Begun at BASE, with all the blocks after it."""
    store = snapshot_of(chain, whole, tmp_path / "chain.db", BASE)
    append_rest(chain, store)
    yield store
    store.close()


def test_it_begins_with_the_state_at_its_height(chain: Chain, whole: Store, tmp_path: Path) -> None:
    store = snapshot_of(chain, whole, tmp_path / "chain.db", BASE)
    executed, seals = chain.blocks[BASE - 1]
    assert store.base == BASE
    assert (store.head.header, store.head.seals) == (executed.block.header, seals)
    assert store.head.committee == executed.committee
    assert dict(store.state.items()) == dict(executed.state.items())


def test_it_takes_the_blocks_after_it_across_a_change_of_committee(chain: Chain, store: Store) -> None:
    assert (store.head.hash, store.state.root) == (chain.head.hash, chain.head.state.root)
    reopened = Store.open(store.path, chain.genesis)
    assert reopened.head.hash == chain.head.hash
    for height in range(1, len(chain.blocks) + 1):
        assert reopened.committee(height) == chain.blocks[height - 1][0].committee
    for executed, _ in chain.blocks[BASE:]:
        assert reopened.block(executed.block.header.height) == executed.block


def test_what_is_below_it_is_not_held_and_every_question_says_so(chain: Chain, store: Store) -> None:
    early = chain.blocks[0][0].transactions[0].tx_id
    for read in (store.block, store.seals, store.receipts):
        for height in (1, BASE):
            with pytest.raises(NotStored, match="blocks 1 to 8 are not held here"):
                read(height)
    for find in (store.transaction, lambda tx_id: list(store.tdva(tx_id))):
        with pytest.raises(NotStored, match="blocks 1 to 8 are not held here"):
            find(early)
    with pytest.raises(NotStored, match="blocks 1 to 8 are not held here"):
        prove_transaction(store, early)
    with pytest.raises(NotStored, match="blocks 1 to 8 are not held here"):
        prove_state(store, b"counter/slots", checkpoint=3)


def test_it_proves_what_it_holds_from_the_genesis_on(chain: Chain, store: Store, whole: Store) -> None:
    late = chain.blocks[-1][0].transactions[0].tx_id
    for bundle in (prove_transaction(store, late), prove_state(store, b"counter/slots")):
        verified = verify_bundle(bundle.encode(), GenesisHash(chain.genesis.hash), chain.rules.signatures)
        assert verified.header == chain.head.header
    assert store.trail(0, 13) == whole.trail(0, 13)


def test_it_is_checked_from_the_sealed_headers_on(chain: Chain, store: Store) -> None:
    checked = check_store(store, chain.rules)
    assert (checked.height, checked.head) == (chain.head.height, chain.head.hash)
    assert (checked.base, checked.sealed_headers) == (BASE, 2)
    assert check_store(write_whole(store, chain), chain.rules).base == 0


def write_whole(store: Store, chain: Chain) -> Store:
    return write_store(store.path.with_name("again.db"), chain)


TAMPERING = {
    "a chunk removed": ("DELETE FROM chunks", "the snapshot"),
    "a chunk altered": ("UPDATE chunks SET chunk = zeroblob(100)", "chunk 1 of the snapshot"),
    "a block removed": ("DELETE FROM blocks WHERE height = 10", "the chain"),
    "a sealed header altered": ("UPDATE meta SET value = zeroblob(9) WHERE key = 'light'", "the light"),
    "the sealed headers removed": ("DELETE FROM meta WHERE key = 'light'", ""),
    "a committee removed": ("DELETE FROM committees WHERE height = 6", "the committee"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_damage_is_named(name: str, store: Store, chain: Chain) -> None:
    statement, what = TAMPERING[name]
    store.close()
    rewrite(store.path, statement)
    with pytest.raises(StoreCorrupt) as caught:
        check_store(Store.open(store.path, chain.genesis), chain.rules)
    assert caught.value.what.startswith(what)


def test_forged_sealed_headers_are_found_by_check(chain: Chain, store: Store, tmp_path: Path) -> None:
    """Somebody with the disk in hand makes a state of his own, and a header that says so."""
    forged = changing_chain(22, 4, blocks_each=2)
    other = write_store(tmp_path / "forged.db", forged)
    light = light_of(other, other.head.height)
    rows = store._rows.snapshot
    rows._db.execute("DELETE FROM meta WHERE key = 'light'")
    rows.write(light)
    with pytest.raises(StoreCorrupt):
        check_store(store, chain.rules)


def test_sealed_headers_that_rest_on_something_else_are_found_by_check(chain: Chain, store: Store) -> None:
    rows = store._rows.snapshot
    assert store.light is not None
    rows._db.execute("DELETE FROM meta WHERE key = 'light'")
    rows.write(replace(store.light, trust=Checkpoint(Height(3), store.genesis.hash)))
    with pytest.raises(StoreCorrupt, match="the sealed headers"):
        check_store(store, chain.rules)


@pytest.mark.parametrize("base", [1, 2, 4, 5])
def test_a_process_that_began_before_it_goes_on(base: int, tmp_path: Path) -> None:
    chain = eventful_chain()
    whole = write_store(tmp_path / "whole.db", chain)
    store = snapshot_of(chain, whole, tmp_path / "chain.db", base)
    append_rest(chain, store)
    assert store.head.hash == chain.head.hash
    check_store(store, chain.rules)
    for executed, _ in chain.blocks[base:]:
        for transaction in executed.transactions:
            if transaction.stage is not None:
                with pytest.raises(NotStored, match=f"blocks 1 to {base} are not held here"):
                    list(store.tdva(transaction.tx_id))


def test_a_process_after_it_is_whole(tmp_path: Path) -> None:
    chain = Chain(make_genesis())
    commit_blocks(chain, 2)
    trigger = chain.transaction(stage=Stage.TRIGGER)
    chain.commit(trigger)
    chain.commit(chain.transaction(stage=Stage.DISPATCH, links=(trigger.tx_id,)))
    store = snapshot_of(chain, write_store(tmp_path / "whole.db", chain), tmp_path / "chain.db", 2)
    append_rest(chain, store)
    assert [located.height for located in store.tdva(trigger.tx_id)] == [3, 4]


def test_it_is_taken_up_where_it_was_left(chain: Chain, whole: Store, tmp_path: Path) -> None:
    path, state = tmp_path / "draft.db", chain.blocks[BASE - 1][0].state
    draft = SnapshotStore.create(path, chain.genesis, chain.rules.application, light_of(whole, BASE))
    thirds = [PathRange(2**254, 2**255), PathRange(2**255 + 2**200, 2**256 - 2)]
    for paths in thirds:
        draft.add(cut_chunk(state, paths))
    draft.close()
    again = SnapshotStore.open(path, chain.genesis)
    assert again.light == light_of(whole, BASE)
    assert again.missing() == [
        PathRange(0, 2**254 - 1),
        PathRange(2**255 + 1, 2**255 + 2**200 - 1),
        PathRange(2**256 - 1, 2**256 - 1),
    ]
    with pytest.raises(StoreCorrupt, match="snapshot"):
        again.finish(chain.rules.application)
    for paths in again.missing():
        again.add(cut_chunk(state, paths))
    assert again.missing() == []
    again.finish(chain.rules.application)
    again.close()
    assert Store.open(path).state.root == state.root


def test_a_damaged_chunk_is_found_before_more_are_added(chain: Chain, whole: Store, tmp_path: Path) -> None:
    path, state = tmp_path / "draft.db", chain.blocks[BASE - 1][0].state
    draft = SnapshotStore.create(path, chain.genesis, chain.rules.application, light_of(whole, BASE))
    draft.add(cut_chunk(state, draft.missing()[0]))
    draft.close()
    rewrite(path, "UPDATE chunks SET chunk = zeroblob(length(chunk))")
    with pytest.raises(StoreCorrupt, match="chunk 1 of the snapshot"):
        SnapshotStore.open(path, chain.genesis)


def test_what_is_no_snapshot_of_this_chain_is_not_taken_up(whole: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="no snapshot"):
        SnapshotStore.open(whole.path, whole.genesis)
    with pytest.raises(StoreUnusable, match="another chain"):
        SnapshotStore.open(whole.path, make_genesis(name="other"))
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(StoreUnusable, match="unable to open"):
        SnapshotStore.open(tmp_path / "missing.db", whole.genesis)
