"""The committee, its candidates and what is put to the vote, as people see them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.statements import slot_begin
from contracts.membership import queries, schedule
from contracts.membership.changes import Activate, Allow, Change, Join
from contracts.membership.members import Member, Standing
from contracts.membership.queries import Tally
from crypto.address import Address
from ledger.genesis import Genesis
from ledger.head import Head
from ledger.quantities import Height

Row = dict[str, Any]
Connected = Mapping[Address, str] | None
"""By address, how the node of a member is connected; None where no node runs to ask."""

UNKNOWN: Final = "unknown"


def committee_rows(genesis: Genesis, head: Head, connected: Connected) -> Iterator[Row]:
    """Who decides on the next block, and who enters after it, by member number."""
    scheduled = schedule.scheduled_in(head.state)
    waiting = queries.waiting(head.state)
    named = {address for _, addresses in scheduled for address in addresses}
    height = Height(head.height + 1)
    for member in queries.list_members(head.state):
        if member.address in named and (status := _seat(member.address, scheduled, height)):
            reason = waiting.get(member.address)
            yield {
                "number": member.number,
                "name": member.name,
                "address": member.address,
                "organisation": member.organisation,
                "status": f"must leave ({reason})" if reason else status,
                "since_height": member.liable_from,
                "certificate_until": certificate_end(member, genesis),
                "connected": UNKNOWN if connected is None else connected.get(member.address, "no"),
            }


def member_rows(genesis: Genesis, head: Head, connected: Connected) -> Iterator[Row]:
    """All members ever admitted, by number."""
    for member in queries.list_members(head.state):
        yield {
            "number": member.number,
            "name": member.name,
            "address": member.address,
            "organisation": member.organisation,
            "roles": ", ".join(member.roles),
            "status": member_status(member, head.slot),
            "certificate_until": certificate_end(member, genesis),
            "connected": UNKNOWN if connected is None else connected.get(member.address, "no"),
        }


def member_status(member: Member, slot: int) -> str:
    """What counts most against a member; `good` if nothing does."""
    if member.standing is not Standing.GOOD:
        return member.standing.value
    if member.is_revoked:
        return "revoked"
    return "good" if member.is_certified(slot) else "expired"


def certificate_end(member: Member, genesis: Genesis) -> str:
    """The day on which the member's certificate ends on the chain."""
    if member.last_slot is None:
        return "no end"
    return f"{slot_begin(member.last_slot, genesis):%Y-%m-%d}"


def proposal_rows(genesis: Genesis, head: Head) -> Iterator[Row]:
    """What can be voted on, with the votes that count now."""
    names = {member.address: member.name for member in queries.list_members(head.state)}
    for tally in queries.tallies(head.state, head.height + 1):
        proposal = tally.proposal
        yield {
            "proposal": proposal.number,
            "kind": proposal.change.kind,
            "subject": _subject(tally, names),
            "who": _who(proposal.change),
            "for": tally.approving,
            "against": tally.rejecting,
            "needed": tally.quorum,
            "voters": tally.voters,
            "until": f"{slot_begin(proposal.last_slot + 1, genesis):%Y-%m-%d %H:%M} UTC",
            "proposer": names[proposal.proposer],
            "reason": proposal.reason,
        }


def candidate_rows(head: Head, connected: Connected) -> Iterator[Row]:
    """Validators without a seat, whom the committee may admit."""
    for candidate in queries.candidates(head.state):
        member = candidate.member
        yield {
            "number": member.number,
            "name": member.name,
            "address": member.address,
            "organisation": member.organisation,
            "proposal": candidate.proposal,
            "shown_height": candidate.shown,
            "connected": UNKNOWN if connected is None else connected.get(member.address, "no"),
        }


def _seat(address: Address, scheduled: schedule.Schedule, height: Height) -> str:
    """The place of a member in the committees that are scheduled from `height` on; empty if it has none."""
    is_in = address in schedule.at(scheduled, height)
    for first, addresses in scheduled:
        if first > height and (address in addresses) != is_in:
            return f"leaves at {first}" if is_in else f"enters at {first}"
    return "votes" if is_in else ""


def _who(change: Change) -> str:
    """What nobody else has, since anybody can take any name; empty if it is about no member."""
    match change:
        case Join(application=application):
            roles = ", ".join(application.roles)
            return f"{application.address} of {application.organisation}, as {roles or 'member'}"
        case Allow() | Activate():
            return ""
        case _:
            return change.subject


def _subject(tally: Tally, names: Mapping[Address, str]) -> str:
    """A member by its name, an applicant by the name that it gave."""
    change = tally.proposal.change
    application = getattr(change, "application", None)
    return application.name if application else names.get(Address(change.subject), change.subject)
