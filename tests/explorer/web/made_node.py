"""A made node in a thread: the page with the node's own content policy, and documents of a made chain.

python -m tests.explorer.web.made_node 8899    # to look at the page while working on it
"""

import asyncio
import sys
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from explorer.api.page import CONTENT_POLICY
from tests.explorer.web.made_alerts import Alerts
from tests.explorer.web.made_chain import SLOT_MS, VALIDATORS, Chain, Document, address, digest
from tests.explorer.web.made_energy import Energy
from tests.explorer.web.made_markets import Markets

VERSION: Document = {"version": 1, "known": 1, "coming": []}
RESUME_MAX = 1_000
PAGE = Path(__file__).resolve().parents[3] / "explorer" / "web"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


class MadeNode:
    """What tests change: the chain, how far index and node are behind, and whether it answers at all."""

    def __init__(self, port: int = 0, called: Callable[[str], str] = str) -> None:
        self.genesis = "genesis"
        self.chain = Chain(called=called)
        self.energy = Energy(self.chain)
        self.markets = Markets(self.chain, self.energy.newest)
        self.alerts = Alerts(self.chain, self.energy.newest)
        self.behind = 0
        self.target = 0
        self.archive = False
        self.token = ""
        self.idle_ms = SLOT_MS // 5
        self.asked: list[str] = []
        self.heard: list[Document] = []
        self.port = port
        self._sockets: set[web.WebSocketResponse] = set()
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/explorer/"

    def start(self) -> None:
        self._wait(self._start())

    def stop(self) -> None:
        """As if its process ended; `start` brings it back at the same port."""
        self._wait(self._stop())

    def close(self) -> None:
        if self._runner:
            self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def add_block(self) -> None:
        """A new block, told to all who listen."""
        self.chain.head += 1
        self._wait(self._tell(self.chain.head))

    def as_of(self) -> Document:
        height = self.chain.head - self.behind
        time_ms = self.chain.time_ms - self.behind * SLOT_MS
        slot = time_ms // SLOT_MS
        now_ms = self.chain.time_ms + self.idle_ms
        head = self.chain.head
        return {
            "height": height,
            "slot": slot,
            "time_ms": time_ms,
            "head_height": head,
            "behind": self.behind,
            "now_ms": now_ms,
        }

    def status(self) -> Document:
        head, target = self.chain.head, max(self.target, self.chain.head)
        return {
            "ready": target <= head + 1,
            "reason": "" if target <= head + 1 else f"catching up: at block {head} of {target}",
            "name": "node-1",
            "address": address(VALIDATORS[0]),
            "chain": digest(self.genesis),
            "chain_name": self.chain.called("Elm Valley"),
            "is_validator": True,
            "archive": self.archive,
            "height": head,
            "target": target,
            "blocks_from": 1,
            "slot": self.chain.time_ms // SLOT_MS,
            "slot_now": self.chain.time_ms // SLOT_MS,
            "slot_ms": SLOT_MS,
            "hash": digest("block", head),
            "state_root": digest("state", head),
            "round": 0,
            "proposer": address(VALIDATORS[0]),
            "signers": [address(name) for name in VALIDATORS],
            "committee": len(VALIDATORS),
            "next_committee": len(VALIDATORS),
            "quorum": 3,
            "block_version": VERSION,
            "validators_connected": len(VALIDATORS) - 1,
            "peers": len(VALIDATORS) - 1,
            "clock_offset_ms": 12,
            "unreached": {},
            "period": self.chain.period,
            "pending": 3,
            "warnings": [],
        }

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/explorer/{name:.*}", self._file)
        app.router.add_get("/api/v1/ws", self._socket)
        app.router.add_route("*", "/api/v1/{path:.*}", self._api)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _stop(self) -> None:
        for socket in list(self._sockets):
            await socket.close()
        if self._runner:
            await self._runner.cleanup()
        self._runner = None

    async def _file(self, request: web.Request) -> web.Response:
        path = PAGE / (request.match_info["name"] or "index.html")
        if not path.is_file() or not path.resolve().is_relative_to(PAGE):
            raise web.HTTPNotFound
        headers = {"Content-Security-Policy": CONTENT_POLICY, "Cache-Control": "no-cache"}
        kind = TYPES.get(path.suffix, "text/plain")
        return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8", headers=headers)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        coded = urlsafe_b64encode(self.token.encode()).decode().rstrip("=")
        if self.token and f"bearer.{coded}" not in request.headers.get("Sec-WebSocket-Protocol", ""):
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse(heartbeat=20, protocols=("gridquorum",))
        await socket.prepare(request)
        self._sockets.add(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                asked = message.json()
                self.heard.append(asked)
                await socket.send_json({"topic": "hello", "as_of": self.as_of()})
                first = asked.get("from_height", self.chain.head) + 1
                if self.chain.head - first > RESUME_MAX:
                    await socket.send_json({"topic": "gap", "from": first, "to": self.chain.head})
                    continue
                for height in range(first, self.chain.head + 1):
                    await socket.send_json(
                        {"topic": "blocks", "height": height, "data": self.chain.block(height)}
                    )
        self._sockets.discard(socket)
        return socket

    async def _tell(self, height: int) -> None:
        message = {"topic": "blocks", "height": height, "data": self.chain.block(height)}
        for socket in list(self._sockets):
            await socket.send_json(message)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        path, query = request.match_info["path"], request.query
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"title": "NoToken", "status": 401, "detail": ""}, status=401)
        self.asked.append(str(request.rel_url))
        if path.startswith(("proofs/", "export/")):
            return web.Response(body=b"bytes of " + path.encode(), content_type="application/octet-stream")
        if request.method == "POST":
            return self._acknowledge(path.split("/")[1], await request.json())
        document = self.answer(path.split("/"), query)
        if document is None:
            problem = {
                "type": "about:blank",
                "title": "NotFound",
                "status": 404,
                "detail": f"there is no {path}",
            }
            return web.json_response(problem, status=404, content_type="application/problem+json")
        return web.json_response(document)

    def _acknowledge(self, name: str, asked: Document) -> web.Response:
        at_ms = self.chain.time_ms
        self.alerts.acknowledged[name] = {"by": "operator", "note": asked["note"], "at_ms": at_ms}
        return web.json_response(self._alert(name))

    def answer(self, path: list[str], query: Any) -> Document | None:
        plain = {"status": self.status, "committee": self._committee, "peers": self._peers}
        if path[0] in plain:
            return plain[path[0]]()
        found = getattr(self, f"_get_{path[0]}", lambda _rest, _query: None)(path[1:], query)
        if (
            found is None
            or (path[0] == "blocks" and len(path) > 1)
            or (path[0] == "transactions" and len(path) > 1)
        ):
            return found
        return {**found, "as_of": self.as_of()}

    def _get_overview(self, _rest: list[str], _query: Any) -> Document:
        return self.energy.overview(self.alerts.counts())

    def _get_blocks(self, rest: list[str], query: Any) -> Document | None:
        if rest:
            height = int(rest[0])
            return self.chain.full_block(height) if 0 < height <= self.chain.head else None
        before, limit = int(query.get("cursor", self.chain.head + 1)), int(query.get("limit", 50))
        items = self.chain.blocks(before, limit, query.get("proposer", ""))
        return {"items": items, "next": str(items[-1]["height"]) if len(items) == limit else None}

    def _get_transactions(self, rest: list[str], query: Any) -> Document | None:
        if rest:
            return self.chain.found_transaction(rest[0])
        items = self.chain.transactions(int(query.get("cursor", self.chain.head + 1)), 50)
        for name in ("contract", "action", "sender", "stage"):
            items = [item for item in items if query.get(name, item[name]) == item[name]]
        return {"items": items, "next": None}

    def _get_search(self, _rest: list[str], query: Any) -> Document:
        wanted = query["q"].lower()
        items = [{"kind": "block", "id": wanted, "label": f"Block {wanted}"}] if wanted.isdecimal() else []
        members = [("member", item["address"], item["name"]) for item in self.chain.members()]
        processes = [("process", item["process"], item["label"]) for item in self.chain.processes()]
        for kind, name, label in members + processes:
            items += [{"kind": kind, "id": name, "label": label}] if wanted in label.lower() else []
        return {"items": items[:20]}

    def _get_members(self, _rest: list[str], _query: Any) -> Document:
        return {"items": self.chain.members()}

    def _get_processes(self, rest: list[str], _query: Any) -> Document | None:
        if not rest:
            return {"items": self.chain.processes(), "next": None}
        numbers = range(self.chain.head // 300 + 1)
        known = [n for n in numbers if rest[0] in (digest("process", n), digest("trigger", n))]
        return self.chain.lanes(known[0]) if known else None

    def _get_validators(self, _rest: list[str], query: Any) -> Document:
        first, last = int(query["from_height"]), int(query["to_height"])
        return self.chain.attendance(first, last, int(query["columns"]))

    def _get_dispatch(self, rest: list[str], query: Any) -> Document:
        if rest[0] == "series":
            return self.energy.dispatch(query)
        return {"items": self.energy.days(), "next": None}

    def _get_storage(self, _rest: list[str], query: Any) -> Document:
        return self.energy.storage(query)

    def _get_meters(self, rest: list[str], query: Any) -> Document:
        return self.energy.readings(query) if rest else {"items": self.energy.meters(query), "next": None}

    def _get_markets(self, rest: list[str], query: Any) -> Document:
        if len(rest) == 3:
            return self.markets.cleared(rest[0], int(rest[2]), query)
        if rest:
            return {"items": [self.markets.round(rest[0], n) for n in range(48, 0, -1)], "next": None}
        return {"items": self.markets.markets()}

    def _get_network(self, _rest: list[str], query: Any) -> Document:
        return self.markets.network(query)

    def _get_alerts(self, rest: list[str], query: Any) -> Document | None:
        if rest:
            return self._alert(rest[0])
        state = query.get("state", "open")
        items = [alert for alert in self.alerts.alerts() if state in ("all", alert["state"])]
        kept = [alert for alert in items if query.get("severity", alert["severity"]) == alert["severity"]]
        return {"items": kept, "next": None}

    def _alert(self, name: str) -> Document | None:
        return next((alert for alert in self.alerts.alerts() if alert["id"] == name), None)

    def _committee(self) -> Document:
        seats = {"validators": [address(name) for name in VALIDATORS], "quorum": 3, "faulty_max": 1}
        return {
            "height": self.chain.head + 1,
            "committee": seats,
            "next_committee": seats,
            "changes": [],
            "must_leave": {},
            "own_place": 0,
            "candidates": [],
            "block_version": VERSION,
        }

    def _peers(self) -> Document:
        offsets = (None, 12, -38, 640)
        return {
            "peers": [
                {
                    "address": address(name),
                    "organisation": self.chain.called(f"{name} Ltd"),
                    "roles": ["validator"],
                    "height": self.chain.head,
                    "clock_offset_ms": offset,
                    "dialled": True,
                    "hosts": [],
                }
                for name, offset in list(zip(VALIDATORS, offsets, strict=True))[1:]
            ]
        }

    def _wait(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


def main() -> None:
    node = MadeNode(int(sys.argv[1]))
    node.start()
    print(node.url, flush=True)
    while True:
        threading.Event().wait(SLOT_MS / 1_000)
        node.add_block()


if __name__ == "__main__":
    main()
