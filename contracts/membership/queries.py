"""What nodes, the API and people ask of a state: members, committees, candidates, open proposals.

Each takes any Reader, such as `head.state`; none is for contracts, whose reads are charged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from contracts.context import decode_value, state_key
from contracts.membership import members, proposals, schedule, seats, synced
from contracts.membership.applications import Application, decode_application, profile_key
from contracts.membership.changes import Admit
from contracts.membership.members import Member
from contracts.membership.proposals import Proposal, electorate_of
from crypto.address import Address
from ledger.codec import Value
from ledger.execution import last_slot
from ledger.genesis import VALIDATOR
from ledger.overlay import Reader
from ledger.quantities import Height


@dataclass(frozen=True, slots=True)
class Tally:
    """An open proposal and where it stands, were the next block to decide it."""

    proposal: Proposal
    approving: int
    """Votes that count: of those who have one now."""
    rejecting: int
    quorum: int
    voters: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A validator without a seat, which the committee may admit."""

    member: Member
    proposal: int | None
    """The open proposal to admit it."""
    shown: Height | None
    """The highest block that it has shown to know."""


def list_members(reader: Reader) -> list[Member]:
    """All that were ever admitted, by number."""
    latest = cast(int, _read(reader, members.NUMBERS_KEY) or 0)
    addresses = [_read(reader, members.number_key(number)) for number in range(1, latest + 1)]
    return [_member(reader, cast(Address, address)) for address in addresses]


def committee(reader: Reader, height: int) -> list[Member]:
    """Who decides on `height`, of the two that follow the state's own."""
    return [_member(reader, address) for address in schedule.at(schedule.scheduled_in(reader), height)]


def waiting(reader: Reader) -> Mapping[Address, str]:
    """Who must leave the committee, and why, while it cannot do without them."""
    return dict(cast(seats.Waiting, _read(reader, seats.WAITING_KEY)))


def profile(reader: Reader, address: Address) -> Application | None:
    """What a member stated when it applied; None of a founder."""
    value = _read(reader, profile_key(address))
    return None if value is None else decode_application(value)


def tallies(reader: Reader, height: int) -> list[Tally]:
    """What is open, by number, as the block of `height` will find it."""
    electorate = electorate_of(committee(reader, height))
    entries = proposals.decode_entries(_read(reader, proposals.OPEN_KEY))
    return [_tally(_proposal(reader, entry.number), electorate) for entry in entries]


def candidates(reader: Reader) -> list[Candidate]:
    """Validators in good standing that have no seat, by number."""
    entries = proposals.decode_entries(_read(reader, proposals.OPEN_KEY))
    proposed = {entry.subject: entry.number for entry in entries if entry.kind == Admit.kind}
    seated, slot = schedule.latest(schedule.scheduled_in(reader)), last_slot(reader)
    return [
        Candidate(member, proposed.get(member.address), _shown(reader, member.address))
        for member in list_members(reader)
        if member.address not in seated and VALIDATOR in member.active_roles(slot, is_seated=False)
    ]


def _tally(proposal: Proposal, electorate: proposals.Electorate) -> Tally:
    counted = [vote for voter, vote in proposal.votes.items() if voter in electorate.voters]
    approving = sum(counted)
    return Tally(proposal, approving, len(counted) - approving, electorate.quorum, len(electorate.voters))


def _proposal(reader: Reader, number: int) -> Proposal:
    return proposals.decode_proposal(number, _read(reader, proposals.proposal_key(number)))


def _shown(reader: Reader, address: Address) -> Height | None:
    return cast(Height | None, _read(reader, synced.synced_key(address)))


def _member(reader: Reader, address: Address) -> Member:
    return members.decode_member(address, _read(reader, members.member_key(address)))


def _read(reader: Reader, key: str) -> Value:
    data = reader.get(state_key("membership", key))
    return None if data is None else decode_value(data)
