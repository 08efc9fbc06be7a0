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
from node.application import standard_rules
from node.chain import NodeChain
from node.mempool import Mempool
from node.validator import Outside, Validator
from node.verifier import Verifier
from node.vote_files import VoteFiles
from tests.node.networks import make_network

OUTAGE = 20
LIMITS = Limits(block_slots=8)


class Proposer:
    """Stands for the machine, and proposes a block of this slot."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.built: list[bytes] = []

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        if isinstance(event, BlockBuilt):
            self.built.append(event.block)
        return (Build(Height(1), Round(0), self.slot),) if isinstance(event, Started) else ()


def test_what_waits_outlives_the_empty_blocks_after_an_outage(tmp_path: Path) -> None:
    network = make_network(tmp_path, limits=LIMITS, slots_ago=OUTAGE)
    rules = standard_rules(network.genesis)
    store = Store.create(tmp_path / "store", network.genesis, rules.application)
    chain = NodeChain(store, rules, lambda *_: None)
    pool = Mempool(rules, chain.head)
    pool.add(network.transfer("alice", "bob", 1, 0), network.slot_now())
    proposer, nothing = Proposer(network.slot_now()), Outside(*[lambda *_: None] * 7)  # type: ignore[arg-type]
    parts = (cast(Machine, proposer), VoteFiles(()), chain, pool, Verifier(1), Address(""), nothing)
    Validator(*parts).tell(Started())
    (block,) = proposer.built
    assert Block.decode(block, LIMITS).transactions == ()
    assert len(pool) == 1
    store.close()
