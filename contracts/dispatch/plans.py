"""Planning a day: from its trigger over opened forecasts to the plan that stands.

An attempt begins with a trigger. Once the forecasts that it rests on are open, the problem is written down
and plans are taken until it closes: at gate closure, or after it, a stated number of slots later. The least
certified cost stands, ties to the first. An attempt that brings no plan changes nothing.
"""

from dataclasses import replace

from contracts import tdva
from contracts.context import Context
from contracts.dispatch.certificate import Certificate, bound, bus_prices, check_gap
from contracts.dispatch.check import check_plan
from contracts.dispatch.days import (
    calendar_of,
    check_process,
    find_attempt,
    find_plan,
    get_day,
    process_id,
)
from contracts.dispatch.errors import GapError
from contracts.dispatch.model import Plan, Problem, cost
from contracts.dispatch.parameters import Calendar, Parameters
from contracts.dispatch.problems import forecast_width, get_problem, make_problem, opened_forecasts
from contracts.dispatch.records import (
    Attempt,
    Cause,
    DayRecord,
    PlanRecord,
    Segment,
    attempt_key,
    encode_record,
    plan_key,
    problem_key,
)
from contracts.dispatch.refusals import WrongProblem
from contracts.sharing import rounds
from contracts.sharing.records import Opening
from contracts.sharing.records import Phase as SharingPhase
from ledger.quantities import Day, Period, Slot, TxId

PLAN_STEPS_A_CELL = 8
"""Work of checking a plan, in items a site and period."""

CASE_STEPS_A_CELL = 14
"""Work of checking a certificate, in items a case, site and period."""


def is_time_left(calendar: Calendar, day: Day, cause: Cause, slot: Slot) -> bool:
    """Whether a day's plan can be replaced before its gate closes.

    If not, what was planned is not given up: the cause waits, and the day is planned anew after gate closure.
    """
    windows = calendar.parameters.windows
    needed = windows.replan_slots
    if cause is Cause.FORECASTS:
        needed += windows.deal_slots + windows.complain_slots + windows.open_slots
    return slot + needed < calendar.gate(day)


def begin_attempt(ctx: Context, record: DayRecord, cause: Cause) -> DayRecord:
    """Plan a day (anew) because of this transaction, a trigger; what was being planned is dropped."""
    process = process_id(record)
    number = -1 if cause is Cause.FORECASTS else _usable_round(ctx, process)
    if number < 0:
        number = _open_round(ctx, process)
    begun = replace(record, revision=record.revision + 1)
    attempt = Attempt(begun.revision, cause, ctx.tx_id, number, Slot(0), has_problem=False, since=ctx.slot)
    ctx.put(attempt_key(record.day), encode_record(attempt))
    ctx.emit("triggered", day=record.day, revision=begun.revision, cause=cause.value, process=process)
    return begun


def follow_attempt(ctx: Context, calendar: Calendar, record: DayRecord, attempt: Attempt) -> DayRecord:
    """What the chain does in a slot about the attempt under way."""
    if not attempt.has_problem:
        return _follow_forecasts(ctx, calendar, record, attempt)
    if ctx.slot >= attempt.closes:
        return _conclude(ctx, record, attempt)
    return record


def submit(ctx: Context, day: Day, revision: int, plan: Plan, certificate: Certificate) -> None:
    """Take a plan, if it keeps every constraint and its certificate proves it; the best so far is kept.

    Raises UnknownDay, WrongProblem, WrongProcess, PlanError, CertificateError or GapError.
    """
    check_process(ctx, get_day(ctx, day))
    attempt = _expected_attempt(ctx, day, revision)
    parameters = calendar_of(ctx).parameters
    problem = get_problem(ctx, parameters, day, revision)
    offer = _checked(ctx, parameters, attempt, problem, plan, certificate)
    best = find_plan(ctx, day, revision)
    if best is not None and _rank(best) <= _rank(offer):
        ctx.emit("plan_bettered", day=day, revision=revision, cost_nano=offer.cost_nano, by=best.tx_id)
        return
    ctx.put(plan_key(day, revision), encode_record(offer))
    _announce(ctx, "plan_taken", day, revision, offer)


def _expected_attempt(ctx: Context, day: Day, revision: int) -> Attempt:
    """The attempt that a plan of this revision is for. Raises WrongProblem."""
    attempt = find_attempt(ctx, day)
    if attempt is None or not attempt.has_problem:
        raise WrongProblem(day, revision, None)
    if attempt.revision != revision or attempt.trigger != ctx.links[0]:
        raise WrongProblem(day, revision, attempt.revision)
    return attempt


def _checked(
    ctx: Context,
    parameters: Parameters,
    attempt: Attempt,
    problem: Problem,
    plan: Plan,
    certificate: Certificate,
) -> PlanRecord:
    """The plan as it is kept, checked exactly. Raises PlanError, CertificateError or GapError."""
    cells = len(problem.sites) * problem.periods
    ctx.charge("item", cells * (PLAN_STEPS_A_CELL + CASE_STEPS_A_CELL * certificate.cases))
    check_plan(problem, plan)
    cost_nano, bound_nano = cost(problem, plan), bound(problem, certificate)
    return PlanRecord(
        tx_id=ctx.tx_id,
        sender=ctx.sender,
        first_period=Period(problem.first_period),
        round=attempt.round,
        cost_nano=cost_nano,
        bound_nano=bound_nano,
        is_proven=_is_proven(parameters, certificate, cost_nano, bound_nano),
        bus_ukwh=bus_prices(problem, plan, certificate) if problem.model == "pooled" else (),
        sites=plan.sites,
    )


