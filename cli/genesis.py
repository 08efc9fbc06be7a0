"""`gridquorum genesis`: check a genesis, and tell the hash that is the chain's name."""

from pathlib import Path
from typing import Annotated

import typer

from cli.files import read_genesis
from cli.output import AsJson, report
from ledger.genesis import Genesis

app = typer.Typer(help="Check a network's genesis.", no_args_is_help=True)

GenesisFile = Annotated[Path, typer.Argument(help="The genesis file.", show_default=False)]


@app.command()
def validate(path: GenesisFile, as_json: AsJson = False) -> None:
    """Check that a genesis holds together, and say what it founds."""
    report(describe(read_genesis(path)), as_json)


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
