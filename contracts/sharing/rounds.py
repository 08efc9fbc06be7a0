"""Rounds of sharing, as other contracts open and read them. Functions take any contract's context."""

from collections.abc import Sequence
from typing import cast

from contracts.context import Context
from contracts.membership import members
from contracts.sharing.errors import BadDeclaration, BadRound, NoRound, NotDealt, RoundRunning, TooManyRounds
from contracts.sharing.records import (
    ACTIVE_KEY,
    SHARING,
    Dealing,
    Opened,
    Opening,
    Phase,
    Progress,
    Round,
    dealing_context,
    dealing_key,
    decode_dealing,
    decode_opened,
    decode_progress,
    decode_round,
    due_key,
    encode_record,
    opened_key,
    process_key,
    progress_key,
    round_id,
    round_key,
    shares_key,
)
from crypto import inner_product
from crypto.address import Address
from crypto.errors import BadProof
from crypto.pedersen import WIDTH_MAX
from ledger.codec import Value
from ledger.quantities import Slot, TxId

DEALERS_MAX = 512
ROUNDS_ACTIVE_MAX = 16
ROUNDS_A_PROCESS_MAX = 64
VALUE_MAX = 2**47
"""The largest `value_max`: sums of all dealers' values stay within the codec's integers."""


def open_round(
    ctx: Context,
    process: TxId,
    *,
    opening: Opening,
    dealers: Sequence[Address],
    width: int,
    value_max: int,
    deal_until: Slot,
    complain_until: Slot,
    open_until: Slot,
) -> int:
    """Open the next round of a process to these dealers; returns its number.

    Shares go to the committee as it is now. Raises RoundRunning, TooManyRounds or BadRound.
    """
    sharing = ctx.scope(SHARING)
    number, _ = _process(sharing, process)
    active = active_rounds(ctx)
    _check_room(sharing, process, number, active)
    holders = members.committee(ctx)
    opened = Round(
        process=process,
        number=number,
        opening=opening,
        dealers=tuple(dealers),
        members=holders,
        keys=tuple(members.encryption_key(ctx, member) for member in holders),
        threshold=_threshold(sharing, len(holders)),
        width=width,
        value_max=value_max,
        deal_until=deal_until,
        complain_until=complain_until,
        open_until=open_until,
    )
    _check_round(sharing, opened)
    _keep_round(sharing, opened, active)
    return number


def fit_thresholds(members: int) -> range:
    """How many of a committee may open: more than the faulty, and no more than can be had without them."""
    faulty_max = (members - 1) // 3
    return range(faulty_max + 1, members - faulty_max + 1)


def latest(ctx: Context, process: TxId) -> tuple[Round, Progress] | None:
    """The newest round of a process; None if it never had one."""
    count, _ = _process(ctx.scope(SHARING), process)
    return None if count == 0 else (get_round(ctx, process, count - 1), get_progress(ctx, process, count - 1))


def fixed_dealers(ctx: Context, process: TxId) -> tuple[Address, ...]:
    """The one subset of dealers that may ever be summed for a process; empty until it is fixed."""
    return _process(ctx.scope(SHARING), process)[1]


def get_round(ctx: Context, process: TxId, number: int) -> Round:
    """Raises NoRound."""
    value = ctx.scope(SHARING).get(round_key(round_id(process, number)))
    if value is None:
        raise NoRound(process, number)
    return decode_round(value)


def get_progress(ctx: Context, process: TxId, number: int) -> Progress:
    """Raises NoRound."""
    value = ctx.scope(SHARING).get(progress_key(round_id(process, number)))
    if value is None:
        raise NoRound(process, number)
    return decode_progress(value)


def get_dealing(ctx: Context, process: TxId, number: int, dealer: Address) -> Dealing:
    """What a dealer committed to. Raises NotDealt if it never dealt."""
    value = ctx.scope(SHARING).get(dealing_key(round_id(process, number), dealer))
    if value is None:
        raise NotDealt(process, number, dealer)
    return decode_dealing(value)


def get_opened(ctx: Context, process: TxId, number: int, dealer: str = "") -> Opened | None:
    """What was opened of a round: the sum, or where each is opened one dealer's curve; None if not (yet)."""
    value = ctx.scope(SHARING).get(opened_key(round_id(process, number), dealer))
    return None if value is None else decode_opened(value)


