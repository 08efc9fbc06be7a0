"""Connections are bounded, in number and in time."""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto.authority import Authority, signing_request
from crypto.keys import PrivateKey
from explorer.api import listening
from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.api.limits import client_of
from explorer.api.listening import Connection, Connections
from tests.explorer.api.serving import HOST, Served, serving


@pytest.fixture
def hasty(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """An API that waits for nobody, and has room for eight."""
    monkeypatch.setattr(listening, "IDLE_S", 0.4)
    monkeypatch.setattr(listening, "SWEEP_S", 0.1)
    monkeypatch.setattr(listening, "connections_max", lambda: 8)
    with serving(make_app(archived, requests_per_s=100_000)) as served:
        yield served


def is_closed(connection: socket.socket) -> bool:
    """Waits for the other end to close; what comes before is passed over."""
    connection.settimeout(20)
    try:
        while connection.recv(2**16):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def is_refused(connection: socket.socket, question: bytes) -> bool:
    """Asks, and reads nothing, until the other end has gone."""
    try:
        while True:
            connection.sendall(question)
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /healthz HTTP/1.1\r\nHo",
    ],
)
def test_a_connection_that_asks_nothing_is_closed(hasty: Served, begun: bytes) -> None:
    with socket.create_connection((HOST, hasty.port)) as connection:
        connection.sendall(begun)
        assert is_closed(connection)


def test_a_body_that_does_not_come_is_not_waited_for(hasty: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.api.requests.BODY_S", 0.2)
    head = b"POST /api/v1/transactions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n"
    with socket.create_connection((HOST, hasty.port)) as connection:
        connection.sendall(head + b"Content-Type: application/octet-stream\r\n\r\nab")
        connection.settimeout(20)
        assert b"408" in connection.recv(2**16).split(b"\r\n")[0]
        assert is_closed(connection)


def test_an_answer_that_is_not_read_is_given_up(hasty: Served) -> None:
    """Again and again the largest, until the buffers of both ends are full."""
    question = b"GET /api/v1/blocks?limit=200 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(20)
        connection.connect((HOST, hasty.port))
        assert is_refused(connection, question)


def test_there_is_room_for_so_many(hasty: Served) -> None:
    connections = [socket.create_connection((HOST, hasty.port)) for _ in range(12)]
    try:
        assert all(map(is_closed, connections))
    finally:
        for connection in connections:
            connection.close()
    assert hasty.ask("/healthz").status == 200


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """Of a server with a certificate."""
    key, made = PrivateKey.from_secret(7), datetime(2026, 1, 1, tzinfo=UTC)
    authority = Authority.create(key, "Authority", made, made + timedelta(days=36_500))
    request = signing_request(key, "Somebody")
    (tmp_path / "crt").write_bytes(authority.issue(request, ["validator"], made, authority.not_after, 2))
    (tmp_path / "key").write_bytes(key.to_pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    return context


def test_who_does_not_begin_tls_is_counted_too(
    archived: Archived, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "connections_max", lambda: 4)
    with serving(make_app(archived), tls) as served:
        silent = [socket.create_connection((HOST, served.port)) for _ in range(4)]
        with socket.create_connection((HOST, served.port)) as one_more:
            assert is_closed(one_more)
        for connection in silent:
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
            connection.close()


def test_who_does_not_end_the_handshake_is_closed(
    archived: Archived, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "HANDSHAKE_S", 0.2)
    with serving(make_app(archived), tls) as served, socket.create_connection((HOST, served.port)) as silent:
        assert is_closed(silent)


@pytest.mark.parametrize("is_reset", [False, True])
@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"])
def test_who_fails_to_begin_tls_leaves_room(
    archived: Archived, tls: ssl.SSLContext, begun: bytes, is_reset: bool
) -> None:
    with serving(app := make_app(archived), tls) as served:
        end = time.monotonic() + 20
        with socket.create_connection((HOST, served.port)) as connection:
            connection.sendall(begun)
            while not app[listening.CONNECTIONS].count and begun[:1] != b"G":
                assert time.monotonic() < end
            if is_reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while app[listening.CONNECTIONS].count:
            assert time.monotonic() < end


def test_a_question_may_come_with_the_end_of_the_handshake(archived: Archived, tls: ssl.SSLContext) -> None:
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(came, goes)
    with serving(make_app(archived), tls) as served, socket.create_connection((HOST, served.port)) as wire:
        wire.settimeout(20)
        while not _is_done(client.do_handshake):
            wire.sendall(goes.read())
            came.write(wire.recv(2**16))
        client.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wire.sendall(goes.read())
        while not _is_done(lambda: client.read(2**16).startswith(b"HTTP/1.1 200")):
            came.write(wire.recv(2**16))


def _is_done(step: Callable[[], object]) -> bool:
    try:
        return step() is not False
    except ssl.SSLWantReadError:
        return False


def test_one_address_cannot_take_all_the_room() -> None:
    class Silent:
        pass

    def stay(connections: Connections, client: str) -> bool:
        return connections.enter(Connection(connections, Silent()), client)  # type: ignore[arg-type]

    connections = Connections(1_000)
    taken = [stay(connections, "192.0.2.1") for _ in range(listening.CLIENT_CONNECTIONS_MAX + 1)]
    assert (all(taken[:-1]), taken[-1]) == (True, False)
    assert stay(connections, "192.0.2.2")
    assert all(stay(connections, "127.0.0.1") for _ in range(500))


@pytest.mark.parametrize(
    ("address", "is_bounded"), [("192.0.2.1", True), ("127.0.0.1", False), ("::1", False)]
)
def test_one_address_cannot_come_and_go_all_the_time(address: str, is_bounded: bool) -> None:
    connections, client = Connections(1_000), client_of(address)

    def come_and_go() -> bool:
        connection = Connection(connections, object())  # type: ignore[arg-type]
        may_stay = connections.enter(connection, client)
        connections.leave(connection, client)
        return may_stay

    came = [come_and_go() for _ in range(1_000)]
    assert came[: listening.CLIENT_CONNECTIONS_MAX] == [True] * listening.CLIENT_CONNECTIONS_MAX
    assert all(came) is not is_bounded


def test_leaving_makes_room() -> None:
    connections = Connections(1)
    first = Connection(connections, object())  # type: ignore[arg-type]
    second = Connection(connections, object())  # type: ignore[arg-type]
    assert connections.enter(first, "127.0.0.1")
    assert not connections.enter(second, "127.0.0.1")
    connections.leave(second, "127.0.0.1")
    connections.leave(first, "127.0.0.1")
    assert connections.enter(second, "127.0.0.1")
