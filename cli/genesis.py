"""`gridquorum genesis`: make and check a genesis, and tell the hash that is the chain's name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.serialization import Encoding

from cli.errors import CommandError, ExitCode
from cli.files import read, write_new
from cli.founding import first_slot
from cli.member_file import read_member
from cli.output import AsJson, report
from contracts.errors import ContractError
from crypto.certificate import load_authority
from ledger.genesis import Genesis, Member
from node.application import standard_application
from node.files import read_genesis

app = typer.Typer(help="Make and check a network's genesis.", no_args_is_help=True)

GenesisFile = Annotated[Path, typer.Argument(help="The genesis file.", show_default=False)]


@app.command()
def new(
    template: Annotated[
        Path, typer.Option("--template", help="A genesis of the same shape, such as `testnet init` makes.")
    ],
    members: Annotated[
        list[Path], typer.Option("--member", help="A member.json; it takes its name's place. Again for more.")
    ],
    authority: Annotated[Path, typer.Option("--authority", help="The authority's certificate.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("genesis.json"),
    as_json: AsJson = False,
) -> None:
    """Found a chain: a template's market and rules, with the members' own keys, beginning now."""
    shape = read_genesis(template)
    given = [read_member(path) for path in members]
    certificate = load_authority(read(authority)).public_bytes(Encoding.DER)
    genesis = Genesis.from_json(with_members(shape, given))
    genesis = replace(
        genesis, authority=certificate, first_slot=first_slot(datetime.now(UTC), genesis.slot_ms)
    )
    write_new(out, genesis.to_json().encode())
    report(describe(genesis), as_json)


def with_members(shape: Genesis, given: Sequence[Member]) -> str:
    """The genesis' text in which each given member has the place of the template's member of its name.

    An address is a word of its own wherever it stands, so the market's parameters follow by replacement.
    """
    places = {member.name: member for member in shape.members}
    newcomers = {member.name: member for member in given}
    for name in newcomers:
        if name not in places:
            raise CommandError(f"the template has no member {name}", code=ExitCode.CONFIGURATION)
    missing = [name for name in places if name not in newcomers]
    if missing:
        problem = f"no member.json for {', '.join(missing)}: the template's keys are not theirs"
        raise CommandError(problem, code=ExitCode.CONFIGURATION)
    text = shape.to_json()
    for name, old in places.items():
        new_member = newcomers[name]
        text = text.replace(old.address, new_member.address)
        text = text.replace(old.public_key.hex(), new_member.public_key.hex())
        text = text.replace(old.encryption_key.hex(), new_member.encryption_key.hex())
    return text


@app.command()
def validate(path: GenesisFile, as_json: AsJson = False) -> None:
    """Check that a genesis holds together and that all contracts can begin with it; say what it founds."""
    genesis = read_genesis(path)
    try:
        standard_application().begin(genesis)
    except ContractError as error:
        raise CommandError(f"{path}: {error}", code=ExitCode.CONFIGURATION) from None
    report(describe(genesis), as_json)


@app.command("hash")
def hash_(path: GenesisFile, as_json: AsJson = False) -> None:
    """Print the genesis hash: the chain's name, to be compared over another channel before joining."""
    genesis = read_genesis(path)
    if as_json:
        report({"hash": genesis.hash}, as_json)
    else:
        typer.echo(genesis.hash.hex())


def describe(genesis: Genesis) -> dict[str, object]:
    names = {member.address: member.name for member in genesis.members}
    return {
        "name": genesis.name,
        "hash": genesis.hash,
        "slot_ms": genesis.slot_ms,
        "committee": [names[address] for address in genesis.committee],
        "members": len(genesis.members),
        "contracts": sorted(genesis.contracts),
    }
