"""From height to height: the start, a new head, the opening of slots, and what ticks meanwhile."""

from consensus.actions import CancelTimer, SetTimer
from consensus.agreeing import accept, count_commits, count_prepares
from consensus.block_info import Candidate
from consensus.changing import on_proposal, review, time_round
from consensus.events import ChainHead, HeadAdvanced, PeerConnected, PeerHead, Started, Timer, TimerFired
from consensus.own_votes import OwnVotes, vote_of
from consensus.state import HeightState, Phase, RoundState, State
from consensus.voting import note_head, rejoin, resend, tell
from ledger.quantities import Round


def on_started(state: State, event: Started, now: int) -> None:
    """Make both copies of the vote log whole, and go on where the votes in it end."""
    state.is_rewrite_due = True
    state.do(SetTimer(Timer.RESEND, state.config.timers.resend_ms))
    _begin_height(state, state.at.head, now)


def on_head_advanced(state: State, event: HeadAdvanced, now: int) -> None:
    """A block was stored, whoever decided on it."""
    if event.head.height > state.at.head.height:
        state.do(CancelTimer(Timer.ROUND))
        _begin_height(state, event.head, now)


def _begin_height(state: State, head: ChainHead, now: int) -> None:
    state.before = state.judge if head.height == state.height else None
    state.at = HeightState(head, RoundState(Round(0)))
    state.ahead.clear()
    rejoin(state)
    votes = state.log.votes
    if votes.height == state.height:
        _resume(state, votes)
    if state.at.decision is None:
        _look_at_clock(state, now)


def _resume(state: State, votes: OwnVotes) -> None:
    """Take up one's own votes of this height again, and send those of the last round again."""
    state.at.round = RoundState(votes.round)
    state.at.certificate = votes.certificate
    for cast in votes.casts():
        state.at.tally.add(vote_of(cast))
    resend(state)
    accepted, proposal = votes.accepted(votes.round), votes.proposal
    if accepted is not None:
        state.round.accepted, state.round.phase = accepted, Phase.PREPARING
        lock = votes.certificate
        if lock is not None and lock.prepared.round == votes.round:
            state.round.phase = Phase.COMMITTING
            count_commits(state, votes.round, accepted.digest)
        count_prepares(state)
    elif proposal is not None and proposal.round == votes.round:
        accept(state, Candidate(proposal.digest, proposal.block), is_valid=False)


def on_slot(state: State, event: TimerFired, now: int) -> None:
    """The next slot may have opened; the clock may also have been set meanwhile."""
    _look_at_clock(state, now)


def _look_at_clock(state: State, now: int) -> None:
    """Open the slot when its time has come. Round 0 is timed from then on."""
    opens = state.config.slots.start(state.at.head.slot + 1)
    if now < opens:
        state.do(SetTimer(Timer.SLOT, min(opens - now, state.config.timers.resend_ms)))
        return
    state.at.is_open = True
    if state.round.number == 0 or state.round.accepted is not None:
        time_round(state)
    held, state.at.held = state.at.held, None
    if held is not None:
        on_proposal(state, held, now)
    if state.at.decision is None:
        review(state, now)


def on_tick(state: State, event: TimerFired, now: int) -> None:
    """Say and ask again what may have been lost."""
    state.do(SetTimer(Timer.RESEND, state.config.timers.resend_ms))
    state.answered.clear()
    state.ahead.clear()
    resend(state)
    if state.at.fetching is not None:
        state.do(state.at.fetching)


def on_peer_connected(state: State, event: PeerConnected, now: int) -> None:
    """Tell a validator at once what it may have missed."""
    if state.committee.index_of(event.peer) is not None:
        tell(state, event.peer)


def on_peer_head(state: State, event: PeerHead, now: int) -> None:
    """Matters only while this key rejoins."""
    note_head(state, event.peer, event.height)
