"""A route: what is asked, who may ask it, what is answered. The table of them describes the whole API."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from explorer.api.access import Role
from explorer.api.asked import Asked

PREFIX: Final = "/api/v1"
BYTES: Final = "application/octet-stream"

Answer: TypeAlias = type[BaseModel] | str | tuple[str, ...]
"""A model of JSON, or the media types of what is no JSON."""


class Reads(Enum):
    """What a handler is called with, before the parameters and the body if any."""

    NODE = "the source; it answers in the event loop, so from memory alone"
    CHAIN = "a ChainView, in a thread"
    INDEX = "a View of the index, in a thread"
    TABLE = "views and client: it gives a file of any length"


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table."""

    method: str
    path: str
    """Below /api/v1; {name} is a parameter, {name:.+} one that may hold slashes."""
    summary: str
    handler: Callable[..., Any]
    answer: Answer
    asked: type[Asked] = Asked
    role: Role = Role.READER
    status: int = 200
    body: type[BaseModel] | str | None = None
    weight: int = 1
    """What it takes of a client's allowance."""
    reads: Reads = Reads.NODE


def get(path: str, summary: str, handler: Callable[..., Any], answer: Answer, **more: Any) -> Route:
    """A route that reads from memory."""
    return Route("GET", path, summary, handler, answer, **more)


def chained(path: str, summary: str, handler: Callable[..., Any], answer: Answer, **more: Any) -> Route:
    """A route that reads from the chain's store."""
    return Route("GET", path, summary, handler, answer, reads=Reads.CHAIN, **more)


def post(path: str, summary: str, handler: Callable[..., Any], answer: Answer, **more: Any) -> Route:
    """A route that does something; only those with the role may."""
    return Route("POST", path, summary, handler, answer, **more)


def indexed(path: str, summary: str, handler: Callable[..., Any], answer: Answer, **more: Any) -> Route:
    """A route that reads from the index."""
    return Route("GET", path, summary, handler, answer, reads=Reads.INDEX, **{"weight": 2, **more})
