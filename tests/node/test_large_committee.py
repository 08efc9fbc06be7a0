"""Four validators become twenty-two, and four again, over real connections and under load."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from contracts.membership import queries
from ledger.codec import Value
from ledger.genesis import Timers
from ledger.quantities import TxId
from node.service import Node
from tests.node.governing import done, send
from tests.node.networks import VALIDATORS, Network, eventually, height_of_all, key_of, make_network, roots_at

NEW = tuple(f"v{number}" for number in range(5, 23))
SLOT_MS = 2_000
TIMERS = Timers(base_ms=20_000, cap_ms=60_000, resend_ms=10_000, skew_ms=500)
PATIENCE_S = 600.0
"""Twenty-two nodes share the cores of one machine."""


async def change_all(nodes: Sequence[Node], kind: str, voters: Sequence[str]) -> None:
    """Have the committee vote on all the new ones at once."""
    first = nodes[0]
    proposed: list[TxId] = []
    for place, name in enumerate(NEW):
        arguments: dict[str, Value] = {"kind": kind, "member": key_of(name).address, "reason": "a test"}
        proposed.append(send(first, VALIDATORS[place % len(VALIDATORS)], "propose", arguments))
    for tx_id in proposed:
        await done(first, tx_id, PATIENCE_S)
    state = first.chain.head.state
    numbers = [tally.proposal.number for tally in queries.tallies(state, first.chain.height + 1)]
    assert len(numbers) == len(NEW)
    if kind == "admit":
        await eventually(
            lambda: all(each["is_synced"] for each in first.committee()["candidates"]), PATIENCE_S
        )
    votes = [
        send(first, name, "vote", {"proposal": number, "approve": True, "reached": True})
        for name in voters
        for number in numbers
    ]
    for tx_id in votes:
        await done(first, tx_id, PATIENCE_S)


def are_synced(node: Node) -> bool:
    candidates = node.committee()["candidates"]
    return all(candidate["is_synced"] and candidate["is_reached"] for candidate in candidates)


async def settled(nodes: Sequence[Node], size: int) -> None:
    """Wait until all nodes have a committee of this size, and agree on two blocks of it."""
    await eventually(lambda: all(len(node.chain.next_committee) == size for node in nodes), PATIENCE_S)
    height = nodes[0].chain.height + 2
    await height_of_all(nodes, height, PATIENCE_S)
    assert len(roots_at(nodes, height)) == 1
    assert not any(node.mesh._standing._records for node in nodes), "nobody misbehaved"


async def pay_on_and_on(network: Network, node: Node) -> None:
    alice = key_of("alice").address
    while True:
        node.submit(network.transfer("alice", "bob", 1, sequence=node.pool.next_sequence(alice)).raw)
        await asyncio.sleep(1)


@pytest.mark.slow
def test_four_become_twenty_two_and_four_again(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path, candidates=NEW, slot_ms=SLOT_MS, timers=TIMERS)
        async with network.running(*VALIDATORS, *NEW) as nodes:
            await height_of_all(nodes, 2, PATIENCE_S)
            paying = asyncio.ensure_future(pay_on_and_on(network, nodes[0]))
            await change_all(nodes, "admit", VALIDATORS[:3])
            await settled(nodes, 22)
            await change_all(nodes, "remove", (*VALIDATORS, *NEW)[:15])
            await settled(nodes, 4)
            assert not paying.done(), "payments went on"
            paying.cancel()

    asyncio.run(run())
