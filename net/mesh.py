"""All connections of a node: it listens, dials its configured peers again and again, and keeps one each."""

import asyncio
import random
import time
from asyncio.trsock import TransportSocket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import structlog
from aiohttp import ClientError, ClientSession, ClientWSTimeout, TCPConnector, WSCloseCode, web

from crypto.address import Address
from crypto.certificate import Identity
from crypto.errors import CertificateError
from ledger.quantities import Height
from net.door import Door
from net.errors import Misbehaviour, NetError, NotAdmitted, TooManyHandshakes, TooManyPeers
from net.handshake import HANDSHAKE_S, shake_hands
from net.hosting import check_hosted
from net.peer import Peer, Socket
from net.quota import Quota
from net.standing import Standing
from net.tls import Contexts, peer_identity
from net.wire import FRAME_BYTES_MAX, Frame, Hello, encode_frame

PATH: Final = "/peer"
REDIAL_FIRST_S: Final = 0.25
REDIAL_MAX_S: Final = 5.0
"""Nodes that return are to be connected within seconds; a failed dial costs little."""

CLOSE_S: Final = 0.5
CLOSE_REASON_BYTES_MAX: Final = 123
"""What a WebSocket's closing frame holds (RFC 6455, 5.5)."""

HANDSHAKE_COST: Final = 16
"""Of a handshake beside its hosting statements, in the work of verifying one of these."""
HANDSHAKE_RATE: Final = 256
HANDSHAKE_BURST: Final = 4_096
"""Who hosts as many agents as there may be can connect a few times in a row; then a fiftieth of a core is all
that it gets."""

log = structlog.get_logger("net")


class Host(Protocol):
    """What a mesh asks of the node that it serves."""

    @property
    def address(self) -> Address:
        """The node's own."""

    def hello(self) -> Hello:
        """The handshake, as of now."""

    def admit(self, identity: Identity) -> None:
        """Raises NotAdmitted or CertificateError unless the chain lets this member connect today."""

    def has_seat(self, address: Address) -> bool:
        """Whether this member decides on blocks."""

    def height(self) -> Height:
        """Of the head."""

    def receive(self, peer: Peer, frame: Frame) -> None:
        """A frame came. Raises Misbehaviour if no honest peer would send it."""

    def connected(self, peer: Peer) -> None:
        """A connection is up."""

    def disconnected(self, peer: Peer) -> None:
        """It is down."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a mesh listens and whom it dials, as (host, port)."""

    listen: tuple[str, int]
    peers: tuple[str, ...]
    """host:port each."""
    peers_max: int


