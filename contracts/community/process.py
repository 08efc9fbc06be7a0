"""The process of a round as a table, and what the chain itself does about it in every slot.

    due         the round is to be opened: a trigger is awaited, however long
    ordering    homes order; where requests are matched, they request
    offering    homes answer the requests, until the timeout; otherwise this phase is over at once
    matching    the orders are known: anybody has them matched
    running     matched or not, the energy flows and meters deliver, until the last reading is in or absent
    accounting  anybody settles
    settled     paid, and forgotten after a while

A trigger that comes too late for orders has the round run at once: its homes are metered and settled all the
same, so that every period of a home is billed once.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final, cast

from contracts import tdva
from contracts.community import ordering
from contracts.community.orders import Side
from contracts.community.parameters import COMMUNITY, Calendar
from contracts.community.pricing import suggest
from contracts.community.records import (
    ACTIVE_KEY,
    KEPT_KEY,
    OPEN_KEY,
    Phase,
    RoundRecord,
    bills_key,
    book_key,
    match_key,
    round_key,
)
from contracts.community.refusals import NotNow, TooManyLate, WrongProcess
from contracts.community.rounds import (
    active_rounds,
    calendar_of,
    count_homes,
    find_round,
    get_round,
    interval_lengths,
    oldest_open,
    process_id,
    put_round,
    recent_turnovers,
)
from contracts.context import Context
from crypto.hashing import Digest, domain, sha256
from ledger.quantities import Period

PASSED_A_SLOT: Final = 4
"""Rounds by which the marks of the oldest ones move on in a slot: more than fall due."""


class Happening(StrEnum):
    """What moves a round on."""

    TRIGGERED = "triggered"
    TRIGGERED_LATE = "triggered too late for orders"
    ORDERS_CLOSED = "orders closed"
    OFFERS_CLOSED = "offers closed"
    MATCHED = "matched"
    BEGAN = "began without a match"
    READINGS_CLOSED = "readings closed"
    ACCOUNTED = "accounted"


TRANSITIONS: Final[Mapping[tuple[Phase, Happening], Phase]] = {
    (Phase.DUE, Happening.TRIGGERED): Phase.ORDERING,
    (Phase.DUE, Happening.TRIGGERED_LATE): Phase.RUNNING,
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


def begin(ctx: Context) -> None:
    """No round is open or kept before the one that falls due first."""
    first_period = calendar_of(ctx).due(ctx.genesis.first_slot)
    for key in (OPEN_KEY, KEPT_KEY):
        ctx.put(key, first_period)


def trigger(ctx: Context, first_period: Period) -> None:
    """T: open a round that is due. Raises UnknownRound, NotNow, WrongProcess or TooManyLate."""
    record, calendar, active = get_round(ctx, first_period), calendar_of(ctx), active_rounds(ctx)
    if ctx.process != ctx.tx_id:
        raise WrongProcess(first_period)
    is_late = ctx.slot > calendar.orders_until(first_period)
    if is_late and len(active) >= calendar.late_at_once_max:
        raise TooManyLate(first_period, len(active))
    until = calendar.readings_until(record.end, ctx.slot)
    happening = Happening.TRIGGERED_LATE if is_late else Happening.TRIGGERED
    move(ctx, replace(record, process=ctx.tx_id, readings_until=until), happening)
    ctx.put(ACTIVE_KEY, tuple(sorted((*active, first_period))))


def on_slot(ctx: Context) -> None:
    """What the chain does in a slot: rounds fall due, windows end, matches come into force, and what was
    settled long ago is forgotten."""
    calendar = calendar_of(ctx)
    _fall_due(ctx, calendar, calendar.due(ctx.slot))
    for first_period in active_rounds(ctx):
        record = get_round(ctx, first_period)
        if record.phase is Phase.RUNNING and record.dispatch and ctx.slot == record.since + 1:
            # In the slot after its transaction, when the ledger knows it.
            tdva.bring_into_force(ctx, process_id(record), record.dispatch)
        while (happening := _happened(ctx, calendar, record)) is not None:
            record = _effect(ctx, move(ctx, record, happening), happening)
    _pass_settled(ctx, calendar.due(ctx.slot))
    _forget(ctx, calendar.parameters.windows.kept_slots)


def _fall_due(ctx: Context, calendar: Calendar, first_period: Period) -> None:
    """Open the books of the round that comes next, if an interval of any home begins with it."""
    beginning = [length for length in interval_lengths(ctx) if first_period % length == 0]
    if not beginning:
        return
    band = calendar.band(first_period)
    record = RoundRecord(
        first_period=first_period,
        end=Period(first_period + max(beginning)),
        phase=Phase.DUE,
        since=ctx.slot,
        homes=count_homes(ctx),
        band=band,
        suggestion=suggest(recent_turnovers(ctx), band, calendar.parameters.weights),
    )
    put_round(ctx, record)
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
        Phase.ORDERING: (calendar.orders_until(record.first_period), Happening.ORDERS_CLOSED),
        Phase.OFFERING: (calendar.offers_until(record.first_period), Happening.OFFERS_CLOSED),
        Phase.MATCHING: (calendar.match_until(record.first_period), Happening.BEGAN),
        Phase.RUNNING: (record.readings_until, Happening.READINGS_CLOSED),
    }
    until, happening = ends.get(record.phase, (None, None))
    return happening if until is not None and ctx.slot > until else None


def _effect(ctx: Context, record: RoundRecord, happening: Happening) -> RoundRecord:
    """What a happening brings with it."""
    if happening is Happening.OFFERS_CLOSED:
        record = replace(record, seed=_tie_seed(ctx, record))
        put_round(ctx, record)
    elif happening is Happening.BEGAN:
        for order in ordering.take_all(ctx, record)[Side.BID]:
            ordering.release(ctx, record, order)
    elif happening is Happening.READINGS_CLOSED:
        ctx.put(ACTIVE_KEY, tuple(other for other in active_rounds(ctx) if other != record.first_period))
        root = tdva.verifications_root(ctx, process_id(record))
        record = replace(record, verifications=root)
        put_round(ctx, record)
        ctx.emit("metered", round=record.first_period, verifications=root)
    return record


def _tie_seed(ctx: Context, record: RoundRecord) -> Digest:
    """By the block below this slot's first, which is the last that any order can be in: who places one, or
    triggers, cannot know it."""
    return sha256(domain(f"{COMMUNITY}-ties", ctx.genesis.hash) + process_id(record) + ctx.block.parent)


def _pass_settled(ctx: Context, due: Period) -> None:
    """Move the mark on, below which all rounds are settled."""
    first = oldest_open(ctx)
    for first_period in range(first, min(first + PASSED_A_SLOT, due + 1)):
        record = find_round(ctx, first_period)
        if record is not None and record.phase is not Phase.SETTLED:
            break
        ctx.put(OPEN_KEY, first_period + 1)


def _forget(ctx: Context, kept_slots: int) -> None:
    """Keep nothing of the oldest rounds, which nobody asks for any more."""
    first = cast(Period, ctx.get(KEPT_KEY))
    for first_period in range(first, min(first + PASSED_A_SLOT, oldest_open(ctx))):
        record = find_round(ctx, first_period)
        if record is not None:
            if ctx.slot <= record.since + kept_slots:
                break
            for key in (round_key, book_key, match_key, bills_key):
                ctx.delete(key(first_period))
        ctx.put(KEPT_KEY, first_period + 1)
