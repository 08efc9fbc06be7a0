"""What the chain knows of its members, for every contract to look up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast

from contracts.context import Context, decode_value, state_key
from contracts.membership import schedule
from contracts.membership.errors import UnknownMember
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import VALIDATOR
from ledger.overlay import Reader
from ledger.quantities import Height, Slot


class Standing(StrEnum):
    """What votes and evidence made of a member; its certificate is another matter."""

    GOOD = "good"
    SUSPENDED = "suspended"
    """It equivocated: no longer a validator, in nothing."""
    EXPELLED = "expelled"
    """By vote: it has no role at all."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the chain records it. Records stay, so that what it signed can be verified for ever."""

    address: Address
    number: int
    """Its place in the order of admission, from 1; never given twice."""
    name: str
    organisation: str
    roles: tuple[str, ...]
    """Which it was given; those that hold now are `active_roles`."""
    public_key: bytes
    """Verifies its signatures: a compressed point."""
    encryption_key: bytes
    """What secrets for it are encrypted to: another compressed point."""
    standing: Standing = Standing.GOOD
    serial: int = 0
    """Of the authority's latest statement about it; 0 of a founder that none was made about."""
    is_revoked: bool = False
    """Whether that statement revoked its certificate."""
    last_slot: Slot | None = None
    """The last in which its certificate holds; None is without end, as founders' are."""
    liable_from: Height | None = None
    """The first height at which contradictory votes suspend it; None if it never was in the committee."""

    def is_certified(self, slot: int) -> bool:
        """Whether its certificate holds in a slot."""
        return not self.is_revoked and (self.last_slot is None or slot <= self.last_slot)

    def active_roles(self, slot: int, is_seated: bool) -> tuple[str, ...]:
        """The roles that hold in a slot: none of one whose certificate does not.

        But as long as it keeps its seat, because the committee cannot do without it, it stays a validator:
        the authority alone cannot take votes from a committee that is at its minimum.
        """
        roles = self.roles if self.is_certified(slot) else ()
        match self.standing:
            case Standing.EXPELLED:
                return ()
            case Standing.SUSPENDED:
                return tuple([role for role in roles if role != VALIDATOR])
            case Standing.GOOD:
                return (*roles, VALIDATOR) if is_seated and VALIDATOR not in roles else roles


def member_key(address: str) -> str:
    """Where membership keeps the member of this address."""
    return f"member/{address}"


def number_key(number: int) -> str:
    """Where membership keeps the address of the member of this number."""
    return f"number/{number}"


NUMBERS_KEY = "numbers"
"""Where membership keeps the number of the latest member."""

SIZE_KEY = "size"


def encode_member(member: Member) -> Mapping[str, Value]:
    """A member as the state keeps it."""
    fields = asdict(member) | {"standing": member.standing.value}
    del fields["address"]
    return fields


def decode_member(address: Address, value: Value) -> Member:
    """The member that the state keeps as `value`."""
    fields = cast(Mapping[str, Any], value)
    return Member(address, **{**fields, "standing": Standing(fields["standing"])})


def find_in(reader: Reader, address: Address) -> Member | None:
    """The member of this address in a state, if there is one."""
    data = reader.get(state_key("membership", member_key(address)))
    return None if data is None else decode_member(address, decode_value(data))


def is_member(ctx: Context, address: str) -> bool:
    """Whether somebody was ever admitted under this address."""
    return ctx.scope("membership").get(member_key(address)) is not None


def find(ctx: Context, address: Address) -> Member | None:
    """The member of this address, if there is one."""
    value = ctx.scope("membership").get(member_key(address))
    return None if value is None else decode_member(address, value)


def member(ctx: Context, address: Address) -> Member:
    """The member of this address. Raises UnknownMember."""
    found = find(ctx, address)
    if found is None:
        raise UnknownMember(address)
    return found


def keep(ctx: Context, changed: Member) -> None:
    """Record a member as it is from now on."""
    ctx.scope("membership").put(member_key(changed.address), encode_member(changed))


def enrol(ctx: Context, admitted: Member) -> None:
    """Record a new member, whose number is `next_number`."""
    own = ctx.scope("membership")
    own.put(NUMBERS_KEY, admitted.number)
    own.put(number_key(admitted.number), admitted.address)
    keep(ctx, admitted)
    count(ctx, 1)


def size(ctx: Context) -> int:
    """How many members there are, without those that were expelled."""
    return cast(int, ctx.scope("membership").get(SIZE_KEY) or 0)


def count(ctx: Context, more: int) -> None:
    """There are so many members more, or fewer."""
    ctx.scope("membership").put(SIZE_KEY, size(ctx) + more)


def next_number(ctx: Context) -> int:
    """The number that the next member gets."""
    return 1 + cast(int, ctx.scope("membership").get(NUMBERS_KEY) or 0)


def roles_of(ctx: Context, address: Address) -> tuple[str, ...]:
    """The roles of a member that hold now; none of a stranger."""
    found = find(ctx, address)
    if found is None:
        return ()
    # Most members never had a seat, and are not looked for in the committee.
    return found.active_roles(ctx.slot, found.liable_from is not None and is_seated(ctx, address))


def encryption_key(ctx: Context, address: Address) -> bytes:
    """The key that secrets for a member are encrypted to. Raises UnknownMember."""
    return member(ctx, address).encryption_key


def committee(ctx: Context) -> tuple[Address, ...]:
    """The committee that decides on this block, in member order."""
    return schedule.at(schedule.schedule(ctx), ctx.height)


def seated(ctx: Context) -> tuple[Address, ...]:
    """The committee once all changes have taken effect, in member order."""
    return schedule.latest(schedule.schedule(ctx))


def is_seated(ctx: Context, address: Address) -> bool:
    """Whether it will be in the committee once all changes have taken effect."""
    return address in seated(ctx)
