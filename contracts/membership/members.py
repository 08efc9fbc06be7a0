"""What the chain knows of its members, for every contract to look up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from contracts.context import Context
from contracts.membership.errors import UnknownMember
from crypto.address import Address
from ledger.codec import Value


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the chain records it."""

    address: Address
    name: str
    organisation: str
    roles: tuple[str, ...]
    public_key: bytes
    """Verifies its signatures: a compressed point."""
    encryption_key: bytes
    """What secrets for it are encrypted to: another compressed point."""


def member_key(address: str) -> str:
    """Where membership keeps the member of this address."""
    return f"member/{address}"


def encode_member(member: Member) -> Mapping[str, Value]:
    """A member as the state keeps it."""
    return {
        "name": member.name,
        "organisation": member.organisation,
        "roles": member.roles,
        "public_key": member.public_key,
        "encryption_key": member.encryption_key,
    }


def decode_member(address: Address, value: Value) -> Member:
    """The member that the state keeps as `value`."""
    return Member(address, **cast(Mapping[str, Value], value))  # type: ignore[arg-type]


def is_member(ctx: Context, address: str) -> bool:
    """Whether somebody was admitted under this address."""
    return ctx.scope("membership").get(member_key(address)) is not None


def member(ctx: Context, address: Address) -> Member:
    """The member of this address. Raises UnknownMember."""
    value = ctx.scope("membership").get(member_key(address))
    if value is None:
        raise UnknownMember(address)
    return decode_member(address, value)


def roles_of(ctx: Context, address: Address) -> tuple[str, ...]:
    """The roles of a member; none of a stranger."""
    return member(ctx, address).roles if is_member(ctx, address) else ()


def encryption_key(ctx: Context, address: Address) -> bytes:
    """The key that secrets for a member are encrypted to. Raises UnknownMember."""
    return member(ctx, address).encryption_key


def committee(ctx: Context) -> tuple[Address, ...]:
    """The committee, in member order."""
    return cast(tuple[Address, ...], ctx.scope("membership").get("committee"))


def roles_for(ctx: Context, contract: str, action: str) -> tuple[str, ...] | None:
    """Who may send an action: the roles, of which one is enough; None is any member."""
    value = ctx.scope("membership").get(f"allowed/{contract}.{action}")
    return cast(tuple[str, ...] | None, value)


def allow(ctx: Context, contract: str, action: str, roles: tuple[str, ...] | None) -> None:
    """Say who may send an action from now on."""
    ctx.scope("membership").put(f"allowed/{contract}.{action}", roles)
