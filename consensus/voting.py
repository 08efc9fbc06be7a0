"""Casting votes: never against one's own earlier votes, and written down before they are sent."""

from collections.abc import Callable
from typing import TypeVar

from consensus.actions import Send
from consensus.messages import Commit, Prepare, Proposal, RoundChange, Status, Vote, sign_vote
from consensus.own_votes import Cast
from consensus.state import State
from consensus.vote_log import Floor
from crypto.address import Address
from ledger.quantities import Height

V = TypeVar("V", Proposal, Prepare, Commit, RoundChange)


def can_vote(state: State) -> bool:
    """Whether this validator has a vote at this height; whoever has none follows silently."""
    floor = state.log.votes.floor
    return floor is not None and state.height > floor and state.me is not None


def cast(state: State, vote: V, keep: Callable[[V], Cast]) -> bool:
    """Sign a vote, log what `keep` makes of it, count it and send it.

    Does nothing and returns False if this validator must not sign it.
    """
    me = state.me
    if me is None or not can_vote(state):
        return False
    objection = state.log.votes.objection(vote)
    if objection:
        state.report("vote withheld", {"vote": type(vote).__name__, "reason": objection})
        return False
    signed = sign_vote(vote, me, state.config.chain, state.config.sign)
    state.frames.append(state.log.append(keep(signed)))
    state.at.tally.add(signed)
    state.do(Send(signed, None))
    return True


def tell(state: State, peer: Address) -> None:
    """Send a validator what was said in this round, or at least where one is; silent without a vote."""
    if state.me is None:
        return
    for message in _own(state) or (Status(state.height, state.round.number),):
        state.do(Send(message, peer))


def answer(state: State, peer: Address) -> None:
    """Tell a validator that lags behind, once between two ticks of RESEND."""
    if peer not in state.answered:
        state.answered.add(peer)
        tell(state, peer)


def resend(state: State) -> None:
    """Say again what was said in this round, the same bytes; the block only to those who lack it."""
    for vote in _own(state):
        if isinstance(vote, Proposal):
            for peer in _without_prepare(state, vote):
                state.do(Send(vote, peer))
        else:
            state.do(Send(vote, None))


def _own(state: State) -> tuple[Vote, ...]:
    votes = state.log.votes
    return votes.in_round(state.round.number) if votes.height == state.height else ()


def _without_prepare(state: State, proposal: Proposal) -> list[Address]:
    prepares = state.at.tally.prepares(proposal.round, proposal.digest)
    prepared = {prepare.member for prepare in prepares}
    validators = enumerate(state.committee.validators)
    return [validator.address for place, validator in validators if place not in {*prepared, state.me}]


def note_head(state: State, peer: Address, height: Height) -> None:
    """Another validator told its head, which matters to a key whose log was lost: the first that it tells."""
    if state.log.votes.floor is None and _is_other(state, peer):
        state.heads.setdefault(peer, height)
        rejoin(state)


def rejoin(state: State) -> None:
    """Learn from which height on a key may sign whose log was lost.

    Let h be one's own head. One waits until a quorum of others in the committee of h + 2 have told heads of h
    or less. Had h + 2 been decided on before the log was lost, each of the quorum that did it had h + 1 then,
    and an honest one of those others would have told so. Hence the key's owner had no head above h + 1, and
    voted on h + 2 at most. An earlier committee may not know how far the chain has come.
    """
    state.heads = {peer: height for peer, height in state.heads.items() if _is_other(state, peer)}
    head = state.at.head.height
    level = [height for height in state.heads.values() if height <= head]
    if state.log.votes.floor is None and len(level) >= state.at.head.next_committee.quorum:
        floor = Height(head + 2)
        state.frames.append(state.log.append(Floor(floor)))
        state.heads.clear()
        state.report("rejoining", {"signs_above": floor})


def _is_other(state: State, peer: Address) -> bool:
    is_member = state.at.head.next_committee.index_of(peer) is not None
    return is_member and peer != state.config.address
