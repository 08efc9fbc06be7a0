"""The traps of X.509 and TLS on real connections: as who dials in, and as who is dialled."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, WSMsgType, web

from crypto.authority import signing_request
from crypto.certificate import Identity, check_certificate, check_dates
from crypto.errors import CertificateError, OutsideValidity
from crypto.keys import PrivateKey
from ledger.quantities import Height
from net.errors import NotAdmitted
from net.mesh import PATH, Mesh, Reach
from net.tls import Contexts, tls_contexts
from net.wire import VERSIONS, Hello, encode_frame
from tests.crypto.forging import AUTHORITY, END, MEMBER, START, Forgery
from tests.crypto.traps import (
    AUTHORITY_TRAPS,
    EXPIRED_AUTHORITY,
    FUTURE_AUTHORITY,
    NOW,
    TRAPS,
    AuthorityTrap,
    Trap,
)
from tests.net.builders import CHAIN, FakeNode, eventually

HOST = PrivateKey.from_secret(21)
HELLO = encode_frame(Hello(VERSIONS, CHAIN, Height(1), ()))
WAIT_S = 10.0

BEYOND_TLS = {"a curve with the key as its generator", "a point that is none"}
"""OpenSSL does not present these: no key belongs to such a certificate."""


@dataclass
class Dated(FakeNode):
    """A host that looks at dates, as a node does of who is not in the committee."""

    def admit(self, identity: Identity) -> None:
        super().admit(identity)
        check_dates(identity, NOW)


@dataclass
class Notes:
    """A log that remembers."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def info(self, event: str, **values: object) -> None:
        self.lines.append((event, str(values.get("reason", ""))))

    debug = warning = exception = error = info

    def reasons(self, event: str) -> list[str]:
        return [reason for noted, reason in self.lines if noted == event and reason]


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    noted = Notes()
    monkeypatch.setattr("net.mesh.log", noted)
    monkeypatch.setattr("net.door.log", noted)
    return noted


def files(folder: Path, certificate: bytes, key: bytes) -> tuple[Path, Path]:
    folder.mkdir(exist_ok=True)
    (folder / "node.crt").write_bytes(certificate)
    (folder / "node.key").write_bytes(key)
    return folder / "node.crt", folder / "node.key"


def host_contexts(folder: Path, authority: bytes = AUTHORITY.certificate_der) -> Contexts:
    certificate = AUTHORITY.issue(signing_request(HOST, "Host"), ["validator"], START, END, 2)
    return tls_contexts(authority, *files(folder / "host", certificate, HOST.to_pem()))


def mesh_at(folder: Path, node: FakeNode, *ports: int, authority: bytes = AUTHORITY.certificate_der) -> Mesh:
    reach = Reach(("127.0.0.1", 0), tuple(f"127.0.0.1:{port}" for port in ports), 8)
    return Mesh(node, host_contexts(folder, authority), authority, reach)


@asynccontextmanager
async def running(mesh: Mesh) -> AsyncIterator[Mesh]:
    await mesh.start()
    try:
        yield mesh
    finally:
        await mesh.stop()


def hostile(protocol: int, folder: Path, trap: Trap) -> ssl.SSLContext:
    """TLS for whoever presents the trap and verifies nothing. Raises ssl.SSLError if TLS cannot."""
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    shown = ssl.DER_cert_to_PEM_cert(trap.certificate).encode() + trap.chain
    context.load_cert_chain(*files(folder / "hostile", shown, trap.key_pem))
    return context


async def dial(tls: ssl.SSLContext, port: int) -> tuple[bool, str]:
    """Say hello as a node does: whether a greeting came back, and why the connection ended."""
    try:
        async with ClientSession() as session:
            socket = await session.ws_connect(f"https://127.0.0.1:{port}{PATH}", ssl=tls)
            await socket.send_bytes(HELLO)
            first = await socket.receive(WAIT_S)
            await socket.close()
            return first.type is WSMsgType.BINARY, str(first.extra or "")
    except (ClientError, OSError) as error:
        return False, f"TLS: {error}"


