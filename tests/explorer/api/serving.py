"""The API over a chain on disk, served from a thread, so that clients of all kinds can ask it."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from aiohttp import web

from explorer.alerts.watcher import AlertWatcher
from explorer.api.listening import listen
from explorer.index.database import Index, open_index
from explorer.index.follower import Follower
from ledger.stored import StoredChain

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """An API that listens."""

    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Reply:
        """One request, sent as it is written: `headers` with _ for -."""
        connection = HTTPConnection(HOST, self.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def send(self, data: bytes) -> bytes:
        """All that comes back to these bytes until the other end closes."""
        with socket.create_connection((HOST, self.port), timeout=20) as connection:
            connection.sendall(data)
            answer = b""
            while part := connection.recv(2**16):
                answer += part
            return answer

    def begin(self, path: str, **headers: str) -> int:
        """The status of an answer that need not end."""
        connection = HTTPConnection(HOST, self.port, timeout=20)
        named = {name.replace("_", "-"): value.encode() for name, value in headers.items()}
        try:
            connection.request("GET", path, None, named)  # type: ignore[arg-type]
            return connection.getresponse().status
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON of a path below /api/v1, which must be there."""
        reply = self.ask(f"/api/v1{path}")
        assert reply.status == 200, (path, reply.status, reply.body[:300])
        return reply.json


@contextmanager
def serving(app: web.Application, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """The application on a free port of this machine."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    listening = run(listen(app, HOST, 0, tls))
    try:
        yield Served(listening.port)
    finally:
        run(listening.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def index_of(store: Path, folder: Path) -> Index:
    """The whole chain of a store, indexed in a folder."""
    index = open_index(f"sqlite:///{folder / 'index.db'}")
    chain = StoredChain.open(store)
    follow(index, chain)
    chain.close()
    return index


def follow(index: Index, chain: StoredChain) -> None:
    """Index all that there is."""
    follower = Follower(index, chain, AlertWatcher(chain.genesis))
    while follower.step(100):
        pass
