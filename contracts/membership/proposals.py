"""Proposals: opened by a member, voted on by the committee in force, one vote each, decided by a quorum.

A decided or expired proposal leaves the state; its events stay on the chain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, Final, cast

from contracts.context import Context
from contracts.membership import members
from contracts.membership.changes import Admit, Change, Join, decode_change
from contracts.membership.errors import (
    AlreadyProposed,
    NotOpen,
    NotReached,
    NoVote,
    TooManyProposals,
    VotedAlready,
)
from contracts.membership.members import Member, Standing
from contracts.membership.parameters import parameters_of
from contracts.membership.synced import check_synced
from crypto.address import Address
from ledger.codec import Value
from ledger.committee import quorum_of
from ledger.quantities import Slot

COUNT_KEY: Final = "proposals"
OPEN_KEY: Final = "open"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list of what is open."""

    number: int
    kind: str
    subject: str
    proposer: Address
    last_slot: Slot


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
    """Put a change to the vote. Raises AlreadyProposed, TooManyProposals, or what its check raises."""
    change.check(ctx)
    entries = open_entries(ctx)
    _check_room(ctx, change, entries)
    number = 1 + cast(int, ctx.get(COUNT_KEY) or 0)
    last_slot = Slot(ctx.slot + parameters_of(ctx.genesis).proposal_slots)
    ctx.put(COUNT_KEY, number)
    _list(ctx, [*entries, Entry(number, change.kind, change.subject, ctx.sender, last_slot)])
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
    # A suspension may lower the quorum to what has voted for it: then one of those votes again, to decide.
    decides_again = approve and votes.get(ctx.sender, False) and sum(votes.values()) >= electorate.quorum
    if ctx.sender in votes and not decides_again:
        raise VotedAlready(ctx.sender, number)
    if approve:
        _check_approval(ctx, proposal.change, reached)
    votes[ctx.sender] = approve
    ctx.emit("voted", proposal=number, voter=ctx.sender, approve=approve, reached=reached)
    _decide(ctx, replace(proposal, votes=votes), electorate)


def expire(ctx: Context, slot: Slot) -> None:
    """The hook: close what was not decided in time."""
    entries = open_entries(ctx)
    # All have the same time, so the first is the first to expire.
    if entries and entries[0].last_slot < slot:
        _close(ctx, [entry.number for entry in entries if entry.last_slot < slot], "expired")


def open_entries(ctx: Context) -> list[Entry]:
    """What can be voted on, by number."""
    return decode_entries(ctx.get(OPEN_KEY))


def decode_entries(value: Value) -> list[Entry]:
    """The list that the state keeps as `value`."""
    return [Entry(*entry) for entry in cast(tuple[tuple[Any, ...], ...], value or ())]


@dataclass(frozen=True, slots=True)
class Electorate:
    """Who may vote on proposals now, and how many votes decide."""

    voters: frozenset[Address]
    """Of the committee in force, those in good standing."""
    size: int
    """Of the committee in force without those that are suspended: two of four that equivocated and cannot be
    replaced without a vote would otherwise keep the others from ever replacing them."""

    @property
    def quorum(self) -> int:
        """ceil(2n/3) of the size."""
        return quorum_of(self.size)


def electorate_of(committee: Sequence[Member]) -> Electorate:
    """Who has a vote, of the committee in force."""
    voters = [member.address for member in committee if member.standing is Standing.GOOD]
    sound = sum(member.standing is not Standing.SUSPENDED for member in committee)
    return Electorate(frozenset(voters), sound)


def check_voter(ctx: Context) -> Electorate:
    """That the sender has a vote; returns with whom. Raises NoVote."""
    electorate = electorate_of([members.member(ctx, address) for address in members.committee(ctx)])
    if ctx.sender not in electorate.voters:
        raise NoVote(ctx.sender)
    return electorate


def _check_room(ctx: Context, change: Change, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if (entry.kind, entry.subject) == (change.kind, change.subject):
            raise AlreadyProposed(entry.kind, entry.subject, entry.number)
    parameters, is_application = parameters_of(ctx.genesis), change.kind == Join.kind
    alike = sum((entry.kind == Join.kind) is is_application for entry in entries)
    limit = parameters.applications_max if is_application else parameters.proposals_max
    if alike >= limit:
        raise TooManyProposals("all together", limit)
    if sum(entry.proposer == ctx.sender for entry in entries) >= parameters.proposals_each_max:
        raise TooManyProposals(ctx.sender, parameters.proposals_each_max)


def _check_approval(ctx: Context, change: Change, reached: bool) -> None:
    change.check(ctx)
    if isinstance(change, Admit):
        check_synced(ctx, change.member)
        if not reached:
            raise NotReached(change.member)


def _decide(ctx: Context, proposal: Proposal, electorate: Electorate) -> None:
    approving = sum(proposal.votes.values())
    rejecting = len(proposal.votes) - approving
    # Only a vote for it decides: it has checked that the change can be made now.
    if proposal.votes[ctx.sender] and approving >= electorate.quorum:
        _close(ctx, [proposal.number], "passed")
        proposal.change.carry_out(ctx)
    elif electorate.size - rejecting < electorate.quorum:
        _close(ctx, [proposal.number], "rejected")
    else:
        _keep(ctx, proposal)


def _open(ctx: Context, number: int) -> Proposal:
    value = ctx.get(proposal_key(number))
    if value is None:
        raise NotOpen(number)
    return decode_proposal(number, value)


def _keep(ctx: Context, proposal: Proposal) -> None:
    ctx.put(proposal_key(proposal.number), encode_proposal(proposal))


def _list(ctx: Context, entries: Sequence[Entry]) -> None:
    ctx.put(OPEN_KEY, tuple([astuple(entry) for entry in entries]))


def _close(ctx: Context, numbers: Sequence[int], outcome: str) -> None:
    _list(ctx, [entry for entry in open_entries(ctx) if entry.number not in numbers])
    for number in numbers:
        ctx.delete(proposal_key(number))
        ctx.emit("closed", proposal=number, outcome=outcome)
