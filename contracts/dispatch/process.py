"""The process of a day as a table, and what the chain itself does about it in every slot.

    due          the day is to be planned: a trigger is awaited
    forecasting  parks deal their forecasts, the committee opens what was agreed
    planning     the problem is known: plans are taken
    closed       the gate is closed: a plan stands, or the storage will idle
    running      the day runs: control signals are executed, meters deliver
    metering     the day is over: the last readings come
    declaring    readings are in or absent: parks declare, then anybody settles
    settled      paid
    lapsed       never triggered, and over

A trigger after gate closure is planned while the day goes on: its plan supersedes from a later period on.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from contracts.context import Context
from contracts.dispatch import accounting, control, payments, plans, trade, verification
from contracts.dispatch.days import (
    active_days,
    calendar_of,
    call_for_trigger,
    check_process,
    find_attempt,
    find_day,
    find_plan,
    get_day,
    get_schedule,
    put_day,
)
from contracts.dispatch.parameters import Calendar
from contracts.dispatch.problems import get_problem
from contracts.dispatch.records import (
    ACTIVE_KEY,
    Cause,
    DayRecord,
    Phase,
    acknowledged_key,
    attempt_key,
)
from contracts.dispatch.refusals import NoCause, NotNow, WrongProcess
from crypto.hashing import Digest
from ledger.quantities import Day


class Happening(StrEnum):
    """What moves a day's process on."""

    TRIGGERED = "triggered"
    FORECASTS_OPENED = "forecasts opened"
    GATE_CLOSED = "gate closed"
    DAY_BEGAN = "day began"
    DAY_ENDED = "day ended"
    READINGS_CLOSED = "readings closed"
    ACCOUNTED = "accounted"


TRANSITIONS: Final[Mapping[tuple[Phase, Happening], Phase]] = {
    (Phase.DUE, Happening.TRIGGERED): Phase.FORECASTING,
    (Phase.DUE, Happening.DAY_ENDED): Phase.LAPSED,
    (Phase.FORECASTING, Happening.TRIGGERED): Phase.FORECASTING,
    (Phase.FORECASTING, Happening.FORECASTS_OPENED): Phase.PLANNING,
    (Phase.FORECASTING, Happening.GATE_CLOSED): Phase.CLOSED,
    (Phase.PLANNING, Happening.TRIGGERED): Phase.FORECASTING,
    (Phase.PLANNING, Happening.GATE_CLOSED): Phase.CLOSED,
    (Phase.CLOSED, Happening.TRIGGERED): Phase.CLOSED,
    (Phase.CLOSED, Happening.DAY_BEGAN): Phase.RUNNING,
    (Phase.RUNNING, Happening.TRIGGERED): Phase.RUNNING,
    (Phase.RUNNING, Happening.DAY_ENDED): Phase.METERING,
    (Phase.METERING, Happening.READINGS_CLOSED): Phase.DECLARING,
    (Phase.DECLARING, Happening.ACCOUNTED): Phase.SETTLED,
}


def trigger(ctx: Context, day: Day, cause: Cause) -> None:
    """T: plan a day, for a cause that is pending. The first trigger of a day opens its process."""
    record = get_day(ctx, day)
    if cause not in record.causes:
        raise NoCause(day, cause, record.causes)
    is_offered = record.phase in (Phase.FORECASTING, Phase.PLANNING)
    if is_offered and not plans.is_time_left(calendar_of(ctx), day, cause, ctx.slot):
        raise NotNow(day, record.phase, "there is no time left for another plan before the gate closes")
    if record.process is None:
        if ctx.process != ctx.tx_id:
            raise WrongProcess(day)
        record = replace(record, process=ctx.process)
    check_process(ctx, record)
    pending = tuple(other for other in record.causes if other is not cause)
    record = replace(_moved(ctx, record, Happening.TRIGGERED), causes=pending)
    put_day(ctx, plans.begin_attempt(ctx, record, cause))


def account(ctx: Context, day: Day, root: Digest) -> None:
    """A: settle a day, once."""
    accounting.settle(ctx, day, root)
    put_day(ctx, _moved(ctx, get_day(ctx, day), Happening.ACCOUNTED))
    _retire(ctx, day)


def on_slot(ctx: Context) -> None:
    """What the chain does in a slot: days fall due, deadlines pass, plans come into force, signals go out."""
    calendar = calendar_of(ctx)
    if ctx.period % ctx.genesis.periods_per_day == calendar.parameters.trigger_period:
        _fall_due(ctx, Day(ctx.genesis.day(ctx.period) + 1))
    verification.note_absences(ctx, calendar)
    for day in active_days(ctx):
        _follow(ctx, calendar, get_day(ctx, day))


