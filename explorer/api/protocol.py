"""aiohttp's protocol, which answers what is no HTTP as the API answers everything else, and does not log it:
whoever sends rubbish must not be able to fill a disk."""

from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from explorer.api.problems import Problem, problem_response

log = structlog.get_logger("api")


class HttpConnection(RequestHandler):
    """One connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what could not be read. Raises ConnectionError if one was begun already."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("a request failed", exc_info=exc)
        if request.writer is not None and request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        title = HTTPStatus(status).phrase.replace(" ", "")
        response = problem_response(Problem(status, title, "this is not HTTP as it is understood here"))
        response.headers.update({"Server": "gridquorum", "X-Content-Type-Options": "nosniff"})
        response.force_close()
        return response

    def log_exception(self, *args: object, **kw: object) -> None:
        """Faults of ours are logged where they are caught; what is left are connections that broke."""