def active_rounds(ctx: Context) -> tuple[str, ...]:
    """The identifiers of the rounds that have not ended."""
    return cast(tuple[str, ...], ctx.scope(SHARING).get(ACTIVE_KEY) or ())


def check_declared(
    ctx: Context,
    process: TxId,
    number: int,
    dealer: Address,
    weights: Sequence[int],
    result: int,
    proof: bytes,
) -> None:
    """Check that the curve a dealer dealt has the inner product `result` with public weights.

    Raises NotDealt, or BadDeclaration.
    """
    if dealer not in get_progress(ctx, process, number).standing:
        raise NotDealt(process, number, dealer)
    ctx.charge("term", len(weights) + 1)
    ctx.charge("multiply", 2)
    commitment = get_dealing(ctx, process, number, dealer).commitments[0]
    context = dealing_context(ctx.genesis.hash, process, number, dealer)
    try:
        inner_product.verify(commitment, weights, result, proof, context)
    except BadProof as error:
        raise BadDeclaration(process, number, str(error)) from None


def keep_progress(sharing: Context, opened: Round, progress: Progress) -> None:
    """Record how far a round has come; one that has ended is no longer active, and its shares go."""
    sharing.put(progress_key(opened.id), encode_record(progress))
    if progress.phase in (Phase.DEALING, Phase.FIXED):
        return
    sharing.put(ACTIVE_KEY, tuple(other for other in active_rounds(sharing) if other != opened.id))
    for dealer in (*progress.standing, *progress.out):
        sharing.delete(shares_key(opened.id, dealer))


def fix_dealers(sharing: Context, process: TxId, dealers: tuple[Address, ...]) -> None:
    """From now on these dealers, and no others, are summed for the process."""
    count, _ = _process(sharing, process)
    sharing.put(process_key(process), (count, dealers))


def _process(sharing: Context, process: TxId) -> tuple[int, tuple[Address, ...]]:
    value = sharing.get(process_key(process)) or (0, ())
    return cast(tuple[int, tuple[Address, ...]], value)


def _check_room(sharing: Context, process: TxId, number: int, active: tuple[str, ...]) -> None:
    if number > 0 and round_id(process, number - 1) in active:
        raise RoundRunning(process, number - 1)
    if number >= ROUNDS_A_PROCESS_MAX:
        raise TooManyRounds(process, number, ROUNDS_A_PROCESS_MAX)
    if len(active) >= ROUNDS_ACTIVE_MAX:
        raise TooManyRounds(process, number, ROUNDS_ACTIVE_MAX)


def _threshold(sharing: Context, members: int) -> int:
    wanted = cast(int | None, sharing.get("threshold"))
    if wanted is None or wanted not in fit_thresholds(members):
        return members // 2 + 1
    return wanted


def _check_round(sharing: Context, opened: Round) -> None:
    def require(holds: bool, reason: str) -> None:
        if not holds:
            raise BadRound(opened.process, opened.number, reason)

    require(0 < len(opened.dealers) <= DEALERS_MAX, f"it takes 1 to {DEALERS_MAX} dealers")
    require(len({*opened.dealers}) == len(opened.dealers), "a dealer is invited twice")
    require(0 < opened.width < WIDTH_MAX, f"a curve has 1 to {WIDTH_MAX - 1} values")
    require(0 < opened.value_max <= VALUE_MAX, f"value_max is 1 to {VALUE_MAX}")
    dates = (sharing.slot, opened.deal_until, opened.complain_until, opened.open_until)
    require(list(dates) == sorted({*dates}), f"its slots {dates} do not follow each other")


def _keep_round(sharing: Context, opened: Round, active: tuple[str, ...]) -> None:
    sharing.put(round_key(opened.id), encode_record(opened))
    sharing.put(progress_key(opened.id), encode_record(Progress(Phase.DEALING, ())))
    sharing.put(process_key(opened.process), (opened.number + 1, fixed_dealers(sharing, opened.process)))
    sharing.put(ACTIVE_KEY, (*active, opened.id))
    for end in (opened.complain_until, opened.open_until):
        due = cast(tuple[Value, ...], sharing.get(due_key(end + 1)) or ())
        sharing.put(due_key(end + 1), (*due, (opened.process, opened.number)))
    sharing.emit(
        "round_opened",
        process=opened.process,
        number=opened.number,
        opening=opened.opening.value,
        dealers=opened.dealers,
        deal_until=opened.deal_until,
        complain_until=opened.complain_until,
        open_until=opened.open_until,
    )