class Mesh:
    """The node's connections. Use `start`, then `stop`; all in one event loop."""

    def __init__(self, host: Host, contexts: Contexts, authority: bytes, reach: Reach) -> None:
        self._host = host
        self.contexts = contexts
        self._authority = authority
        self._reach = reach
        self._peers: dict[Address, Peer] = {}
        self._standing = Standing()
        self._handshakes: dict[Address, Quota] = {}
        """Of members only, so bounded."""
        self._dialling: list[asyncio.Task[None]] = []
        self._runner: web.AppRunner | None = None
        self._door: Door | None = None
        self.unreached: dict[str, str] = {}
        """Configured endpoints without a connection, and why, as far as it was told."""
        self.port = reach.listen[1]
        """The port that it listens on; once started, a real one in the place of 0."""

    @property
    def peers(self) -> Mapping[Address, Peer]:
        """Connected now, by address."""
        return self._peers

    async def start(self) -> None:
        """Listen and begin to dial. Raises OSError if the port is taken."""
        app = web.Application()
        app.router.add_get(PATH, self._accept)
        app.router.add_route("*", "/{path:.*}", self._refuse)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSE_S)
        await runner.setup()
        self._runner = runner
        self._door = Door(cast(web.Server, runner.server), self.contexts.server)
        self.port = self._door.open(*self._reach.listen)
        self._dialling = [asyncio.create_task(self._keep_dialled(peer)) for peer in self._reach.peers]

    async def stop(self) -> None:
        """Close all connections."""
        for task in self._dialling:
            task.cancel()
        for peer in tuple(self._peers.values()):
            peer.close()
        await asyncio.gather(*self._dialling, return_exceptions=True)
        if self._door:
            await self._door.close()
        if self._runner:
            await self._runner.cleanup()

    def broadcast(self, frame: Frame, to: Iterable[Address] | None = None) -> None:
        """Send to all connected peers, or to those of `to` that are; encoded once."""
        data = encode_frame(frame)
        wanted = self._peers.values() if to is None else [self._peers[at] for at in to if at in self._peers]
        for peer in wanted:
            peer.send_encoded(data)

    def drop(self, peer: Peer, offence: Misbehaviour) -> None:
        """Disconnect a peer for something found out after its frame was taken."""
        self._note_offence(peer.address, offence)
        peer.close()

    def review(self) -> None:
        """The chain has changed: cut off at once whoever it does not admit any more."""
        for peer in tuple(self._peers.values()):
            try:
                self._host.admit(peer.identity)
            except (NotAdmitted, CertificateError) as error:
                log.warning("peer cut off", peer=peer.address, reason=str(error))
                self._give_up(peer)

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        # Answering pings by itself, aiohttp would not count them.
        socket = web.WebSocketResponse(
            timeout=CLOSE_S, max_msg_size=FRAME_BYTES_MAX, compress=False, autoping=False
        )
        if not socket.can_prepare(request):
            return await self._refuse(request)
        await socket.prepare(request)
        connection = request.get_extra_info("socket")
        reason = b""
        try:
            await self._serve(socket, request.get_extra_info, dialled=False)
        except (NetError, CertificateError) as error:
            log.info("connection refused", remote=request.remote, reason=str(error))
            reason = str(error).encode()[:CLOSE_REASON_BYTES_MAX]
        finally:
            self._introduced(connection)
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=reason)
        return socket

    async def _refuse(self, _request: web.Request) -> web.StreamResponse:
        """Whoever wants something else than a peer's connection gets one answer to it."""
        response = web.Response(status=404)
        response.force_close()
        return response

    def _introduced(self, connection: TransportSocket) -> None:
        if self._door:
            self._door.introduced(connection)

    async def _keep_dialled(self, endpoint: str) -> None:
        """Stay connected to an endpoint, whatever happens to it."""
        connector = TCPConnector(ssl=self.contexts.client, limit=1)
        async with ClientSession(connector=connector) as session:
            wait_s, told = REDIAL_FIRST_S, ""
            while True:
                began_s = time.monotonic()
                reason = await self._dial(session, endpoint)
                self.unreached[endpoint] = reason or "the connection ended"
                if reason != told:
                    log.info("peer lost" if not reason else "no connection", peer=endpoint, reason=reason)
                told = reason
                wait_s = REDIAL_FIRST_S if time.monotonic() - began_s > REDIAL_MAX_S else wait_s
                # Spread, so that two nodes that lost each other do not dial in step for ever.
                await asyncio.sleep(wait_s * random.uniform(0.75, 1.25))  # noqa: S311
                wait_s = min(REDIAL_MAX_S, 2 * wait_s)

    async def _dial(self, session: ClientSession, endpoint: str) -> str:
        """Connect, and serve until the connection ends; returns why there was none."""
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                socket = await session.ws_connect(
                    f"https://{endpoint}{PATH}",
                    max_msg_size=FRAME_BYTES_MAX,
                    timeout=ClientWSTimeout(ws_close=CLOSE_S),
                    autoping=False,
                )
            self.unreached.pop(endpoint, None)
            try:
                await self._serve(socket, socket.get_extra_info, dialled=True)
            finally:
                await socket.close()
        except TimeoutError:
            return f"no answer within {HANDSHAKE_S:.0f} s"
        except (NetError, CertificateError, ClientError, OSError) as error:
            return str(error) or type(error).__name__
        except Exception:
            # A fault of ours that this peer brought about must not cut the two off from each other for good.
            log.exception("connection fault", peer=endpoint)
        return ""

    async def _serve(self, socket: Socket, info: Callable[[str], Any], *, dialled: bool) -> None:
        """A connection from its handshake to its end. Raises Refused, Misbehaviour or CertificateError."""
        peer = await self._meet(socket, info, dialled=dialled)
        rival = self._take_place(peer)
        self._introduced(info("socket"))
        if rival is None:
            await self._run(peer)
        elif dialled:
            await socket.close()
            await rival.ended.wait()

    async def _meet(self, socket: Socket, info: Callable[[str], Any], *, dialled: bool) -> Peer:
        """The handshake. Raises Refused, Misbehaviour or CertificateError."""
        identity = peer_identity(info("ssl_object"), self._authority)
        self._standing.check(identity.address, time.monotonic())
        self._host.admit(identity)
        ours = self._host.hello()
        try:
            theirs = await shake_hands(socket, ours)
            self._meter_handshake(identity.address, len(theirs.hosted))
            hosted = check_hosted(theirs.hosted, identity.public_key, ours.chain)
        except Misbehaviour as offence:
            self._note_offence(identity.address, offence)
            raise
        # The chain may have changed since the handshake began.
        self._host.admit(identity)
        return Peer(socket, info("socket"), identity, theirs, hosted, dialled=dialled)

    def _meter_handshake(self, address: Address, statements: int) -> None:
        now_s = time.monotonic()
        quota = self._handshakes.setdefault(address, Quota(HANDSHAKE_RATE, HANDSHAKE_BURST, now_s))
        if not quota.take(HANDSHAKE_COST + statements, now_s):
            raise TooManyHandshakes(address)

    async def _run(self, peer: Peer) -> None:
        try:
            await peer.run(self._host.receive, self._host.height)
        except Misbehaviour as offence:
            self._note_offence(peer.address, offence)
            raise
        finally:
            if self._peers.get(peer.address) is peer:
                del self._peers[peer.address]
                self._host.disconnected(peer)

    def _take_place(self, peer: Peer) -> Peer | None:
        """Make this the connection to its member, or return the one that stays. Raises TooManyPeers.

        If both ends dial at once, each keeps the connection of the lower address; if one end dials again, it
        has lost the old connection.
        """
        rival = self._peers.get(peer.address)
        if rival is None and len(self._peers) >= self._reach.peers_max:
            self._make_room(peer)
        if rival is not None:
            if rival.dialled != peer.dialled and self._dialler(rival) < self._dialler(peer):
                return rival
            self._give_up(rival)
        self._peers[peer.address] = peer
        self._host.connected(peer)
        return None

    def _make_room(self, peer: Peer) -> None:
        """Those who decide need each other: one takes the place of the last who does not.

        Raises TooManyPeers.
        """
        others = [other for other in self._peers.values() if not self._host.has_seat(other.address)]
        if not others or not self._host.has_seat(peer.address):
            raise TooManyPeers(self._reach.peers_max)
        self._give_up(others[-1])

    def _give_up(self, peer: Peer) -> None:
        """From now on it is no peer; its connection ends in a moment."""
        del self._peers[peer.address]
        self._host.disconnected(peer)
        peer.close()

    def _dialler(self, peer: Peer) -> Address:
        return self._host.address if peer.dialled else peer.address

    def _note_offence(self, address: Address, offence: Misbehaviour) -> None:
        wait_s = self._standing.offend(address, time.monotonic())
        log.warning("peer dropped", peer=address, reason=str(offence), wait_s=wait_s)
