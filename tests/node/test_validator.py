"""What the host of the machine does with the transactions that wait when it has to build a block."""

from pathlib import Path
from typing import cast

from consensus.actions import Action, Build
from consensus.events import BlockBuilt, Event, Started
from consensus.machine import Machine
from crypto.address import Address
from ledger.block import Block
from ledger.genesis import Limits
from ledger.quantities import Height, Round, Slot
from ledger.store import Store
from ledger.transaction import Transaction
from node.application import standard_rules
from node.chain import NodeChain
from node.mempool import Mempool
from node.validator import Outside, Validator
from node.verifier import Verifier
from node.vote_files import VoteFiles
from tests.node.networks import Network, make_network


class Proposer:
    """Stands for the machine, and proposes a block of this slot."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.built: list[bytes] = []

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        if isinstance(event, BlockBuilt):
            self.built.append(event.block)
        return (Build(Height(1), Round(0), self.slot),) if isinstance(event, Started) else ()


def proposed(folder: Path, network: Network, waiting: list[Transaction]) -> tuple[list[bytes], Mempool]:
    """The transactions of the first block, and the pool after it was proposed."""
    rules = standard_rules(network.genesis)
    store = Store.create(folder / "store", network.genesis, rules.application)
    chain = NodeChain(store, rules, lambda *_: None)
    pool = Mempool(rules, chain.head)
    for transaction in waiting:
        pool.add(transaction, network.slot_now())
    proposer, nothing = Proposer(network.slot_now()), Outside(*[lambda *_: None] * 7)  # type: ignore[arg-type]
    parts = (cast(Machine, proposer), VoteFiles(()), chain, pool, Verifier(1), Address(""), nothing)
    Validator(*parts).tell(Started())
    store.close()
    (block,) = proposer.built
    return list(Block.decode(block, network.genesis.limits).transactions), pool


def test_what_waits_outlives_the_empty_blocks_after_an_outage(tmp_path: Path) -> None:
    network = make_network(tmp_path, limits=Limits(block_slots=8), slots_ago=20)
    taken, pool = proposed(tmp_path, network, [network.transfer("alice", "bob", 1, 0)])
    assert taken == []
    assert len(pool) == 1


def test_what_follows_a_transaction_without_room_waits_with_it(tmp_path: Path) -> None:
    network = make_network(tmp_path, limits=Limits(block_bytes=100_000))
    large, small = {"memo": bytes(60_000)}, network.transfer("alice", "bob", 1, 1)
    first, second = (network.transfer(name, "bob", 1, 0, arguments=large) for name in ("bob", "alice"))
    taken, pool = proposed(tmp_path, network, [first, second, small])
    assert taken == [first.raw]
    assert len(pool) == 3
