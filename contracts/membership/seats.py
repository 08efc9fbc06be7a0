"""Who enters the committee, who leaves it, and who waits to leave.

Whoever is suspended, expelled, revoked or expired loses its seat at h + 2, but the committee never falls
below its minimum: beyond that they wait, in the state, until others are admitted (protocol.md, Identity).
"""

from dataclasses import replace
from typing import Final, cast

from contracts.context import Context
from contracts.membership import members, schedule
from contracts.membership.members import Member, Standing
from contracts.membership.parameters import parameters_of
from crypto.address import Address
from ledger.genesis import VALIDATOR
from ledger.quantities import Height, Slot

WAITING_KEY: Final = "waiting"
EXPIRY_KEY: Final = "expiry"
"""A slot before whose end no seated member's certificate ends, or None: the hook need not read them all."""

REASONS: Final = ("suspended", "expelled", "revoked", "role lost", "expired")
"""Why a member must leave; in this order they do, and then in that in which they came to wait."""

Waiting = tuple[tuple[Address, str], ...]


def begin(ctx: Context) -> None:
    """Seat the founders."""
    ctx.put(schedule.KEY, ((0, ctx.genesis.committee),))
    ctx.put(WAITING_KEY, ())
    _note_expiry(ctx, [members.member(ctx, founder) for founder in ctx.genesis.committee])


def waiting(ctx: Context) -> Waiting:
    """Those who must leave, and why, while the committee cannot do without them."""
    return cast(Waiting, ctx.get(WAITING_KEY))


def seat(ctx: Context, admitted: Member) -> None:
    """Have a member enter the committee at h + 2; one that waits to leave may go then."""
    height = Height(ctx.height + schedule.NOTICE_BLOCKS)
    members.keep(ctx, replace(admitted, liable_from=height))
    seated = [members.member(ctx, address) for address in (*members.seated(ctx), admitted.address)]
    in_order = sorted(seated, key=lambda member: member.number)
    schedule.put(ctx, tuple([member.address for member in in_order]))
    _note_expiry(ctx, seated)
    ctx.emit("entered", member=admitted.address, height=height)
    _let_go(ctx)


def unseat(ctx: Context, leaving: Waiting) -> None:
    """Have these leave the committee at h + 2. The caller knows that it can do without them."""
    gone = dict(leaving)
    schedule.put(ctx, tuple([address for address in members.seated(ctx) if address not in gone]))
    for address, reason in leaving:
        ctx.emit("left", member=address, height=ctx.height + schedule.NOTICE_BLOCKS, reason=reason)


def reconsider(ctx: Context, changed: Member) -> None:
    """After a member's record changed: whether it must leave, or need not any more."""
    if not members.is_seated(ctx, changed.address):
        return
    reason = _reason(changed, ctx.slot)
    others = tuple([entry for entry in waiting(ctx) if entry[0] != changed.address])
    if reason is None:
        ctx.put(WAITING_KEY, others)
    else:
        ctx.put(WAITING_KEY, (*others, (changed.address, reason)))
        ctx.emit("must_leave", member=changed.address, reason=reason)
    _note_expiry(ctx, [changed])
    _let_go(ctx)


def expire(ctx: Context, slot: Slot) -> None:
    """The hook: validators whose certificate has ended must leave."""
    due = cast(int | None, ctx.get(EXPIRY_KEY))
    if due is None or slot <= due:
        return
    before = waiting(ctx)
    known = dict(before)
    seated = [members.member(ctx, address) for address in members.seated(ctx)]
    ended = [member.address for member in seated if not member.is_certified(slot)]
    new = [(address, "expired") for address in ended if address not in known]
    for address, reason in new:
        ctx.emit("must_leave", member=address, reason=reason)
    ctx.put(WAITING_KEY, (*before, *new))
    ctx.put(EXPIRY_KEY, None)
    _note_expiry(ctx, [member for member in seated if member.is_certified(slot)])
    _let_go(ctx)


def _let_go(ctx: Context) -> None:
    """Let those who wait go, as far as the minimum allows."""
    entries = waiting(ctx)
    spare = len(members.seated(ctx)) - parameters_of(ctx.genesis).minimum
    if not entries or spare <= 0:
        return
    in_order = sorted(entries, key=lambda entry: REASONS.index(entry[1]))
    ctx.put(WAITING_KEY, tuple([entry for entry in entries if entry not in in_order[:spare]]))
    unseat(ctx, tuple(in_order[:spare]))


def _reason(member: Member, slot: int) -> str | None:
    """Why a member may not keep its seat."""
    if member.standing is not Standing.GOOD:
        return member.standing.value
    if member.is_revoked:
        return "revoked"
    if VALIDATOR not in member.roles:
        return "role lost"
    return None if member.is_certified(slot) else "expired"


def _note_expiry(ctx: Context, seated: list[Member]) -> None:
    ends = [member.last_slot for member in seated if member.last_slot is not None]
    known = cast(int | None, ctx.get(EXPIRY_KEY))
    ctx.put(EXPIRY_KEY, min([*ends, *([] if known is None else [known])], default=None))
