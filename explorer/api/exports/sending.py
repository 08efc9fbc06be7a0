"""Sending a file piece by piece: made in a thread, sent as fast as the client reads, and not for longer."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

import structlog
from aiohttp import web

from explorer.api.access import LOCAL, Client
from explorer.api.exports.routes import File
from explorer.api.guard import Guard
from explorer.api.problems import Problem

THREADS: Final = 2
EXPORTS_MAX: Final = 8
"""Most of their time they wait for their readers."""
CLIENT_EXPORTS_MAX: Final = 2
"""Of one name; where nobody is asked for theirs, all are this machine's own."""
SLICE_BYTES: Final = 2**18
SEND_S: Final = 10.0
"""For a slice to be read; whoever takes longer is cut off."""

T = TypeVar("T")

log = structlog.get_logger("api")


class Exports:
    """Those that are under way in one application."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._threads = ThreadPoolExecutor(THREADS, "export")
        self._under_way: Counter[str] = Counter()

    def close(self) -> None:
        """Begin no more pieces."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(
        self, request: web.Request, client: Client, make: Callable[[], File]
    ) -> web.StreamResponse:
        """Answer with a file. Raises Problem, and what `make` and the first piece raise."""
        with self._place(client):
            file = await self._run(make)
            first = await self._run(lambda: next(file.pieces, b""))
            return await self._answer(request, file, first)

    @contextmanager
    def _place(self, client: Client) -> Iterator[None]:
        most = EXPORTS_MAX if client is LOCAL else CLIENT_EXPORTS_MAX
        if self._under_way.total() >= EXPORTS_MAX or self._under_way[client.name] >= most:
            raise Problem(503, "Busy", "other exports are under way", {"Retry-After": "5"})
        self._under_way[client.name] += 1
        try:
            yield
        finally:
            self._under_way -= Counter((client.name,))

    async def _answer(self, request: web.Request, file: File, piece: bytes) -> web.StreamResponse:
        name = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        response = web.StreamResponse(headers={**name, "Content-Type": file.media_type})
        await response.prepare(request)
        try:
            while piece:
                self._guard.check_known(request)
                await _send(response, piece)
                piece = await self._run(lambda: next(file.pieces, b""))
            async with asyncio.timeout(SEND_S):
                await response.write_eof()
        except Exception as error:
            # The head is sent: nobody is to take a part for the whole, so the connection ends without an end.
            reason = str(error) or type(error).__name__
            log.warning("an export was not finished", file=file.name, reason=reason)
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def _send(response: web.StreamResponse, piece: bytes) -> None:
    for begin in range(0, len(piece), SLICE_BYTES):
        async with asyncio.timeout(SEND_S):
            await response.write(piece[begin : begin + SLICE_BYTES])
