"""`gridquorum keys`: make and show private keys."""

from pathlib import Path
from typing import Annotated

import typer

from cli.files import write_new
from cli.output import AsJson, report
from crypto.keys import PrivateKey
from node.files import read_key

app = typer.Typer(help="Make and show keys.", no_args_is_help=True)

KeyFile = Annotated[Path, typer.Argument(help="PEM file of a private key.", show_default=False)]


@app.command()
def new(path: KeyFile, as_json: AsJson = False) -> None:
    """Make a private key, readable by you alone; an existing file is never overwritten."""
    key = PrivateKey.generate()
    write_new(path, key.to_pem(), secret=True)
    report(describe(key, path), as_json)


@app.command()
def show(path: KeyFile, as_json: AsJson = False) -> None:
    """Show the address and public key of a private key; never the key itself."""
    report(describe(read_key(path), path), as_json)


def describe(key: PrivateKey, path: Path) -> dict[str, object]:
    return {"address": key.address, "public_key": key.public_key, "file": path}
