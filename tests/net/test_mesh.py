"""Real connections on loopback: who gets in, what is dropped, and what comes back."""

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, WSMsgType

from crypto.hashing import sha256
from crypto.keys import PrivateKey
from ledger.quantities import Height
from net.door import GREETED_MAX
from net.errors import OverQuota
from net.hosting import host
from net.mesh import PATH, Mesh
from net.peer import FRAMES_PER_S, Peer
from net.tls import Contexts
from net.wire import (
    VERSIONS,
    Consensus,
    Frame,
    Hello,
    Hosted,
    NewHead,
    Ping,
    Pong,
    decode_frame,
    encode_frame,
)
from tests.net.builders import CHAIN, FakeNode, certified, eventually, mesh_of, new_authority, running

AUTHORITY = new_authority()
A, B, C = (PrivateKey.from_secret(secret) for secret in (11, 12, 13))
STRANGER = PrivateKey.from_secret(66)
ALL = {A.address, B.address, C.address}


def node(tmp_path: Path, key: PrivateKey, *ports: int, **options: object) -> tuple[FakeNode, Mesh]:
    host = FakeNode(key, ALL, **options)  # type: ignore[arg-type]
    return host, mesh_of(host, certified(tmp_path / key.address, AUTHORITY, key), AUTHORITY, *ports)


def contexts(tmp_path: Path, key: PrivateKey) -> Contexts:
    return certified(tmp_path / key.address, AUTHORITY, key)


async def raw_session(tls: ssl.SSLContext, port: int, *data: bytes) -> list[bytes]:
    """Send messages as they are, and return what came until the other end closed."""
    url = f"https://127.0.0.1:{port}{PATH}"
    async with ClientSession() as session, session.ws_connect(url, ssl=tls) as ws:
        for item in data:
            await ws.send_bytes(item)
        async with asyncio.timeout(10):
            return [message.data async for message in ws if message.type is WSMsgType.BINARY]


def hello(**changed: object) -> bytes:
    fields: dict[str, object] = {"versions": VERSIONS, "chain": CHAIN, "height": Height(1), "hosted": ()}
    return encode_frame(Hello(**{**fields, **changed}))  # type: ignore[arg-type]


def test_members_exchange_frames(tmp_path: Path) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            host_b, mesh_b = node(tmp_path, B, mesh_a.port)
            async with running(mesh_b):
                await eventually(lambda: mesh_a.peers and mesh_b.peers)
                mesh_b.broadcast(Consensus(b"vote"))
                mesh_a.broadcast(NewHead(Height(9)), to=[B.address, C.address])
                await eventually(lambda: (B.address, Consensus(b"vote")) in host_a.received)
                await eventually(lambda: (A.address, NewHead(Height(9))) in host_b.received)
                await eventually(lambda: mesh_a.peers[B.address].clock_offset_ms is not None)
                assert mesh_a.peers[B.address].height == 7
                assert mesh_b.peers[A.address].height == 9
            await eventually(lambda: not mesh_a.peers)
            assert host_a.changes == [("up", B.address), ("down", B.address)]

    asyncio.run(run())


def test_two_that_dial_each_other_keep_one_connection(tmp_path: Path) -> None:
    async def run() -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port_b = probe.getsockname()[1]
        _, mesh_a = node(tmp_path, A, port_b)
        async with running(mesh_a):
            host_b = FakeNode(B, ALL)
            mesh_b = mesh_of(host_b, contexts(tmp_path, B), AUTHORITY, mesh_a.port, listen_port=port_b)
            async with running(mesh_b):
                first = min(A.address, B.address)
                await eventually(
                    lambda: (
                        B.address in mesh_a.peers
                        and A.address in mesh_b.peers
                        and mesh_a.peers[B.address].dialled == (first == A.address)
                        and mesh_b.peers[A.address].dialled == (first == B.address)
                    )
                )
                mesh_a.broadcast(Consensus(b"1"))
                await eventually(lambda: (A.address, Consensus(b"1")) in host_b.received)

    asyncio.run(run())


def test_a_node_that_returns_is_connected_again(tmp_path: Path) -> None:
    async def run() -> None:
        _, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            port = mesh_a.port
            _, mesh_b = node(tmp_path, B, port)
            await mesh_b.start()
            await eventually(lambda: mesh_b.peers)
            await mesh_a.stop()
            await eventually(lambda: not mesh_b.peers)
            again = FakeNode(A, ALL)
            mesh_again = mesh_of(again, contexts(tmp_path, A), AUTHORITY, listen_port=port)
            async with running(mesh_again):
                await eventually(lambda: mesh_b.peers)
            await mesh_b.stop()

    asyncio.run(run())


