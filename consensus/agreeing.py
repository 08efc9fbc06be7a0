"""From a proposal to a decision within one round: check, prepare, commit, decide."""

from consensus.actions import CancelTimer, Check, Decide, Fetch
from consensus.block_info import Candidate
from consensus.events import BlockChecked, Timer
from consensus.messages import Commit, Prepare, Prepared
from consensus.own_votes import Certificate, Commitment, Preparation
from consensus.state import Decision, Phase, State
from consensus.voting import cast
from crypto.hashing import Digest
from ledger.quantities import Round
from ledger.seals import Seal, Seals


def accept(state: State, candidate: Candidate, is_valid: bool) -> None:
    """Take the proposer's block for this round; it is checked first unless it is known to be valid."""
    state.round.accepted = candidate
    if is_valid or state.log.votes.preparation(candidate.digest) is not None:
        prepare(state, candidate)
    else:
        state.round.phase = Phase.CHECKING
        state.do(Check(state.height, candidate.digest, candidate.block))


def on_block_checked(state: State, event: BlockChecked, now: int) -> None:
    """The host has executed the block; a bad one waits for the round to end."""
    accepted = state.round.accepted
    if event.height != state.height or accepted is None or accepted.digest != event.digest:
        return
    if event.valid:
        prepare(state, accepted)
    else:
        state.report("invalid block", {"digest": event.digest.hex(), "reason": event.reason})


def prepare(state: State, candidate: Candidate) -> None:
    """Vote for the accepted block, which is written down with the vote."""
    state.round.phase = Phase.PREPARING
    vote = Prepare(state.height, state.round.number, candidate.digest)
    cast(state, vote, lambda signed: Preparation(signed, candidate.block))
    count_prepares(state)


def on_prepare(state: State, vote: Prepare, now: int) -> None:
    """Count a PREPARE of this round or a later one."""
    if vote.round >= state.round.number:
        state.judge.check_signature(vote)
        state.at.tally.add(vote)
        count_prepares(state)


def count_prepares(state: State) -> None:
    """With a quorum of prepares for the accepted block: lock on it, and commit."""
    accepted, round_ = state.round.accepted, state.round.number
    if state.round.phase is not Phase.PREPARING or accepted is None:
        return
    prepares = state.at.tally.prepares(round_, accepted.digest)
    if len(prepares) < state.committee.quorum:
        return
    state.round.phase = Phase.COMMITTING
    state.at.certificate = Certificate(Prepared(round_, accepted.digest), prepares)
    vote = Commit(state.height, round_, accepted.digest)
    cast(state, vote, lambda signed: Commitment(signed, prepares))
    count_commits(state, round_, accepted.digest)


def on_commit(state: State, vote: Commit, now: int) -> None:
    """Count a COMMIT of any round: a quorum of them decides, whatever round one is in oneself."""
    state.judge.check_signature(vote)
    state.at.tally.add(vote)
    count_commits(state, vote.round, vote.digest)


def count_commits(state: State, round: Round, digest: Digest) -> None:
    """With a quorum of commits the block is final, and rounds end."""
    commits = state.at.tally.commits(round, digest)
    if len(commits) < state.committee.quorum:
        return
    seals = Seals(round, tuple([Seal(commit.member, commit.signature) for commit in commits]))
    state.at.decision = Decision(digest, seals)
    state.do(CancelTimer(Timer.ROUND), CancelTimer(Timer.SLOT))
    block = state.block(digest)
    if block is not None:
        decide(state, state.at.decision, block)
        return
    state.round.phase = Phase.FETCHING
    members = [state.committee.validators[commit.member].address for commit in commits]
    state.at.fetching = Fetch(state.height, digest, tuple(members))
    state.do(state.at.fetching)


def decide(state: State, decision: Decision, block: bytes) -> None:
    """Have the final block stored."""
    state.round.phase = Phase.DECIDED
    state.do(Decide(state.height, decision.digest, block, decision.seals))
