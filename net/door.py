"""Where connections come in: strangers take little, since few at a time may be showing who they are."""

import asyncio
import ssl
from asyncio import BaseProtocol
from collections.abc import Callable
from contextlib import suppress
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Final

import structlog

GREETED_MAX: Final = 64
"""Connections in their TLS handshake. One more ends the oldest: who means it is done in a moment."""

GREETING_S: Final = 5.0
BACKLOG: Final = 128
RETRY_S: Final = 1.0
"""After the system refused to accept, as when the process has no descriptors left."""

log = structlog.get_logger("net")


class Door:
    """Listens, and hands over whoever completed the TLS handshake."""

    def __init__(self, make_protocol: Callable[[], BaseProtocol], tls: ssl.SSLContext) -> None:
        """`make_protocol` gives what serves a connection."""
        self._make_protocol = make_protocol
        self._tls = tls
        self._socket: socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._greeted: dict[asyncio.Task[None], None] = {}

    def open(self, host: str, port: int) -> int:
        """Begin to listen; returns the port. Raises OSError if it is taken."""
        family = AF_INET6 if ":" in host else AF_INET
        self._socket = create_server((host, port), family=family, backlog=BACKLOG)
        self._socket.setblocking(False)
        self._accepting = asyncio.create_task(self._accept(self._socket))
        return int(self._socket.getsockname()[1])

    async def close(self) -> None:
        """Listen no longer; connections that were handed over go on."""
        tasks = [*self._greeted, *([self._accepting] if self._accepting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._socket:
            self._socket.close()

    async def _accept(self, listening: socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError as error:
                log.error("cannot accept connections", reason=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            if len(self._greeted) >= GREETED_MAX:
                oldest = next(iter(self._greeted))
                del self._greeted[oldest]
                oldest.cancel()
            task = asyncio.create_task(self._greet(connection))
            self._greeted[task] = None
            task.add_done_callback(lambda task: self._greeted.pop(task, None))

    async def _greet(self, connection: socket) -> None:
        """The handshake; a connection that fails it is closed."""
        with suppress(OSError):
            await asyncio.get_running_loop().connect_accepted_socket(
                self._make_protocol, connection, ssl=self._tls, ssl_handshake_timeout=GREETING_S
            )