def _is_proven(parameters: Parameters, certificate: Certificate, cost_nano: int, bound_nano: int) -> bool:
    """Whether the gap is within the market's limit. A 0-1 plan may be unproven, within a limit of its own.

    Raises GapError.
    """
    try:
        check_gap(cost_nano, bound_nano, parameters.gap)
    except GapError:
        if certificate.is_linear:
            raise
        check_gap(cost_nano, bound_nano, parameters.unproven_gap)
        return False
    return True


def _rank(plan: PlanRecord) -> tuple[bool, int]:
    """Proven plans come before unproven ones, then the least cost."""
    return not plan.is_proven, plan.cost_nano


def _usable_round(ctx: Context, process: TxId) -> int:
    """The newest round of forecasts that is open or may become so; -1 if there is none."""
    newest = rounds.latest(ctx, process)
    count = 0 if newest is None else newest[0].number + 1
    for number in range(count - 1, -1, -1):
        if rounds.get_progress(ctx, process, number).phase is not SharingPhase.FAILED:
            return number
    return -1


def _open_round(ctx: Context, process: TxId) -> int:
    parameters = calendar_of(ctx).parameters
    windows = parameters.windows
    deal_until = ctx.slot + windows.deal_slots
    complain_until = deal_until + windows.complain_slots
    return rounds.open_round(
        ctx,
        process,
        opening=Opening.SUM if parameters.model == "pooled" else Opening.EACH,
        dealers=[park.address for park in parameters.parks],
        width=forecast_width(ctx, parameters),
        value_max=parameters.forecast_wh_max,
        deal_until=Slot(deal_until),
        complain_until=Slot(complain_until),
        open_until=Slot(complain_until + windows.open_slots),
    )


def _follow_forecasts(ctx: Context, calendar: Calendar, record: DayRecord, attempt: Attempt) -> DayRecord:
    process = process_id(record)
    progress = rounds.get_progress(ctx, process, attempt.round)
    if progress.phase is SharingPhase.OPENED:
        return _write_problem(ctx, calendar, record, attempt)
    if progress.phase is not SharingPhase.FAILED:
        return record
    before = _usable_round(ctx, process)
    if before < 0:
        return _give_up(ctx, record, attempt, f"the forecasts were not opened: {progress.reason}")
    ctx.put(attempt_key(record.day), encode_record(replace(attempt, round=before, since=ctx.slot)))
    return record


def _write_problem(ctx: Context, calendar: Calendar, record: DayRecord, attempt: Attempt) -> DayRecord:
    gate, day = calendar.gate(record.day), record.day
    is_ahead = ctx.slot < gate
    closes = gate if is_ahead else Slot(ctx.slot + calendar.parameters.windows.replan_slots)
    first_period = calendar.first(day)
    if not is_ahead:
        first_period = max(first_period, Period(ctx.genesis.period(closes) + 1))
    if first_period >= calendar.end(day):
        return _give_up(ctx, record, attempt, "no period of the day is left that it could change")
    forecasts = opened_forecasts(ctx, calendar.parameters, process_id(record), attempt.round)
    ctx.put(problem_key(day, attempt.revision), make_problem(ctx, calendar, day, first_period, forecasts))
    opened = replace(attempt, closes=closes, has_problem=True, since=ctx.slot)
    ctx.put(attempt_key(day), encode_record(opened))
    ctx.emit("planning", day=day, revision=attempt.revision, first_period=first_period, closes=closes)
    return record


def _conclude(ctx: Context, record: DayRecord, attempt: Attempt) -> DayRecord:
    """No more plans: the best there is comes into force, from its first period on."""
    best = find_plan(ctx, record.day, attempt.revision)
    if best is None:
        return _give_up(ctx, record, attempt, "no plan that holds was submitted in time")
    ctx.delete(attempt_key(record.day))
    tdva.bring_into_force(ctx, process_id(record), best.tx_id)
    kept = tuple(segment for segment in record.segments if segment.first_period < best.first_period)
    newest = Segment(best.first_period, attempt.revision, best.tx_id)
    _announce(ctx, "plan_stands", record.day, attempt.revision, best)
    return replace(record, segments=(*kept, newest))


def _give_up(ctx: Context, record: DayRecord, attempt: Attempt, reason: str) -> DayRecord:
    ctx.delete(attempt_key(record.day))
    ctx.emit("no_plan", day=record.day, revision=attempt.revision, reason=reason)
    return record if record.segments else replace(record, idle_reason=reason)


def _announce(ctx: Context, event: str, day: Day, revision: int, plan: PlanRecord) -> None:
    ctx.emit(
        event,
        day=day,
        revision=revision,
        plan=plan.tx_id,
        by=plan.sender,
        first_period=plan.first_period,
        cost_nano=plan.cost_nano,
        bound_nano=plan.bound_nano,
        is_proven=plan.is_proven,
    )
