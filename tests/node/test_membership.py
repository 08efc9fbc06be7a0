"""The committee changes under load over real connections, and nobody restarts or is taken for a liar."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from structlog.testing import capture_logs

from ledger.errors import LedgerError
from node.service import Node
from tests.node.governing import approve, is_seated, propose
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

FIFTH = "v5"


async def pay_on_and_on(network: Network, node: Node) -> None:
    """A payment of 1 from alice to bob every now and then, for as long as there is money."""
    alice = key_of("alice").address
    while True:
        with suppress(LedgerError):
            node.submit(network.transfer("alice", "bob", 1, sequence=node.pool.next_sequence(alice)).raw)
        await asyncio.sleep(0.05)


def candidate_document(node: Node, name: str) -> dict[str, object]:
    found: Sequence[dict[str, object]] = node.committee()["candidates"]
    return next((each for each in found if each["address"] == key_of(name).address), {})


def test_the_committee_grows_and_shrinks_under_load(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, candidates=(FIFTH,))
        async with network.running(*VALIDATORS, FIFTH) as nodes:
            first, second, fifth = nodes[0], nodes[1], nodes[4]
            await height_of_all(nodes, 2)
            paying = asyncio.ensure_future(pay_on_and_on(network, first))
            assert not fifth.status()["is_validator"]

            number = await propose(first, "v1", "admit", FIFTH)
            await eventually(lambda: candidate_document(first, FIFTH).get("is_synced"))
            assert candidate_document(first, FIFTH)["is_reached"]
            await approve(first, number, ("v1", "v2", "v3"))
            await eventually(lambda: all(is_seated(node, FIFTH) for node in nodes))
            await eventually(lambda: fifth.address in first.status()["signers"])
            assert fifth.status()["is_validator"]
            assert first.status()["quorum"] == 4

            number = await propose(first, "v1", "remove", "v2")
            await approve(first, number, ("v1", "v3", "v4", FIFTH))
            await eventually(lambda: not any(is_seated(node, "v2") for node in nodes))
            await height_of_all(nodes, second.chain.height + 3)
            assert not second.status()["is_validator"]
            assert second.address not in first.status()["signers"]

            paying.cancel()
            height = first.chain.height
            await height_of_all(nodes, height)
            assert len(roots_at(nodes, height)) == 1
            assert first.chain.view.next_sequence(key_of("alice").address) > 5, "payments went on"
            assert not any(node.mesh._standing._records for node in nodes), "nobody misbehaved"

    with capture_logs() as logs:
        asyncio.run(run())
    changes = [len(entry["validators"]) for entry in logs if entry["event"] == "committee changed"]
    assert sorted(changes) == [4] * 5 + [5] * 5, "each node tells each change once"


def voted_at(node: Node) -> int:
    """The latest height in a node's vote log."""
    assert node._validator is not None
    return node._validator._machine.state.log.votes.height


def test_who_was_away_while_it_was_removed_catches_up_and_is_taken_for_no_liar(tmp_path: Path) -> None:
    async def run() -> None:
        contracts = {**default_contracts(), "membership": {"minimum": 3}}
        network = make_network(tmp_path, contracts=contracts)
        async with network.running(*VALIDATORS[:3]) as nodes:
            async with network.start("v4") as fourth:
                await height_of_all([*nodes, fourth], 3)
            voters = VALIDATORS[:3]
            await approve(nodes[0], await propose(nodes[0], "v1", "remove", "v4"), voters)
            await height_of_all(nodes, nodes[0].chain.height + 6)
            async with network.start("v4") as fourth:
                voted = voted_at(fourth)
                await height_of_all([fourth], nodes[0].chain.height)
                assert not is_seated(fourth, "v4")
                assert voted_at(fourth) == voted, "it proposed nothing that was decided long ago"
                assert not any(node.mesh._standing._records for node in (*nodes, fourth))

    asyncio.run(run())


def test_who_was_away_during_an_election_takes_the_elected_for_no_liar(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, candidates=(FIFTH,))
        async with network.running("v1", "v2", "v3", FIFTH) as nodes:
            await height_of_all(nodes, 2)
            number = await propose(nodes[0], "v1", "admit", FIFTH)
            await eventually(lambda: candidate_document(nodes[0], FIFTH).get("is_synced"))
            await approve(nodes[0], number, ("v1", "v2", "v3"))
            await eventually(lambda: all(is_seated(node, FIFTH) for node in nodes))
            await height_of_all(nodes, nodes[0].chain.height + 3)
            async with network.start("v4") as fourth:
                assert not is_seated(fourth, FIFTH)
                everybody = [*nodes, fourth]
                await height_of_all(everybody, nodes[0].chain.height)
                await eventually(lambda: fourth.address in nodes[0].status()["signers"])
                assert len(roots_at(everybody, nodes[0].chain.height - 1)) == 1
                assert not any(node.mesh._standing._records for node in everybody)

    asyncio.run(run())
