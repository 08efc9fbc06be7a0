"""Proposals: opened by a member, voted on by the committee in force, one vote each, decided by a quorum.

A decided or expired proposal leaves the state; its events stay on the chain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, cast

from contracts.context import Context
from contracts.membership import members
from contracts.membership.changes import Admit, Change, decode_change
from contracts.membership.errors import NotOpen, NotReached, NoVote, TooManyProposals, VotedAlready
from contracts.membership.members import Standing
from contracts.membership.parameters import parameters_of
from contracts.membership.synced import check_synced
from crypto.address import Address
from ledger.codec import Value
from ledger.committee import quorum_of
from ledger.quantities import Slot

COUNT_KEY: Final = "proposals"
OPEN_KEY: Final = "open"

Open: TypeAlias = tuple[tuple[int, Address, Slot], ...]
"""Number, proposer and last slot of what is open, by number; all have the same time, so by last slot too."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is put to the vote."""

    number: int
    """From 1; never given twice."""
    change: Change
    proposer: Address
    reason: str
    last_slot: Slot
    """The last in which it can be voted on."""
    votes: Mapping[Address, bool]
    """By voter: whether it is for it."""


def proposal_key(number: int) -> str:
    """Where membership keeps an open proposal."""
    return f"proposal/{number}"


def encode_proposal(proposal: Proposal) -> Mapping[str, Value]:
    """A proposal as the state keeps it."""
    return {
        "kind": proposal.change.kind,
        "change": proposal.change.to_value(),
        "proposer": proposal.proposer,
        "reason": proposal.reason,
        "last_slot": proposal.last_slot,
        "votes": cast(Mapping[str, Value], proposal.votes),
    }


def decode_proposal(number: int, value: Value) -> Proposal:
    """The proposal that the state keeps as `value`."""
    fields = dict(cast(Mapping[str, Any], value))
    change = decode_change(fields.pop("kind"), fields.pop("change"))
    return Proposal(number, change, **fields)


def propose(ctx: Context, change: Change, reason: str) -> None:
    """Put a change to the vote. Raises TooManyProposals, or what the change's check raises."""
    change.check(ctx)
    parameters, open_now = parameters_of(ctx.genesis), open_proposals(ctx)
    if len(open_now) >= parameters.proposals_max:
        raise TooManyProposals("all together", parameters.proposals_max)
    if sum(proposer == ctx.sender for _, proposer, _ in open_now) >= parameters.proposals_each_max:
        raise TooManyProposals(ctx.sender, parameters.proposals_each_max)
    number = 1 + cast(int, ctx.get(COUNT_KEY) or 0)
    last_slot = Slot(ctx.slot + parameters.proposal_slots)
    ctx.put(COUNT_KEY, number)
    ctx.put(OPEN_KEY, (*open_now, (number, ctx.sender, last_slot)))
    _keep(ctx, Proposal(number, change, ctx.sender, reason, last_slot, {}))
    ctx.emit(
        "proposed",
        proposal=number,
        kind=change.kind,
        change=change.to_value(),
        proposer=ctx.sender,
        reason=reason,
        last_slot=last_slot,
    )


def vote(ctx: Context, number: int, approve: bool, reached: bool) -> None:
    """Count the sender's vote, and decide if it decides.

    Raises NotOpen, NoVote, VotedAlready, NotReached, or what the change's check raises.
    """
    electorate = check_voter(ctx)
    proposal = _open(ctx, number)
    votes = {voter: vote for voter, vote in proposal.votes.items() if voter in electorate.voters}
    if ctx.sender in votes:
        raise VotedAlready(ctx.sender, number)
    if approve:
        _check_approval(ctx, proposal.change, reached)
    votes[ctx.sender] = approve
    ctx.emit("voted", proposal=number, voter=ctx.sender, approve=approve, reached=reached)
    _decide(ctx, replace(proposal, votes=votes), electorate)


def expire(ctx: Context, slot: Slot) -> None:
    """The hook: close what was not decided in time."""
    open_now = open_proposals(ctx)
    if not open_now or open_now[0][2] >= slot:
        return
    for number, _, _ in [entry for entry in open_now if entry[2] < slot]:
        _close(ctx, number, "expired")


def open_proposals(ctx: Context) -> Open:
    """What can be voted on."""
    return cast(Open, ctx.get(OPEN_KEY) or ())


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who may vote on proposals now, and how many votes decide."""

    voters: frozenset[Address]
    """Of the committee in force, those in good standing."""
    quorum: int
    """Of the committee in force without those that are suspended: two of four that equivocated and cannot be
    replaced without a vote would otherwise keep the others from ever replacing them."""


def electorate_of(ctx: Context) -> Electorate:
    """The electorate of this block."""
    standings = {address: members.member(ctx, address).standing for address in members.committee(ctx)}
    voters = [address for address, standing in standings.items() if standing is Standing.GOOD]
    sound = [address for address, standing in standings.items() if standing is not Standing.SUSPENDED]
    return Electorate(frozenset(voters), quorum_of(len(sound)))


def check_voter(ctx: Context) -> Electorate:
    """That the sender has a vote; returns with whom. Raises NoVote."""
    electorate = electorate_of(ctx)
    if ctx.sender not in electorate.voters:
        raise NoVote(ctx.sender)
    return electorate


def _check_approval(ctx: Context, change: Change, reached: bool) -> None:
    change.check(ctx)
    if isinstance(change, Admit):
        check_synced(ctx, change.member)
        if not reached:
            raise NotReached(change.member)


def _decide(ctx: Context, proposal: Proposal, electorate: Electorate) -> None:
    approving = sum(proposal.votes.values())
    rejecting = len(proposal.votes) - approving
    if approving >= electorate.quorum:
        _close(ctx, proposal.number, "passed")
        proposal.change.carry_out(ctx)
    elif len(electorate.voters) - rejecting < electorate.quorum:
        _close(ctx, proposal.number, "rejected")
    else:
        _keep(ctx, proposal)


def _open(ctx: Context, number: int) -> Proposal:
    value = ctx.get(proposal_key(number))
    if value is None:
        raise NotOpen(number)
    return decode_proposal(number, value)


def _keep(ctx: Context, proposal: Proposal) -> None:
    ctx.put(proposal_key(proposal.number), encode_proposal(proposal))


def _close(ctx: Context, number: int, outcome: str) -> None:
    ctx.delete(proposal_key(number))
    ctx.put(OPEN_KEY, tuple([entry for entry in open_proposals(ctx) if entry[0] != number]))
    ctx.emit("closed", proposal=number, outcome=outcome)
