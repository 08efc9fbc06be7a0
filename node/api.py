"""The HTTP API under /api/v1, and what machines ask of a process: /healthz, /readyz, /metrics.

Errors are problem details (RFC 9457). On loopback it is open; elsewhere it asks for a bearer token.
"""

import hmac
import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, Final, Protocol

from aiohttp import web

from contracts.context import decode_value, state_key
from crypto.address import Address, parse_address
from crypto.errors import BadAddress
from ledger.errors import DecodeError, LedgerError, NotStored, StoreCorrupt, StoreError, TransactionRejected
from ledger.head import Head
from ledger.proof import prove_state, prove_transaction
from ledger.quantities import TxId
from ledger.store import Store
from ledger.transaction import Transaction
from node.documents import (
    block_document,
    header_document,
    located_document,
    plain,
    transaction_document,
)
from node.errors import NoVoteLog, PoolFull

PREFIX: Final = "/api/v1"
BODY_BYTES_MAX: Final = 2**20
ID_DIGITS: Final = 64
HEIGHT_DIGITS: Final = 18
"""What fits into a database's integers."""
OPEN_PATHS: Final = frozenset({"/healthz", "/readyz"})
"""For those who start and stop processes; they tell nothing but yes or no."""


class Source(Protocol):
    """What the API asks of its node."""

    @property
    def store(self) -> Store:
        """The chain."""

    def state_at(self, height: int) -> Head | None:
        """A block whose state is kept: the last, and some before it."""

    def status(self) -> dict[str, Any]:
        """Where the node stands; `ready` among it."""

    def peers(self) -> list[dict[str, Any]]:
        """Who is connected."""

    def waiting(self, tx_id: TxId) -> Transaction | None:
        """A transaction in the pool."""

    def submit(self, raw: bytes) -> TxId:
        """Take a transaction and pass it on. Raises DecodeError or TransactionRejected."""

    def committee(self) -> dict[str, Any]:
        """Who decides, now and next, and who may come in."""

    def next_sequence(self, address: Address) -> int:
        """The number of the next transaction of a sender, after all that waits here."""

    def show_synced(self) -> None:
        """Show on the chain that this node follows it. Raises NoVoteLog."""

    def metrics(self) -> bytes:
        """In Prometheus' text format."""

    def fail(self, error: BaseException) -> None:
        """End the node, which cannot go on."""


