"""Sending a file piece by piece: made in a thread, sent as fast as the client reads, and not for longer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import structlog
from aiohttp import web

from explorer.api.exports.routes import File
from explorer.api.problems import Problem

EXPORTS_MAX: Final = 2
SEND_S: Final = 30.0
"""For a piece of a few hundred kilobytes to be read; whoever takes longer is dropped."""

T = TypeVar("T")

log = structlog.get_logger("api")


class Exports:
    """Those that are under way in one application."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(EXPORTS_MAX, "export")
        self._under_way = 0

    def close(self) -> None:
        """Begin no more pieces."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(self, request: web.Request, make: Callable[[], File]) -> web.StreamResponse:
        """Answer with a file. Raises Problem, and what `make` and the first piece raise."""
        if self._under_way >= EXPORTS_MAX:
            raise Problem(503, "Busy", "other exports are under way", {"Retry-After": "5"})
        self._under_way += 1
        try:
            file = await self._run(make)
            first = await self._run(lambda: next(file.pieces, b""))
            return await self._answer(request, file, first)
        finally:
            self._under_way -= 1

    async def _answer(self, request: web.Request, file: File, piece: bytes) -> web.StreamResponse:
        name = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        response = web.StreamResponse(headers={**name, "Content-Type": file.media_type})
        await response.prepare(request)
        try:
            while piece:
                async with asyncio.timeout(SEND_S):
                    await response.write(piece)
                piece = await self._run(lambda: next(file.pieces, b""))
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
