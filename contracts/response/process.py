"""The process of an event as a table, and what the chain itself does about it in every slot.

quoting      owners seal their quotes
agreeing     all that sealed agree off the chain, then reveal what they sealed
dispatching  the quotes are known: a dispatch that is optimal for them is awaited
scheduled    a dispatch was taken; the ENO's money for it is put aside
running      units execute it by themselves, meters deliver
metering     the event is over: the last readings come
accounting   readings are in or absent: anybody settles
settled      paid
lapsed       nobody quoted, or no dispatch came in time
infeasible   the ENO recorded that no dispatch is possible
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from contracts import tdva
from contracts.context import Context
from contracts.response.events import (
    active_events,
    calendar_of,
    get_dispatch,
    get_event,
    get_forecast,
    put_event,
)
from contracts.response.parameters import Calendar
from contracts.response.records import ACTIVE_KEY, EventRecord, Phase
from contracts.response.refusals import NotNow
from ledger.quantities import Slot


class Happening(StrEnum):
    """What moves an event on."""

    QUOTES_SEALED = "all quotes sealed, or their time over"
    QUOTES_REVEALED = "all quotes revealed, or their time over"
    ABANDONED = "nobody took part in time"
    DISPATCHED = "dispatched"
    FOUND_INFEASIBLE = "found infeasible"
    BEGAN = "began"
    ENDED = "ended"
    READINGS_CLOSED = "readings closed"
    ACCOUNTED = "accounted"


TRANSITIONS: Final[Mapping[tuple[Phase, Happening], Phase]] = {
    (Phase.QUOTING, Happening.QUOTES_SEALED): Phase.AGREEING,
    (Phase.QUOTING, Happening.ABANDONED): Phase.LAPSED,
    (Phase.AGREEING, Happening.QUOTES_REVEALED): Phase.DISPATCHING,
    (Phase.AGREEING, Happening.ABANDONED): Phase.LAPSED,
    (Phase.DISPATCHING, Happening.DISPATCHED): Phase.SCHEDULED,
    (Phase.DISPATCHING, Happening.FOUND_INFEASIBLE): Phase.INFEASIBLE,
    (Phase.DISPATCHING, Happening.ABANDONED): Phase.LAPSED,
    (Phase.SCHEDULED, Happening.BEGAN): Phase.RUNNING,
    (Phase.RUNNING, Happening.ENDED): Phase.METERING,
    (Phase.METERING, Happening.READINGS_CLOSED): Phase.ACCOUNTING,
    (Phase.ACCOUNTING, Happening.ACCOUNTED): Phase.SETTLED,
}
OVER: Final = (Phase.SETTLED, Phase.LAPSED, Phase.INFEASIBLE)


def move(ctx: Context, record: EventRecord, happening: Happening) -> EventRecord:
    """Keep and return an event in its next phase; one that is over is followed no more.

    Raises NotNow where the table has no such transition.
    """
    after = TRANSITIONS.get((record.phase, happening))
    if after is None:
        raise NotNow(record.number, record.phase, f"it cannot be {happening.value}")
    moved = replace(record, phase=after, since=ctx.slot)
    put_event(ctx, moved)
    ctx.emit("phase", event=record.number, before=record.phase.value, after=after.value, why=happening.value)
    if after in OVER:
        ctx.put(ACTIVE_KEY, tuple(other for other in active_events(ctx) if other != record.number))
    return moved


def check_phase(record: EventRecord, phase: Phase, what: str) -> None:
    """Raises NotNow in any other phase; `what` is the reason that it gives."""
    if record.phase is not phase:
        raise NotNow(record.number, record.phase, what)


def due(calendar: Calendar, record: EventRecord) -> Slot | None:
    """The last slot in which what the phase awaits is taken; None in a phase that does not end by itself."""
    windows = calendar.parameters.windows
    match record.phase:
        case Phase.QUOTING:
            return Slot(record.since + windows.quote_slots)
        case Phase.AGREEING:
            return Slot(record.since + windows.agree_slots)
        case Phase.DISPATCHING:
            return Slot(record.since + windows.dispatch_slots)
        case Phase.SCHEDULED:
            return Slot(calendar.genesis.slot_of(record.first_period) - 1)
        case Phase.RUNNING:
            return Slot(calendar.genesis.slot_of(record.end) - 1)
        case Phase.METERING:
            return calendar.reading_due(record.end - 1)
    return None


def on_slot(ctx: Context) -> None:
    """What the chain does in a slot: deadlines pass, dispatches come into force, units execute."""
    calendar = calendar_of(ctx)
    for event in active_events(ctx):
        record = get_event(ctx, event)
        _bring_into_force(ctx, record)
        deadline = due(calendar, record)
        if deadline is not None and ctx.slot > deadline:
            record = _pass(ctx, record)
        if record.phase is Phase.RUNNING:
            _tell_to_execute(ctx, record)


def _bring_into_force(ctx: Context, record: EventRecord) -> None:
    """In the slot after its transaction, when the ledger knows it, a dispatch becomes what others link."""
    if record.phase is Phase.SCHEDULED and record.dispatch and ctx.slot == record.since + 1:
        tdva.bring_into_force(ctx, record.process, record.dispatch)


def _pass(ctx: Context, record: EventRecord) -> EventRecord:
    """A deadline is over."""
    match record.phase:
        case Phase.QUOTING if record.sealed:
            return move(ctx, record, Happening.QUOTES_SEALED)
        case Phase.AGREEING if record.revealed:
            return move(ctx, record, Happening.QUOTES_REVEALED)
        case Phase.SCHEDULED:
            return move(ctx, record, Happening.BEGAN)
        case Phase.RUNNING:
            return move(ctx, record, Happening.ENDED)
        case Phase.METERING:
            root = tdva.verifications_root(ctx, record.process)
            ctx.emit("metered", event=record.number, verifications=root)
            return move(ctx, replace(record, verifications=root), Happening.READINGS_CLOSED)
    missing = {Phase.QUOTING: "nobody sealed a quote", Phase.AGREEING: "nobody revealed a quote"}
    reason = missing.get(record.phase, "no dispatch came in time")
    return move(ctx, replace(record, reason=reason), Happening.ABANDONED)


def _tell_to_execute(ctx: Context, record: EventRecord) -> None:
    """Where a period begins, tell every unit the injection that it has to keep, without being asked (Chen et
    al. 2022, 2.3, step 5)."""
    dispatch = get_dispatch(ctx, record.number)
    baseline_w = get_forecast(ctx, record.number).baseline_w[ctx.period - record.first_period]
    set_points_w = tuple(
        usual_w + record.sign * response_w
        for usual_w, response_w in zip(baseline_w, dispatch.allocation_w, strict=True)
    )
    ctx.emit("execute", event=record.number, period=ctx.period, set_points_w=set_points_w)
