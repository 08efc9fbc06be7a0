"""What the commands of governance share: whom a name means, who is connected, and what became of a vote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.committee_rows import Connected
from cli.errors import CommandError, ExitCode
from cli.node_directory import read_config
from cli.output import report
from cli.tx import check_taken, deliver
from contracts.membership import queries
from contracts.membership.members import Member
from crypto.address import Address
from ledger.codec import Value
from ledger.head import Head
from node.client import NodeClient
from node.errors import Unreachable
from node.files import read_key


def find_member(head: Head, text: str) -> Member:
    """The member of an address, or the only one of a name. Raises CommandError."""
    known = queries.list_members(head.state)
    # The address first: a name is what its owner likes, even another's address.
    found = [member for member in known if member.address == text] or [
        member for member in known if member.name == text
    ]
    if len(found) != 1:
        problem = (
            f"{len(found)} members are called {text}"
            if found
            else f"no member has the name or address {text}"
        )
        raise CommandError(problem, remedy="gridquorum validators list --all", code=ExitCode.USAGE)
    return found[0]


def connections(client: NodeClient) -> Connected:
    """To whom the node is connected, by address; None if no node answers. Raises Refused."""
    try:
        peers, own = client.peers()["peers"], client.status()["address"]
    except Unreachable:
        return None
    return {**{Address(peer["address"]): "yes" for peer in peers}, own: "this node"}


def send(directory: Path, action: str, arguments: Mapping[str, Value], wait: bool, as_json: bool) -> None:
    """Send an action of membership with the node's own key, and report what became of it.

    Raises NodeError, or CommandError if no block takes it in time or the contract refuses it.
    """
    key = read_key(read_config(directory).node.key)
    sent = deliver(directory, key, "membership", action, arguments, wait=wait)
    check_taken(sent)
    report(describe(sent), as_json)


def describe(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A transaction of membership, with the proposal that it is about and what was decided."""
    value = {name: sent[name] for name in ("tx_id", "status", "height") if name in sent}
    events = {event["name"]: event["fields"] for event in sent.get("events", ())}
    for name in ("proposed", "voted"):
        if name in events:
            value["proposal"] = events[name]["proposal"]
            value["outcome"] = events["closed"]["outcome"] if "closed" in events else "open"
    return value
