"""Days under way, as the rooms of this contract, and agents, find them.

What only looks takes anything that reads this contract's state: a context on the chain, a view outside it.
"""

from dataclasses import replace
from typing import cast

from contracts.context import Context
from contracts.dispatch.model import Series, Tariff
from contracts.dispatch.parameters import Calendar, Parameters, parameters_of
from contracts.dispatch.records import (
    ACTIVE_KEY,
    Attempt,
    Cause,
    DayRecord,
    Phase,
    PlanRecord,
    Schedule,
    attempt_key,
    day_key,
    decode_attempt,
    decode_day,
    decode_plan,
    decode_schedule,
    encode_record,
    plan_key,
    prices_key,
    schedule_key,
)
from contracts.dispatch.refusals import UnknownDay, WrongProcess
from contracts.state_reader import StateReader
from ledger.quantities import Day, PowerW, TxId

SECONDS_PER_HOUR = 3_600


def calendar_of(state: StateReader) -> Calendar:
    """The chain's calendar, with the market's parameters in it."""
    return Calendar(state.genesis, parameters_of(state.genesis))


def active_days(state: StateReader) -> tuple[Day, ...]:
    """The days whose processes run, oldest first."""
    return cast(tuple[Day, ...], state.get(ACTIVE_KEY) or ())


def find_day(state: StateReader, day: int) -> DayRecord | None:
    """A day's process; None if it has not fallen due."""
    value = state.get(day_key(day))
    return None if value is None else decode_day(value)


def get_day(state: StateReader, day: Day) -> DayRecord:
    """Raises UnknownDay."""
    record = find_day(state, day)
    if record is None:
        raise UnknownDay(day)
    return record


def put_day(ctx: Context, record: DayRecord) -> None:
    """Keep how far a day's process has come."""
    ctx.put(day_key(record.day), encode_record(record))


def process_id(record: DayRecord) -> TxId:
    """The process of a day that was triggered."""
    if record.process is None:
        raise RuntimeError(f"day {record.day} was not triggered")
    return record.process


def check_process(ctx: Context, record: DayRecord) -> None:
    """Raises WrongProcess unless the transaction's links lead to this day's process."""
    if ctx.process != record.process:
        raise WrongProcess(record.day)


def find_attempt(state: StateReader, day: Day) -> Attempt | None:
    """The planning that is under way; None if none is."""
    value = state.get(attempt_key(day))
    return None if value is None else decode_attempt(value)


def find_plan(state: StateReader, day: Day, revision: int) -> PlanRecord | None:
    """The best plan of an attempt; None if there is none."""
    value = state.get(plan_key(day, revision))
    return None if value is None else decode_plan(value)


def get_schedule(state: StateReader, day: Day, revision: int) -> Schedule | None:
    """The control signals of a revision; None if none were issued."""
    value = state.get(schedule_key(day, revision))
    return None if value is None else decode_schedule(value)


def tariff_of(state: StateReader, parameters: Parameters, day: Day) -> Tariff:
    """The grid's prices in each period of a day."""
    changed = state.get(prices_key(day))
    if changed is None:
        return parameters.tariff
    return Tariff(*cast(tuple[Series, Series], changed))


def told_w(state: StateReader, period: int) -> PowerW:
    """The power that the storage was told for a period: 0 where no plan is in force."""
    day = state.genesis.day(period)
    record = find_day(state, day)
    segment = record.segment_of(period) if record else None
    schedule = get_schedule(state, day, segment.revision) if segment else None
    return PowerW(0) if schedule is None else schedule.power_w[period - schedule.first_period]


def told_wh(state: StateReader, period: int) -> int:
    """The same as energy: + charges."""
    return told_w(state, period) * state.genesis.period_s // SECONDS_PER_HOUR


def call_for_trigger(ctx: Context, record: DayRecord, cause: Cause) -> DayRecord:
    """Note, and keep, that a day is to be planned anew; whoever may trigger does so by this cause, once.

    Not where the cause is pending already, where a problem is yet to be written down and will have the news,
    or where the day was planned as often as the market allows.
    """
    is_open = record.phase in (Phase.FORECASTING, Phase.PLANNING, Phase.CLOSED, Phase.RUNNING)
    exhausted = record.revision + len(record.causes) >= parameters_of(ctx.genesis).revisions_max
    attempt = find_attempt(ctx, record.day)
    is_included = attempt is not None and not attempt.has_problem and cause is not Cause.FORECASTS
    if not is_open or exhausted or is_included or cause in record.causes:
        return record
    called = replace(record, causes=(*record.causes, cause), since=ctx.slot)
    put_day(ctx, called)
    ctx.emit("trigger_due", day=record.day, cause=cause.value)
    return called
