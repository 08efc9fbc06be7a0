"""The WebSocket: what is new comes, who was away goes on where it was, and who does not read is dropped."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from sqlalchemy import insert

from crypto.hashing import sha256
from explorer.api import feed, news, sockets
from explorer.api.access import Access, Client, Role
from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.api.listening import listen
from explorer.index import tables
from explorer.index.database import Index, open_index
from explorer.index.follower import Follower
from ledger.store import Store
from ledger.stored import StoredChain
from tests.explorer.api.conftest import NOW_MS

BEGUN = 100
"""Blocks that are indexed when a test begins."""
FAULT = {
    "id": "0" * 24,
    **dict.fromkeys(("rule", "subject_kind", "subject", "title", "link"), ""),
    "severity": "info",
    "evidence": [],
    **dict.fromkeys(("first_height", "opened_slot", "count", "openings", "strength"), 1),
    "is_open": True,
    "last_height": BEGUN + 1,
    "changed_height": BEGUN + 1,
}
"""An alert that the next block opens."""


class Growing:
    """The API over an index that grows when a test says so."""

    def __init__(self, store: Store, index: Index, follower: Follower) -> None:
        self.source = Archived(store, index, NOW_MS)
        self._follower = follower
        self.tokens: dict[bytes, Client] = {}
        self.app = make_app(self.source, Access(self.tokens), requests_per_s=100_000)
        self.port = 0

    @property
    def left(self) -> int:
        """Blocks that are not indexed when a test begins."""
        return self.source.store.head.height - BEGUN

    def grow(self, blocks: int) -> None:
        assert self._follower.step(blocks) == blocks

    def begin_again(self, blocks: int) -> None:
        index = self._follower.index
        index.begin_again(self.source.store.genesis)
        chain = StoredChain.open(self.source.store.path)
        self._follower = Follower(index, chain)
        self.grow(blocks)

    async def connect(self, session: ClientSession, **options: Any) -> ClientWebSocketResponse:
        return await session.ws_connect(f"http://127.0.0.1:{self.port}/api/v1/ws", **options)


Scene = Callable[[Growing, ClientSession], Awaitable[None]]


@pytest.fixture
def play(store_path: Path, tmp_path: Path) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        asyncio.run(_played(store_path, tmp_path, scene))

    return run


async def _played(store_path: Path, folder: Path, scene: Scene) -> None:
    store = Store.open(store_path, read_only=True)
    chain, index = StoredChain.open(store_path), open_index(f"sqlite:///{folder / 'index.db'}")
    follower = Follower(index, chain)
    while follower.height < BEGUN:
        follower.step(BEGUN - follower.height)
    growing = Growing(store, index, follower)
    listening = await listen(growing.app, "127.0.0.1", 0)
    growing.port = listening.port
    try:
        async with ClientSession() as session, asyncio.timeout(30):
            await scene(growing, session)
    finally:
        await listening.close()
        index.close()
        chain.close()
        store.close()


async def told(web_socket: ClientWebSocketResponse, topic: str, count: int = 1) -> list[dict[str, Any]]:
    """The next messages of a topic; others are passed over."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        message = await web_socket.receive()
        assert message.type is WSMsgType.TEXT, message
        document = json.loads(message.data)
        if document["topic"] == topic:
            found.append(document)
    return found


async def subscribe(web_socket: ClientWebSocketResponse, topic: str) -> None:
    """What comes from here on is told."""
    await web_socket.send_json({"subscribe": [topic, "status"]})
    await told(web_socket, "status")


def test_new_blocks_and_processes_come(play: Callable[[Scene], None]) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            hello = json.loads(await web_socket.receive_str())
            assert (hello["topic"], hello["as_of"]["height"]) == ("hello", BEGUN)
            await web_socket.send_json({"subscribe": ["blocks", "processes", "status"]})
            (status,) = await told(web_socket, "status")
            assert (status["data"]["ready"], status["as_of"]["behind"]) == (False, growing.left)
            growing.grow(3)
            blocks = await told(web_socket, "blocks", 3)
            assert [block["height"] for block in blocks] == [101, 102, 103]
            assert blocks[0]["data"]["signers"]
            (process,) = await told(web_socket, "processes")
            assert process["data"]["contract"] == "dispatch"

    play(scene)


