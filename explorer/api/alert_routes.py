"""Alerts, and who knows of them."""

import time
from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from explorer.api.access import Role
from explorer.api.asked import Asked, Paged, Text
from explorer.api.models import alerts as models
from explorer.api.problems import Problem
from explorer.api.routes import Reads, Route, indexed, post
from explorer.api.view import View
from explorer.index.queries import alerts as queries


class OfAlerts(Paged):
    """Alerts of a state, severity and rule."""

    state: Literal["open", "acknowledged", "closed", "all"] = "open"
    severity: Literal["info", "warning", "critical"] | SkipJsonSchema[None] = None
    rule: Text | SkipJsonSchema[None] = None


class OfAlert(Asked):
    """An alert."""

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]


def alerts(view: View, asked: OfAlerts) -> models.AlertList:
    """Newest first."""
    page = queries.alerts(
        view.connection,
        view.genesis.slot_ms,
        cursor=asked.cursor,
        limit=asked.limit,
        state=None if asked.state == "all" else queries.State(asked.state),
        severity=asked.severity,
        rule=asked.rule,
    )
    return models.AlertList.model_validate({"items": page.items, "next": page.next, "as_of": view.as_of})


def alert(view: View, asked: OfAlert) -> models.AlertDocument:
    """One of them."""
    return _alert(view, asked.id)


def acknowledge(view: View, asked: OfAlert, noted: models.AcknowledgeRequest) -> models.AlertDocument:
    """Note that somebody knows; the first who says so counts."""
    now_ms = time.time_ns() // 1_000_000
    _alert(view, asked.id)
    if not queries.acknowledge(view.connection, asked.id, view.client.name, noted.note, now_ms):
        raise Problem(409, "AlertClosed", "this alert is closed already")
    return _alert(view, asked.id)


def _alert(view: View, id: str) -> models.AlertDocument:
    found = queries.alert(view.connection, view.genesis.slot_ms, id)
    if found is None:
        raise Problem(404, "NotIndexed", "no alert of this id is indexed")
    item = models.AlertItem.model_validate(found)
    return models.AlertDocument(**dict(item), as_of=view.as_of)


ROUTES: Final[tuple[Route, ...]] = (
    indexed("/alerts", "Alerts, newest first", alerts, models.AlertList, asked=OfAlerts),
    indexed("/alerts/{id}", "An alert", alert, models.AlertDocument, asked=OfAlert),
    post(
        "/alerts/{id}/acknowledge",
        "Note that somebody knows of an alert",
        acknowledge,
        models.AlertDocument,
        asked=OfAlert,
        role=Role.OPERATOR,
        body=models.AcknowledgeRequest,
        reads=Reads.INDEX,
        weight=5,
    ),
)
