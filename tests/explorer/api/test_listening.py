"""Connections are bounded, in number and in time."""

import socket
from collections.abc import Iterator

import pytest

from explorer.api import listening
from explorer.api.app import make_app
from explorer.api.archived import Archived
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


def test_leaving_makes_room() -> None:
    connections = Connections(1)
    first = Connection(connections, object())  # type: ignore[arg-type]
    second = Connection(connections, object())  # type: ignore[arg-type]
    assert connections.enter(first, "127.0.0.1")
    assert not connections.enter(second, "127.0.0.1")
    connections.leave(second, "127.0.0.1")
    connections.leave(first, "127.0.0.1")
    assert connections.enter(second, "127.0.0.1")
