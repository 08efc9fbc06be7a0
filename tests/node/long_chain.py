"""Chains that are long already when their nodes start, made by the rules of their network."""

import shutil
from pathlib import Path

from ledger.execution import build_block
from ledger.quantities import Height, Round, Slot
from ledger.store import Store
from node.application import standard_rules
from node.files import STORE_NAME
from tests.ledger.builders import seal
from tests.node.networks import VALIDATORS, Network, key_of


def lengthen(network: Network, blocks: int, paid: int = 1, names: tuple[str, ...] = VALIDATORS) -> Path:
    """Put a chain of so many blocks into the nodes' stores; in each alice and bob pay each other so often."""
    first, *others = [network.folder / name / "data" for name in names]
    first.mkdir(exist_ok=True)
    store = Store.create(first / STORE_NAME, network.genesis, standard_rules(network.genesis).application)
    for _ in range(blocks):
        append(network, store, paid)
    store.close()
    for folder in others:
        folder.mkdir(exist_ok=True)
        shutil.copy(first / STORE_NAME, folder)
    return first / STORE_NAME


def append(network: Network, store: Store, paid: int) -> None:
    """The next block, in the slot after the last."""
    rules, head = standard_rules(network.genesis), store.head
    height = Height(head.height + 1)
    committee = rules.application.committee(head.state, height)
    proposer = committee.validators[rules.order(head.state, committee, height)[0]].address
    sequences = range(paid * head.height, paid * (head.height + 1))
    there = [network.transfer("alice", "bob", 1, sequence) for sequence in sequences]
    back = [network.transfer("bob", "alice", 1, sequence) for sequence in sequences]
    built = build_block(rules, head, there + back, Slot(head.slot + 1), Round(0), proposer)
    assert not built.refused
    by_address = {key_of(name).address: key_of(name) for name in VALIDATORS}
    keys = [by_address[validator.address] for validator in committee.validators]
    store.append(built.executed, seal(built.block.header, range(committee.quorum), keys=keys))
