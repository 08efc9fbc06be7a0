"""A connection to an end that is gone is over, and nothing worse."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any, cast

from aiohttp import ClientConnectionResetError

from crypto.certificate import Identity, identity_of
from ledger.quantities import Height
from net.peer import QUEUE_BYTES_MAX, QUEUED_BYTES, Peer
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


class FullSocket(GoneSocket):
    """A WebSocket whose other end does not read."""

    async def send_bytes(self, data: bytes) -> None:
        await asyncio.Event().wait()


def test_small_frames_for_an_end_that_does_not_read_take_no_more_than_large_ones() -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            peer = peer_on(FullSocket(), ours)
            running = asyncio.create_task(peer.run(lambda _peer, _frame: None, lambda: Height(1)))
            for _ in range(QUEUE_BYTES_MAX // QUEUED_BYTES):
                peer.send_encoded(b"")
            await asyncio.sleep(0)
            assert not peer.ended.is_set()
            peer.send_encoded(b"")
            async with asyncio.timeout(10):
                await running

    asyncio.run(run())


def peer_on(above: GoneSocket, below: socket.socket) -> Peer:
    hello = Hello(VERSIONS, CHAIN, Height(1), ())
    return Peer(cast(Any, above), cast(Any, below), IDENTITY, hello, frozenset(), dialled=False)


def test_writing_to_an_end_that_is_gone_ends_the_connection() -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            peer = peer_on(GoneSocket(), ours)
            async with asyncio.timeout(10):
                await peer.run(lambda _peer, _frame: None, lambda: Height(1))
            assert peer.ended.is_set()

    asyncio.run(run())
