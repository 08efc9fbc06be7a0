"""The sharing contract: dealing, complaining, opening."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, cast

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.sharing import phases, rounds
from contracts.sharing.dealing import binding_base, decode_share
from contracts.sharing.errors import (
    AlreadyDealt,
    AlreadyOpened,
    BadComplaint,
    BadDealing,
    BadThreshold,
    FalseComplaint,
    NotDealt,
    NotHolder,
    NotInvited,
    WrongOpening,
    WrongPhase,
)
from contracts.sharing.records import (
    Dealing,
    Opened,
    Opening,
    Phase,
    Progress,
    Round,
    dealing_context,
    dealing_key,
    due_key,
    encode_record,
    opened_key,
    share_context,
    shares_key,
)
from crypto import dleq, ecies, pedersen
from crypto.address import Address
from crypto.dleq import PROOF_BYTES
from crypto.errors import BadCiphertext, BadPoint, BadProof, BadShare
from crypto.field import SCALAR_BYTES, centred, decode_scalars, encode_scalars
from crypto.group import POINT_BYTES, Point, add, check_point
from crypto.pedersen import WIDTH_MAX
from ledger.codec import Value
from ledger.genesis import COMMITTEE_MAX
from ledger.quantities import Slot, TxId

DEALERS_MIN = 2
"""Fewer curves than this are not summed, or the sum would be somebody's curve."""

PROOF_MULTIPLICATIONS = 5
"""What checking a proof of equal logarithms takes."""

RoundNumber = Annotated[int, Range(0, rounds.ROUNDS_A_PROCESS_MAX)]
PointArgument = Annotated[bytes, Length(POINT_BYTES)]
ProofArgument = Annotated[bytes, Length(PROOF_BYTES)]
Share = Annotated[bytes, Length(ecies.OVERHEAD_BYTES, ecies.OVERHEAD_BYTES + WIDTH_MAX * SCALAR_BYTES)]


