"""What the node says of itself, and what its operator may have it do."""

from typing import Any, Final

from explorer.api.access import Role
from explorer.api.asked import Asked
from explorer.api.models import node
from explorer.api.routes import Route, get, post
from explorer.api.source import Source

Document = dict[str, Any]


def health(source: Source, _asked: Asked) -> Document:
    """Whether the node is in step, and if not, why."""
    status = source.status()
    return {"ready": status["ready"], "reason": status["reason"]}


def status(source: Source, _asked: Asked) -> Document:
    """Where the node stands."""
    return source.status()


def peers(source: Source, _asked: Asked) -> Document:
    """Who is connected."""
    return {"peers": source.peers()}


def committee(source: Source, _asked: Asked) -> Document:
    """Who decides, now and next, and who may come in."""
    return source.committee()


def show_synced(source: Source, _asked: Asked) -> Document:
    """Show on the chain that this node follows it, at the next block."""
    source.show_synced()
    return {}


ROUTES: Final[tuple[Route, ...]] = (
    get("/health", "Whether the node is in step, and if not, why", health, node.HealthDocument),
    get("/status", "Where the node stands", status, node.StatusDocument),
    get("/peers", "Who is connected", peers, node.PeersDocument),
    get("/committee", "Who decides, now and next, and who may come in", committee, node.CommitteeDocument),
    post(
        "/committee/show-synced",
        "Show on the chain that this node follows it, as a candidate must",
        show_synced,
        node.NothingDocument,
        role=Role.OPERATOR,
        status=202,
    ),
)
