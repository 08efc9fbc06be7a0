"""The membership contract: who takes part, who decides, and who may do what. See docs/governance.md."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership import (
    applications,
    certificates,
    equivocation,
    members,
    proposals,
    seats,
    synced,
)
from contracts.membership.applications import Application, Certified
from contracts.membership.changes import Activate, Allow, Join, about_member
from contracts.membership.members import Member
from contracts.membership.parameters import Roles, parameters_of
from crypto.address import Address
from crypto.group import POINT_BYTES
from crypto.hashing import Digest
from crypto.keys import SIGNATURE_BYTES
from ledger.ballots import BALLOT_BYTES_MAX
from ledger.certification import STATEMENT_BYTES_MAX
from ledger.codec import Value
from ledger.genesis import VALIDATOR
from ledger.quantities import Height, Slot

VALIDATORS = frozenset({VALIDATOR})
NUMBER_MAX = 2**53

Number = Annotated[int, Range(1, NUMBER_MAX)]
SomeHeight = Annotated[Height, Range(0, NUMBER_MAX)]
Name = Annotated[str, Length(1, 64)]
Reason = Annotated[str, Length(1, 200)]
Statement = Annotated[bytes, Length(1, STATEMENT_BYTES_MAX)]
Signature = Annotated[bytes, Length(SIGNATURE_BYTES)]
Ballot = Annotated[bytes, Length(1, BALLOT_BYTES_MAX)]


class Kind(StrEnum):
    """What can be proposed about a member."""

    ADMIT = "admit"
    """To the committee."""
    REMOVE = "remove"
    """From the committee."""
    EXPEL = "expel"
    REINSTATE = "reinstate"


class Membership(Contract):
    """Parameters of the genesis: those of contracts.membership.parameters, and `actions`, which overrides who
    may send what (action to roles, as in `{"account.issue": ["grid"]}`); the runtime writes it."""

    name = "membership"

    def begin(self, ctx: Context, parameters: Mapping[str, Value]) -> None:
        parameters_of(ctx.genesis)
        committee = ctx.genesis.committee
        others = [member.address for member in ctx.genesis.members if member.address not in committee]
        for number, address in enumerate((*committee, *others), start=1):
            _enrol_founder(ctx, number, address)
        certificates.begin(ctx)
        seats.begin(ctx)

    def on_slot(self, ctx: Context, slot: Slot) -> None:
        synced.note_parent(ctx)
        proposals.expire(ctx, slot)
        seats.expire(ctx, slot)

    @action(roles=None)
    def change_encryption_key(self, ctx: Context, key: Annotated[bytes, Length(POINT_BYTES)]) -> None:
        """Have secrets encrypted to another key from now on; what was encrypted before stays as it is."""
        changed = members.member(ctx, ctx.sender)
        applications.check_encryption_key(ctx, key, changed.public_key)
        members.keep(ctx, replace(changed, encryption_key=key))
        ctx.emit("encryption_key_changed", member=ctx.sender, key=key)

    @action(roles=None)
    def apply(
        self,
        ctx: Context,
        application: Application,
        signature: Signature,
        certification: Statement,
        certification_signature: Signature,
    ) -> None:
        """Put an applicant's own application to the vote; the sender is its sponsor."""
        applications.check_legible(application)
        applications.check_signed(ctx, application, signature)
        applications.check_encryption_key(ctx, application.encryption_key, application.public_key)
        found = certificates.certified(ctx, certification, certification_signature)
        applications.check_certified(application, found)
        taken_over = Certified(found.serial, found.first_slot, found.last_slot)
        proposals.propose(ctx, Join(application, taken_over), "an application")

    @action(roles=VALIDATORS)
    def propose(self, ctx: Context, kind: Kind, member: Address, reason: Reason) -> None:
        """Put a member's place to the vote."""
        proposals.check_voter(ctx)
        proposals.propose(ctx, about_member(kind.value, member), reason)

    @action(roles=VALIDATORS)
    def propose_roles(
        self, ctx: Context, contract: Name, action: Name, roles: Roles | None, reason: Reason
    ) -> None:
        """Put to the vote who may send an action: whoever has one of the roles, or any member."""
        proposals.check_voter(ctx)
        proposals.propose(ctx, Allow(contract, action, roles), reason)

    @action(roles=VALIDATORS)
    def propose_version(
        self, ctx: Context, version: Annotated[int, Range(1, 2**16)], height: SomeHeight, reason: Reason
    ) -> None:
        """Put to the vote from which height on blocks are of the next version."""
        proposals.check_voter(ctx)
        proposals.propose(ctx, Activate(version, height), reason)

    @action(roles=VALIDATORS)
    def vote(self, ctx: Context, proposal: Number, approve: bool, reached: bool) -> None:
        """Vote on an open proposal. To admit a validator takes that one reached its node."""
        proposals.vote(ctx, proposal, approve, reached)

    @action(roles=VALIDATORS)
    def show_synced(self, ctx: Context, height: SomeHeight, block: Digest) -> None:
        """Show that one's node follows the chain, by the hash of one of the last 16 blocks."""
        synced.show(ctx, height, block)

    @action(roles=None)
    def report_equivocation(self, ctx: Context, validator: Address, first: Ballot, second: Ballot) -> None:
        """Suspend a validator by two of its signed votes (ledger.evidence)."""
        equivocation.report(ctx, validator, first, second)

    @action(roles=None)
    def renew(self, ctx: Context, certification: Statement, signature: Signature) -> None:
        """Record the authority's later certification of a member; the key stays, so nobody votes."""
        certificates.renew(ctx, certification, signature)

    @action(roles=None)
    def revoke(self, ctx: Context, revocation: Statement, signature: Signature) -> None:
        """Record that the authority revoked a member's certificate."""
        certificates.revoke(ctx, revocation, signature)


def _enrol_founder(ctx: Context, number: int, address: Address) -> None:
    founder = ctx.genesis.member(address)
    if founder is None:
        raise RuntimeError(f"{address} is not in the genesis")
    record = Member(
        address,
        number,
        founder.name,
        founder.organisation,
        founder.roles,
        founder.public_key,
        founder.encryption_key,
        last_slot=founder.last_slot,
        liable_from=Height(1) if address in ctx.genesis.committee else None,
    )
    members.enrol(ctx, record)
