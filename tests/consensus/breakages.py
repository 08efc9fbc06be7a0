"""Ways to break the protocol on purpose, by patches that a test takes back (tests.consensus.mutations)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest

from consensus import agreeing, changing, heights, justification, proposing, tally, voting
from consensus.actions import Action, Send, SetTimer
from consensus.block_info import Candidate
from consensus.errors import BadMessage
from consensus.events import Timer
from consensus.justification import Judge, highest_prepared
from consensus.machine import TABLE
from consensus.messages import Prepare, Prepared, Proposal, RoundChange
from consensus.own_votes import Certificate, Commitment, OwnVotes, Preparation
from consensus.slots import Slots
from consensus.state import Phase, State
from consensus.tally import Tally
from consensus.vote_log import Entry, Floor, Opened, VoteLog
from crypto.hashing import Digest
from ledger.ballots import Ballot, Kind
from ledger.committee import Committee
from ledger.quantities import Height, Round
from tests.consensus.disk import Disk, DiskFull
from tests.consensus.node import Node
from tests.consensus.simulator import Simulation

Patch = pytest.MonkeyPatch


# What locks protect.


def no_lock(patch: Patch) -> None:
    """Round changes never say what one is locked on."""
    patch.setattr(changing, "RoundChange", lambda height, round_, *claim: RoundChange(height, round_, None))


def a_quorum_less_one(patch: Patch) -> None:
    """One vote less decides, prepares and changes rounds."""
    patch.setattr(Committee, "quorum", property(lambda committee: -(-2 * len(committee) // 3) - 1))


def prepared_when_accepted(patch: Patch) -> None:
    """One claims to have prepared what one has accepted, and nobody asks for the certificate."""
    prepare = agreeing.prepare

    def rash(state: State, candidate: Candidate) -> None:
        prepare(state, candidate)
        state.at.certificate = Certificate(Prepared(state.round.number, candidate.digest), ())

    patch.setattr(agreeing, "prepare", rash)
    patch.setattr(Judge, "check_certificate", lambda judge, prepared, prepares: None)


def no_proof_of_what_was_prepared(patch: Patch) -> None:
    """Round changes and proposals are believed what they say was prepared."""
    patch.setattr(Judge, "check_certificate", lambda judge, prepared, prepares: None)


def a_certificate_that_is_too_small(patch: Patch) -> None:
    """f prepares prove that a block was prepared."""

    def lenient(judge: Judge, prepared: Prepared, prepares: tuple[Prepare, ...]) -> None:
        if len(prepares) < judge.committee.faulty_max:
            raise BadMessage("certificate", "too few")

    patch.setattr(Judge, "check_certificate", lenient)


def votes_of_one_member_count_twice(patch: Patch) -> None:
    """In a proof, the same vote may be there more than once."""
    patch.setattr(justification, "_check_rising", lambda votes: None)


def round_changes_do_not_sign_their_claim(patch: Patch) -> None:
    """The signature leaves out what was prepared, so that others may alter it."""

    def careless(vote: RoundChange) -> Ballot:
        return Ballot(Kind.ROUND_CHANGE, vote.height, vote.round, None)

    patch.setattr(RoundChange, "ballot", property(careless))


def a_proposal_without_a_quorum(patch: Patch) -> None:
    """After round 0, any number of round changes justifies a proposal."""
    binding = Judge._binding

    def lenient(judge: Judge, proposal: Proposal) -> Prepared | None:
        if len(proposal.round_changes) >= judge.committee.quorum:
            return binding(judge, proposal)
        claim = highest_prepared(proposal.round_changes)
        return None if claim is None else Prepared(claim.round, proposal.digest)

    patch.setattr(Judge, "_binding", lenient)


def a_new_block_whatever_was_prepared(patch: Patch) -> None:
    """Nothing binds a proposer."""
    for module in (proposing, justification):
        patch.setattr(module, "highest_prepared", lambda votes: None)


def the_lowest_lock_binds(patch: Patch) -> None:
    """Of several blocks that were prepared, the earliest is proposed again."""

    def lowest_prepared(votes: tuple[RoundChange, ...]) -> Prepared | None:
        claims = [vote.prepared for vote in votes if vote.prepared is not None]
        return min(claims, key=lambda prepared: prepared.round, default=None)

    for module in (proposing, justification):
        patch.setattr(module, "highest_prepared", lowest_prepared)


def any_prepared_block_may_be_proposed_again(patch: Patch) -> None:
    """The certificate of any round frees the proposer from a later lock."""
    binding = Judge._binding

    def lenient(judge: Judge, proposal: Proposal) -> Prepared | None:
        claims = [vote.prepared for vote in proposal.round_changes if vote.prepared is not None]
        fitting = [claim for claim in claims if claim.digest == proposal.digest]
        return fitting[0] if fitting else binding(judge, proposal)

    patch.setattr(Judge, "_binding", lenient)


def prepares_of_different_rounds_together(patch: Patch) -> None:
    """A quorum of prepares is one, whatever their rounds."""
    patch.setattr(Tally, "prepares", lambda tally, round, digest: _of_any_round(tally._prepares, digest))


def seals_of_different_rounds_together(patch: Patch) -> None:
    """A quorum of commits decides, whatever their rounds."""
    patch.setattr(Tally, "commits", lambda tally, round, digest: _of_any_round(tally._commits, digest))


def _of_any_round(votes: dict[int, dict[Round, Any]], digest: Digest) -> tuple[Any, ...]:
    found = [
        [vote for vote in by_round.values() if vote.digest == digest] for _, by_round in sorted(votes.items())
    ]
    return tuple([matching[-1] for matching in found if matching])


# What the vote log protects.


def votes_are_sent_before_they_are_flushed(patch: Patch) -> None:
    """The host takes a step's actions in another order."""
    perform = Simulation.perform

    def hasty(world: Simulation, node: Node, actions: tuple[Action, ...]) -> None:
        perform(world, node, tuple(sorted(actions, key=lambda action: not isinstance(action, Send))))

    patch.setattr(Simulation, "perform", hasty)