class Sharing(Contract):
    """Parameters of the genesis: `threshold`, how many members open (by default a majority of the committee;
    that as well where the committee has changed until the threshold does not fit it); `dealers_min`, how many
    curves at least are summed (by default 2)."""

    name = "sharing"

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        members = len(ctx.genesis.committee)
        threshold = cast(int | None, parameters.get("threshold"))
        if threshold is not None and threshold not in rounds.fit_thresholds(members):
            raise BadThreshold(threshold, members)
        ctx.put("threshold", threshold)
        ctx.put("dealers_min", parameters.get("dealers_min", DEALERS_MIN))

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        """End the phases that were due before this slot."""
        due = ctx.get(due_key(slot))
        if due is None:
            return
        ctx.delete(due_key(slot))
        for process, number in cast(tuple[tuple[TxId, int], ...], due):
            phases.end_phase(ctx, rounds.get_round(ctx, process, number))

    @action(roles=None)
    def deal(
        self,
        ctx: Context,
        process: TxId,
        number: RoundNumber,
        commitments: Annotated[tuple[PointArgument, ...], Length(1, COMMITTEE_MAX)],
        shares: Annotated[tuple[Share, ...], Length(1, COMMITTEE_MAX)],
        binding: PointArgument,
        proof: ProofArgument,
    ) -> None:
        """Deal the sender's curve: commitments to the coefficients, and a share encrypted to each member.

        All shares are encrypted from one ephemeral key, which the dealer proves to know.
        """
        opened = rounds.get_round(ctx, process, number)
        progress = rounds.get_progress(ctx, process, number)
        _check_may_deal(ctx, opened, progress)
        ephemeral = Point(shares[0][:POINT_BYTES])
        _check_dealing(ctx, opened, commitments, shares)
        _check_ephemeral(ctx, opened, ephemeral, binding, proof)
        dealing = Dealing(tuple(map(Point, commitments)), ephemeral, ctx.slot)
        ctx.put(dealing_key(opened.id, ctx.sender), encode_record(dealing))
        ctx.put(shares_key(opened.id, ctx.sender), shares)
        dealt = {*progress.standing, ctx.sender}
        standing = tuple(dealer for dealer in opened.dealers if dealer in dealt)
        rounds.keep_progress(ctx, opened, replace(progress, standing=standing))
        ctx.emit("dealt", process=process, number=number, dealer=ctx.sender)

    @action(roles=None)
    def complain(
        self,
        ctx: Context,
        process: TxId,
        number: RoundNumber,
        dealer: Address,
        point: PointArgument,
        proof: ProofArgument,
    ) -> None:
        """Show that the dealer's share for the sender is bad: then the dealer is out of the round.

        `point` is the ECDH point of the sender's key and the dealing's ephemeral key, `proof` that it is.
        """
        opened = rounds.get_round(ctx, process, number)
        progress = rounds.get_progress(ctx, process, number)
        if progress.phase is not Phase.DEALING:
            raise WrongPhase(process, number, "the time to complain is over", ctx.slot)
        if dealer not in progress.standing:
            raise NotDealt(process, number, dealer)
        member = _member_number(opened, ctx.sender)
        _check_complaint(ctx, opened, dealer, member, point, proof)
        standing = tuple(other for other in progress.standing if other != dealer)
        rounds.keep_progress(ctx, opened, replace(progress, standing=standing, out=(*progress.out, dealer)))
        ctx.emit("dealer_out", process=process, number=number, dealer=dealer, member=ctx.sender)

    @action(roles=None)
    def open(
        self,
        ctx: Context,
        process: TxId,
        number: RoundNumber,
        dealer: Address | None,
        opening: Annotated[bytes, Length(2 * SCALAR_BYTES, (WIDTH_MAX + 1) * SCALAR_BYTES)],
        members: Annotated[tuple[Address, ...], Length(1, COMMITTEE_MAX)],
    ) -> None:
        """Put on the chain what the members opened: values and combined blinding, 32 bytes each.

        `dealer` is whose curve it is where each is opened, else nobody; `members` are those whose shares it
        was put together from. Values beyond the round's bound end the round, or put the dealer out.
        """
        opened = rounds.get_round(ctx, process, number)
        progress = rounds.get_progress(ctx, process, number)
        dealers = _check_may_open(ctx, opened, progress, dealer)
        _check_openers(opened, members)
        values, blinding = _check_opening(ctx, opened, dealers, opening)
        bound = opened.value_max * len(dealers)
        beyond = [index for index, value in enumerate(values) if abs(value) > bound]
        if beyond:
            phases.refuse_values(ctx, opened, progress, dealer, beyond[0])
            return
        record = Opened(values, blinding, dealers, members, ctx.sender, ctx.tx_id, ctx.slot)
        ctx.put(opened_key(opened.id, dealer or ""), encode_record(record))
        ctx.emit(
            "opened",
            process=process,
            number=number,
            dealer=dealer,
            dealers=dealers,
            by=ctx.sender,
            members=members,
        )
        phases.keep_opened(
            ctx, opened, replace(progress, opened=(*progress.opened, dealer) if dealer else ())
        )


def _check_may_deal(ctx: Context, opened: Round, progress: Progress) -> None:
    process, number = opened.process, opened.number
    if ctx.sender not in opened.dealers:
        raise NotInvited(process, number, ctx.sender)
    if progress.phase is not Phase.DEALING or ctx.slot > opened.deal_until:
        raise WrongPhase(process, number, f"dealing ended with slot {opened.deal_until}", ctx.slot)
    if ctx.sender in progress.standing or ctx.sender in progress.out:
        raise AlreadyDealt(process, number, ctx.sender)


def _check_dealing(
    ctx: Context, opened: Round, commitments: tuple[bytes, ...], shares: tuple[bytes, ...]
) -> None:
    """The form of a dealing; whether the shares are right, their members see."""

    def require(holds: bool, reason: str) -> None:
        if not holds:
            raise BadDealing(opened.process, opened.number, reason)

    size = opened.share_bytes + ecies.OVERHEAD_BYTES
    require(len(commitments) == opened.threshold, f"it takes {opened.threshold} commitments")
    require(len(shares) == len(opened.members), f"it takes {len(opened.members)} shares")
    require(all(len(share) == size for share in shares), f"each share has {size} bytes")
    ephemeral = shares[0][:POINT_BYTES]
    require(all(share[:POINT_BYTES] == ephemeral for share in shares), "its shares have two ephemeral keys")
    ctx.charge("point", len(commitments))
    try:
        for commitment in commitments:
            check_point(commitment)
    except BadPoint as error:
        raise BadDealing(opened.process, opened.number, str(error)) from None


