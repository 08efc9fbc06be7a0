"""What the committee votes on: one class a kind.

`check` says whether a change can be made as things are; it is asked when the change is proposed and at every
vote for it, and so by the deciding one, which makes it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Final, Protocol, cast

from contracts.context import Context
from contracts.membership import applications, certificates, members, permissions, seats, synced, versions
from contracts.membership.applications import Application, Certified, decode_application
from contracts.membership.errors import CommitteeAtMinimum, NotPossible
from contracts.membership.members import Standing
from contracts.membership.parameters import parameters_of
from crypto.address import Address
from crypto.certificate import is_role
from ledger.codec import Value
from ledger.genesis import VALIDATOR
from ledger.quantities import Height


class Change(Protocol):
    """Something that takes a quorum."""

    kind: ClassVar[str]

    @property
    def subject(self) -> str:
        """What it is about: no two open proposals of a kind have the same."""

    def check(self, ctx: Context) -> None:
        """Raises ContractError if it cannot be done as things are."""

    def carry_out(self, ctx: Context) -> None:
        """Do it; `check` has passed in this very transaction."""

    def to_value(self) -> dict[str, Value]:
        """As the state keeps it, and as queries show it."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """A change of one member's place."""

    member: Address

    @property
    def subject(self) -> str:
        return self.member

    def to_value(self) -> dict[str, Value]:
        return {"member": self.member}


class Admit(_Subject):
    """A member enters the committee, at h + 2. Its node must have shown that it follows the chain."""

    kind: ClassVar[str] = "admit"

    def check(self, ctx: Context) -> None:
        candidate = members.member(ctx, self.member)
        if VALIDATOR not in candidate.active_roles(ctx.slot, is_seated=False):
            raise NotPossible(self.member, f"does not have the role {VALIDATOR} now")
        if members.is_seated(ctx, self.member):
            raise NotPossible(self.member, "is in the committee")
        most = parameters_of(ctx.genesis).committee_max
        if len(members.seated(ctx)) >= most:
            raise NotPossible(self.member, f"finds no seat: the committee has {most}, the most")

    def carry_out(self, ctx: Context) -> None:
        seats.seat(ctx, members.member(ctx, self.member))
        synced.forget(ctx, self.member)


class Remove(_Subject):
    """A validator leaves the committee at h + 2, and stays a member with all its roles."""

    kind: ClassVar[str] = "remove"

    def check(self, ctx: Context) -> None:
        if not members.is_seated(ctx, self.member):
            raise NotPossible(self.member, "is not in the committee")
        _check_spare(ctx)

    def carry_out(self, ctx: Context) -> None:
        seats.unseat(ctx, ((self.member, "removed"),))


class Expel(_Subject):
    """A member loses all its roles at once, and its seat at h + 2."""

    kind: ClassVar[str] = "expel"

    def check(self, ctx: Context) -> None:
        if members.member(ctx, self.member).standing is Standing.EXPELLED:
            raise NotPossible(self.member, "is expelled already")
        if members.is_seated(ctx, self.member):
            _check_spare(ctx)

    def carry_out(self, ctx: Context) -> None:
        expelled = replace(members.member(ctx, self.member), standing=Standing.EXPELLED)
        members.keep(ctx, expelled)
        members.count(ctx, -1)
        ctx.emit("expelled", member=self.member)
        seats.reconsider(ctx, expelled)


class Reinstate(_Subject):
    """A suspended or expelled member is in good standing again; what it signed until now is forgiven."""

    kind: ClassVar[str] = "reinstate"

    def check(self, ctx: Context) -> None:
        if members.member(ctx, self.member).standing is Standing.GOOD:
            raise NotPossible(self.member, "is in good standing")

    def carry_out(self, ctx: Context) -> None:
        before = members.member(ctx, self.member)
        liable_from = None if before.liable_from is None else Height(ctx.height + 1)
        reinstated = replace(before, standing=Standing.GOOD, liable_from=liable_from)
        members.keep(ctx, reinstated)
        if before.standing is Standing.EXPELLED:
            members.count(ctx, 1)
        ctx.emit("reinstated", member=self.member)
        seats.reconsider(ctx, reinstated)