def test_what_was_missed_is_told_first(play: Callable[[Scene], None]) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await web_socket.send_json({"subscribe": ["blocks"], "from_height": 95})
            growing.grow(2)
            blocks = await told(web_socket, "blocks", 7)
            assert [block["height"] for block in blocks] == list(range(96, 103))

    play(scene)


def test_who_was_away_for_too_long_is_told_of_the_gap(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "RESUME_MAX", 10)

    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await web_socket.send_json({"subscribe": ["blocks"], "from_height": 20})
            (gap,) = await told(web_socket, "gap")
            assert (gap["from"], gap["to"]) == (21, BEGUN)
            growing.grow(1)
            assert (await told(web_socket, "blocks"))[0]["height"] == 101

    play(scene)


@pytest.mark.parametrize(("topic", "bound"), [("processes", "PROCESSES_MAX"), ("alerts", "ALERTS_MAX")])
def test_more_changes_than_are_told_are_a_gap(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch, topic: str, bound: str
) -> None:
    monkeypatch.setattr(news, bound, 0)

    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await subscribe(web_socket, topic)
            assert growing.source.index is not None
            with growing.source.index.write() as connection:
                connection.execute(insert(tables.alerts).values(FAULT))
            growing.grow(3)
            (gap,) = await told(web_socket, "gap")
            assert (gap["from"], gap["to"]) == (BEGUN + 1, BEGUN + 3)

    play(scene)


def test_a_gap_is_told_whatever_the_topic(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "RESUME_MAX", 10)

    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await subscribe(web_socket, "alerts")
            growing.grow(11)
            (gap,) = await told(web_socket, "gap")
            assert (gap["from"], gap["to"]) == (BEGUN + 1, BEGUN + 11)

    play(scene)


def test_what_is_indexed_again_is_not_told_again(play: Callable[[Scene], None]) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await web_socket.send_json({"subscribe": ["blocks", "status"]})
            await told(web_socket, "status")
            growing.begin_again(BEGUN - 40)
            status = {"as_of": {"behind": 0}}
            while status["as_of"]["behind"] != growing.left + 40:
                (status,) = await told(web_socket, "status")
            growing.grow(41)
            assert (await told(web_socket, "blocks"))[0]["height"] == BEGUN + 1

    play(scene)


def test_who_comes_before_there_is_an_index_is_told_what_it_missed(play: Callable[[Scene], None]) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        index, growing.source.index = growing.source.index, None
        async with await growing.connect(session) as web_socket:
            assert json.loads(await web_socket.receive_str())["as_of"] is None
            await web_socket.send_json({"subscribe": ["blocks", "status"], "from_height": 95})
            await told(web_socket, "status")
            growing.source.index = index
            blocks = await told(web_socket, "blocks", 5)
            assert [block["height"] for block in blocks] == list(range(96, 101))

    play(scene)


def test_more_news_than_a_queue_holds_drop_nobody_who_reads(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "QUEUE_MAX", 8)

    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await subscribe(web_socket, "blocks")
            growing.grow(1)
            await told(web_socket, "blocks")
            growing.grow(20)
            blocks = await told(web_socket, "blocks", 20)
            assert [block["height"] for block in blocks] == list(range(BEGUN + 2, BEGUN + 22))

    play(scene)


