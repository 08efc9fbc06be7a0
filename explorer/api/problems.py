"""Errors as clients are told them: problem details (RFC 9457)."""

import json
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from ledger.errors import DecodeError, LedgerError, NotStored, StoreError, TransactionRejected

MEDIA_TYPE: Final = "application/problem+json"

Statuses = Mapping[type[Exception], int]
"""Which status an error is answered with; the first that fits decides."""

LEDGER_STATUSES: Final[Statuses] = {
    NotStored: 404,
    StoreError: 500,
    DecodeError: 400,
    TransactionRejected: 422,
    LedgerError: 500,
}


class Problem(Exception):
    """An error with its status; `title` is a name that programs may rely on."""

    def __init__(
        self, status: int, title: str, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.headers = headers


def problem_of(error: Exception, statuses: Statuses) -> Problem | None:
    """An error by the name of its kind; None for one that no client is to be told of."""
    status = next((status for kind, status in statuses.items() if isinstance(error, kind)), None)
    return None if status is None else Problem(status, type(error).__name__, str(error))


def problem_response(problem: Problem) -> web.Response:
    """As it is sent."""
    document = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }
    return web.Response(
        text=json.dumps(document),
        status=problem.status,
        content_type=MEDIA_TYPE,
        headers=problem.headers,
    )
