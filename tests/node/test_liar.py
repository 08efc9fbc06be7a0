"""One validator does what it likes with its good key; the others go on as if it were merely down."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse

from crypto.hashing import sha256
from ledger.quantities import Height, TxId
from net.mesh import PATH
from net.tls import tls_contexts
from net.wire import VERSIONS, Announce, Frame, Hello, NewHead, RequestRange, encode_frame
from node.service import Node
from tests.node.networks import (
    VALIDATORS,
    Network,
    eventually,
    height_of_all,
    key_of,
    make_network,
    roots_at,
)

HONEST, LIAR = VALIDATORS[:3], VALIDATORS[3]
FAR = Height(2**40)
FLOOD = 2_000


def test_heights_that_do_not_exist_send_nobody_after_them(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*HONEST) as nodes, AsyncExitStack() as stack:
            await height_of_all(nodes, 1)
            async with network.start("field") as late:
                everybody = (late, *nodes)
                liars = [await stack.enter_async_context(Liar(network, node)) for node in everybody]
                claiming = asyncio.ensure_future(claim_again_and_again(liars))
                await height_of_all(everybody, nodes[0].chain.height + 3)
                await eventually(lambda: all(claimed(node) == FAR and is_content(node) for node in everybody))
                claiming.cancel()

    asyncio.run(run())


async def claim_again_and_again(liars: list["Liar"]) -> None:
    while True:
        for liar in liars:
            await liar.say(NewHead(FAR))
        await asyncio.sleep(0.05)


def is_content(node: Node) -> bool:
    status = node.status()
    return bool(status["ready"]) and status["target"] < FAR


def claimed(node: Node) -> int:
    liar = node.mesh.peers.get(key_of(LIAR).address)
    return liar.height if liar else 0


def test_floods_of_questions_stop_no_block(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*HONEST) as nodes, AsyncExitStack() as stack:
            await height_of_all(nodes, 5)
            for node in nodes:
                liar = await stack.enter_async_context(Liar(network, node))
                await liar.say(*[RequestRange(Height(1), 64)] * FLOOD)
                await liar.say(*[Announce((TxId(sha256(b"%d" % number)),) * 64) for number in range(FLOOD)])
            height = nodes[0].chain.height + 3
            await height_of_all(nodes, height)
            assert len(roots_at(nodes, height)) == 1

    asyncio.run(run())


class Liar:
    """A connection to a node with the liar's certificate, which says what it is told and reads nothing."""

    def __init__(self, network: Network, victim: Node) -> None:
        self._chain = network.genesis.hash
        folder = network.folder / LIAR
        authority = network.genesis.authority
        self._tls = tls_contexts(authority, folder / "node.crt", folder / "node.key").client
        self._url = f"https://127.0.0.1:{victim.mesh.port}{PATH}"
        self._stack = AsyncExitStack()
        self._socket: ClientWebSocketResponse

    async def __aenter__(self) -> "Liar":
        session = await self._stack.enter_async_context(ClientSession())
        self._socket = await session.ws_connect(self._url, ssl=self._tls)
        await self.say(Hello(VERSIONS, self._chain, Height(0), ()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def say(self, *frames: Frame) -> None:
        for frame in frames:
            await self._socket.send_bytes(encode_frame(frame))