def test_a_fault_of_ours_cuts_nobody_off_for_good(tmp_path: Path) -> None:
    async def run() -> None:
        _, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            host_b, mesh_b = node(tmp_path, B, mesh_a.port)

            def stumble(peer: Peer, frame: Frame) -> None:
                raise KeyError(frame)

            host_b.receive = stumble  # type: ignore[method-assign]
            async with running(mesh_b):
                for times in (1, 2):
                    await eventually(lambda times=times: host_b.changes.count(("up", A.address)) == times)
                    mesh_a.broadcast(Consensus(b"what nobody thought of"))

    asyncio.run(run())


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            rogue = certified(tmp_path / "rogue", new_authority(1_000), B)
            rogue.client.verify_mode = ssl.CERT_NONE
            with pytest.raises((ClientError, OSError)):
                await raw_session(rogue.client, mesh_a.port, hello())
            nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            nobody.check_hostname, nobody.verify_mode = False, ssl.CERT_NONE
            with pytest.raises((ClientError, OSError)):
                await raw_session(nobody, mesh_a.port, hello())
        assert host_a.changes == []

    asyncio.run(run())


def test_strangers_who_say_nothing_take_little_and_keep_nobody_out(tmp_path: Path) -> None:
    async def run() -> None:
        _, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            reach = ("127.0.0.1", mesh_a.port)
            idle = [await asyncio.open_connection(*reach) for _ in range(3 * GREETED_MAX)]
            _, mesh_b = node(tmp_path, B, mesh_a.port)
            async with running(mesh_b):
                await eventually(lambda: B.address in mesh_a.peers)
            await eventually(lambda: sum(reader.at_eof() for reader, _ in idle) >= 2 * GREETED_MAX)
            for _, writer in idle:
                writer.close()

    asyncio.run(run())


def test_tls_below_1_3_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        _, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            old = contexts(tmp_path, B).client
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
            with pytest.raises((ClientError, OSError)):
                await raw_session(old, mesh_a.port, hello())

    asyncio.run(run())


def test_a_node_does_not_talk_to_a_server_of_another_authority(tmp_path: Path) -> None:
    async def run() -> None:
        other = new_authority(1_000)
        rogue = FakeNode(A, ALL)
        mesh_rogue = mesh_of(rogue, certified(tmp_path / "rogue", other, A), other)
        async with running(mesh_rogue):
            host_b, mesh_b = node(tmp_path, B, mesh_rogue.port)
            reason = ""
            async with running(mesh_b), ClientSession() as session:
                reason = await mesh_b._dial(session, f"127.0.0.1:{mesh_rogue.port}")
            assert "certificate" in reason.lower()
            assert host_b.changes == rogue.changes == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("key", "first"),
    [
        (STRANGER, hello()),
        (B, hello(chain=sha256(b"another chain"))),
        (B, hello(versions=(77,))),
        (B, encode_frame(NewHead(Height(1)))),
        (B, hello(hosted=(Hosted(C.public_key, bytes(64)),))),
        (B, hello(hosted=(host(C, C.public_key, CHAIN),))),
        (B, b"\xc1 garbage"),
    ],
    ids=[
        "stranger",
        "other chain",
        "other version",
        "no hello",
        "unsigned host",
        "host of another",
        "garbage",
    ],
)
def test_who_is_not_admitted_or_begins_wrongly_is_not_connected(
    tmp_path: Path, key: PrivateKey, first: bytes
) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            await raw_session(contexts(tmp_path, key).client, mesh_a.port, first)
            assert not mesh_a.peers
        assert host_a.changes == []

    asyncio.run(run())


@pytest.mark.parametrize(
    "bad",
    [b"", b"\xc1 garbage", encode_frame(Pong(3, 4)), encode_frame(Consensus(b""))[:-1] + b"\xff\xff"],
    ids=["empty", "garbage", "unasked pong", "torn"],
)
def test_a_bad_frame_drops_its_sender_and_nobody_else(tmp_path: Path, bad: bytes) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            _, mesh_c = node(tmp_path, C, mesh_a.port)
            async with running(mesh_c):
                await eventually(lambda: C.address in mesh_a.peers)
                await raw_session(contexts(tmp_path, B).client, mesh_a.port, hello(), bad)
                await eventually(lambda: ("down", B.address) in host_a.changes)
                # It is backed off: the next handshake gets no answer.
                again = await raw_session(contexts(tmp_path, B).client, mesh_a.port, hello())
                assert again == []
                mesh_c.broadcast(Consensus(b"still here"))
                await eventually(lambda: (C.address, Consensus(b"still here")) in host_a.received)
                assert host_a.changes.count(("up", C.address)) == 1

    asyncio.run(run())


def test_a_message_of_text_or_of_too_many_bytes_drops_its_sender(tmp_path: Path) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            await raw_session(contexts(tmp_path, B).client, mesh_a.port, hello(), bytes(2**23 + 1))
            await eventually(lambda: ("down", B.address) in host_a.changes)
            assert host_a.received == []

    asyncio.run(run())


def test_pings_below_the_protocol_drop_their_sender(tmp_path: Path) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            url = f"https://127.0.0.1:{mesh_a.port}{PATH}"
            tls = contexts(tmp_path, B).client
            async with ClientSession() as session, session.ws_connect(url, ssl=tls) as ws:
                await ws.send_bytes(hello())
                await ws.ping()
                await eventually(lambda: ("down", B.address) in host_a.changes)

    asyncio.run(run())


