"""The socket of the API: bounded connections, so that a node keeps files for its chain and its peers, and
none that is kept open for nothing."""

import asyncio
import resource
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, cast

from aiohttp import web

from explorer.api.access import is_loopback
from explorer.api.limits import Allowances, client_of
from explorer.api.protocol import HttpConnection

IDLE_S: Final = 30.0
"""Without a request that is being answered: a head that does not end, an answer that is not read."""
SWEEP_S: Final = 2.0
HANDSHAKE_S: Final = 10.0
CONNECTIONS_MAX: Final = 2_048
CLIENT_CONNECTIONS_MAX: Final = 128
"""Of one address; this machine's own may have all."""
ARRIVALS_PER_S: Final = 32
"""Of one address but this machine's own: a TLS handshake takes the loop two milliseconds."""
FILES: Final = 4_096
STOP_S: Final = 0.5
BACKLOG: Final = 128
"""Connections that are taken in one turn of the loop, between which votes get theirs."""
WRITE_BYTES_MAX: Final = 2**18
"""That wait in memory for one client to read."""
CONNECTIONS: Final = web.AppKey["Connections"]("connections")
"""Where an application finds those of its socket."""


class Connections:
    """All connections of an API."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[asyncio.BaseProtocol, Connection] = {}
        self._by_client: Counter[str] = Counter()
        self._arrivals = Allowances(ARRIVALS_PER_S)

    def enter(self, connection: "Connection", client: str) -> bool:
        """Whether it may stay."""
        self._open[connection.inner] = connection
        self._by_client[client] += 1
        if len(self._open) > self._most:
            return False
        if is_loopback(client):
            return True
        is_crowd = self._by_client[client] > CLIENT_CONNECTIONS_MAX
        return not is_crowd and not self._arrivals.take(client, 1, time.monotonic())

    def leave(self, connection: "Connection", client: str) -> None:
        """It is closed."""
        if self._open.pop(connection.inner, None):
            self._by_client -= Counter((client,))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._open)

    @contextmanager
    def answering(self, request: web.Request) -> Iterator[None]:
        """While a request is being answered, its connection is not idle."""
        connection = self._open.get(request.protocol)
        if connection is None:
            yield
            return
        connection.idle_since_s = None
        try:
            yield
        finally:
            connection.idle_since_s = time.monotonic()

    async def sweep(self) -> None:
        """Close what has been idle for too long; runs until it is cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            before_s = time.monotonic() - IDLE_S
            for connection in list(self._open.values()):
                if connection.idle_since_s is not None and connection.idle_since_s < before_s:
                    connection.abort()


class Connection(asyncio.Protocol):
    """Passes on to aiohttp's protocol what happens on a connection that may stay.

    It is counted from its begin on, before TLS, which takes a handshake that may not come.
    """

    def __init__(
        self, connections: Connections, inner: asyncio.Protocol, tls: ssl.SSLContext | None = None
    ) -> None:
        self.inner = inner
        self.idle_since_s: float | None = time.monotonic()
        self._connections = connections
        self._tls = tls
        self._transport: asyncio.Transport | None = None
        self._client = ""
        self._greeting: asyncio.Task[None] | None = None
        self._is_begun = False
        self._early = b""
        """What came with the end of the handshake."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._client = client_of(peer[0] if peer else None)
        if not self._connections.enter(self, self._client):
            self.abort()
        elif self._tls is None:
            self._begin(self._transport)
        else:
            self._transport.pause_reading()
            self._greeting = asyncio.create_task(self._greet(self._transport, self._tls))

    async def _greet(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        """Whoever is not done in time, or no friend of TLS, is closed."""
        start = asyncio.get_running_loop().start_tls
        try:
            with suppress(OSError):
                secure = await start(
                    transport, self, tls, server_side=True, ssl_handshake_timeout=HANDSHAKE_S
                )
                if secure is not None:
                    self._begin(secure)
        finally:
            # Nobody says that a connection was lost in mid-handshake.
            if not self._is_begun:
                self._connections.leave(self, self._client)

    def _begin(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=WRITE_BYTES_MAX)
        self._is_begun = True
        self.inner.connection_made(transport)
        if self._early:
            self.inner.data_received(self._early)

    def abort(self) -> None:
        """Close at once, whatever is on its way."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.leave(self, self._client)
        if self._is_begun:
            self.inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_begun:
            self.inner.data_received(data)
        else:
            self._early += data

    def eof_received(self) -> bool | None:
        return self.inner.eof_received() if self._is_begun else None

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()


class Listening:
    """An application that listens; `close` it."""

    def __init__(self, runner: web.AppRunner, server: asyncio.Server, sweeping: asyncio.Task[None]) -> None:
        self._runner = runner
        self._server = server
        self._sweeping = sweeping

    @property
    def port(self) -> int:
        """On which it does."""
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more requests, end those that are being answered."""
        self._server.close()
        self._sweeping.cancel()
        await self._runner.cleanup()


async def listen(app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None) -> Listening:
    """Serve an application. Raises OSError if the port is taken."""
    app[CONNECTIONS] = connections = Connections(connections_max())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_S)
    await runner.setup()
    server, loop = cast(web.Server, runner.server), asyncio.get_running_loop()

    def connect() -> Connection:
        # A body that is packed could take the loop for seconds to unpack.
        inner = HttpConnection(server, loop=loop, keepalive_timeout=IDLE_S, auto_decompress=False)
        return Connection(connections, inner, tls)

    try:
        listening = await loop.create_server(connect, host, port, backlog=BACKLOG)
    except BaseException:
        await runner.cleanup()
        raise
    return Listening(runner, listening, asyncio.create_task(connections.sweep()))


def connections_max() -> int:
    """Half of the files that this process may have open, after asking for more of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return CONNECTIONS_MAX if soft == resource.RLIM_INFINITY else min(CONNECTIONS_MAX, soft // 2)
