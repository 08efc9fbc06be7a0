"""What the WebSocket tells: what changed from one height of the index to another, as messages."""

import json
from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel
from sqlalchemy import select

from explorer.api.models.alerts import AlertItem
from explorer.api.models.lists import BlockItem, ProcessItem
from explorer.api.view import View
from explorer.index import tables
from explorer.index.queries.alerts import changed_alerts
from explorer.index.queries.blocks import blocks_between
from explorer.index.queries.processes import Process
from ledger.rows import place_of

Topic = Literal["blocks", "alerts", "processes", "status"]
PROCESSES_MAX: Final = 200
ALERTS_MAX: Final = 1_000
"""If more of them changed, their lists tell it better."""


class Message(NamedTuple):
    """What goes to everybody who has subscribed to its topic."""

    topic: str
    text: str


def news(view: View, after: int, to: int) -> list[Message]:
    """What the blocks above `after` and up to `to` brought: they themselves first, in order."""
    blocks = blocks_between(view.connection, after + 1, to, limit=to - after)
    processes = [
        _message("processes", each.last_height, ProcessItem.model_validate(each))
        for each in _processes(view, after, to)
    ]
    alerts = [
        _message("alerts", to, AlertItem.model_validate(each))
        for each in changed_alerts(view.connection, view.genesis.slot_ms, after, to, ALERTS_MAX + 1)
    ]
    return [
        *(_message("blocks", each.height, BlockItem.model_validate(each)) for each in blocks),
        *(processes if len(processes) <= PROCESSES_MAX else [Message("processes", gap(after, to))]),
        *(alerts if len(alerts) <= ALERTS_MAX else [Message("alerts", gap(after, to))]),
    ]


def gap(after: int, to: int) -> str:
    """The message that what these blocks brought is not told: lists tell it."""
    return text_of("gap", **{"from": after + 1, "to": to})


def text_of(topic: str, **fields: Any) -> str:
    """A message of no topic that one subscribes to."""
    return json.dumps({"topic": topic, **fields}, separators=(",", ":"))


def _processes(view: View, after: int, to: int) -> Iterator[Process]:
    """Those with a transaction in these blocks, as they are now."""
    of, processes = tables.transactions.c, tables.processes
    between = of.place.between(place_of(after + 1, 0), place_of(to + 1, 0) - 1)
    touched = select(of.process).where(between, of.process.is_not(None)).distinct().limit(PROCESSES_MAX + 1)
    query = select(processes).where(processes.c.process.in_(touched)).order_by(processes.c.last_height)
    for row in view.connection.execute(query.where(processes.c.opened_height.is_not(None))):
        yield Process(**{name: getattr(row, name) for name in Process.__dataclass_fields__})


def _message(topic: str, height: int, document: BaseModel) -> Message:
    return Message(topic, f'{{"topic":"{topic}","height":{height},"data":{document.model_dump_json()}}}')