def test_what_cannot_be_read_for_now_is_told_as_a_gap(play: Callable[[Scene], None]) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await web_socket.receive_str()
            growing.source.index = None
            await web_socket.send_json({"subscribe": ["blocks"], "from_height": 95})
            (gap,) = await told(web_socket, "gap")
            assert (gap["from"], gap["to"]) == (96, BEGUN)

    play(scene)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"subscribe": ["everything"]}',
        '{"subscribe": ["blocks"], "from_height": -1}',
        '{"subscribe": ["blocks"], "from_height": "1"}',
        '{"subscribe": ["blocks"], "from_height": 1e400}',
        '{"subscribe": ["blocks"], "more": 1}',
        "[" * 2_000,
    ],
)
def test_what_is_no_subscription_ends_the_connection(play: Callable[[Scene], None], text: str) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        async with await growing.connect(session) as web_socket:
            await web_socket.receive_str()
            await web_socket.send_str(text)
            message = await web_socket.receive()
            assert (message.type, web_socket.close_code) == (WSMsgType.CLOSE, 1008)

    play(scene)


def test_large_messages_and_bytes_end_the_connection(play: Callable[[Scene], None]) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        for send, code in ((b"\x00", 1003), ("x" * 5_000, 1009)):
            async with await growing.connect(session) as web_socket:
                await web_socket.receive_str()
                await (web_socket.send_bytes(send) if isinstance(send, bytes) else web_socket.send_str(send))
                await web_socket.receive()
                assert web_socket.close_code == code

    play(scene)


def test_a_page_of_another_site_cannot_listen(play: Callable[[Scene], None]) -> None:
    async def scene(growing: Growing, session: ClientSession) -> None:
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
            with pytest.raises(WSServerHandshakeError) as caught:
                await growing.connect(session, headers=headers)
            assert caught.value.status == 403
        own = f"http://127.0.0.1:{growing.port}"
        async with await growing.connect(session, headers={"Origin": own}) as web_socket:
            assert json.loads(await web_socket.receive_str())["topic"] == "hello"

    play(scene)


def test_who_may_listen_no_longer_is_told_so(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "REVIEW_S", 0.05)

    async def scene(growing: Growing, session: ClientSession) -> None:
        growing.tokens[sha256(b"a" * 20)] = Client("a", Role.READER)
        own = {"Authorization": "Bearer " + "a" * 20}
        async with await growing.connect(session, headers=own) as web_socket:
            await subscribe(web_socket, "blocks")
            growing.grow(1)
            await told(web_socket, "blocks")
            growing.tokens[sha256(b"b" * 20)] = growing.tokens.pop(sha256(b"a" * 20))
            while (message := await web_socket.receive()).type is WSMsgType.TEXT:
                assert json.loads(message.data)["topic"] == "status"
            assert (message.type, web_socket.close_code, message.extra) == (WSMsgType.CLOSE, 1008, "NoToken")

    play(scene)


def test_who_does_not_read_is_dropped_and_others_are_told(
    play: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SEND_S", 0.3)

    async def scene(growing: Growing, session: ClientSession) -> None:
        deaf = await _deaf(growing.port)
        async with await growing.connect(session) as web_socket:
            await subscribe(web_socket, "blocks")
            # All blocks again and again: more than the buffers of both ends take.
            while _can_send(deaf, b'{"subscribe":["blocks"],"from_height":0}'):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            growing.grow(1)
            assert (await told(web_socket, "blocks"))[0]["height"] == BEGUN + 1
        deaf.close()

    play(scene)


def test_a_queue_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    subscriber = feed.Subscriber()
    for _ in range(feed.QUEUE_MAX):
        subscriber.offer("a block")
    assert not subscriber.late.is_set()
    subscriber.offer("another")
    assert subscriber.late.is_set()
    assert subscriber.queue.qsize() == feed.QUEUE_MAX


async def _deaf(port: int) -> socket.socket:
    """A client that never reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", port))
    head = f"GET /api/v1/ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
    head += "Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    head += "Sec-WebSocket-Version: 13\r\n\r\n"
    await loop.sock_sendall(client, head.encode())
    return client


def _can_send(client: socket.socket, text: bytes) -> bool:
    """Whether the other end still takes a message."""
    try:
        client.send(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True
