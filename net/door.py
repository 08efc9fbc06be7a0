"""Where connections come in: strangers take little, since few at a time may be showing who they are."""

import asyncio
import ssl
import time
from asyncio import BaseProtocol
from asyncio.trsock import TransportSocket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from socket import AF_INET, AF_INET6, create_server, socket
from typing import Any, Final

import structlog

from net.quota import Quota

GREETED_MAX: Final = 64
"""Connections that have not shown who they are. One more ends the oldest of the origin that has most of them:
who means it is done in a moment, and nobody keeps out those of other origins."""

ARRIVALS_PER_S: Final = 32
ARRIVALS_BURST: Final = 256
"""Connections of one origin; more are closed unseen, since each handshake takes a millisecond or two."""

ORIGINS_MAX: Final = 1_024
"""Remembered with how many of their connections came; those that came first are forgotten."""

GREETING_S: Final = 5.0
INTRODUCTION_S: Final = 10.0
"""From the end of the TLS handshake to that of ours; holders of certificates alone come as far."""

SITE_PREFIX_BITS: Final = 64
"""Of IPv6, whose hosts have more addresses than one can count."""

BACKLOG: Final = 128
RETRY_S: Final = 1.0
"""After the system refused to accept, as when the process has no descriptors left."""

log = structlog.get_logger("net")


@dataclass(slots=True)
class _Greeting:
    """A connection that is showing who it is."""

    origin: str
    introduced: asyncio.Event = field(default_factory=asyncio.Event)
    connection: TransportSocket | None = None
    """Once the TLS handshake is done."""


class Door:
    """Listens, hands over whoever completed the TLS handshake, and ends whoever is not introduced in time."""

    def __init__(self, make_protocol: Callable[[], BaseProtocol], tls: ssl.SSLContext) -> None:
        """`make_protocol` gives what serves a connection."""
        self._make_protocol = make_protocol
        self._tls = tls
        self._socket: socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._greeted: dict[asyncio.Task[None], _Greeting] = {}
        self._arrivals: dict[str, Quota] = {}

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

    def introduced(self, connection: TransportSocket) -> None:
        """The connection is a member's, or is being closed: it is no stranger's any more."""
        for greeting in self._greeted.values():
            if greeting.connection is connection:
                greeting.introduced.set()

    async def _accept(self, listening: socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listening)
            except OSError as error:
                log.error("cannot accept connections", reason=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            origin = _origin(address)
            if self._may_arrive(origin):
                self._begin(connection, _Greeting(origin))
            else:
                connection.close()
                await asyncio.sleep(0)

    def _may_arrive(self, origin: str) -> bool:
        now_s = time.monotonic()
        quota = self._arrivals.setdefault(origin, Quota(ARRIVALS_PER_S, ARRIVALS_BURST, now_s))
        if len(self._arrivals) > ORIGINS_MAX:
            del self._arrivals[next(iter(self._arrivals))]
        return quota.take(1, now_s)

    def _begin(self, connection: socket, greeting: _Greeting) -> None:
        if len(self._greeted) >= GREETED_MAX:
            self._end_one()
        task = asyncio.create_task(self._greet(connection, greeting))
        self._greeted[task] = greeting
        task.add_done_callback(lambda task: self._greeted.pop(task, None))

    def _end_one(self) -> None:
        ((crowd, _),) = Counter(greeting.origin for greeting in self._greeted.values()).most_common(1)
        oldest = next(task for task, greeting in self._greeted.items() if greeting.origin == crowd)
        del self._greeted[oldest]
        oldest.cancel()

    async def _greet(self, connection: socket, greeting: _Greeting) -> None:
        """Both handshakes; a connection that fails one, or is not done in time, is closed."""
        try:
            await self._introduce(connection, greeting)
        except OSError as error:
            # For debugging alone: strangers can have this written as often as they like.
            log.debug("greeting failed", origin=greeting.origin, reason=str(error))

    async def _introduce(self, connection: socket, greeting: _Greeting) -> None:
        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
            self._make_protocol, connection, ssl=self._tls, ssl_handshake_timeout=GREETING_S
        )
        greeting.connection = transport.get_extra_info("socket")
        try:
            await asyncio.wait_for(greeting.introduced.wait(), INTRODUCTION_S)
        except (TimeoutError, asyncio.CancelledError):
            transport.abort()
            raise


def _origin(address: Any) -> str:
    """Who shares what may be open: an IPv4 address, or a site of IPv6."""
    host = ip_address(address[0].partition("%")[0])
    if isinstance(host, IPv6Address) and host.ipv4_mapped is None:
        return str(ip_network((host, SITE_PREFIX_BITS), strict=False))
    return str(host)
