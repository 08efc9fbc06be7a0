"""What strangers take, and what members may take before and after they are introduced."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, WSMsgType

from crypto.address import Address
from crypto.certificate import Identity
from crypto.keys import PrivateKey
from ledger.quantities import Height
from net import door
from net import mesh as mesh_module
from net.door import GREETED_MAX
from net.hosting import host
from net.mesh import HANDSHAKE_BURST, HANDSHAKE_COST, PATH
from net.wire import HOSTED_MAX, VERSIONS, Hello, Hosted, encode_frame
from tests.net.builders import CHAIN, FakeNode, certified, eventually, mesh_of, new_authority, running

AUTHORITY = new_authority()
A, B, C = (PrivateKey.from_secret(secret) for secret in (11, 12, 13))


def hello(*hosted: Hosted) -> bytes:
    return encode_frame(Hello(VERSIONS, CHAIN, Height(1), hosted))


async def refusal(tls: ssl.SSLContext, port: int, first: bytes) -> str:
    """What the other end says when it closes the connection after this handshake."""
    url = f"https://127.0.0.1:{port}{PATH}"
    async with ClientSession() as session, session.ws_connect(url, ssl=tls, autoclose=False) as ws:
        await ws.send_bytes(first)
        async with asyncio.timeout(10):
            while (message := await ws.receive()).type is WSMsgType.BINARY:
                pass
        return str(message.extra)


def test_a_crowd_from_one_address_keeps_out_nobody_from_another(tmp_path: Path) -> None:
    async def run() -> None:
        mesh = mesh_of(FakeNode(A, {B.address}), certified(tmp_path / "a", AUTHORITY, A), AUTHORITY)
        async with running(mesh):
            slow, writer = await asyncio.open_connection("127.0.0.1", mesh.port, local_addr=("127.0.0.2", 0))
            crowd = [await asyncio.open_connection("127.0.0.1", mesh.port) for _ in range(2 * GREETED_MAX)]
            await eventually(lambda: sum(reader.at_eof() for reader, _ in crowd) > GREETED_MAX)
            assert not slow.at_eof()
            for _, opened in crowd:
                opened.close()
            writer.close()

    asyncio.run(run())


def test_who_has_a_certificate_and_says_nothing_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "INTRODUCTION_S", 0.3)

    async def run() -> None:
        mesh_a = mesh_of(FakeNode(A, {B.address}), certified(tmp_path / "a", AUTHORITY, A), AUTHORITY)
        tls = certified(tmp_path / "b", AUTHORITY, B)
        async with running(mesh_a):
            mesh_b = mesh_of(FakeNode(B, {A.address}), tls, AUTHORITY, mesh_a.port)
            async with running(mesh_b):
                await eventually(lambda: B.address in mesh_a.peers)
                peer = mesh_a.peers[B.address]
                reader, _ = await asyncio.open_connection("127.0.0.1", mesh_a.port, ssl=tls.client)
                with suppress(OSError):
                    assert await asyncio.wait_for(reader.read(), 10) == b""
                assert mesh_a.peers[B.address] is peer, "who was introduced stays"

    asyncio.run(run())


def test_handshakes_with_many_statements_are_metered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mesh_module, "HANDSHAKE_RATE", 1)

    async def run() -> None:
        node = FakeNode(A, {B.address})
        mesh = mesh_of(node, certified(tmp_path / "a", AUTHORITY, A), AUTHORITY)
        tls = certified(tmp_path / "b", AUTHORITY, B).client
        crowd = hello(*[host(C, B.public_key, CHAIN)] * HOSTED_MAX)
        async with running(mesh):
            for _ in range(HANDSHAKE_BURST // (HANDSHAKE_COST + HOSTED_MAX) + 1):
                reason = await talk_and_leave(tls, mesh.port, crowd)
            assert "connects too often" in reason
            ups = node.changes.count(("up", B.address))
            assert 0 < ups <= HANDSHAKE_BURST // (HANDSHAKE_COST + HOSTED_MAX)

    asyncio.run(run())


async def talk_and_leave(tls: ssl.SSLContext, port: int, first: bytes) -> str:
    """The reason for which the other end closes within a moment; nothing if it does not."""
    url = f"https://127.0.0.1:{port}{PATH}"
    async with ClientSession() as session, session.ws_connect(url, ssl=tls, autoclose=False) as ws:
        await ws.send_bytes(first)
        messages = [await ws.receive(), await ws.receive()]
        closing = [message for message in messages if message.type is WSMsgType.CLOSE]
        return str(closing[0].extra) if closing else ""


def test_who_is_no_longer_admitted_is_cut_off_at_once_and_told_why(tmp_path: Path) -> None:
    async def run() -> None:
        node = FakeNode(A, {B.address, C.address})
        mesh_a = mesh_of(node, certified(tmp_path / "a", AUTHORITY, A), AUTHORITY)
        async with running(mesh_a):
            tls = certified(tmp_path / "b", AUTHORITY, B)
            mesh_b = mesh_of(FakeNode(B, {A.address}), tls, AUTHORITY, mesh_a.port)
            other = certified(tmp_path / "c", AUTHORITY, C)
            mesh_c = mesh_of(FakeNode(C, {A.address}), other, AUTHORITY, mesh_a.port)
            async with running(mesh_b, mesh_c):
                await eventually(lambda: set(mesh_a.peers) == {B.address, C.address})
                node.admitted.discard(B.address)
                mesh_a.review()
                assert set(mesh_a.peers) == {C.address}
                assert ("down", B.address) in node.changes
                await eventually(lambda: not mesh_b.peers)
                assert "not admitted" in await refusal(tls.client, mesh_a.port, hello())
                assert node.changes.count(("up", B.address)) == 1

    asyncio.run(run())


def test_what_the_chain_says_at_the_end_of_the_handshake_counts(tmp_path: Path) -> None:
    class Changing(FakeNode):
        """Whom it admits once, it admits no more."""

        def admit(self, identity: Identity) -> None:
            super().admit(identity)
            self.admitted.discard(identity.address)

    async def run() -> None:
        admitted: set[Address] = {B.address}
        node = Changing(A, admitted)
        mesh = mesh_of(node, certified(tmp_path / "a", AUTHORITY, A), AUTHORITY)
        async with running(mesh):
            tls = certified(tmp_path / "b", AUTHORITY, B).client
            with suppress(ClientError):
                assert "not admitted" in await refusal(tls, mesh.port, hello())
            assert node.changes == []

    asyncio.run(run())


def test_who_connects_again_and_again_is_closed_unseen_and_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "ARRIVALS_PER_S", 1)
    monkeypatch.setattr(door, "ARRIVALS_BURST", 8)

    async def run() -> None:
        mesh = mesh_of(FakeNode(A, {B.address}), certified(tmp_path / "a", AUTHORITY, A), AUTHORITY)
        async with running(mesh):
            crowd = [await asyncio.open_connection("127.0.0.1", mesh.port) for _ in range(32)]
            await eventually(lambda: sum(reader.at_eof() for reader, _ in crowd) >= 16)
            other, writer = await asyncio.open_connection("127.0.0.1", mesh.port, local_addr=("127.0.0.2", 0))
            await eventually(lambda: mesh._door and "127.0.0.2" in mesh._door._arrivals)
            assert not other.at_eof()
            for _, opened in crowd:
                opened.close()
            writer.close()

    asyncio.run(run())


@pytest.mark.parametrize("path", [PATH, "/", "/api/v1/status"])
def test_whoever_wants_something_else_gets_one_answer(tmp_path: Path, path: str) -> None:
    async def run() -> None:
        mesh = mesh_of(FakeNode(A, {B.address}), certified(tmp_path / "a", AUTHORITY, A), AUTHORITY)
        tls = certified(tmp_path / "b", AUTHORITY, B).client
        async with running(mesh):
            reader, writer = await asyncio.open_connection("127.0.0.1", mesh.port, ssl=tls)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 50)
            answer = await asyncio.wait_for(reader.read(), 10)
            assert answer.count(b"HTTP/1.1 404") == answer.count(b"HTTP/1.1") == 1
            writer.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_an_origin_is_an_address_or_a_site_of_ipv6(one: str, other: str, is_same: bool) -> None:
    assert (door._origin((one, 1)) == door._origin((other, 2))) is is_same