@dataclass(frozen=True, slots=True)
class Join:
    """An applicant becomes a member, or a member gets the roles that it applied for."""

    application: Application
    certified: Certified
    kind: ClassVar[str] = "join"

    @property
    def subject(self) -> str:
        return self.application.address

    def check(self, ctx: Context) -> None:
        applications.check_conditions(ctx, self.application)
        applications.check_standing(ctx, self.application.address, self.certified.serial)
        certificates.check_current(ctx, self.certified.first_slot, self.certified.last_slot)

    def carry_out(self, ctx: Context) -> None:
        admitted = applications.admit(ctx, self.application, self.certified)
        ctx.emit(
            "admitted",
            member=admitted.address,
            id=f"did:gridquorum:{admitted.address}",
            number=admitted.number,
            roles=admitted.roles,
        )
        seats.reconsider(ctx, admitted)

    def to_value(self) -> dict[str, Value]:
        return {"application": self.application.to_value(), "certified": asdict(self.certified)}


@dataclass(frozen=True, slots=True)
class Allow:
    """From now on, these roles may send an action; None is any member."""

    contract: str
    action: str
    roles: tuple[str, ...] | None
    kind: ClassVar[str] = "allow"

    @property
    def subject(self) -> str:
        # Roles are single words, so what stands for all or none of them can be mistaken for no role.
        roles = "any member" if self.roles is None else ", ".join(self.roles) or "no member"
        return f"{self.contract}.{self.action} by {roles}"

    def check(self, ctx: Context) -> None:
        permissions.roles_for(ctx, self.contract, self.action)
        if (self.contract, self.action) in permissions.FIXED:
            raise NotPossible(
                f"{self.contract}.{self.action}", "is what the committee decides by, and its own alone"
            )
        if not all(is_role(role) for role in self.roles or ()):
            raise NotPossible(self.subject, "names roles that are no lower-case words")

    def carry_out(self, ctx: Context) -> None:
        permissions.allow(ctx, self.contract, self.action, self.roles)
        ctx.emit("allowed", **self.to_value())

    def to_value(self) -> dict[str, Value]:
        return {"contract": self.contract, "action": self.action, "roles": self.roles}


@dataclass(frozen=True, slots=True)
class Activate:
    """Blocks are of the next version from a height on, by which operators must have updated."""

    version: int
    height: Height
    kind: ClassVar[str] = "version"

    @property
    def subject(self) -> str:
        return f"{self.version} from {self.height} on"

    def check(self, ctx: Context) -> None:
        # Not: one that this software knows. Old and new software must agree on what the chain decides.
        if self.version != versions.latest(ctx) + 1:
            raise NotPossible(f"version {self.version}", f"is not {versions.latest(ctx) + 1}, the next")
        least = ctx.height + parameters_of(ctx.genesis).activation_blocks
        last = versions.activations(ctx)[-1:]
        if self.height < max([least, *[first + 1 for first, _ in last]]):
            raise NotPossible(f"height {self.height}", f"is too near; operators need until {least}")
        if self.height > least + versions.AHEAD_MAX:
            raise NotPossible(
                f"height {self.height}", f"is too far ahead; {least + versions.AHEAD_MAX} is not"
            )

    def carry_out(self, ctx: Context) -> None:
        versions.activate(ctx, self.version, self.height)

    def to_value(self) -> dict[str, Value]:
        return {"version": self.version, "height": self.height}


def _check_spare(ctx: Context) -> None:
    """That the committee can do without one more. Raises CommitteeAtMinimum."""
    size, minimum = len(members.seated(ctx)), parameters_of(ctx.genesis).minimum
    if size <= minimum:
        raise CommitteeAtMinimum(size, minimum)


_SUBJECTS: Final = {kind.kind: kind for kind in (Admit, Remove, Expel, Reinstate)}


def about_member(kind: str, member: Address) -> Change:
    """The change of a member's place that is of this kind."""
    return _SUBJECTS[kind](member)


def decode_change(kind: str, value: Value) -> Change:
    """The change that the state keeps as `value`."""
    fields = cast(Mapping[str, Any], value)
    if kind == Join.kind:
        return Join(decode_application(fields["application"]), Certified(**fields["certified"]))
    if kind == Allow.kind:
        return Allow(**fields)
    if kind == Activate.kind:
        return Activate(**fields)
    return about_member(kind, fields["member"])
