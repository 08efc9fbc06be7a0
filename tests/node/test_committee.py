"""Four validators and a follower with real sockets, files and signatures, in one process."""

import asyncio
from pathlib import Path

from tests.node.networks import VALIDATORS, height_of_all, make_network, roots_at


def test_four_agree_on_blocks_and_a_follower_follows(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS, "field") as nodes:
            await height_of_all(nodes, 2)
            payment = network.transfer("alice", "bob", 40, sequence=0)
            nodes[4].submit(payment.raw)
            height = nodes[0].chain.height
            await height_of_all(nodes, height + 3)
            located = [node.store.transaction(payment.tx_id) for node in nodes]
            assert {(found.height, found.receipt.ok) for found in located} == {(located[0].height, True)}
            assert len(roots_at(nodes, height + 3)) == 1
            assert all(node.status()["ready"] for node in nodes)

    asyncio.run(run())