def _fall_due(ctx: Context, day: Day) -> None:
    if find_day(ctx, day) is not None:
        return
    put_day(ctx, DayRecord(day, Phase.DUE, (Cause.DAILY,), ctx.slot))
    ctx.put(ACTIVE_KEY, (*active_days(ctx), day))
    ctx.emit("trigger_due", day=day, cause=Cause.DAILY.value)


def _follow(ctx: Context, calendar: Calendar, before: DayRecord) -> None:
    record, attempt = before, find_attempt(ctx, before.day)
    if attempt is not None:
        record = plans.follow_attempt(ctx, calendar, record, attempt)
    if record.segments != before.segments:
        _put_into_effect(ctx, calendar, record)
    while (happening := _happened(ctx, calendar, record)) is not None:
        record = _effect(ctx, calendar, _moved(ctx, record, happening), happening)
    if record != before:
        put_day(ctx, record)
    _note_unanswered(ctx, calendar, record)
    if record.phase is Phase.RUNNING:
        control.send_execution_signals(ctx, calendar, record, ctx.period)


def _happened(ctx: Context, calendar: Calendar, record: DayRecord) -> Happening | None:
    """What the clock, or the opening of forecasts, brings in this slot."""
    first, end = calendar.first(record.day), calendar.end(record.day)
    match record.phase:
        case Phase.FORECASTING | Phase.PLANNING if ctx.slot >= calendar.gate(record.day):
            return Happening.GATE_CLOSED
        case Phase.FORECASTING if (attempt := find_attempt(ctx, record.day)) and attempt.has_problem:
            return Happening.FORECASTS_OPENED
        case Phase.CLOSED if ctx.period >= first:
            return Happening.DAY_BEGAN
        case Phase.DUE | Phase.RUNNING if ctx.period >= end:
            return Happening.DAY_ENDED
        case Phase.METERING if ctx.slot > calendar.reading_due(end - 1):
            return Happening.READINGS_CLOSED
    return None


def _effect(ctx: Context, calendar: Calendar, record: DayRecord, happening: Happening) -> DayRecord:
    """What a happening brings with it."""
    if happening is Happening.GATE_CLOSED:
        payments.lock_collateral(ctx, calendar.parameters, record.day)
        if not record.segments:
            reason = record.idle_reason or "there was no certified plan by gate closure"
            record = replace(record, idle_reason=reason)
            ctx.emit("idle", day=record.day, reason=reason)
            control.issue_schedule(ctx, calendar, record, 0, None)
            record = call_for_trigger(ctx, record, Cause.LATE)
    elif happening is Happening.DAY_ENDED:
        ctx.delete(attempt_key(record.day))
        record = replace(record, causes=())
        if record.phase is Phase.LAPSED:
            _retire(ctx, record.day)
    elif happening is Happening.READINGS_CLOSED:
        accounting.prepare(ctx, calendar, record)
    return record


def _put_into_effect(ctx: Context, calendar: Calendar, record: DayRecord) -> None:
    """A plan came into force: issue its control signals and make its contracts."""
    revision = record.segments[-1].revision
    plan = find_plan(ctx, record.day, revision)
    if plan is None:
        raise RuntimeError(f"the plan in force of day {record.day} is not kept")
    control.issue_schedule(ctx, calendar, record, revision, plan)
    tariff = get_problem(ctx, calendar.parameters, record.day, revision).tariff
    trade.make_trades(ctx, calendar.parameters, record, revision, plan, tariff)


def _note_unanswered(ctx: Context, calendar: Calendar, record: DayRecord) -> None:
    """Once the time is over: which parties have not confirmed, and whether the controller is silent."""
    revision = record.segments[-1].revision if record.segments else 0
    schedule = get_schedule(ctx, record.day, revision)
    if schedule is None or ctx.slot != schedule.answer_until + 1:
        return
    silent = trade.unconfirmed(ctx, calendar.parameters, record.day, revision) if record.segments else ()
    acknowledged = ctx.get(acknowledged_key(record.day, revision)) is not None
    if silent or not acknowledged:
        ctx.emit("unanswered", day=record.day, revision=revision, parties=silent, controller=not acknowledged)


def _moved(ctx: Context, record: DayRecord, happening: Happening) -> DayRecord:
    """Raises NotNow where the table has no such transition."""
    after = TRANSITIONS.get((record.phase, happening))
    if after is None:
        raise NotNow(record.day, record.phase, f"it cannot be {happening.value}")
    if after is record.phase:
        return record
    ctx.emit("phase", day=record.day, before=record.phase.value, after=after.value, why=happening.value)
    return replace(record, phase=after, since=ctx.slot)


def _retire(ctx: Context, day: Day) -> None:
    ctx.put(ACTIVE_KEY, tuple(other for other in active_days(ctx) if other != day))
