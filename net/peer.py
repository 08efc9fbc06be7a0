"""One connection to another node: frames in, frames out, both within bounds."""

import asyncio
import time
from asyncio.trsock import TransportSocket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Final, TypeAlias

from aiohttp import ClientWebSocketResponse, WSMsgType, web

from crypto.address import Address
from crypto.certificate import Identity
from ledger.quantities import Height
from net.errors import BadFrame, OverQuota, Unasked
from net.quota import Quota
from net.wire import Frame, Hello, NewHead, Ping, Pong, decode_frame, encode_frame

FRAMES_PER_S: Final = 2_000
BYTES_PER_S: Final = 2**25
BURST_S: Final = 4
"""A peer may save up what it may send in this many seconds."""

QUEUE_BYTES_MAX: Final = 2**25
"""What may wait to be sent; a peer that reads more slowly than that is disconnected."""
QUEUED_BYTES: Final = 64
"""What a frame in the queue takes beside its own bytes: of small ones there would be millions."""

HEARTBEAT_S: Final = 2.0
SILENCE_S: Final = 8.0
"""A connection on which nothing came for so long is dead."""

SHORT_S: Final = 0.005
PAUSE_MAX_S: Final = 1.0
"""After a frame that took long, the next of the same peer waits as long: whatever it sends, it has half of a
node's time at most."""

OFFSETS_KEPT: Final = 8

Socket: TypeAlias = ClientWebSocketResponse | web.WebSocketResponse


class Peer:
    """A connected member. Made after the handshake; `run` serves it until the connection ends."""

    def __init__(
        self,
        socket: Socket,
        connection: TransportSocket,
        identity: Identity,
        hello: Hello,
        hosted: frozenset[Address],
        *,
        dialled: bool,
    ) -> None:
        """`connection` is the TCP connection below the WebSocket."""
        self._socket = socket
        self._connection = connection
        self.identity = identity
        self.hosted = hosted
        """The members whose agents live there."""
        self.dialled = dialled
        """Whether this node opened the connection."""
        self.height = hello.height
        """The highest that it told."""
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._waiting = asyncio.Event()
        self._closing = asyncio.Event()
        self.ended = asyncio.Event()
        """Set once the connection is over."""
        now_s = time.monotonic()
        self._heard_s = now_s
        self._frames = Quota(FRAMES_PER_S, FRAMES_PER_S * BURST_S, now_s)
        self._bytes = Quota(BYTES_PER_S, BYTES_PER_S * BURST_S, now_s)
        self._pinged_ms: int | None = None
        self._offsets_ms: deque[int] = deque(maxlen=OFFSETS_KEPT)

    @property
    def address(self) -> Address:
        """Who it is."""
        return self.identity.address

    @property
    def clock_offset_ms(self) -> int | None:
        """Its clock less this node's, the median of the last heartbeats; None before the first."""
        return sorted(self._offsets_ms)[len(self._offsets_ms) // 2] if self._offsets_ms else None

    def send(self, frame: Frame) -> None:
        """Queue a frame; never waits. A peer that lets too much pile up is disconnected."""
        self.send_encoded(encode_frame(frame))

    def send_encoded(self, data: bytes) -> None:
        """As `send`, for a frame that goes to many."""
        size_bytes = len(data) + QUEUED_BYTES
        if self._queued_bytes + size_bytes > QUEUE_BYTES_MAX:
            self.close()
            return
        self._queue.append(data)
        self._queued_bytes += size_bytes
        self._waiting.set()

    def close(self) -> None:
        """End the connection; `run` returns."""
        self._closing.set()

    async def run(self, handle: Callable[["Peer", Frame], None], own_height: Callable[[], Height]) -> None:
        """Serve until either end closes. Raises Misbehaviour, and what `handle` raises of it."""
        tasks = [
            asyncio.ensure_future(self._read(handle)),
            asyncio.ensure_future(self._write()),
            asyncio.ensure_future(self._beat(own_height)),
            asyncio.ensure_future(self._closing.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                # Whoever writes to an end that is gone has found out that it is.
                with suppress(ConnectionError):
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.ended.set()
            await self._socket.close()
            # Whatever the other end still sends or does not read: it is over.
            with suppress(OSError):
                self._connection.shutdown(SHUT_RDWR)

    async def _read(self, handle: Callable[["Peer", Frame], None]) -> None:
        async for message in self._socket:
            if self._closing.is_set():
                return
            if message.type is not WSMsgType.BINARY:
                raise BadFrame(f"a WebSocket message of type {message.type.name}")
            began_s = time.monotonic()
            self._meter(len(message.data))
            frame = decode_frame(message.data)
            if isinstance(frame, Ping):
                self.send(Pong(frame.sent_ms, time.time_ns() // 1_000_000))
            if isinstance(frame, Ping | NewHead):
                self.height = max(self.height, frame.height)
            if isinstance(frame, Pong):
                self._take_pong(frame)
            else:
                handle(self, frame)
            # What has arrived already would be read at one go; others have their turns in between.
            took_s = time.monotonic() - began_s
            await asyncio.sleep(min(took_s, PAUSE_MAX_S) if took_s > SHORT_S else 0)

    def _meter(self, length: int) -> None:
        self._heard_s = now_s = time.monotonic()
        if not self._frames.take(1, now_s):
            raise OverQuota("frames", FRAMES_PER_S)
        if not self._bytes.take(length, now_s):
            raise OverQuota("bytes", BYTES_PER_S)

    def _take_pong(self, pong: Pong) -> None:
        if pong.sent_ms != self._pinged_ms:
            raise Unasked("a heartbeat's answer")
        self._pinged_ms = None
        now_ms = time.time_ns() // 1_000_000
        # As NTP does: the answer is taken to be from the middle of the round trip.
        self._offsets_ms.append(pong.received_ms - (pong.sent_ms + now_ms) // 2)

    async def _write(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            while self._queue:
                data = self._queue.popleft()
                await self._socket.send_bytes(data)
                self._queued_bytes -= len(data) + QUEUED_BYTES

    async def _beat(self, own_height: Callable[[], Height]) -> None:
        while time.monotonic() - self._heard_s < SILENCE_S:
            if self._pinged_ms is None:
                self._pinged_ms = time.time_ns() // 1_000_000
                self.send(Ping(self._pinged_ms, own_height()))
            await asyncio.sleep(HEARTBEAT_S)
