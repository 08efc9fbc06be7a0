"""The process of a round as a table, and what the chain itself does about it in every slot.

    due         the round is to be opened: a trigger is awaited
    ordering    homes order; where requests are matched, they request
    offering    homes answer the requests, until the timeout; otherwise this phase is over at once
    matching    the orders are known: anybody has them matched
    running     matched or not, the energy flows and meters deliver, until the last reading is in or absent
    accounting  anybody settles
    settled     paid
    lapsed      never triggered, and over

A trigger that comes late opens what is left of the round: its homes are metered and settled all the same.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from contracts import tdva
from contracts.community import ordering
from contracts.community.orders import Side
from contracts.community.parameters import Calendar
from contracts.community.pricing import suggest
from contracts.community.records import ACTIVE_KEY, UNSETTLED_KEY, Phase, RoundRecord
from contracts.community.refusals import NotNow, WrongProcess
from contracts.community.rounds import (
    active_rounds,
    calendar_of,
    count_homes,
    get_home,
    get_round,
    process_id,
    put_round,
    recent_turnovers,
    unsettled_rounds,
)
from contracts.context import Context
from ledger import tdva as ledger_tdva
from ledger.quantities import Period


class Happening(StrEnum):
    """What moves a round on."""

    TRIGGERED = "triggered"
    ORDERS_CLOSED = "orders closed"
    OFFERS_CLOSED = "offers closed"
    MATCHED = "matched"
    BEGAN = "began without a match"
    READINGS_CLOSED = "readings closed"
    ACCOUNTED = "accounted"


TRANSITIONS: Final[Mapping[tuple[Phase, Happening], Phase]] = {
    (Phase.DUE, Happening.TRIGGERED): Phase.ORDERING,
    (Phase.DUE, Happening.READINGS_CLOSED): Phase.LAPSED,
    (Phase.ORDERING, Happening.ORDERS_CLOSED): Phase.OFFERING,
    (Phase.OFFERING, Happening.OFFERS_CLOSED): Phase.MATCHING,
    (Phase.MATCHING, Happening.MATCHED): Phase.RUNNING,
    (Phase.MATCHING, Happening.BEGAN): Phase.RUNNING,
    (Phase.RUNNING, Happening.READINGS_CLOSED): Phase.ACCOUNTING,
    (Phase.ACCOUNTING, Happening.ACCOUNTED): Phase.SETTLED,
}


def move(ctx: Context, record: RoundRecord, happening: Happening) -> RoundRecord:
    """Keep and return a round in its next phase. Raises NotNow where the table has no such transition."""
    after = TRANSITIONS.get((record.phase, happening))
    if after is None:
        raise NotNow(record.first_period, record.phase, f"it cannot be {happening.value}")
    moved = replace(record, phase=after, since=ctx.slot)
    put_round(ctx, moved)
    ctx.emit(
        "phase", round=record.first_period, before=record.phase.value, after=after.value, why=happening.value
    )
    return moved


def trigger(ctx: Context, first_period: Period) -> None:
    """T: open a round that is due. Raises UnknownRound, NotNow or WrongProcess."""
    record = get_round(ctx, first_period)
    if ctx.process != ctx.tx_id:
        raise WrongProcess(first_period)
    move(ctx, replace(record, process=ctx.tx_id), Happening.TRIGGERED)


def on_slot(ctx: Context) -> None:
    """What the chain does in a slot: rounds fall due, windows end, matches come into force."""
    calendar = calendar_of(ctx)
    _fall_due(ctx, calendar, calendar.due(ctx.slot))
    for first_period in active_rounds(ctx):
        record = get_round(ctx, first_period)
        if record.phase is Phase.RUNNING and record.dispatch and ctx.slot == record.since + 1:
            # In the slot after its transaction, when the ledger knows it.
            tdva.bring_into_force(ctx, process_id(record), record.dispatch)
        while (happening := _happened(ctx, calendar, record)) is not None:
            record = _effect(ctx, move(ctx, record, happening), happening)


def _fall_due(ctx: Context, calendar: Calendar, first_period: Period) -> None:
    """Open the books of the round that comes next, if an interval of any home begins with it."""
    homes = count_homes(ctx)
    taking_part = [home for home in (get_home(ctx, n) for n in range(homes)) if home.takes_part(first_period)]
    if not taking_part:
        return
    band = calendar.band(first_period)
    record = RoundRecord(
        first_period=first_period,
        end=Period(first_period + max(home.interval_periods for home in taking_part)),
        phase=Phase.DUE,
        since=ctx.slot,
        homes=homes,
        band=band,
        suggestion=suggest(recent_turnovers(ctx), band, calendar.parameters.weights),
    )
    put_round(ctx, record)
    ctx.put(ACTIVE_KEY, (*active_rounds(ctx), first_period))
    ctx.emit(
        "trigger_due",
        round=first_period,
        ask_ukwh=record.suggestion.ask_ukwh,
        bid_ukwh=record.suggestion.bid_ukwh,
        feed_in_ukwh=band.feed_in_ukwh,
        grid_ukwh=band.grid_ukwh,
    )


def _happened(ctx: Context, calendar: Calendar, record: RoundRecord) -> Happening | None:
    """What the clock brings in this slot."""
    ends = {
        Phase.DUE: (calendar.reading_due(record.end - 1), Happening.READINGS_CLOSED),
        Phase.ORDERING: (calendar.orders_until(record.first_period), Happening.ORDERS_CLOSED),
        Phase.OFFERING: (calendar.offers_until(record.first_period), Happening.OFFERS_CLOSED),
        Phase.MATCHING: (calendar.match_until(record.first_period), Happening.BEGAN),
        Phase.RUNNING: (calendar.reading_due(record.end - 1), Happening.READINGS_CLOSED),
    }
    until, happening = ends.get(record.phase, (None, None))
    return happening if until is not None and ctx.slot > until else None


def _effect(ctx: Context, record: RoundRecord, happening: Happening) -> RoundRecord:
    """What a happening brings with it."""
    if happening is Happening.BEGAN:
        for order in ordering.take_all(ctx, record)[Side.BID]:
            ordering.release(ctx, record, order)
    elif happening is Happening.READINGS_CLOSED:
        ctx.put(ACTIVE_KEY, tuple(other for other in active_rounds(ctx) if other != record.first_period))
        if record.process is not None:
            root = ledger_tdva.verifications_root(ctx.journal.state, record.process)
            record = replace(record, verifications=root)
            put_round(ctx, record)
            ctx.put(UNSETTLED_KEY, (*unsettled_rounds(ctx), record.first_period))
            ctx.emit("metered", round=record.first_period, verifications=root)
    return record
