"""Members: who is on this chain."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from explorer.index import tables

MEMBERS_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Member:
    """Someone with an address and a name."""

    address: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    standing: str
    """applied, refused, good, suspended, expelled or revoked."""
    is_validator: bool
    """Whether it was of the committee of the last block."""


def members(connection: Connection) -> tuple[Member, ...]:
    """All of them by name, at most MEMBERS_MAX."""
    seated = committee(connection)
    query = select(tables.members).order_by(tables.members.c.name, tables.members.c.address)
    return tuple(
        Member(
            row.address,
            row.name or row.address,
            row.organisation or "",
            tuple(row.roles or ()),
            _standing(row),
            row.address in seated,
        )
        for row in connection.execute(query.limit(MEMBERS_MAX))
    )


def _standing(row: Any) -> str:
    """What votes and evidence made of a member; else whether its certificate is revoked."""
    standing: str = row.standing or "good"
    return "revoked" if row.is_revoked and standing in ("good", "applied") else standing


def names(connection: Connection, addresses: tuple[str, ...]) -> dict[str, str]:
    """What these are called, as far as they are members."""
    table = tables.members
    query = select(table.c.address, table.c.name).where(table.c.address.in_(addresses))
    return {row.address: row.name for row in connection.execute(query) if row.name}


def committee(connection: Connection) -> tuple[str, ...]:
    """The addresses of those who decided on the last block, in member order."""
    last = select(tables.blocks.c.committee).order_by(tables.blocks.c.height.desc()).limit(1)
    query = select(tables.committees.c.addresses).where(tables.committees.c.hash == last.scalar_subquery())
    return tuple(connection.execute(query).scalar() or ())
