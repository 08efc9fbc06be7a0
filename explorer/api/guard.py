"""Before anything is answered: which page has a browser ask, who asks, and how much they have asked already.

An API on loopback without tokens is open to every program of this machine, and so to every page that a
browser on it shows. So it answers to its own names alone (no page can have a foreign name lead to it), and
does nothing for pages of other origins.
"""

import math
import time
from base64 import urlsafe_b64decode
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from explorer.api.access import BEARER, LOCAL, Access, Client, Role, is_loopback
from explorer.api.limits import Allowances, client_of
from explorer.api.problems import Problem

SOCKET_TOKEN: Final = "bearer."  # noqa: S105
"""Begins the WebSocket subprotocol that carries a token in base64url: browsers send no headers there."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})


class Guard:
    """What each request has to pass; all methods raise Problem."""

    def __init__(self, access: Access, requests_per_s: float) -> None:
        self._access = access
        self._allowances = Allowances(requests_per_s)

    def check_origin(self, request: web.Request) -> None:
        """That no page of another site asks."""
        host = request.headers.get("Host", "")
        if self._access.is_open and not is_loopback(_name_of(host)):
            detail = "without tokens, this API answers to 127.0.0.1, [::1] and localhost alone"
            raise Problem(403, "ForeignHost", detail)
        origin = request.headers.get("Origin")
        is_upgrade = "Upgrade" in request.headers
        if origin is None or (request.method in SAFE_METHODS and not is_upgrade):
            return
        if _netloc(origin) != host.lower():
            raise Problem(403, "ForeignOrigin", "a page of another site asks")

    def admit(self, request: web.Request, role: Role, weight: float) -> Client:
        """Who asks, if they may and have not asked too much."""
        self._take(f"at {client_of(request.remote)}", weight)
        client = self._client(request)
        if client is not LOCAL:
            self._take(f"named {client.name}", weight)
        if client.role < role:
            raise Problem(403, "WrongRole", f"this takes the role {role.word}, not {client.role.word}")
        return client

    def check_known(self, request: web.Request) -> None:
        """That whoever asked still may: certificates end and are revoked."""
        self._client(request)

    def _client(self, request: web.Request) -> Client:
        if self._access.is_open:
            return LOCAL
        token = _token(request)
        client = self._access.of_token(token) if token else self._access.of_connection(request.transport)
        if client is None:
            detail = "send the header `Authorization: Bearer` with a token of this node's API"
            raise Problem(401, "NoToken", detail, {"WWW-Authenticate": "Bearer"})
        return client

    def _take(self, who: str, weight: float) -> None:
        wait_s = self._allowances.take(who, weight, time.monotonic())
        if wait_s:
            retry = {"Retry-After": str(math.ceil(wait_s))}
            raise Problem(429, "TooManyRequests", f"ask again in {math.ceil(wait_s)} s", retry)


def _token(request: web.Request) -> str:
    given = request.headers.get("Authorization", "")
    if given.startswith(BEARER):
        return given.removeprefix(BEARER)
    protocols = request.headers.get("Sec-WebSocket-Protocol", "").split(",")
    coded = next((word.strip() for word in protocols if word.strip().startswith(SOCKET_TOKEN)), SOCKET_TOKEN)
    try:
        padded = coded.removeprefix(SOCKET_TOKEN)
        return urlsafe_b64decode(padded + "=" * (-len(padded) % 4)).decode()
    except ValueError:
        return ""


def _name_of(host: str) -> str:
    """The host without its port."""
    return _hostname(f"//{host}")


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
