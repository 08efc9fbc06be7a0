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
    known = [application.address, application.name, application.organisation]
    rows.put(tables.descriptions, subject=_application(seen), value=known)


def closed(rows: Rows, seen: Happening) -> None:
    """Whoever is taken is from now on called as in the application."""
    found = rows.find(tables.descriptions, subject=_application(seen))
    if found is None:
        return
    address, name, organisation = found["value"]
    if seen.fields["outcome"] == "passed":
        rows.put(tables.members, address=address, name=name, organisation=organisation)
    elif (rows.find(tables.members, address=address) or {}).get("standing") == "applied":
        rows.put(tables.members, address=address, standing="refused")


def _application(seen: Happening) -> str:
    """Of the description of what a proposal to join is about."""
    return f"application/{cast(int, seen.fields['proposal'])}"


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
        "closed": closed,
        "admitted": admitted,
        "suspended": _becomes("suspended"),
        "expelled": _becomes("expelled"),
        "reinstated": _becomes("good"),
        "revoked": revoked,
        "renewed": renewed,
    },
    begin=begin,
)
