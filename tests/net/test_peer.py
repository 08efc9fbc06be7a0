"""A connection to an end that is gone is over, and nothing worse."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any, cast

from aiohttp import ClientConnectionResetError

from crypto.certificate import Identity, identity_of
from ledger.quantities import Height
from net.peer import Peer
from net.wire import VERSIONS, Hello
from tests.crypto.forging import AUTHORITY, Forgery
from tests.net.builders import CHAIN

IDENTITY: Identity = identity_of(Forgery().encoded, AUTHORITY.certificate_der)


class GoneSocket:
    """A WebSocket that is closing: nothing comes, and nothing can be written."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._silence()

    async def _silence(self) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield

    async def send_bytes(self, data: bytes) -> None:
        raise ClientConnectionResetError("Cannot write to closing transport")

    async def close(self) -> None:
        return None


def test_writing_to_an_end_that_is_gone_ends_the_connection() -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            hello = Hello(VERSIONS, CHAIN, Height(1), ())
            peer = Peer(cast(Any, GoneSocket()), cast(Any, ours), IDENTITY, hello, frozenset(), dialled=False)
            async with asyncio.timeout(10):
                await peer.run(lambda _peer, _frame: None, lambda: Height(1))
            assert peer.ended.is_set()

    asyncio.run(run())