def the_host_goes_on_after_a_failed_write(patch: Patch) -> None:
    """What does not fit on the disk is sent all the same."""
    for write in (Disk.append, Disk.rewrite):

        def tolerant(*arguments: Any, write: Callable[..., None] = write) -> None:
            with suppress(DiskFull):
                write(*arguments)

        patch.setattr(Disk, write.__name__, tolerant)


def votes_are_forgotten_at_a_restart(patch: Patch) -> None:
    """The log is not read."""
    init = VoteLog.__init__

    def forgetful(log: VoteLog, opened: Opened, entries: tuple[Entry, ...]) -> None:
        init(log, opened, [entry for entry in entries if isinstance(entry, Floor)])

    patch.setattr(VoteLog, "__init__", forgetful)


def the_lock_is_forgotten_when_the_log_is_rewritten(patch: Patch) -> None:
    """The new log has the other votes only."""
    casts = OwnVotes.casts
    patch.setattr(
        OwnVotes, "casts", lambda votes: tuple([c for c in casts(votes) if not isinstance(c, Commitment)])
    )


def a_commit_is_logged_without_its_certificate(patch: Patch) -> None:
    """After a restart, one cannot show what one is locked on."""
    patch.setattr(agreeing, "Commitment", lambda vote, prepares: Commitment(vote, ()))


def a_prepare_is_logged_without_its_block(patch: Patch) -> None:
    """After a crash of all, nobody has the block that a quorum prepared."""
    patch.setattr(agreeing, "Preparation", lambda vote, block: Preparation(vote, b"?"))


