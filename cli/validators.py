"""`gridquorum validators`: who decides on blocks, who wants to, and the votes that change it."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli import proposing
from cli.application_file import ARGUMENTS, application_text, check_application, read_arguments
from cli.committee_rows import candidate_rows, committee_rows, member_rows, proposal_rows
from cli.errors import CommandError, ExitCode
from cli.files import write_new
from cli.governing import connections, send
from cli.member_file import read_member
from cli.node_directory import HERE, NodeDirectory, api_client, open_chain, read_config
from cli.output import AsJson, print_json, report, report_rows, say
from cli.proposing import Wait
from cli.statements import slot_at
from cli.tx import POLL_S, WAIT_S
from contracts.membership import queries
from contracts.membership.applications import Application
from contracts.membership.changes import Admit
from contracts.membership.parameters import EnergyType
from crypto.certificate import authority_key
from crypto.signatures import SignatureCache
from ledger.certification import Certification, check_certification
from ledger.codec import Value
from ledger.genesis import Genesis
from node.client import NodeClient
from node.files import read_genesis, read_key

app = typer.Typer(help="See and change who decides on blocks.", no_args_is_help=True)
app.add_typer(proposing.app, name="propose")

Quantity = Annotated[int, typer.Option(min=0, help="As certified.")]


@app.command("list")
def list_(
    everybody: Annotated[bool, typer.Option("--all", help="All members, not the committee alone.")] = False,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Show the committee: who votes, since when, until when certified, and whether this node is in touch."""
    connected = connections(api_client(read_config(directory)))
    rows, name = (member_rows, "members") if everybody else (committee_rows, "committee")
    with open_chain(directory) as store:
        report_rows(list(rows(store.genesis, store.head, connected)), as_json, name)


@app.command()
def applications(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Show what can be voted on with its votes so far, and the candidates for the committee."""
    connected = connections(api_client(read_config(directory)))
    with open_chain(directory) as store:
        proposals = list(proposal_rows(store.genesis, store.head))
        candidates = list(candidate_rows(store.head, connected))
    if as_json:
        print_json({"proposals": proposals, "candidates": candidates})
        return
    for name, rows in (("Open proposals", proposals), ("Candidates for the committee", candidates)):
        say(f"[bold]{name}[/bold]" if rows else f"[bold]{name}[/bold]: none")
        report_rows(rows, as_json)


@app.command()
def prepare(
    location: Annotated[str, typer.Option("--location", help="Where it is.")],
    energy_type: Annotated[EnergyType, typer.Option("--energy-type", help="What it generates or uses.")],
    certification: Annotated[
        Path, typer.Option("--certification", help="The statement that came with the certificate.")
    ],
    generation_w: Quantity = 0,
    consumption_w: Quantity = 0,
    storage_wh: Quantity = 0,
    roles: Annotated[
        list[str] | None, typer.Option("--role", help="A role to ask for; all that are certified by default.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="For how long a sponsor can submit it.")] = 14,
    out: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("application.json"),
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Write and sign this node's application for membership, which any member can then submit."""
    config = read_config(directory)
    genesis, key = read_genesis(config.node.genesis), read_key(config.node.key)
    statement = read_arguments(certification, ("certification", "signature"))
    certified = check_certified(statement, genesis)
    member = read_member(directory / "member.json")
    application = Application(
        public_key=key.public_key,
        encryption_key=member.encryption_key,
        name=member.name,
        organisation=certified.organisation,
        location=location,
        energy_type=energy_type,
        generation_w=generation_w,
        consumption_w=consumption_w,
        storage_wh=storage_wh,
        roles=tuple(roles or certified.roles),
        valid_until=slot_at(datetime.now(UTC) + timedelta(days=days), genesis),
    )
    check_application(application)
    write_new(out, application_text(application, key, genesis.hash, statement))
    value = {"application": out, "address": key.address, "roles": application.roles}
    report({**value, "next": f"gridquorum validators apply {out}, by a member"}, as_json)


@app.command()
def apply(
    application: Annotated[Path, typer.Argument(help="What an applicant prepared.", show_default=False)],
    wait: Wait = True,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Submit an applicant's application; this node's member is its sponsor."""
    send(directory, "apply", read_arguments(application, ARGUMENTS), wait, as_json)


@app.command()
def vote(
    proposal: Annotated[int, typer.Argument(min=1, help="Its number.", show_default=False)],
    approve: Annotated[
        bool, typer.Option("--approve/--reject", help="For it or against.", show_default=False)
    ],
    wait: Wait = True,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Vote on a proposal; whether a candidate's node was reached is what this node sees."""
    reached = is_reached(directory, proposal)
    if approve and reached is False:
        raise CommandError(
            "this node is not connected to the candidate's, which a vote for it would attest",
            remedy="gridquorum validators applications, until it is connected",
            code=ExitCode.UNHEALTHY,
        )
    arguments = {"proposal": proposal, "approve": approve, "reached": bool(reached)}
    send(directory, "vote", arguments, wait, as_json)


@app.command("show-synced")
def show_synced(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Have this node, a candidate for the committee, show on the chain that it follows it."""
    client = api_client(read_config(directory))
    own = client.status()["address"]
    if not any(candidate["address"] == own for candidate in client.committee()["candidates"]):
        raise CommandError(
            "as far as this node has the chain, its member is no candidate for the committee",
            remedy="gridquorum validators list --all; and gridquorum status, whether it has caught up",
        )
    client.show_synced()
    report({"shown_height": wait_until_shown(client, own)}, as_json)


def is_reached(directory: Path, number: int) -> bool | None:
    """Whether this node is connected to whom a proposal would admit; None if it is about something else.

    Raises CommandError if it is not open.
    """
    with open_chain(directory) as store:
        tallies = queries.tallies(store.head.state, store.head.height + 1)
    for tally in tallies:
        if tally.proposal.number == number:
            change = tally.proposal.change
            if not isinstance(change, Admit):
                return None
            peers = api_client(read_config(directory)).peers()["peers"]
            return any(peer["address"] == change.member for peer in peers)
    raise CommandError(f"proposal {number} is not open", remedy="gridquorum validators applications")


def wait_until_shown(client: NodeClient, own: str) -> int:
    """The height that this node has shown of late. Raises CommandError if no block takes it in time."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        for candidate in client.committee()["candidates"]:
            if candidate["address"] == own and candidate["is_synced"]:
                return int(candidate["shown_height"])
        time.sleep(POLL_S)
    raise CommandError(
        f"in no block after {WAIT_S:.0f} s", remedy="gridquorum status", code=ExitCode.UNHEALTHY
    )


def check_certified(statement: Mapping[str, Value], genesis: Genesis) -> Certification:
    """What the authority of this chain stated. Raises BadStatement, or CommandError."""
    raw, signature = statement["certification"], statement["signature"]
    if not isinstance(raw, bytes) or not isinstance(signature, bytes):
        raise CommandError("the statement is not written as `ca issue` does", code=ExitCode.CONFIGURATION)
    key = authority_key(genesis.authority)
    return check_certification(raw, signature, genesis.hash, key, SignatureCache(1))
