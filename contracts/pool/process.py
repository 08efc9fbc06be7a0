"""The process of an interval as a table, and what the chain itself does about it in every slot.

due         cycles can begin: the first is awaited
bidding     a cycle is open (T): bidders sign, the platform collects
matched     the cycle's bids are posted and replayed (D); the next cycle may be opened
running     the energy flows
metering    meters deliver, for so many blocks
accounting  anybody settles
settled     paid
lapsed      no cycle was ever opened
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from contracts import tdva
from contracts.context import Context
from contracts.pool import storing
from contracts.pool.intervals import (
    active_intervals,
    calendar_of,
    check_process,
    count_seats,
    get_interval,
    process_id,
    put_interval,
    unsettled_intervals,
)
from contracts.pool.parameters import Calendar
from contracts.pool.posting import forget_posted
from contracts.pool.records import ACTIVE_KEY, TRADED, UNSETTLED_KEY, IntervalRecord, Phase
from contracts.pool.refusals import NotConcerned, NotNow, TooManyCycles, WrongCycle, WrongProcess
from ledger.quantities import Period

UNSETTLED_MAX = 1_000
"""So many of the newest are listed; who settles an older one has to know of it."""


class Happening(StrEnum):
    """What moves an interval on."""

    OPENED = "opened"
    MATCHED = "matched"
    BEGAN = "began"
    ENDED = "ended"
    READINGS_CLOSED = "readings closed"
    ACCOUNTED = "accounted"


TRANSITIONS: Final[Mapping[tuple[Phase, Happening], Phase]] = {
    (Phase.DUE, Happening.OPENED): Phase.BIDDING,
    (Phase.DUE, Happening.BEGAN): Phase.LAPSED,
    (Phase.BIDDING, Happening.MATCHED): Phase.MATCHED,
    (Phase.BIDDING, Happening.BEGAN): Phase.RUNNING,
    (Phase.MATCHED, Happening.OPENED): Phase.BIDDING,
    (Phase.MATCHED, Happening.BEGAN): Phase.RUNNING,
    (Phase.RUNNING, Happening.ENDED): Phase.METERING,
    (Phase.METERING, Happening.READINGS_CLOSED): Phase.ACCOUNTING,
    (Phase.ACCOUNTING, Happening.ACCOUNTED): Phase.SETTLED,
}


def move(ctx: Context, record: IntervalRecord, happening: Happening) -> IntervalRecord:
    """Keep and return an interval in its next phase. Raises NotNow where the table has no such transition."""
    after = TRANSITIONS.get((record.phase, happening))
    if after is None:
        raise NotNow(record.period, record.phase, f"it cannot be {happening.value}")
    moved = replace(record, phase=after, since=ctx.height)
    put_interval(ctx, moved)
    ctx.emit("phase", period=record.period, before=record.phase.value, after=after.value, why=happening.value)
    return moved


def check_platform(ctx: Context) -> None:
    """Raises NotConcerned unless the platform sent this."""
    if ctx.sender != calendar_of(ctx).parameters.platform:
        raise NotConcerned(ctx.sender, "the platform of this market")


def open_cycle(ctx: Context, period: Period, cycle: int) -> None:
    """T: the platform opens the next cycle of an interval; the first opens its process.

    Raises PoolError.
    """
    check_platform(ctx)
    record = get_interval(ctx, period)
    if record.process is not None:
        check_process(ctx, record)
    elif ctx.process != ctx.tx_id:
        raise WrongProcess(period)
    if cycle != record.cycles:
        raise WrongCycle(period, cycle, record.cycles)
    most = calendar_of(ctx).parameters.cycles
    if cycle == most:
        raise TooManyCycles(period, most)
    if record.process is None:
        storing.offer_stock(ctx, record)
    process = record.process or ctx.tx_id
    move(ctx, replace(record, process=process, opened=ctx.tx_id, cycles=cycle + 1), Happening.OPENED)


def on_slot(ctx: Context) -> None:
    """What the chain does in a slot: intervals fall due and begin, readings close."""
    calendar = calendar_of(ctx)
    _fall_due(ctx, calendar.due(ctx.slot))
    for period in active_intervals(ctx):
        record = get_interval(ctx, period)
        while (happening := _happened(ctx, calendar, record)) is not None:
            record = _effect(ctx, move(ctx, record, happening), happening)


def _fall_due(ctx: Context, period: Period) -> None:
    seats = count_seats(ctx)
    if seats == 0:
        return
    put_interval(ctx, IntervalRecord(period, Phase.DUE, ctx.height, seats))
    ctx.put(ACTIVE_KEY, (*active_intervals(ctx), period))
    ctx.emit("trigger_due", period=period)


def _happened(ctx: Context, calendar: Calendar, record: IntervalRecord) -> Happening | None:
    """What the clock brings in this slot. Energy flows by the clock; readings need blocks, so that nobody is
    silent because the chain stood still."""
    if record.phase in TRADED:
        return Happening.BEGAN if ctx.slot > calendar.trading_until(record.period) else None
    if record.phase is Phase.RUNNING:
        return Happening.ENDED if ctx.period > record.period else None
    waited = ctx.height - record.since
    is_over = record.phase is Phase.METERING and waited >= calendar.parameters.windows.reading_slots
    return Happening.READINGS_CLOSED if is_over else None


def _effect(ctx: Context, record: IntervalRecord, happening: Happening) -> IntervalRecord:
    """What a happening brings with it."""
    if happening is Happening.BEGAN:
        if record.dispatch is not None:
            tdva.bring_into_force(ctx, process_id(record), record.dispatch)
        forget_posted(ctx, record.period)
        storing.take_rest(ctx, record)
    if record.phase is Phase.LAPSED or happening is Happening.READINGS_CLOSED:
        ctx.put(ACTIVE_KEY, tuple(other for other in active_intervals(ctx) if other != record.period))
    if happening is Happening.READINGS_CLOSED:
        root = tdva.verifications_root(ctx, process_id(record))
        record = replace(record, verifications=root)
        put_interval(ctx, record)
        ctx.put(UNSETTLED_KEY, (*unsettled_intervals(ctx), record.period)[-UNSETTLED_MAX:])
        ctx.emit("metered", period=record.period, verifications=root)
    return record
