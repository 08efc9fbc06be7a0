"""Who is a member, and in what standing."""

from collections.abc import Mapping
from typing import Any, cast

from contracts.membership.applications import decode_application
from crypto.certificate import authority_key
from crypto.signatures import SignatureCache
from explorer.index import tables
from explorer.index.readers.reader import Happening, Reader
from explorer.index.rows import Rows
from ledger.certification import check_certification
from ledger.genesis import Genesis


def begin(rows: Rows, genesis: Genesis) -> None:
    """The founders."""
    for member in genesis.members:
        rows.put(
            tables.members,
            address=member.address,
            name=member.name,
            organisation=member.organisation,
            roles=list(member.roles),
            standing="good",
        )


def proposed(rows: Rows, seen: Happening) -> None:
    """An application says who it is that would become a member."""
    if seen.fields["kind"] != "join":
        return
    application = decode_application(cast(Mapping[str, Any], seen.fields["change"])["application"])
    rows.begin(
        tables.members,
        address=application.address,
        name=application.name,
        organisation=application.organisation,
        roles=list(application.roles),
        standing="applied",
    )


def admitted(rows: Rows, seen: Happening) -> None:
    roles = cast(tuple[str, ...], seen.fields["roles"])
    values = {"roles": list(roles), "standing": "good", "is_revoked": False}
    rows.put(tables.members, address=seen.fields["member"], **values)


def revoked(rows: Rows, seen: Happening) -> None:
    rows.put(tables.members, address=seen.fields["member"], is_revoked=True)


def renewed(rows: Rows, seen: Happening) -> None:
    """The certificate holds again, and may have fewer roles; what votes made of its member stays."""
    rows.put(tables.members, address=seen.fields["member"], is_revoked=False)
    member = rows.find(tables.members, address=seen.fields["member"])
    if seen.entry is not None and member is not None and member["roles"]:
        certified = _certified(seen.facts.genesis, seen.entry.arguments)
        roles = [role for role in member["roles"] if role in certified]
        rows.put(tables.members, address=seen.fields["member"], roles=roles)


def _certified(genesis: Genesis, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The roles of a renewal."""
    statement = arguments["certification"], arguments["signature"]
    authority = authority_key(genesis.authority)
    return check_certification(*statement, genesis.hash, authority, SignatureCache(1)).roles


def _becomes(standing: str) -> "Any":
    def read(rows: Rows, seen: Happening) -> None:
        rows.put(tables.members, address=seen.fields["member"], standing=standing)

    return read


READER = Reader(
    "membership",
    events={
        "proposed": proposed,
        "admitted": admitted,
        "suspended": _becomes("suspended"),
        "expelled": _becomes("expelled"),
        "reinstated": _becomes("good"),
        "revoked": revoked,
        "renewed": renewed,
    },
    begin=begin,
)