def _check_ephemeral(ctx: Context, opened: Round, ephemeral: Point, binding: bytes, proof: bytes) -> None:
    ctx.charge("multiply", PROOF_MULTIPLICATIONS)
    context = dealing_context(ctx.genesis.hash, opened.process, opened.number, ctx.sender)
    try:
        dleq.verify(ephemeral, binding_base(), binding, proof, context)
    except (BadProof, BadPoint) as error:
        raise BadDealing(opened.process, opened.number, f"its ephemeral key: {error}") from None


def _member_number(opened: Round, address: Address) -> int:
    if address not in opened.members:
        raise NotHolder(opened.process, opened.number, address)
    return opened.members.index(address) + 1


def _check_complaint(
    ctx: Context, opened: Round, dealer: Address, member: int, point: bytes, proof: bytes
) -> None:
    """Raises BadComplaint or FalseComplaint unless the dealer's share for this member is bad."""
    dealing = rounds.get_dealing(ctx, opened.process, opened.number, dealer)
    share = cast(tuple[bytes, ...], ctx.get(shares_key(opened.id, dealer)))[member - 1]
    context = share_context(ctx.genesis.hash, opened.process, opened.number, dealer, member)
    public_key = opened.keys[member - 1]
    ctx.charge("multiply", PROOF_MULTIPLICATIONS)
    try:
        dleq.verify(public_key, dealing.ephemeral, point, proof, context)
    except (BadProof, BadPoint) as error:
        raise BadComplaint(opened.process, opened.number, str(error)) from None
    ctx.charge("decrypt")
    try:
        plaintext = ecies.decrypt_with_point(Point(point), public_key, share, context)
    except BadCiphertext:
        return
    if _is_good(ctx, opened, dealing, member, plaintext):
        raise FalseComplaint(opened.process, opened.number, dealer, ctx.sender)


def _is_good(ctx: Context, opened: Round, dealing: Dealing, member: int, plaintext: bytes) -> bool:
    ctx.charge("multiply", opened.threshold + 1)
    ctx.charge("term", opened.width + 1)
    share = decode_share(opened, plaintext)
    if share is None:
        return False
    try:
        pedersen.check_share(dealing.commitments, member, share)
    except BadShare:
        return False
    return True


def _check_may_open(
    ctx: Context, opened: Round, progress: Progress, dealer: Address | None
) -> tuple[Address, ...]:
    """Whose curves are opened together."""
    process, number = opened.process, opened.number
    _member_number(opened, ctx.sender)
    if progress.phase is Phase.OPENED or dealer in progress.opened:
        raise AlreadyOpened(process, number)
    if progress.phase is not Phase.FIXED:
        raise WrongPhase(
            process, number, f"nothing can be opened while it is {progress.phase.value}", ctx.slot
        )
    if (dealer is None) is not (opened.opening is Opening.SUM):
        what = "the sum, and no dealer's curve" if dealer else "dealers' curves, and no sum"
        raise WrongOpening(process, number, f"this round opens {what}")
    if dealer is None:
        return progress.standing
    if dealer not in progress.standing:
        raise NotDealt(process, number, dealer)
    return (dealer,)


def _check_openers(opened: Round, members: tuple[Address, ...]) -> None:
    for member in members:
        _member_number(opened, member)
    if not len(members) == len({*members}) == opened.threshold:
        raise WrongOpening(opened.process, opened.number, f"it takes {opened.threshold} members' shares")


def _check_opening(
    ctx: Context, opened: Round, dealers: tuple[Address, ...], opening: bytes
) -> tuple[tuple[int, ...], bytes]:
    """The values, and the blinding as bytes. Raises WrongOpening unless they open the commitments."""
    ctx.charge("point", len(dealers))
    ctx.charge("multiply")
    ctx.charge("term", opened.width + 1)
    dealings = [rounds.get_dealing(ctx, opened.process, opened.number, dealer) for dealer in dealers]
    try:
        *values, blinding = decode_scalars(opening)
    except ValueError:
        raise WrongOpening(opened.process, opened.number, "a scalar is not reduced") from None
    total = add(dealing.commitments[0] for dealing in dealings)
    if len(values) != opened.width or not pedersen.opens(total, values, blinding):
        reason = "the values do not open the dealers' commitments"
        raise WrongOpening(opened.process, opened.number, reason)
    return tuple(centred(value) for value in values), encode_scalars((blinding,))
