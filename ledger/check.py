"""Check of a store: every block is judged and executed again, from the genesis or the snapshot on."""

from collections.abc import Callable
from dataclasses import dataclass

from crypto.hashing import Digest
from ledger.application import Rules
from ledger.block import check_sealed
from ledger.errors import LedgerError, NotStored, StoreCorrupt
from ledger.execution import Executed, execute_block
from ledger.head import Head, genesis_head
from ledger.light import LightChain
from ledger.quantities import Height
from ledger.store import Store


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in order."""

    height: Height
    transactions: int
    head: Digest
    """Hash of the last block."""
    state_root: Digest
    base: Height
    """Blocks 1 to this one are not held, and were not checked; 0 for a whole store."""
    sealed_headers: int
    """How many of them, checked in the place of those blocks, lead to the state at `base`."""


def _no_progress(height: int) -> None:
    """Nobody watches."""


def check_store(store: Store, rules: Rules, progress: Callable[[int], None] = _no_progress) -> Checked:
    """That the store holds one valid, sealed chain, with its receipts, index and state.

    What is below its snapshot, if it began with one, it does not hold; sealed headers stand in for that.

    `progress` is called with each height that is done. Raises StoreCorrupt, which names the first block,
    transaction or row that is not in order.
    """
    try:
        with store.at_rest():
            return _check(store, rules, progress)
    except NotStored as error:
        raise StoreCorrupt(str(store.path), "the chain", error.reason) from error


def _check(store: Store, rules: Rules, progress: Callable[[int], None]) -> Checked:
    store.check_pages()
    genesis = genesis_head(store.genesis, rules.application)
    _require(store, store.block(0).header == genesis.header, "block 0", "it is not what the genesis gives")
    head = _check_snapshot(store, store.light, rules) if store.light else genesis
    committees = [1, *(item.height + 1 for item in (store.light.handovers if store.light else ()))]
    transactions, stages = 0, 0
    for height in range(store.base + 1, store.head.height + 1):
        executed = _check_block(store, rules, head, height)
        head = executed.head(store.seals(height))
        transactions += len(executed.transactions)
        stages += store.check_index(executed)
        if head.header.next_committee != head.header.committee:
            committees.append(height + 1)
        progress(height)
    store.check_state()
    _require(store, store.head.hash == head.hash, "the head", "it is not the last block")
    _require(
        store, store.index_sizes() == (transactions, stages), "the index", "it holds more than the blocks"
    )
    _require(
        store, store.committee_heights() == tuple(committees), "the committees", "they are not the blocks'"
    )
    sealed_headers = len(store.light.known) if store.light else 0
    return Checked(head.height, transactions, head.hash, head.state.root, store.base, sealed_headers)


def _check_snapshot(store: Store, light: LightChain, rules: Rules) -> Head:
    """The head with which the store began, from the genesis on by sealed headers alone."""
    try:
        followed = LightChain.from_genesis(store.genesis).follow(light.known, rules.signatures)
    except LedgerError as error:
        raise StoreCorrupt(str(store.path), "the sealed headers", str(error)) from error
    _require(store, followed == light, "the sealed headers", "they do not lead to the snapshot")
    return store.snapshot_head()


def _check_block(store: Store, rules: Rules, parent: Head, height: int) -> Executed:
    block, seals, receipts = store.block(height), store.seals(height), store.receipts(height)
    try:
        executed = execute_block(rules, parent, block)
        check_sealed(block.header, seals, executed.committee, rules.signatures)
    except LedgerError as error:
        raise StoreCorrupt(str(store.path), f"block {height}", str(error)) from error
    outcome = (executed.receipts, executed.slot_events)
    _require(store, receipts == outcome, f"the receipts of block {height}", "execution gives others")
    what = f"the committee of height {height + 1}"
    _require(store, store.committee(height + 1) == executed.next_committee, what, "it is not the state's")
    return executed


def _require(store: Store, holds: bool, what: str, reason: str) -> None:
    if not holds:
        raise StoreCorrupt(str(store.path), what, reason)
