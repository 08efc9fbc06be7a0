"""The HTTP API under /api/v1, and what machines ask of a process: /healthz, /readyz, /metrics."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiohttp import web
from pydantic import ValidationError

from explorer.api import chain_routes, node_routes
from explorer.api.access import BEARER, OPEN, Access, Role
from explorer.api.asked import Asked
from explorer.api.problems import LEDGER_STATUSES, Problem, Statuses, problem_of, problem_response
from explorer.api.routes import BYTES, PREFIX, Route
from explorer.api.source import Source
from ledger.errors import StoreCorrupt

BODY_BYTES_MAX: Final = 2**20
ROUTES: Final = (*node_routes.ROUTES, *chain_routes.ROUTES)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger("api")


def make_app(source: Source, access: Access = OPEN, statuses: Statuses | None = None) -> web.Application:
    """The application. `statuses` are of the source's own errors, besides the ledger's."""
    api = _Api(source, access, {**(statuses or {}), **LEDGER_STATUSES})
    app = web.Application(middlewares=[api.guard], client_max_size=BODY_BYTES_MAX)
    app.router.add_get("/healthz", api.healthz)
    app.router.add_get("/readyz", api.readyz)
    app.router.add_get("/metrics", api.metrics)
    for route in ROUTES:
        app.router.add_route(route.method, PREFIX + route.path, api.handler(route))
    return app


class _Api:
    """The routes' handlers as aiohttp calls them."""

    def __init__(self, source: Source, access: Access, statuses: Statuses) -> None:
        self._source = source
        self._access = access
        self._statuses = statuses

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn errors into problem details."""
        try:
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
            self._check_role(request, route.role)
            asked = read_asked(route, request)
            more = (await request.read(),) if route.body == BYTES else ()
            return answer(route, route.handler(self._source, asked, *more))

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
        self._check_role(request, Role.READER)
        return web.Response(body=self._source.metrics(), content_type="text/plain", charset="utf-8")

    def _check_role(self, request: web.Request, needed: Role) -> None:
        if self._access.is_open:
            return
        given = request.headers.get("Authorization", "")
        role = self._access.of_token(given.removeprefix(BEARER)) if given.startswith(BEARER) else None
        if role is None:
            detail = "send the header `Authorization: Bearer` with a token of this node's API"
            raise Problem(401, "NoToken", detail, {"WWW-Authenticate": "Bearer"})
        if role < needed:
            raise Problem(403, "WrongRole", f"this takes the role {needed.word}, not {role.word}")

    def _told(self, request: web.Request, error: Exception) -> Problem:
        if isinstance(error, StoreCorrupt):
            self._source.fail(error)
        problem = problem_of(error, self._statuses)
        if problem is None:
            log.error("a request failed", path=request.path, exc_info=error)
            return Problem(500, "InternalError", "it is in the node's log")
        return problem


def read_asked(route: Route, request: web.Request) -> Asked:
    """The parameters of a request. Raises Problem."""
    query = request.query
    if len(query) != len(set(query)):
        raise Problem(400, "BadParameter", "a parameter is given twice")
    try:
        return route.asked.model_validate({**query, **request.match_info})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise Problem(400, "BadParameter", f"{place[:100]}: {first['msg']}") from None


def answer(route: Route, value: Any) -> web.Response:
    """What a handler gave, as it is sent."""
    if isinstance(value, bytes):
        return web.Response(body=value, content_type=BYTES, status=route.status)
    return web.json_response(value, status=route.status)
