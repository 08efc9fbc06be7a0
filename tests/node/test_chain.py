"""Blocks that a quorum sealed: whose fault it is if one cannot be taken."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.application import Rules
from ledger.errors import WrongHeaderField
from ledger.quantities import Height
from ledger.store import Store
from net.wire import SealedBlock
from node.application import standard_rules
from node.chain import NodeChain
from node.errors import Diverged
from tests.node.long_chain import lengthen
from tests.node.networks import Network, make_network

BLOCKS = 2


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return make_network(tmp_path, slots_ago=BLOCKS + 1)


@pytest.fixture
def decided(network: Network) -> Iterator[list[SealedBlock]]:
    store = Store.open(lengthen(network, BLOCKS), network.genesis)
    chain = NodeChain(store, standard_rules(network.genesis), lambda *_: None)
    yield [sealed for height in (1, 2) if (sealed := chain.sealed(Height(height)))]
    store.close()


@pytest.fixture
def rules(network: Network) -> Rules:
    return standard_rules(network.genesis)


def empty(network: Network, rules: Rules) -> NodeChain:
    store = Store.create(network.folder / "empty", network.genesis, rules.application)
    return NodeChain(store, rules, lambda *_: None)


def test_decided_blocks_are_taken_in_order(
    network: Network, decided: list[SealedBlock], rules: Rules
) -> None:
    chain = empty(network, rules)
    for sealed in decided:
        chain.append_sealed(sealed)
    assert chain.height == BLOCKS


def test_a_decided_block_of_another_height_is_the_fault_of_who_sent_it(
    network: Network, decided: list[SealedBlock], rules: Rules
) -> None:
    chain = empty(network, rules)
    with pytest.raises(WrongHeaderField, match="height"):
        chain.append_sealed(decided[1])
    chain.append_sealed(decided[0])
    with pytest.raises(WrongHeaderField, match="height"):
        chain.append_sealed(decided[0])
    assert chain.height == 1


def test_a_decided_block_that_is_invalid_here_is_this_nodes_own_trouble(
    network: Network, decided: list[SealedBlock], rules: Rules
) -> None:
    """It would take every honest peer for a liar otherwise, and never say what is wrong."""
    other = replace(rules, order=lambda *of: rules.order(*of)[::-1])
    chain = empty(network, other)
    with pytest.raises(Diverged, match=r"the committee sealed block 1, but here .* proposer"):
        chain.append_sealed(decided[0])
    assert chain.height == 0