@asynccontextmanager
async def server(tls: ssl.SSLContext) -> AsyncIterator[int]:
    """Somebody who greets whoever dials; the port."""

    async def greet(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_bytes(HELLO)
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get(PATH, greet)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def refusal_of(trap: Trap) -> str:
    """What the library says of it."""
    with pytest.raises(trap.error) as refusal:
        check_certificate(trap.certificate, AUTHORITY.certificate_der, NOW)
    return str(refusal.value)


def as_seen(folder: Path, protocol: int, trap: Trap) -> ssl.SSLContext | None:
    """The hostile end's TLS; None where its own library already gives up."""
    try:
        return hostile(protocol, folder, trap)
    except (ssl.SSLError, ValueError):
        assert trap.what in BEYOND_TLS, "every other trap is to be tried on the wire"
        return None


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.what)
def test_nobody_dials_in_with_a_trap(tmp_path: Path, notes: Notes, trap: Trap) -> None:
    async def run() -> None:
        node = Dated(HOST, {MEMBER.address})
        tls = as_seen(tmp_path, ssl.PROTOCOL_TLS_CLIENT, trap)
        if tls is None:
            return
        async with running(mesh_at(tmp_path, node)) as mesh:
            greeted, reason = await dial(tls, mesh.port)
            assert not greeted
            assert not mesh.peers
        assert node.changes == node.received == []
        if reason.startswith("TLS: "):
            refusal = notes.reasons("greeting failed")[0]
            assert "certificate" in refusal or "signature algorithm" in refusal
        else:
            assert notes.reasons("connection refused") == [refusal_of(trap)]

    asyncio.run(run())


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.what)
def test_nobody_is_dialled_who_shows_a_trap(tmp_path: Path, notes: Notes, trap: Trap) -> None:
    async def run() -> None:
        node = Dated(HOST, {MEMBER.address})
        tls = as_seen(tmp_path, ssl.PROTOCOL_TLS_SERVER, trap)
        if tls is None:
            return
        async with server(tls) as port, running(mesh_at(tmp_path, node, port)) as mesh:
            await eventually(lambda: notes.reasons("no connection"))
            assert not mesh.peers
        assert node.changes == []
        reason = notes.reasons("no connection")[0]
        assert reason == refusal_of(trap) or "certificate" in reason.lower() or "ssl" in reason.lower()

    asyncio.run(run())


SOUND = Trap("nothing wrong", Forgery().encoded, CertificateError)


def test_with_nothing_wrong_both_get_in(tmp_path: Path, notes: Notes) -> None:
    async def run() -> None:
        node = Dated(HOST, {MEMBER.address})
        async with running(mesh_at(tmp_path, node)) as mesh:
            assert await dial(hostile(ssl.PROTOCOL_TLS_CLIENT, tmp_path, SOUND), mesh.port) == (True, "")
            await eventually(lambda: node.changes == [("up", MEMBER.address), ("down", MEMBER.address)])
        tls = hostile(ssl.PROTOCOL_TLS_SERVER, tmp_path, SOUND)
        async with server(tls) as port, running(mesh_at(tmp_path, node, port)) as mesh:
            # Whoever greets hangs up at once, so that looking for a peer could miss it.
            await eventually(lambda: node.changes.count(("up", MEMBER.address)) > 1)
        assert not notes.reasons("connection refused")

    asyncio.run(run())


def test_a_good_certificate_of_nobody_on_the_chain_is_not_admitted(tmp_path: Path, notes: Notes) -> None:
    async def run() -> None:
        node = Dated(HOST, set())
        async with running(mesh_at(tmp_path, node)) as mesh:
            greeted, _ = await dial(hostile(ssl.PROTOCOL_TLS_CLIENT, tmp_path, SOUND), mesh.port)
            assert not greeted
        assert notes.reasons("connection refused") == [str(NotAdmitted(MEMBER.address, "a stranger"))]

    asyncio.run(run())


@pytest.mark.parametrize("trap", AUTHORITY_TRAPS, ids=lambda trap: trap.what)
def test_nobody_is_let_in_by_an_authority_with_limits_or_flaws(
    tmp_path: Path, notes: Notes, trap: AuthorityTrap
) -> None:
    async def run() -> None:
        node = Dated(HOST, {MEMBER.address})
        try:
            mesh = mesh_at(tmp_path, node, authority=trap.certificate)
        except ssl.SSLError:
            return
        async with running(mesh):
            greeted, _ = await dial(hostile(ssl.PROTOCOL_TLS_CLIENT, tmp_path, SOUND), mesh.port)
            assert not greeted
        assert node.changes == []

    asyncio.run(run())


@pytest.mark.parametrize("authority", [EXPIRED_AUTHORITY, FUTURE_AUTHORITY], ids=["expired", "not yet valid"])
def test_who_is_certified_beyond_its_authoritys_own_dates_stays_out(
    tmp_path: Path, notes: Notes, authority: bytes
) -> None:
    """A host that looks at no dates, as a node of the committee's members, lets it in."""

    async def run() -> None:
        tls = hostile(ssl.PROTOCOL_TLS_CLIENT, tmp_path, SOUND)
        node = Dated(HOST, {MEMBER.address})
        async with running(mesh_at(tmp_path, node, authority=authority)) as mesh:
            assert (await dial(tls, mesh.port))[0] is False
        with pytest.raises(OutsideValidity) as refusal:
            check_certificate(SOUND.certificate, authority, NOW)
        assert notes.reasons("connection refused") == [str(refusal.value)]
        undated = FakeNode(HOST, {MEMBER.address})
        async with running(mesh_at(tmp_path, undated, authority=authority)) as mesh:
            assert (await dial(tls, mesh.port))[0] is True

    asyncio.run(run())


