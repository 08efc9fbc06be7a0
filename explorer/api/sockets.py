"""The WebSocket /api/v1/ws: who subscribes is told what is new, and can go on from a height.

A client sends {"subscribe": [topics], "from_height": height or nothing}. Whoever does not read is dropped:
neither memory nor the others wait for it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Final

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.api.access import Role
from explorer.api.asked import WHOLE_MAX
from explorer.api.feed import Feed, Resume, Subscriber
from explorer.api.guard import Guard
from explorer.api.news import Topic
from explorer.api.problems import Problem

PROTOCOL: Final = "gridquorum"
SOCKETS_MAX: Final = 1_200
MESSAGE_BYTES_MAX: Final = 4_096
HEARTBEAT_S: Final = 20.0
SEND_S: Final = 10.0
CLOSE_S: Final = 0.3
REVIEW_S: Final = 2.0
"""Between two looks whether a client still may listen: its certificate may end, or be revoked."""
WEIGHT: Final = 5


class Subscribe(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(extra="forbid", strict=True)

    subscribe: Annotated[list[Topic], Field(max_length=8)]
    from_height: Annotated[int, Field(ge=0, le=WHOLE_MAX)] | None = None


class Sockets:
    """The WebSockets of one application."""

    def __init__(self, guard: Guard, feed: Feed) -> None:
        self._guard = guard
        self._feed = feed
        self._open: set[web.WebSocketResponse] = set()

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """The feed, as long as the application runs."""
        task = asyncio.create_task(self._feed.run())
        yield
        task.cancel()

    async def close(self, _app: web.Application) -> None:
        """Tell everybody that the node goes away."""
        closing = [asyncio.ensure_future(each.close(code=WSCloseCode.GOING_AWAY)) for each in self._open]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_S)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One client, until either end closes."""
        self._guard.admit(request, Role.READER, WEIGHT)
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_BYTES_MAX, protocols=(PROTOCOL,), compress=False
        )
        if not socket.can_prepare(request).ok:
            raise Problem(426, "UpgradeRequired", "this is a WebSocket", {"Upgrade": "websocket"})
        if len(self._open) >= SOCKETS_MAX:
            raise Problem(503, "Busy", "too many listen already", {"Retry-After": "30"})
        await socket.prepare(request)
        subscriber = Subscriber()
        writing = asyncio.create_task(self._write(request, socket, subscriber))
        self._open.add(socket)
        try:
            await self._feed.join(subscriber)
            await self._listen(request, socket, subscriber)
        finally:
            self._open.discard(socket)
            self._feed.subscribers.discard(subscriber)
            writing.cancel()
        return socket

    async def _listen(
        self, request: web.Request, socket: web.WebSocketResponse, subscriber: Subscriber
    ) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"send text")
                return
            try:
                self._guard.admit(request, Role.READER, WEIGHT)
                asked = Subscribe.model_validate_json(message.data)
            except ValidationError:
                await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"not a subscription")
                return
            except Problem as problem:
                await _dismiss(socket, problem)
                return
            self._feed.subscribe(subscriber, frozenset(asked.subscribe), asked.from_height)

    async def _write(
        self, request: web.Request, socket: web.WebSocketResponse, subscriber: Subscriber
    ) -> None:
        """Send what waits; drop who does not read, and who may listen no longer."""
        sending = asyncio.create_task(self._send_all(socket, subscriber))
        late = asyncio.create_task(subscriber.late.wait())
        try:
            while not await _any_done(sending, late):
                self._guard.check_known(request)
        except Problem as problem:
            await _dismiss(socket, problem)
        finally:
            sending.cancel()
            late.cancel()
            if sending.done() and not sending.cancelled():
                sending.exception()
            if request.transport is not None and not socket.closed:
                request.transport.abort()

    async def _send_all(self, socket: web.WebSocketResponse, subscriber: Subscriber) -> None:
        """Ends when the client has gone, or takes too long."""
        with suppress(TimeoutError, ConnectionError):
            while True:
                item = await subscriber.queue.get()
                if not isinstance(item, Resume):
                    await _send(socket, item)
                    continue
                async for text in self._feed.missed(item, subscriber.topics):
                    await _send(socket, text)


async def _any_done(*tasks: asyncio.Task[Any]) -> bool:
    """Whether one of them ended before the next look."""
    done, _ = await asyncio.wait(tasks, timeout=REVIEW_S, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


async def _dismiss(socket: web.WebSocketResponse, problem: Problem) -> None:
    """Close with the problem's name, whether or not the client answers."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=problem.title.encode())


async def _send(socket: web.WebSocketResponse, text: str) -> None:
    async with asyncio.timeout(SEND_S):
        await socket.send_str(text)