def only_one_copy_is_written(patch: Patch) -> None:
    """The second copy of the vote log stays as it was at the start."""
    append = Disk.append

    def lazy(disk: Disk, *arguments: Any) -> None:
        second = disk.copies[1]
        append(disk, *arguments)
        disk.copies[1] = second

    patch.setattr(Disk, "append", lazy)


def a_rejoining_key_signs_at_once(patch: Patch) -> None:
    """A lost log is as good as an empty one."""
    take = VoteLog._take

    def trusting(log: VoteLog, entry: Entry) -> None:
        take(log, Floor(Height(0)) if entry == Floor(None) else entry)

    patch.setattr(VoteLog, "_take", trusting)


def a_rejoining_key_asks_nobody(patch: Patch) -> None:
    """It signs above two more than its own head, which may be the genesis."""

    def hasty(state: State) -> None:
        if state.log.votes.floor is None:
            state.frames.append(state.log.append(Floor(Height(state.at.head.height + 2))))

    patch.setattr(heights, "rejoin", hasty)


def a_second_proposal_of_a_round_is_taken(patch: Patch) -> None:
    """Nobody looks at what one voted for before in the round."""
    on_proposal = changing.on_proposal

    def fickle(state: State, proposal: Proposal, now: int) -> None:
        if proposal.round == state.round.number:
            state.round.phase = Phase.AWAITING
        on_proposal(state, proposal, now)

    for handlers in TABLE.values():
        if Proposal in handlers:
            patch.setitem(cast(Any, handlers), Proposal, fickle)
    patch.setattr(OwnVotes, "objection", lambda votes, vote: "")


# What keeps the committee going.


def rounds_never_end(patch: Patch) -> None:
    """A dead proposer is waited for."""
    patch.setattr(changing, "round_timeout_ms", lambda timers, round_: 10**9)


def rounds_last_for_a_slot(patch: Patch) -> None:
    """The timers are coupled to the slot's length."""
    time_round = changing.time_round

    def coupled(state: State) -> None:
        is_new = not state.round.is_timed
        time_round(state)
        if is_new:
            state.do(SetTimer(Timer.ROUND, 4 * state.config.slots.slot_ms))

    for module in (changing, heights):
        patch.setattr(module, "time_round", coupled)


def nothing_is_said_twice(patch: Patch) -> None:
    """What was lost stays lost."""
    patch.setattr(heights, "resend", lambda state: None)


def one_follows_f_members(patch: Patch) -> None:
    """Liars alone lead everyone from round to round."""
    reached_by = Tally.reached_by
    patch.setattr(Tally, "reached_by", lambda tally, members: reached_by(tally, max(1, members - 1)))


def rounds_change_before_the_slot_opens(patch: Patch) -> None:
    """The timer of round 0 starts with the height."""
    look = heights._look_at_clock

    def hasty(state: State, now: int) -> None:
        look(state, now)
        changing.time_round(state)

    patch.setattr(heights, "_look_at_clock", hasty)


def the_clock_is_looked_at_once(patch: Patch) -> None:
    """The timer of the slot is set for its opening, whatever becomes of the clock."""
    look = heights._look_at_clock

    def trusting(state: State, now: int) -> None:
        look(state, now)
        opens = state.config.slots.start(state.at.head.slot + 1)
        if now < opens:
            state.do(SetTimer(Timer.SLOT, opens - now))

    patch.setattr(heights, "_look_at_clock", trusting)


def slots_that_have_not_opened_are_taken(patch: Patch) -> None:
    """A block may be of any time to come."""
    patch.setattr(Slots, "is_early", lambda slots, slot, now: False)


def votes_of_all_rounds_are_kept(patch: Patch) -> None:
    """Whoever votes in many rounds fills everyone's memory."""
    patch.setattr(tally, "ROUNDS_KEPT", 10**6)


def whoever_asks_is_answered_each_time(patch: Patch) -> None:
    """Those who lag behind, or say so, get everything again with each message."""
    for module in ("consensus.changing", "consensus.machine"):
        patch.setattr(f"{module}.answer", voting.tell)