def test_a_flood_drops_its_sender(tmp_path: Path) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            flood = [encode_frame(NewHead(Height(1)))] * (20 * FRAMES_PER_S)
            with suppress(ClientError, OSError):
                await raw_session(contexts(tmp_path, B).client, mesh_a.port, hello(), *flood)
            await eventually(lambda: ("down", B.address) in host_a.changes)
            assert "2000 frames a second" in str(OverQuota("frames", FRAMES_PER_S))

    asyncio.run(run())


def test_between_two_frames_of_a_flood_others_have_their_turn(tmp_path: Path) -> None:
    async def run() -> None:
        frames = 1_000
        turns: list[int] = []
        host_a, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            flood = [encode_frame(Consensus(b""))] * frames
            talk = asyncio.ensure_future(
                raw_session(contexts(tmp_path, B).client, mesh_a.port, hello(), *flood)
            )
            while len(host_a.received) < frames:
                turns.append(len(host_a.received))
                await asyncio.sleep(0)
            talk.cancel()
        assert len(set(turns)) > frames // 2

    asyncio.run(run())


def test_who_sends_what_takes_long_has_half_of_the_time_at_most(tmp_path: Path) -> None:
    async def run() -> None:
        host_a, mesh_a = node(tmp_path, A)
        began: list[float] = []

        def receive(peer: Peer, frame: Frame) -> None:
            began.append(time.monotonic())
            time.sleep(0.02)

        host_a.receive = receive  # type: ignore[method-assign]
        async with running(mesh_a):
            flood = [encode_frame(Consensus(b""))] * 10
            talk = asyncio.ensure_future(
                raw_session(contexts(tmp_path, B).client, mesh_a.port, hello(), *flood)
            )
            await eventually(lambda: len(began) == len(flood))
            talk.cancel()
        assert min(after - before for before, after in pairwise(began)) >= 2 * 0.02

    asyncio.run(run())


def test_agents_are_known_by_their_own_signature(tmp_path: Path) -> None:
    async def run() -> None:
        _, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            _, mesh_b = node(tmp_path, B, mesh_a.port, agents=(C, B))
            async with running(mesh_b):
                await eventually(lambda: mesh_a.peers)
                assert mesh_a.peers[B.address].hosted == {B.address, C.address}

    asyncio.run(run())


def test_the_number_of_peers_is_limited(tmp_path: Path) -> None:
    async def run() -> None:
        host_a = FakeNode(A, ALL)
        mesh_a = mesh_of(host_a, contexts(tmp_path, A), AUTHORITY, peers_max=1)
        async with running(mesh_a):
            _, mesh_b = node(tmp_path, B, mesh_a.port)
            async with running(mesh_b):
                await eventually(lambda: mesh_a.peers)
                await raw_session(contexts(tmp_path, C).client, mesh_a.port, hello())
                assert set(mesh_a.peers) == {B.address}

    asyncio.run(run())


def test_whoever_decides_takes_the_place_of_one_who_does_not(tmp_path: Path) -> None:
    async def run() -> None:
        host_a = FakeNode(A, ALL, seated={C.address})
        mesh_a = mesh_of(host_a, contexts(tmp_path, A), AUTHORITY, peers_max=1)
        async with running(mesh_a):
            _, mesh_b = node(tmp_path, B, mesh_a.port)
            async with running(mesh_b):
                await eventually(lambda: B.address in mesh_a.peers)
                _, mesh_c = node(tmp_path, C, mesh_a.port)
                async with running(mesh_c):
                    await eventually(lambda: C.address in mesh_a.peers)
                    await raw_session(contexts(tmp_path, B).client, mesh_a.port, hello())
                    assert set(mesh_a.peers) == {C.address}
                    assert host_a.changes == [("up", B.address), ("down", B.address), ("up", C.address)]

    asyncio.run(run())


@pytest.mark.parametrize("ahead_ms", [60_000, -60_000])
def test_heartbeats_tell_by_how_much_the_clocks_differ(tmp_path: Path, ahead_ms: int) -> None:
    async def run() -> None:
        _, mesh_a = node(tmp_path, A)
        async with running(mesh_a):
            url = f"https://127.0.0.1:{mesh_a.port}{PATH}"
            tls = contexts(tmp_path, B).client
            async with ClientSession() as session, session.ws_connect(url, ssl=tls) as ws:
                await ws.send_bytes(hello())
                while not isinstance(ping := decode_frame(await ws.receive_bytes()), Ping):
                    pass
                await ws.send_bytes(encode_frame(Pong(ping.sent_ms, ping.sent_ms + ahead_ms)))
                await eventually(lambda: mesh_a.peers[B.address].clock_offset_ms is not None)
                offset_ms = mesh_a.peers[B.address].clock_offset_ms or 0
                # Less half the round trip, which takes far less than half a minute.
                assert abs(offset_ms - ahead_ms) < 30_000

    asyncio.run(run())
