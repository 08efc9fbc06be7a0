"""Round changes: giving up a round, following others who did, and the proposals that come of it."""

from consensus.actions import CancelTimer, SetTimer
from consensus.agreeing import accept
from consensus.block_info import Candidate
from consensus.errors import BadMessage
from consensus.events import Timer, TimerFired
from consensus.messages import Proposal, RoundChange
from consensus.proposing import read_block, try_propose
from consensus.state import Phase, RoundState, State
from consensus.timeouts import round_timeout_ms
from consensus.voting import answer, cast
from ledger.quantities import Round


def begin_round(state: State, number: Round) -> None:
    """Leave all earlier rounds."""
    if state.round.is_timed:
        state.do(CancelTimer(Timer.ROUND))
    state.at.round = RoundState(number)


def time_round(state: State) -> None:
    """Start the round's timer, once."""
    if not state.round.is_timed:
        state.round.is_timed = True
        state.do(SetTimer(Timer.ROUND, round_timeout_ms(state.config.timers, state.round.number)))


def on_round_expired(state: State, event: TimerFired, now: int) -> None:
    """The round has taken too long, unless it has begun since the timer ran out."""
    if state.round.is_timed:
        change_round(state, Round(state.round.number + 1), now)


def change_round(state: State, number: Round, now: int) -> None:
    """Give up all rounds before this one, and say so with what one is locked on."""
    begin_round(state, number)
    lock = state.at.certificate
    claim = (None, ()) if lock is None else (lock.prepared, lock.prepares)
    cast(state, RoundChange(state.height, number, *claim), lambda signed: signed)
    state.report("round changed")
    review(state, now)


def on_round_change(state: State, vote: RoundChange, now: int) -> None:
    """Count a ROUND_CHANGE; whoever sends one for an earlier round is told one's own state."""
    if vote.round < state.round.number:
        answer(state, state.committee.validators[vote.member].address)
        return
    state.judge.check_round_change(vote)
    state.at.tally.add(vote)
    review(state, now)


def review(state: State, now: int) -> None:
    """What the round changes that have come in call for.

    f + 1 members in later rounds, so an honest one among them: jump to the smallest of these rounds, and
    again from there, which ends at the highest round that f + 1 have reached. Not before the slot opens.
    A later round is timed only once a quorum has come as far, so that a part of the committee which
    cannot decide anyway does not run ahead while it waits for the others.
    """
    reached = state.at.tally.reached_by(state.committee.faulty_max + 1)
    if state.at.is_open and reached > state.round.number:
        change_round(state, reached, now)
        return
    number = state.round.number
    if number > 0 and state.at.tally.support(number) >= state.committee.quorum:
        time_round(state)
    try_propose(state, now)


def on_proposal(state: State, proposal: Proposal, now: int) -> None:
    """Judge a proposal for this round or a later one. Raises BadMessage."""
    if proposal.round < state.round.number:
        return
    if proposal.round == state.round.number and state.round.phase is not Phase.AWAITING:
        _hear_second(state, proposal)
        return
    candidate = _judge(state, proposal, now)
    if candidate is None:
        return
    if proposal.round > state.round.number:
        begin_round(state, proposal.round)
    if proposal.round > 0 or state.at.is_open:
        time_round(state)
    accept(state, candidate, is_valid=False)


def _judge(state: State, proposal: Proposal, now: int) -> Candidate | None:
    """The block to check, or None if its slot does not fit this validator's clock."""
    binding = state.judge.check_proposal(proposal)
    info = read_block(state, proposal.block)
    if info is None or (info.digest, info.height) != (proposal.digest, proposal.height):
        raise BadMessage("proposal", "its block is not the one that it names")
    if binding is None:
        if info.round != proposal.round:
            raise BadMessage("proposal", f"its block is of round {info.round}, and nobody had prepared it")
        slots = state.config.slots
        if slots.is_early(info.slot, now) and not state.at.is_open:
            state.at.held = proposal
            return None
        if slots.is_early(info.slot, now) or slots.is_late(info.slot, now) or info.slot <= state.at.head.slot:
            state.report("slot refused", {"slot": info.slot, "slot_now": slots.at(now)})
            return None
    return Candidate(proposal.digest, proposal.block)


def _hear_second(state: State, proposal: Proposal) -> None:
    """It changes nothing, but a proposer that signs two of them is caught."""
    accepted = state.round.accepted
    if accepted is not None and accepted.digest != proposal.digest:
        state.judge.check_signature(proposal)
