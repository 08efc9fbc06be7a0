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


class Message(NamedTuple):
    """What goes to everybody who has subscribed to its topic."""

    topic: str
    text: str


def news(view: View, after: int, to: int) -> list[Message]:
    """What the blocks above `after` and up to `to` brought: they themselves first, in order."""
    blocks = blocks_between(view.connection, after + 1, to, limit=to - after)
    processes = _processes(view, after, to)
    alerts = changed_alerts(view.connection, view.genesis.slot_ms, after, to)
    return [
        *(_message("blocks", each.height, BlockItem.model_validate(each)) for each in blocks),
        *(_message("processes", each.last_height, ProcessItem.model_validate(each)) for each in processes),
        *(_message("alerts", to, AlertItem.model_validate(each)) for each in alerts),
    ]


def text_of(topic: str, **fields: Any) -> str:
    """A message of no topic that one subscribes to."""
    return json.dumps({"topic": topic, **fields}, separators=(",", ":"))


def _processes(view: View, after: int, to: int) -> Iterator[Process]:
    """Those with a transaction in these blocks, as they are now."""
    places, processes = tables.transactions.c.place, tables.processes
    between = places.between(place_of(after + 1, 0), place_of(to + 1, 0) - 1)
    touched = select(tables.transactions.c.process).where(between).distinct().limit(PROCESSES_MAX)
    query = select(processes).where(processes.c.process.in_(touched)).order_by(processes.c.last_height)
    for row in view.connection.execute(query.where(processes.c.opened_height.is_not(None))):
        yield Process(**{name: getattr(row, name) for name in Process.__dataclass_fields__})


def _message(topic: str, height: int, document: BaseModel) -> Message:
    return Message(topic, f'{{"topic":"{topic}","height":{height},"data":{document.model_dump_json()}}}')
