"""How a round goes from one phase to the next, on the chain."""

from dataclasses import replace
from typing import cast

from contracts.context import Context
from contracts.sharing import rounds
from contracts.sharing.records import Opening, Phase, Progress, Round, shares_key
from crypto.address import Address


def end_phase(ctx: Context, opened: Round) -> None:
    """What happens when the time of a phase is over: the dealers are fixed, or the round has failed."""
    progress = rounds.get_progress(ctx, opened.process, opened.number)
    if progress.phase is Phase.DEALING:
        _fix(ctx, opened, progress)
    elif progress.phase is Phase.FIXED and ctx.slot > opened.open_until:
        _fail(ctx, opened, progress, "it was not opened in time")


def _fix(ctx: Context, opened: Round, progress: Progress) -> None:
    """Fix whose curves are opened: for a process once, as the difference of two sums would be a curve."""
    before = rounds.fixed_dealers(ctx, opened.process)
    least = cast(int, ctx.get("dealers_min")) if opened.opening is Opening.SUM else 1
    if len(progress.standing) < least:
        _fail(ctx, opened, progress, f"{len(progress.standing)} dealers stand, and it takes {least}")
    elif before and before != progress.standing:
        _fail(ctx, opened, progress, "other dealers stand than were fixed for this process before")
    else:
        rounds.fix_dealers(ctx, opened.process, progress.standing)
        rounds.keep_progress(ctx, opened, replace(progress, phase=Phase.FIXED))
        ctx.emit("fixed", process=opened.process, number=opened.number, dealers=progress.standing)


def _fail(ctx: Context, opened: Round, progress: Progress, reason: str) -> None:
    rounds.keep_progress(ctx, opened, replace(progress, phase=Phase.FAILED, reason=reason))
    ctx.emit("failed", process=opened.process, number=opened.number, reason=reason)


def refuse_values(
    ctx: Context, opened: Round, progress: Progress, dealer: Address | None, index: int
) -> None:
    """Values beyond the bound: of a sum nobody can say whose they are; of a curve, its dealer is out."""
    if dealer is None:
        _fail(ctx, opened, progress, f"value {index} of the sum is beyond what its dealers may deal")
        return
    standing = tuple(other for other in progress.standing if other != dealer)
    ctx.delete(shares_key(opened.id, dealer))
    ctx.emit("dealer_out", process=opened.process, number=opened.number, dealer=dealer, member=ctx.sender)
    keep_opened(ctx, opened, replace(progress, standing=standing, out=(*progress.out, dealer)))


def keep_opened(ctx: Context, opened: Round, progress: Progress) -> None:
    """The round ends when the sum is open, or every standing dealer's curve."""
    if opened.opening is Opening.EACH and not progress.standing:
        _fail(ctx, opened, progress, "no dealer stands")
        return
    if opened.opening is Opening.EACH and len(progress.opened) < len(progress.standing):
        rounds.keep_progress(ctx, opened, progress)
        return
    rounds.keep_progress(ctx, opened, replace(progress, phase=Phase.OPENED))
    ctx.emit("round_ended", process=opened.process, number=opened.number)
