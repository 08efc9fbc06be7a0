"""The distribution network of demand response: voltages and loadings of an event, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from explorer.index import tables
from explorer.index.queries.descriptions import description
from explorer.index.queries.page import bounded
from explorer.index.readers.response import MARKET

EVENTS_MAX: Final = 100
PARTS_PER_MILLION: Final = 10**6


@dataclass(frozen=True, slots=True)
class Event:
    """A change of injection that the operator asked for."""

    event: int
    phase: str | None
    target_w: int | None
    first_period: int | None
    periods: int | None
    cost_nano_h: int | None
    process: bytes | None


@dataclass(frozen=True, slots=True)
class Bus:
    """A point of the network, in nano p.u.; None where nothing is known."""

    number: int
    name: str
    voltage_npu: int | None
    before_npu: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """What joins two buses."""

    source: int
    target: int
    loading_ppm: int | None
    """Of its rating."""


@dataclass(frozen=True, slots=True)
class Network:
    """The network in a period of an event; without buses on a chain that has none."""

    events: tuple[Event, ...]
    """The newest."""
    event: int | None
    """Which is shown."""
    period: int | None
    buses: tuple[Bus, ...]
    lines: tuple[Line, ...]
    lowest_npu: int | None
    highest_npu: int | None
    periods: int
    """That the event has."""


def network(connection: Connection, event: int | None = None, period: int | None = None) -> Network:
    """The network in an event, by default the newest that has voltages; None of them is an empty network, nor
    is one whose trigger is in a block that is not held.

    In one of its periods, by default the worst; another one is taken for none.
    """
    table, states = tables.network_events, tables.network_states
    known = description(connection, MARKET.contract).get("network")
    newest = connection.execute(select(table).order_by(table.c.event.desc()).limit(EVENTS_MAX)).all()
    events = tuple(_event(row) for row in newest)
    if known is None:
        return Network(events, None, None, (), (), None, None, 0)
    if event is None:
        event = connection.execute(select(func.max(states.c.event))).scalar()
    shown = None if event is None else _state(connection, bounded(event))
    return _network(known, events, shown, period)


def _state(connection: Connection, event: int) -> Any:
    """One event with its voltages, which are large."""
    table, states = tables.network_events, tables.network_states
    columns = table, states.c.voltages, states.c.before_npu
    query = select(*columns).outerjoin(states, states.c.event == table.c.event)
    known = and_(table.c.event == event, table.c.first_period.is_not(None))
    return connection.execute(query.where(known)).first()


def _network(known: Mapping[str, Any], events: tuple[Event, ...], shown: Any, period: int | None) -> Network:
    voltages = (shown.voltages or []) if shown is not None else []
    before = (shown.before_npu or []) if shown is not None else []
    place = -1 if shown is None or period is None else period - shown.first_period
    if not 0 <= place < max(len(voltages), len(before)):
        place = _worst(known, before or [[round(hypot(*phasor)) for phasor in row] for row in voltages])
    after = voltages[place] if place < len(voltages) else None
    usual = before[place] if place < len(before) else None
    return Network(
        events=events,
        event=shown.event if shown is not None else None,
        period=shown.first_period + place if shown is not None else None,
        buses=tuple(
            Bus(
                number,
                bus["name"],
                round(hypot(*after[number])) if after else None,
                usual[number] if usual else None,
            )
            for number, bus in enumerate(known["buses"])
        ),
        lines=tuple(Line(line["source"], line["target"], _loading(line, after)) for line in known["lines"]),
        lowest_npu=known["lowest_npu"],
        highest_npu=known["highest_npu"],
        periods=shown.periods if shown is not None else 0,
    )


def _worst(known: Mapping[str, Any], magnitudes: Sequence[Sequence[int]]) -> int:
    """The period with the voltage that is furthest out of the band, or nearest to leaving it."""
    lowest, highest = known["lowest_npu"], known["highest_npu"]
    beyond = [max(max(row) - highest, lowest - min(row)) for row in magnitudes if row]
    return beyond.index(max(beyond)) if beyond else 0


def _loading(line: Mapping[str, int], voltages: Sequence[Sequence[int]] | None) -> int | None:
    """The current that the voltages at a line's ends drive, as a part of its rating."""
    impedance = hypot(line["resistance_npu"], line["reactance_npu"])
    if voltages is None or impedance == 0 or line["rating_npu"] == 0:
        return None
    source, target = voltages[line["source"]], voltages[line["target"]]
    current = hypot(source[0] - target[0], source[1] - target[1]) / impedance
    return round(PARTS_PER_MILLION * current * 10**9 / line["rating_npu"])


def _event(row: Any) -> Event:
    return Event(
        event=row.event,
        phase=row.phase,
        target_w=row.target_w,
        first_period=row.first_period,
        periods=row.periods,
        cost_nano_h=row.cost_nano_h,
        process=row.process,
    )
