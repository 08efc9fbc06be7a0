"""The process of a window as a table, and what the chain itself does about it in every slot.

sealing     bidders seal their bids
revealing   they reveal them; whoever does not loses its bond
clearing    the bids are known: anybody has the window cleared
depositing  whoever trades puts down deposits
paying      buyers put the price into escrow, and get their rights
holding     rights are transferred, sold and nominated
delivering  devices deliver, meters tell, sellers are paid as they deliver
metering    the window is over: the last readings come
accounting  readings are in or absent: anybody settles
settled     paid
lapsed      nothing was sealed, revealed, cleared, traded or paid in time; the record says which

What people are awaited for passes when its slots are over, and as many blocks as it takes: so that no pause
of the chain costs anybody what it put up. A window whose first period comes before it is paid for lapses, and
all is given back. Holding and delivering pass by the clock.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from contracts import tdva
from contracts.capacity import consequences
from contracts.capacity.bids import Side
from contracts.capacity.keys import ACTIVE_KEY
from contracts.capacity.parameters import Calendar
from contracts.capacity.records import Phase, Standing, WindowRecord
from contracts.capacity.refusals import NotNow
from contracts.capacity.windows import (
    active_windows,
    calendar_of,
    faulty_max,
    find_trade,
    get_sealed,
    get_window,
    put_window,
    rights_of,
)
from contracts.context import Context
from ledger.quantities import Slot


class Happening(StrEnum):
    """What moves a window on."""

    BIDS_SEALED = "time to seal over"
    BIDS_REVEALED = "all bids revealed, or their time over"
    CLEARED = "cleared"
    DEPOSITED = "all deposits put down, or their time over"
    PAID = "all paid, or their time over"
    BEGAN = "began"
    ENDED = "ended"
    READINGS_CLOSED = "readings closed"
    ACCOUNTED = "accounted"
    CAME_TO_NOTHING = "came to nothing"


TRANSITIONS: Final[Mapping[tuple[Phase, Happening], Phase]] = {
    (Phase.SEALING, Happening.BIDS_SEALED): Phase.REVEALING,
    (Phase.SEALING, Happening.CAME_TO_NOTHING): Phase.LAPSED,
    (Phase.REVEALING, Happening.BIDS_REVEALED): Phase.CLEARING,
    (Phase.REVEALING, Happening.CAME_TO_NOTHING): Phase.LAPSED,
    (Phase.CLEARING, Happening.CLEARED): Phase.DEPOSITING,
    (Phase.CLEARING, Happening.CAME_TO_NOTHING): Phase.LAPSED,
    (Phase.DEPOSITING, Happening.DEPOSITED): Phase.PAYING,
    (Phase.DEPOSITING, Happening.CAME_TO_NOTHING): Phase.LAPSED,
    (Phase.PAYING, Happening.PAID): Phase.HOLDING,
    (Phase.PAYING, Happening.CAME_TO_NOTHING): Phase.LAPSED,
    (Phase.HOLDING, Happening.BEGAN): Phase.DELIVERING,
    (Phase.DELIVERING, Happening.ENDED): Phase.METERING,
    (Phase.METERING, Happening.READINGS_CLOSED): Phase.ACCOUNTING,
    (Phase.ACCOUNTING, Happening.ACCOUNTED): Phase.SETTLED,
}
OVER: Final = (Phase.SETTLED, Phase.LAPSED)
BEFORE_HOLDING: Final = (
    Phase.SEALING,
    Phase.REVEALING,
    Phase.CLEARING,
    Phase.DEPOSITING,
    Phase.PAYING,
)
AWAITING: Final = (*BEFORE_HOLDING, Phase.METERING)
"""In these phases people are awaited."""


def move(ctx: Context, record: WindowRecord, happening: Happening) -> WindowRecord:
    """Keep and return a window in its next phase; one that is over is followed no more.

    Raises NotNow where the table has no such transition.
    """
    after = TRANSITIONS.get((record.phase, happening))
    if after is None:
        raise NotNow(record.number, record.phase, f"it cannot be {happening.value}")
    moved = replace(record, phase=after, since=ctx.slot, since_height=ctx.height)
    put_window(ctx, moved)
    ctx.emit("phase", window=record.number, before=record.phase.value, after=after.value, why=happening.value)
    if after in OVER:
        ctx.put(ACTIVE_KEY, tuple(other for other in active_windows(ctx) if other != record.number))
    return moved


def lapse(ctx: Context, record: WindowRecord, reason: str) -> WindowRecord:
    """End a window that came to nothing."""
    return move(ctx, replace(record, reason=reason), Happening.CAME_TO_NOTHING)


def check_phase(record: WindowRecord, phase: Phase, what: str) -> None:
    """Raises NotNow in any other phase; `what` is the reason that it gives."""
    if record.phase is not phase:
        raise NotNow(record.number, record.phase, what)


def begin_paying(ctx: Context, record: WindowRecord) -> WindowRecord:
    """Deposits are down, or their time is over: buyers pay for what is left."""
    consequences.void_undeposited(ctx, record)
    buyers = sum(_has_to_pay(ctx, record, bid) for bid in range(record.sealed))
    if buyers == 0:
        consequences.release_bonds(ctx, record)
        return lapse(ctx, record, "no right has both its deposits")
    return move(ctx, replace(record, outstanding=buyers), Happening.DEPOSITED)


def begin_holding(ctx: Context, record: WindowRecord) -> WindowRecord:
    """All has been paid, or the time to pay is over."""
    consequences.void_unpaid(ctx, record)
    consequences.release_bonds(ctx, record)
    if record.minted == 0:
        return lapse(ctx, record, "no right was paid")
    return move(ctx, record, Happening.PAID)


def due(calendar: Calendar, record: WindowRecord) -> Slot | None:
    """The last slot in which what the phase awaits is taken; None in a phase that does not end by itself."""
    deadlines = calendar.parameters.deadlines
    match record.phase:
        case Phase.SEALING:
            return Slot(record.since + deadlines.seal_slots)
        case Phase.REVEALING:
            return Slot(record.since + deadlines.reveal_slots)
        case Phase.CLEARING:
            return Slot(record.since + deadlines.clear_slots)
        case Phase.DEPOSITING:
            return Slot(record.since + deadlines.deposit_slots)
        case Phase.PAYING:
            return Slot(record.since + deadlines.pay_slots)
        case Phase.HOLDING:
            return Slot(calendar.genesis.slot_of(record.first_period) - 1)
        case Phase.DELIVERING:
            return Slot(calendar.genesis.slot_of(record.end) - 1)
        case Phase.METERING:
            return Slot(record.since + deadlines.reading_slots)
    return None


def on_slot(ctx: Context) -> None:
    """What the chain does in a slot: clearings come into force, and deadlines pass."""
    calendar = calendar_of(ctx)
    for window in active_windows(ctx):
        record = _bring_into_force(ctx, get_window(ctx, window))
        if record.phase in BEFORE_HOLDING and ctx.period >= record.first_period:
            consequences.give_back(ctx, record)
            lapse(ctx, record, "its first period came before it was paid for")
        elif _is_over(ctx, calendar, record):
            _pass(ctx, record)


def _is_over(ctx: Context, calendar: Calendar, record: WindowRecord) -> bool:
    """Whether the time of a phase is over: in slots, and where people are awaited in blocks."""
    deadline = due(calendar, record)
    if deadline is None or ctx.slot <= deadline:
        return False
    return record.phase not in AWAITING or _blocks_of(ctx, record) >= calendar.blocks_needed(faulty_max(ctx))


def _blocks_of(ctx: Context, record: WindowRecord) -> int:
    """How many blocks could hold what a phase awaits: those between the one that began it and this one, but
    for as many as may have been empty to catch up with the slots of a pause."""
    caught_up = (ctx.slot - record.since) // ctx.genesis.limits.block_slots
    return ctx.height - record.since_height - 1 - caught_up


def _bring_into_force(ctx: Context, record: WindowRecord) -> WindowRecord:
    """In a slot after its transaction, when the ledger knows it, a clearing becomes what others link."""
    if record.dispatch is None or record.is_in_force:
        return record
    tdva.bring_into_force(ctx, record.process, record.dispatch)
    record = replace(record, is_in_force=True)
    put_window(ctx, record)
    return record


def _pass(ctx: Context, record: WindowRecord) -> WindowRecord:
    """A deadline is over."""
    match record.phase:
        case Phase.SEALING if record.sealed == 0:
            return lapse(ctx, record, "nobody sealed a bid")
        case Phase.SEALING:
            return move(ctx, record, Happening.BIDS_SEALED)
        case Phase.REVEALING:
            return _close_reveals(ctx, record)
        case Phase.CLEARING:
            consequences.release_bonds(ctx, record)
            return lapse(ctx, record, "nobody had it cleared in time")
        case Phase.DEPOSITING:
            return begin_paying(ctx, record)
        case Phase.PAYING:
            return begin_holding(ctx, record)
        case Phase.HOLDING:
            return move(ctx, record, Happening.BEGAN)
        case Phase.DELIVERING:
            return move(ctx, record, Happening.ENDED)
    root = tdva.verifications_root(ctx, record.process)
    ctx.emit("metered", window=record.number, verifications=root)
    return move(ctx, replace(record, verifications=root), Happening.READINGS_CLOSED)


def _close_reveals(ctx: Context, record: WindowRecord) -> WindowRecord:
    consequences.forfeit_unrevealed(ctx, record)
    if record.revealed == 0:
        return lapse(ctx, record, "nobody revealed a bid")
    return move(ctx, record, Happening.BIDS_REVEALED)


def _has_to_pay(ctx: Context, record: WindowRecord, bid: int) -> bool:
    trade = find_trade(ctx, record.number, bid)
    if trade is None or get_sealed(ctx, record.number, bid).side is Side.SELL:
        return False
    return any(right.standing is Standing.AGREED for _, right in rights_of(ctx, record.number, trade))
