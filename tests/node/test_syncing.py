"""Catching up on a long chain from real nodes over TLS, one of whom lies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.quantities import Height
from net import wire
from net.mesh import Mesh, Reach
from net.peer import Peer
from net.wire import SealedBlock
from node.service import Node
from node.startup import running
from tests.net.builders import FakeNode, certified
from tests.node.long_chain import lengthen
from tests.node.networks import (
    VALIDATORS,
    Network,
    eventually,
    free_ports,
    height_of_all,
    key_of,
    make_network,
)

BLOCKS = 70

Answer = Callable[[tuple[SealedBlock, ...]], tuple[SealedBlock, ...] | None]


class Liar(FakeNode):
    """A member that claims a great height, and answers with what it makes of an honest node's blocks."""

    def __init__(self, network: Network, honest: Node, change: Answer) -> None:
        members = {key_of(name).address for name in (*VALIDATORS, "field")}
        super().__init__(key_of("bob"), members, network.genesis.hash)
        self.honest = honest
        self.change = change
        self.asked = 0

    def hello(self) -> wire.Hello:
        return replace(super().hello(), height=Height(10**9))

    def height(self) -> Height:
        return Height(10**9)

    def receive(self, peer: Peer, frame: wire.Frame) -> None:
        if not isinstance(frame, wire.RequestRange):
            return
        self.asked += 1
        found = [self.honest.chain.sealed(Height(at)) for at in range(frame.first, frame.first + frame.count)]
        blocks = self.change(tuple(block for block in found if block is not None))
        if blocks is not None:
            peer.send(wire.Range(frame.first, blocks))


@asynccontextmanager
async def lying(network: Network, honest: Node, change: Answer) -> AsyncIterator[tuple[Liar, int]]:
    port, contexts = free_ports(1)[0], certified(network.folder / "bob", network.authority, key_of("bob"))
    liar = Liar(network, honest, change)
    mesh = Mesh(liar, contexts, network.genesis.authority, Reach(("127.0.0.1", port), (), 8))
    await mesh.start()
    try:
        yield liar, port
    finally:
        await mesh.stop()


LIARS: dict[str, tuple[Answer, bool]] = {
    "forged seals": (lambda blocks: tuple(SealedBlock(b.block, blocks[-1].seals) for b in blocks), True),
    "garbage": (lambda blocks: tuple(SealedBlock(b"\xc1" * 100, b"\xc1") for _ in blocks), True),
    "a frame that is too large": (lambda _blocks: (SealedBlock(bytes(2**23), b""),), True),
    "silence": (lambda _blocks: None, False),
}


@pytest.mark.parametrize("how", LIARS)
def test_a_liar_among_the_peers_stops_nothing(how: str, tmp_path: Path) -> None:
    change, is_dropped = LIARS[how]
    network = make_network(tmp_path, slots_ago=BLOCKS + 1)
    lengthen(network, BLOCKS)

    async def scenario() -> None:
        async with network.running(*VALIDATORS) as nodes, lying(network, nodes[0], change) as (liar, port):
            config = network.config("field")
            endpoints = (f"127.0.0.1:{port}", *config.network.peers)
            slow = config.model_copy(
                update={"network": config.network.model_copy(update={"peers": endpoints})}
            )
            async with asyncio.timeout(20), running(slow, {}) as node:
                await height_of_all([node], BLOCKS)
                await eventually(lambda: liar.asked)
                if is_dropped:
                    await eventually(lambda: ("down", node.address) in liar.changes)

    asyncio.run(scenario())
