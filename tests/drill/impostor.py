"""A validator that contradicts itself: `python -m tests.drill.impostor FOLDER HOST:PORT ...`.

It has the keys of a node's folder, connects to the others, and prepares two blocks of each next height.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from consensus.messages import Prepare, encode_message, sign_vote
from crypto.hashing import Digest
from crypto.keys import PrivateKey
from ledger.genesis import Genesis
from ledger.quantities import Height, Round
from net.mesh import PATH
from net.tls import tls_contexts
from net.wire import VERSIONS, Consensus, Frame, Hello, NewHead, Ping, Pong, decode_frame, encode_frame
from node.files import read_genesis, read_key

LIES_S: Final = 8.0
BLOCKS: Final = (Digest(b"\x01" * 32), Digest(b"\x02" * 32))


async def lie(genesis: Genesis, key: PrivateKey, folder: Path, endpoint: str) -> None:
    """Tell one node both, at every height that it tells of."""
    tls = tls_contexts(genesis.authority, folder / "node.crt", folder / "node.key").client
    async with ClientSession() as session, session.ws_connect(f"https://{endpoint}{PATH}", ssl=tls) as socket:
        await say(socket, Hello(VERSIONS, genesis.hash, Height(0), ()))
        async for message in socket:
            if message.type is not WSMsgType.BINARY:
                return
            frame = decode_frame(message.data)
            if isinstance(frame, Ping):
                await say(socket, Pong(frame.sent_ms, frame.sent_ms))
            if isinstance(frame, Hello | NewHead):
                await say(socket, *votes(genesis, key, Height(frame.height + 1)))


def votes(genesis: Genesis, key: PrivateKey, height: Height) -> list[Consensus]:
    """Two that no honest validator signs."""
    member = genesis.committee.index(key.address)
    unsigned = [Prepare(height, Round(0), block) for block in BLOCKS]
    return [Consensus(encode_message(sign_vote(vote, member, genesis.hash, key.sign))) for vote in unsigned]


async def say(socket: ClientWebSocketResponse, *frames: Frame) -> None:
    for frame in frames:
        await socket.send_bytes(encode_frame(frame))


async def main(folder: Path, endpoints: list[str]) -> None:
    genesis, key = read_genesis(folder / "genesis.json"), read_key(folder / "node.key")
    lies = [lie(genesis, key, folder, endpoint) for endpoint in endpoints]
    await asyncio.wait([asyncio.ensure_future(each) for each in lies], timeout=LIES_S)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