class Problem(Exception):
    """An error as the client is told it (RFC 9457)."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def make_api(source: Source, token: str | None) -> web.Application:
    """The application; with a token, requests must carry it."""
    api = _Api(source, token)
    app = web.Application(middlewares=[api.guard], client_max_size=BODY_BYTES_MAX)
    app.router.add_routes(
        [
            web.get("/healthz", api.healthz),
            web.get("/readyz", api.readyz),
            web.get("/metrics", api.metrics),
            web.get(f"{PREFIX}/health", api.health),
            web.get(f"{PREFIX}/status", api.status),
            web.get(f"{PREFIX}/head", api.head),
            web.get(f"{PREFIX}/peers", api.peers),
            web.get(f"{PREFIX}/committee", api.committee),
            web.post(f"{PREFIX}/committee/show-synced", api.show_synced),
            web.get(PREFIX + "/sequences/{address}", api.sequence),
            web.get(PREFIX + "/blocks/{height}", api.block),
            web.get(f"{PREFIX}/genesis", api.genesis),
            web.get(PREFIX + "/headers/{height}", api.sealed_header),
            web.get(PREFIX + "/trails/{height}", api.trail),
            web.get(PREFIX + "/transactions/{tx_id}", api.transaction),
            web.get(PREFIX + "/tdva/{tx_id}", api.tdva),
            web.get(PREFIX + "/proofs/transactions/{tx_id}", api.proof),
            web.get(PREFIX + "/proofs/state/{contract}/{key:.+}", api.state_proof),
            web.get(PREFIX + "/state/{contract}/{key:.+}", api.state),
            web.post(f"{PREFIX}/transactions", api.submit),
        ]
    )
    return app


class _Api:
    """The handlers, in the order of the routes."""

    def __init__(self, source: Source, token: str | None) -> None:
        self._source = source
        self._token = token

    @web.middleware
    async def guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Ask for the token; turn errors into problem details."""
        try:
            self._check_token(request)
            return await handler(request)
        except web.HTTPException as error:
            problem = Problem(error.status, error.reason, "")
        except Problem as error:
            problem = error
        except LedgerError as error:
            if isinstance(error, StoreCorrupt):
                self._source.fail(error)
            problem = Problem(_status_of(error), type(error).__name__, str(error))
        return _problem_response(problem)

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process runs."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """The node is in step with the chain."""
        is_ready = self._source.status()["ready"]
        return web.Response(text="ready\n" if is_ready else "not ready\n", status=200 if is_ready else 503)

    async def metrics(self, _request: web.Request) -> web.Response:
        """For Prometheus."""
        return web.Response(body=self._source.metrics(), content_type="text/plain", charset="utf-8")

    async def health(self, _request: web.Request) -> web.Response:
        """Whether the node is in step, and if not, why."""
        status = self._source.status()
        return _json({"ready": status["ready"], "reason": status["reason"]})

    async def status(self, _request: web.Request) -> web.Response:
        """Where the node stands."""
        return _json(self._source.status())

    async def head(self, _request: web.Request) -> web.Response:
        """The header of the last block."""
        return _json(header_document(self._source.store.head.header))

    async def peers(self, _request: web.Request) -> web.Response:
        """Who is connected."""
        return _json({"peers": self._source.peers()})

    async def committee(self, _request: web.Request) -> web.Response:
        """Who decides, now and next, and who may come in."""
        return _json(self._source.committee())

    async def show_synced(self, _request: web.Request) -> web.Response:
        """Show on the chain that this node follows it, at the next block."""
        try:
            self._source.show_synced()
        except NoVoteLog as error:
            raise Problem(409, "NoVoteLog", str(error)) from None
        return _json({}, status=202)

    async def sequence(self, request: web.Request) -> web.Response:
        """The number that the next transaction of a sender must have."""
        try:
            address = parse_address(request.match_info["address"])
        except BadAddress as error:
            raise Problem(400, "BadAddress", str(error)) from None
        return _json({"address": address, "next": self._source.next_sequence(address)})

    async def block(self, request: web.Request) -> web.Response:
        """A block by its height."""
        store, height = self._source.store, _height(request)
        if not 0 < height <= store.head.height:
            raise Problem(404, "NotStored", f"there is no block {height}; the head is {store.head.height}")
        receipts, events = store.receipts(height)
        return _json(block_document(store.block(height), store.seals(height), receipts, events))

    async def genesis(self, _request: web.Request) -> web.Response:
        """The genesis, encoded as its hash covers it."""
        return _binary(self._source.store.genesis.encode())

    async def sealed_header(self, request: web.Request) -> web.Response:
        """A header with its seals and committee (ledger.light.SealedHeader)."""
        return _binary(self._source.store.sealed_header(_height(request)).encode())

    async def trail(self, request: web.Request) -> web.Response:
        """The handovers after a height, up to the head or as many as fit (ledger.light.Trail)."""
        store = self._source.store
        return _binary(store.trail(_height(request), store.head.height).encode())

    async def transaction(self, request: web.Request) -> web.Response:
        """A transaction in the chain, or one that waits."""
        tx_id = _tx_id(request)
        waiting = self._source.waiting(tx_id)
        if waiting is not None:
            return _json({"status": "waiting", "transaction": transaction_document(waiting)})
        return _json(located_document(self._source.store.transaction(tx_id)))

    async def tdva(self, request: web.Request) -> web.Response:
        """The TDVA chain that a transaction belongs to."""
        located = self._source.store.tdva(_tx_id(request))
        return _json({"transactions": [located_document(step) for step in located]})

    async def proof(self, request: web.Request) -> web.Response:
        """A proof bundle, to be verified offline."""
        bundle = prove_transaction(self._source.store, _tx_id(request))
        return _binary(bundle.encode())

    async def state_proof(self, request: web.Request) -> web.Response:
        """A proof bundle of what a contract keeps under a key, now or after the block `?height=`."""
        source, info = self._source, request.match_info
        height = (
            _as_height(request.query["height"]) if "height" in request.query else source.store.head.height
        )
        head = source.state_at(height)
        if head is None:
            raise Problem(404, "NotStored", f"the state after block {height} is not kept")
        key = state_key(info["contract"], info["key"])
        return _binary(prove_state(source.store, key, at=head).encode())

    async def state(self, request: web.Request) -> web.Response:
        """What a contract keeps under a key; null for nothing."""
        contract, key = request.match_info["contract"], request.match_info["key"]
        head = self._source.store.head
        data = head.state.get(state_key(contract, key))
        value = None if data is None else plain(decode_value(data))
        return _json({"height": head.height, "contract": contract, "key": key, "value": value})

    async def submit(self, request: web.Request) -> web.Response:
        """Take an encoded transaction."""
        tx_id = self._source.submit(await request.read())
        return _json({"tx_id": tx_id.hex()}, status=202)

    def _check_token(self, request: web.Request) -> None:
        if self._token is None or request.path in OPEN_PATHS:
            return
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(errors="surrogateescape"), f"Bearer {self._token}".encode()):
            raise Problem(401, "NoToken", "send the header `Authorization: Bearer` with the node's API token")


def _height(request: web.Request) -> int:
    return _as_height(request.match_info["height"])


def _as_height(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > HEIGHT_DIGITS:
        raise Problem(400, "BadHeight", f"{text[:ID_DIGITS]!r} is not a height")
    return int(text)


def _tx_id(request: web.Request) -> TxId:
    text = request.match_info["tx_id"]
    try:
        tx_id = bytes.fromhex(text)
    except ValueError:
        tx_id = b""
    if 2 * len(tx_id) != ID_DIGITS:
        raise Problem(400, "BadIdentifier", f"{text[:ID_DIGITS]!r} is not {ID_DIGITS} hexadecimal digits")
    return TxId(tx_id)


def _status_of(error: LedgerError) -> int:
    statuses: tuple[tuple[type[LedgerError], int], ...] = (
        (NotStored, 404),
        (StoreError, 500),
        (PoolFull, 503),
        (DecodeError, 400),
        (TransactionRejected, 422),
    )
    return next((status for kind, status in statuses if isinstance(error, kind)), 500)


def _json(value: Any, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)


def _binary(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/octet-stream")


def _problem_response(problem: Problem) -> web.Response:
    document = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    return web.Response(
        text=json.dumps(document), status=problem.status, content_type="application/problem+json"
    )
