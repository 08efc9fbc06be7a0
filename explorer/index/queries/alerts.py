"""Alerts, newest first, and what people noted of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, select, tuple_

from explorer.index import tables
from explorer.index.queries.page import LIMIT, Page, cut, read_cursor
from explorer.index.upsert import upsert

OPEN_MAX: Final = 10_000

SEVERITIES: Final = ("info", "warning", "critical")


class State(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    """And nobody has acknowledged this opening."""
    ACKNOWLEDGED = "acknowledged"
    """Open, and somebody knows."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number that an alert rests on."""

    name: str
    value: int
    unit: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody knows of one opening of an alert."""

    by: str
    at_ms: int
    note: str


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert, as it is now."""

    id: str
    rule: str
    severity: str
    subject_kind: str
    """meter, market, validator or committee."""
    subject: str
    title: str
    evidence: tuple[Evidence, ...]
    first_period: int | None
    last_period: int | None
    first_height: int
    last_height: int
    opened_ms: int
    closed_ms: int | None
    count: int
    openings: int
    strength: int
    link: str
    state: State
    acknowledgement: Acknowledgement | None
    """Of this opening."""


def alerts(
    connection: Connection,
    slot_ms: int,
    *,
    cursor: str | None = None,
    limit: int = LIMIT,
    state: State | None = None,
    severity: str | None = None,
    rule: str | None = None,
) -> Page[Alert]:
    """The newest alerts of a state, severity and rule; None is any. Raises BadCursor."""
    table, place = tables.alerts, read_cursor(cursor, int, str)
    query = _joined().order_by(table.c.first_height.desc(), table.c.id.desc()).limit(limit + 1)
    if place is not None:
        query = query.where(tuple_(table.c.first_height, table.c.id) < place)
    if state is not None:
        query = query.where(_in_state(state))
    if severity is not None:
        query = query.where(table.c.severity == severity)
    if rule is not None:
        query = query.where(table.c.rule == rule)
    found = [_alert(row, slot_ms) for row in connection.execute(query)]
    return cut(found, limit, lambda alert: (alert.first_height, alert.id))


def alert(connection: Connection, slot_ms: int, id: str) -> Alert | None:
    """The alert of this id."""
    row = connection.execute(_joined().where(tables.alerts.c.id == id)).first()
    return None if row is None else _alert(row, slot_ms)


def changed_alerts(
    connection: Connection, slot_ms: int, after: int, to: int, limit: int = OPEN_MAX
) -> tuple[Alert, ...]:
    """Those that blocks above `after` and up to `to` opened, went on with or closed, in this order."""
    table = tables.alerts
    query = _joined().where(table.c.changed_height > after, table.c.changed_height <= to)
    query = query.order_by(table.c.changed_height, table.c.id).limit(limit)
    return tuple(_alert(row, slot_ms) for row in connection.execute(query))


def all_open(connection: Connection, slot_ms: int) -> tuple[Alert, ...]:
    """Those that are open, acknowledged or not; at most OPEN_MAX."""
    query = _joined().where(tables.alerts.c.is_open).limit(OPEN_MAX)
    return tuple(_alert(row, slot_ms) for row in connection.execute(query))


def open_by_severity(connection: Connection) -> dict[str, int]:
    """How many are open and not acknowledged, by severity."""
    table = tables.alerts
    query = select(table.c.severity, func.count()).select_from(_both()).where(_in_state(State.OPEN))
    counted = {row[0]: row[1] for row in connection.execute(query.group_by(table.c.severity))}
    return {severity: counted.get(severity, 0) for severity in SEVERITIES}


def acknowledge(connection: Connection, id: str, by: str, note: str, at_ms: int) -> bool:
    """Note who knows of the alert's present opening; the first who says so counts. False if there is no such
    alert, or it is closed."""
    table = tables.alerts
    found = connection.execute(select(table.c.openings).where(table.c.id == id, table.c.is_open)).scalar()
    if found is None:
        return False
    row = {"id": id, "opening": found, "by": by, "note": note, "at_ms": at_ms}
    connection.execute(upsert(connection, tables.acknowledgements, []), [row])
    return True


def _both() -> Any:
    """Alerts, and what was noted of their present opening."""
    known = tables.acknowledgements
    is_of = and_(known.c.id == tables.alerts.c.id, known.c.opening == tables.alerts.c.openings)
    return tables.alerts.outerjoin(known, is_of)


def _joined() -> Select[Any]:
    known = tables.acknowledgements
    return select(tables.alerts, known.c.by, known.c.note, known.c.at_ms).select_from(_both())


def _in_state(state: State) -> Any:
    """A condition on `_both`."""
    is_open, note = tables.alerts.c.is_open, tables.acknowledgements.c.id
    if state is State.CLOSED:
        return is_open.is_(False)
    return and_(is_open.is_(True), note.is_(None) if state is State.OPEN else note.is_not(None))


def _alert(row: Any, slot_ms: int) -> Alert:
    known = None if row.by is None else Acknowledgement(row.by, row.at_ms, row.note)
    open_state = State.OPEN if known is None else State.ACKNOWLEDGED
    return Alert(
        id=row.id,
        rule=row.rule,
        severity=row.severity,
        subject_kind=row.subject_kind,
        subject=row.subject,
        title=row.title,
        evidence=_evidence(row.evidence),
        first_period=row.first_period,
        last_period=row.last_period,
        first_height=row.first_height,
        last_height=row.last_height,
        opened_ms=row.opened_slot * slot_ms,
        closed_ms=None if row.closed_slot is None else row.closed_slot * slot_ms,
        count=row.count,
        openings=row.openings,
        strength=row.strength,
        link=row.link,
        state=open_state if row.is_open else State.CLOSED,
        acknowledgement=known,
    )


def _evidence(rows: Sequence[Any]) -> tuple[Evidence, ...]:
    return tuple(Evidence(row["name"], row["value"], row["unit"]) for row in rows)
