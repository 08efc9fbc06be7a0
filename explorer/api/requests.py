"""What a request asks, checked; and what a handler gave, as it is sent."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ValidationError

from explorer.api.asked import Asked
from explorer.api.problems import Problem
from explorer.api.routes import BYTES, Route

BODY_S: Final = 10
"""For a request's body to come."""


def read_asked(route: Route, request: web.Request) -> Asked:
    """The parameters of a request. Raises Problem."""
    query = request.query
    if len(query) != len(set(query)):
        raise Problem(400, "BadParameter", "a parameter is given twice")
    return parsed(route.asked, {**query, **request.match_info})


async def read_body(route: Route, request: web.Request) -> Any:
    """The body of a request: bytes, or what the route's model makes of its JSON. Raises Problem."""
    wanted = route.body if isinstance(route.body, str) else "application/json"
    if request.content_type not in (wanted, BYTES) or "Content-Encoding" in request.headers:
        raise Problem(415, "WrongMediaType", f"send {wanted}")
    try:
        async with asyncio.timeout(BODY_S):
            body = await request.read()
    except TimeoutError:
        raise Problem(408, "TooSlow", f"the body took more than {BODY_S} s") from None
    except (ConnectionError, web.RequestPayloadError):
        raise Problem(400, "BadBody", "it broke off") from None
    return parsed_json(route.body, body) if isinstance(route.body, type) else body


def parsed(model: type[Asked], values: Mapping[str, str]) -> Asked:
    """Parameters as a model. Raises Problem."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _bad(error, "BadParameter") from None


def parsed_json(model: type[BaseModel], body: bytes) -> BaseModel:
    """A body as a model. Raises Problem."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _bad(error, "BadBody") from None


def _bad(error: ValidationError, title: str) -> Problem:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"]))[:100]
    return Problem(400, title, f"{place}: {first['msg']}" if place else first["msg"])


def answer(route: Route, value: Any) -> web.StreamResponse:
    """What a handler gave, as it is sent."""
    if isinstance(value, web.StreamResponse):
        return value
    if isinstance(value, bytes):
        return web.Response(body=value, content_type=BYTES, status=route.status)
    if isinstance(value, BaseModel):
        text = value.model_dump_json()
        return web.Response(text=text, content_type="application/json", status=route.status)
    return web.json_response(value, status=route.status)
