"""The first frame of each end, and what it must say for the connection to go on."""

import asyncio
from typing import Final

from aiohttp import WSMsgType

from net.errors import NoHandshake, OtherChain, OtherVersion
from net.peer import Socket
from net.wire import VERSIONS, Frame, Hello, decode_frame, encode_frame

HANDSHAKE_S: Final = 5.0
REASON_MAX: Final = 200


async def shake_hands(socket: Socket, ours: Hello) -> Hello:
    """Send `ours`, return theirs. Raises Refused, or BadFrame for what is no frame at all."""
    try:
        async with asyncio.timeout(HANDSHAKE_S):
            await socket.send_bytes(encode_frame(ours))
            message = await socket.receive()
    except TimeoutError:
        raise NoHandshake(f"silent for {HANDSHAKE_S:.0f} s") from None
    except ConnectionError as error:
        raise NoHandshake(str(error)) from None
    if message.type is not WSMsgType.BINARY:
        reason = ascii(message.extra or "it gave no reason")
        raise NoHandshake(f"the peer closed the connection: {reason:.{REASON_MAX}}")
    return check_hello(decode_frame(message.data), ours)


def check_hello(frame: Frame, ours: Hello) -> Hello:
    """`frame` as a handshake that goes with ours. Raises Refused."""
    if not isinstance(frame, Hello):
        raise NoHandshake(f"it began with {type(frame).__name__}")
    if not set(frame.versions) & set(VERSIONS):
        raise OtherVersion(VERSIONS, frame.versions)
    if frame.chain != ours.chain:
        raise OtherChain(ours.chain, frame.chain)
    return frame
