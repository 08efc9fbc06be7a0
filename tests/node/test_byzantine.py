"""A validator that contradicts itself on real connections is suspended by who saw it; the others go on."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from consensus.messages import Commit, Message, Prepare, sign_vote
from contracts.membership.members import Standing
from crypto.address import Address
from crypto.hashing import sha256
from ledger.quantities import Height
from ledger.transaction import Transaction
from node.service import Node
from tests.node.governing import is_seated, member
from tests.node.networks import (
    VALIDATORS,
    Network,
    default_contracts,
    eventually,
    height_of_all,
    key_of,
    make_network,
    roots_at,
)

LIAR = "v4"


def make_liar(node: Node, kind: type[Prepare] | type[Commit]) -> None:
    """From now on it also prepares, or commits to, a block at each height that nobody proposed."""
    validator = node._validator
    assert validator is not None
    honest = validator._outside

    def send(message: Message, to: Address | None) -> None:
        honest.send(message, to)
        if isinstance(message, kind):
            lie = kind(message.height, message.round, sha256(b"another block"))
            honest.send(sign_vote(lie, message.member, node.chain.genesis.hash, key_of(LIAR).sign), None)

    validator._outside = replace(honest, send=send)


def reports_in(network: Network, node: Node) -> Counter[str]:
    """How many reports each member has brought onto the chain."""
    raws = [
        raw for at in range(1, node.chain.height + 1) for raw in node.store.block(Height(at)).transactions
    ]
    sent = [Transaction.decode(raw, network.genesis.limits) for raw in raws]
    return Counter(each.sender for each in sent if each.action == "report_equivocation")


@pytest.mark.parametrize("kind", [Prepare, Commit])
def test_a_liar_is_suspended_and_leaves_the_committee(
    tmp_path: Path, kind: type[Prepare] | type[Commit]
) -> None:
    async def run() -> None:
        contracts = {**default_contracts(), "membership": {"minimum": 3}}
        network = make_network(tmp_path, contracts=contracts)
        async with network.running(*VALIDATORS) as nodes:
            *honest, liar = nodes
            await height_of_all(nodes, 2)
            make_liar(liar, kind)
            await eventually(
                lambda: all(member(node, LIAR).standing is Standing.SUSPENDED for node in honest)
            )
            await eventually(lambda: not any(is_seated(node, LIAR) for node in honest))
            height = honest[0].chain.height + 4
            await height_of_all(honest, height)
            assert len(roots_at(honest, height)) == 1
            reports = reports_in(network, honest[0])
            assert set(reports) <= {node.address for node in honest}
            assert set(reports.values()) == {1}, "each reports an offence once"
            assert not any(list(node._steward._accusations) for node in honest if node._steward)

    asyncio.run(run())
