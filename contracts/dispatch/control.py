"""The storage control contract (Liu and Ai 2024, Table 1): schedule, signals, acknowledgements, results.

A schedule is issued as soon as its plan stands, at least one period ahead of its first signal. In every
period of the day the chain then tells the storage and the parks to execute what is planned for it.
"""

from contracts.context import Context
from contracts.dispatch.days import (
    SECONDS_PER_HOUR,
    calendar_of,
    call_for_trigger,
    find_day,
    find_plan,
    get_schedule,
    told_w,
)
from contracts.dispatch.model import Flows
from contracts.dispatch.parameters import Calendar, Parameters
from contracts.dispatch.records import (
    AVAILABLE_KEY,
    Cause,
    DayRecord,
    PlanRecord,
    Schedule,
    acknowledged_key,
    encode_record,
    result_key,
    schedule_key,
)
from contracts.dispatch.refusals import DoneBefore, NotConcerned, NotNow, TooLate
from ledger.quantities import Day, Period, PowerW, Slot


def command(power_w: PowerW) -> str:
    """The control command of a power: `charge`, `discharge` or `idle`."""
    if power_w == 0:
        return "idle"
    return "charge" if power_w > 0 else "discharge"


def issue_schedule(
    ctx: Context, calendar: Calendar, record: DayRecord, revision: int, plan: PlanRecord | None
) -> None:
    """Issue the signals of a plan that stands now; without one, the storage is told to idle all day."""
    first_period = calendar.first(record.day) if plan is None else plan.first_period
    periods = calendar.end(record.day) - first_period
    power_w = (PowerW(0),) * periods if plan is None else _powers(plan, ctx.genesis.period_s)
    until = Slot(ctx.slot + calendar.parameters.windows.confirm_slots)
    schedule = Schedule(revision, first_period, power_w, ctx.slot, until)
    ctx.put(schedule_key(record.day, revision), encode_record(schedule))
    ctx.emit(
        "signals_issued",
        day=record.day,
        revision=revision,
        first_period=first_period,
        power_w=power_w,
        controller=calendar.parameters.provider,
        answer_until=until,
    )


def acknowledge(ctx: Context, day: Day, revision: int) -> None:
    """The controller has the signals of a revision."""
    _check_controller(ctx)
    schedule = get_schedule(ctx, day, revision)
    if schedule is None:
        raise NotNow(day, "without such signals", f"none of revision {revision} were issued")
    if ctx.get(acknowledged_key(day, revision)) is not None:
        raise DoneBefore(f"the signals of day {day}, revision {revision}, were acknowledged before")
    if ctx.slot > schedule.answer_until:
        raise TooLate("the acknowledgement", schedule.answer_until, ctx.slot)
    ctx.put(acknowledged_key(day, revision), ctx.slot)
    ctx.emit("acknowledged", day=day, revision=revision)


def report(ctx: Context, period: Period, power_w: PowerW, available_w: PowerW, status: str) -> None:
    """The controller's result of a period; another power that it can give is a change of the storage's
    state."""
    _check_controller(ctx)
    calendar = calendar_of(ctx)
    if period >= ctx.period:
        raise NotNow(ctx.genesis.day(period), "still in this period", f"period {period} is not over")
    if ctx.get(result_key(period)) is not None:
        raise DoneBefore(f"the result of period {period} was reported before")
    due = calendar.reading_due(period)
    if ctx.slot > due:
        raise TooLate(f"the result of period {period}", due, ctx.slot)
    ctx.put(result_key(period), (power_w, available_w, status))
    ctx.emit("result", period=period, power_w=power_w, available_w=available_w, status=status)
    rated_w = calendar.parameters.storage.power_w
    known_w = ctx.get(AVAILABLE_KEY)
    if available_w == (rated_w if known_w is None else known_w):
        return
    ctx.put(AVAILABLE_KEY, available_w)
    ctx.emit("storage_changed", period=period, available_w=available_w, status=status)
    record = find_day(ctx, ctx.genesis.day(ctx.period))
    if record is not None:
        call_for_trigger(ctx, record, Cause.STORAGE)


def send_execution_signals(ctx: Context, calendar: Calendar, record: DayRecord, period: Period) -> None:
    """Tell the storage and the parks' devices what to do in a period that begins."""
    segment = record.segment_of(period)
    plan = find_plan(ctx, record.day, segment.revision) if segment else None
    power_w = told_w(ctx, period)
    parks = park_signals(calendar.parameters, plan, period - plan.first_period) if plan else []
    ctx.emit(
        "execute",
        day=record.day,
        period=period,
        command=command(power_w),
        power_w=power_w,
        parks=tuple(parks),
    )


def park_signals(parameters: Parameters, plan: PlanRecord, index: int) -> list[tuple[str, int]]:
    """What each park's generation is to curtail in a period, Wh; what the bus curtails is shared by export
    rating."""
    if parameters.model == "paper":
        return [
            (park.address, flows.curtail_wh[index])
            for park, flows in zip(parameters.parks, plan.sites, strict=False)
        ]
    curtail_wh = plan.sites[0].curtail_wh[index]
    rated_w = max(1, sum(park.export_w for park in parameters.parks))
    return [(park.address, curtail_wh * park.export_w // rated_w) for park in parameters.parks]


def _powers(plan: PlanRecord, period_s: int) -> tuple[PowerW, ...]:
    return tuple(_power(plan.sites, index, period_s) for index in range(plan.periods))


def _power(sites: tuple[Flows, ...], index: int, period_s: int) -> PowerW:
    energy_wh = sum(site.charge_wh[index] - site.discharge_wh[index] for site in sites)
    return PowerW(energy_wh * SECONDS_PER_HOUR // period_s)


def _check_controller(ctx: Context) -> None:
    if ctx.sender != calendar_of(ctx).parameters.provider:
        raise NotConcerned(ctx.sender, "the storage's controller")