def test_who_shows_no_certificate_stays_out(tmp_path: Path) -> None:
    async def run() -> None:
        node = Dated(HOST, {MEMBER.address})
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        async with running(mesh_at(tmp_path, node)) as mesh:
            greeted, reason = await dial(tls, mesh.port)
            assert not greeted
            assert reason.startswith("TLS: ")
        assert node.changes == []

    asyncio.run(run())


@pytest.mark.parametrize("protocol", [ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER])
def test_neither_end_speaks_tls_1_2(tmp_path: Path, notes: Notes, protocol: int) -> None:
    async def run() -> None:
        node = Dated(HOST, {MEMBER.address})
        old = hostile(protocol, tmp_path, SOUND)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
        if protocol == ssl.PROTOCOL_TLS_CLIENT:
            async with running(mesh_at(tmp_path, node)) as mesh:
                assert (await dial(old, mesh.port))[1].startswith("TLS: ")
        else:
            async with server(old) as port, running(mesh_at(tmp_path, node, port)):
                await eventually(lambda: notes.reasons("no connection"))
        assert node.changes == []

    asyncio.run(run())


def visit(
    tls: ssl.SSLContext, port: int, session: ssl.SSLSession | None
) -> tuple[ssl.SSLSession | None, bool]:
    """A request over TLS that takes up a session if it can: the session it then has, and whether it could."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as plain,
        tls.wrap_socket(plain, session=session) as encrypted,
    ):
        encrypted.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while encrypted.recv(4096):
            pass
        return encrypted.session, bool(encrypted.session_reused)


def test_no_session_is_taken_up_again(tmp_path: Path, notes: Notes) -> None:
    """Nor is early data then (RFC 8446, 2.3): each connection shows its certificate and is admitted anew."""

    async def run() -> None:
        node = Dated(HOST, {MEMBER.address})
        tls = hostile(ssl.PROTOCOL_TLS_CLIENT, tmp_path, SOUND)
        async with running(mesh_at(tmp_path, node)) as mesh:
            session, _ = await asyncio.to_thread(visit, tls, mesh.port, None)
            assert session is None or not session.has_ticket
            node.admitted.clear()
            _, reused = await asyncio.to_thread(visit, tls, mesh.port, session)
            assert not reused
            assert (await dial(tls, mesh.port))[0] is False
        assert notes.reasons("connection refused") == [str(NotAdmitted(MEMBER.address, "a stranger"))]

    asyncio.run(run())


def test_either_end_shows_a_renewed_certificate_on_the_next_connection(tmp_path: Path) -> None:
    async def run() -> None:
        listener, dialler = FakeNode(HOST, {MEMBER.address}), FakeNode(MEMBER, {HOST.address})
        async with running(mesh_at(tmp_path, listener)) as listening:
            own = files(tmp_path / "member", certificate_of(MEMBER, 3), MEMBER.to_pem())
            contexts = tls_contexts(AUTHORITY.certificate_der, *own)
            reach = Reach(("127.0.0.1", 0), (f"127.0.0.1:{listening.port}",), 8)
            async with running(Mesh(dialler, contexts, AUTHORITY.certificate_der, reach)) as dialling:
                await eventually(lambda: serials(listening, dialling) == [3, 2])
                contexts.renew(*files(tmp_path / "member", certificate_of(MEMBER, 7), MEMBER.to_pem()))
                host_files = files(tmp_path / "host", certificate_of(HOST, 8), HOST.to_pem())
                listening.contexts.renew(*host_files)
                assert serials(listening, dialling) == [3, 2], "open connections stay"
                dialling.peers[HOST.address].close()
                await eventually(lambda: serials(listening, dialling) == [7, 8])

    asyncio.run(run())


def certificate_of(key: PrivateKey, serial: int) -> bytes:
    return AUTHORITY.issue(signing_request(key, "Org"), ["validator"], START, END, serial)


def serials(*meshes: Mesh) -> list[int]:
    """Of the certificates that each sees of its peers."""
    return [peer.identity.serial for mesh in meshes for peer in mesh.peers.values()]
