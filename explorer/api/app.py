"""The HTTP API under /api/v1, the explorer's page, and what machines ask: /healthz, /readyz, /metrics."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import structlog
from aiohttp import web

from explorer.api import (
    alert_routes,
    chain_routes,
    energy_routes,
    lookup_routes,
    market_routes,
    node_routes,
    openapi,
    page,
)
from explorer.api.access import OPEN, Access, Client, Role
from explorer.api.asked import Asked
from explorer.api.exports import routes as export_routes
from explorer.api.exports.sending import Exports
from explorer.api.feed import Feed
from explorer.api.guard import Guard
from explorer.api.listening import CONNECTIONS
from explorer.api.models.base import AnyDocument
from explorer.api.problems import LEDGER_STATUSES, Problem, Statuses, problem_of, problem_response
from explorer.api.requests import answer, read_asked, read_body
from explorer.api.routes import PREFIX, Reads, Route, get
from explorer.api.sockets import Sockets
from explorer.api.source import Source
from explorer.api.view import Views
from explorer.index.errors import IndexFault, IndexUnusable
from explorer.index.queries.page import BadCursor
from ledger.errors import StoreCorrupt

BODY_BYTES_MAX: Final = 2**20
REQUESTS_PER_S: Final = 200
THREADS: Final = 4
QUEUE_MAX: Final = 64
"""Questions to index and chain that wait for a thread; whoever comes then is told to come again."""

HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
API_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

INDEX_STATUSES: Final[Statuses] = {BadCursor: 400, IndexFault: 503}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger("api")


def make_app(
    source: Source,
    access: Access = OPEN,
    statuses: Statuses | None = None,
    requests_per_s: float = REQUESTS_PER_S,
) -> web.Application:
    """The application. `statuses` are of the source's own errors, besides the ledger's."""
    told = {**(statuses or {}), **INDEX_STATUSES, **LEDGER_STATUSES}
    guard, views = Guard(access, requests_per_s), Views(source)
    api, sockets = _Api(source, guard, views, told), Sockets(guard, Feed(source, views))
    app = web.Application(middlewares=[api.guarded], client_max_size=BODY_BYTES_MAX)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(sockets.close)
    app.cleanup_ctx.extend((api.threads, sockets.running))
    app.router.add_get("/", page.to_page)
    app.router.add_get(page.PLACE.rstrip("/"), page.to_page)
    app.router.add_get(page.PLACE + "{name:.*}", page.page)
    app.router.add_get("/healthz", api.healthz)
    app.router.add_get("/readyz", api.readyz)
    app.router.add_get("/metrics", api.metrics)
    app.router.add_get(f"{PREFIX}/ws", sockets.handle)
    for route in ROUTES:
        app.router.add_route(route.method, PREFIX + route.path, api.handler(route))
    return app


def description(_source: Source, _asked: Asked) -> web.Response:
    """This description; it is long, and always the same."""
    return web.Response(body=DESCRIPTION_JSON, content_type="application/json")


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """What browsers are to heed, where the answer says nothing else."""
    response.headers["Server"] = "gridquorum"
    for name, value in {**HEADERS, **API_HEADERS}.items():
        response.headers.setdefault(name, value)


class _Api:
    """The routes' handlers as aiohttp calls them."""

    def __init__(self, source: Source, guard: Guard, views: Views, statuses: Statuses) -> None:
        self._source = source
        self._guard = guard
        self._statuses = statuses
        self._threads = ThreadPoolExecutor(THREADS, "api")
        self._views = views
        self._exports = Exports(guard)
        self._asking = 0

    async def threads(self, _app: web.Application) -> AsyncIterator[None]:
        """Those that ask index and chain, as long as the application runs."""
        yield
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._exports.close()

    @web.middleware
    async def guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn pages of others away; turn errors into problem details."""
        try:
            self._guard.check_origin(request)
            with answering(request):
                return await handler(request)
        except web.HTTPException as error:
            headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
            problem = Problem(error.status, error.reason, "", headers)
        except Problem as error:
            problem = error
        except Exception as error:
            problem = self._told(request, error)
        return problem_response(problem)

    def handler(self, route: Route) -> Handler:
        """Check what is asked, answer it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            client = self._guard.admit(request, route.role, route.weight)
            more = [await read_body(route, request)] if route.body is not None else []
            asked = read_asked(route, request)
            if route.reads is Reads.TABLE:
                return await self._exports.send(
                    request, client, lambda: route.handler(self._views, client, asked)
                )
            if route.reads is Reads.NODE:
                return answer(route, route.handler(self._source, asked, *more))
            return await self._in_thread(lambda: self._read(route, client, asked, *more))

        return handle

    async def healthz(self, _request: web.Request) -> web.Response:
        """The process runs. Whoever starts and stops processes may ask without a token."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """The node is in step with the chain."""
        is_ready = self._source.status()["ready"]
        return web.Response(text="ready\n" if is_ready else "not ready\n", status=200 if is_ready else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """For Prometheus."""
        self._guard.admit(request, Role.READER, 1)
        return web.Response(body=self._source.metrics(), content_type="text/plain", charset="utf-8")

    def _read(self, route: Route, client: Client, *asked: Any) -> web.StreamResponse:
        """What takes its time; so does writing a long answer as JSON."""
        if route.reads is Reads.CHAIN:
            return answer(route, route.handler(self._views.of_chain(), *asked))
        with self._views.look(client, to_write=route.method == "POST") as view:
            return answer(route, route.handler(view, *asked))

    async def _in_thread(self, work: Callable[[], web.StreamResponse]) -> web.StreamResponse:
        if self._asking >= QUEUE_MAX:
            raise Problem(503, "Busy", "too much is asked at once", {"Retry-After": "1"})
        self._asking += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._asking -= 1

    def _told(self, request: web.Request, error: Exception) -> Problem:
        if isinstance(error, StoreCorrupt):
            self._source.fail(error)
        if isinstance(error, IndexUnusable):
            log.error("the index cannot be used", reason=str(error))
            return Problem(503, "IndexUnusable", "the index cannot be read now; the node's log says why")
        problem = problem_of(error, self._statuses)
        if problem is None:
            log.error("a request failed", path=request.path, exc_info=error)
            return Problem(500, "InternalError", "it is in the node's log")
        return problem


def answering(request: web.Request) -> AbstractContextManager[None]:
    """Meanwhile the request's connection is not idle."""
    connections = request.app.get(CONNECTIONS)
    return connections.answering(request) if connections else nullcontext()


ROUTES: Final = (
    get("/openapi.json", "This description", description, AnyDocument),
    *node_routes.ROUTES,
    *chain_routes.ROUTES,
    *lookup_routes.ROUTES,
    *energy_routes.ROUTES,
    *market_routes.ROUTES,
    *alert_routes.ROUTES,
    *export_routes.ROUTES,
)
DESCRIPTION: Final = openapi.document(ROUTES)
DESCRIPTION_JSON: Final = json.dumps(DESCRIPTION).encode()
