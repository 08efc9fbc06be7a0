"""Who is a member, and in what standing."""

from collections.abc import Mapping
from typing import Any, cast

from explorer.index import tables
from explorer.index.readers.reader import Happening, Reader
from explorer.index.rows import Rows
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
    application = cast(Mapping[str, Any], cast(Mapping[str, Any], seen.fields["change"])["application"])
    rows.begin(
        tables.members,
        address=application["address"],
        name=application["name"],
        organisation=application["organisation"],
        roles=list(application["roles"]),
        standing="applied",
    )


def admitted(rows: Rows, seen: Happening) -> None:
    roles = cast(tuple[str, ...], seen.fields["roles"])
    rows.put(tables.members, address=seen.fields["member"], roles=list(roles), standing="good")


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
        "revoked": _becomes("revoked"),
        "renewed": _becomes("good"),
    },
    begin=begin,
)
