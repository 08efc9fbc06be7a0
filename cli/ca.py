"""`gridquorum ca`: the chain's authority, which certifies members from their signing requests."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cli.files import read, write_new
from cli.output import AsJson, report
from cli.participant import CERTIFICATE_DAYS, CERTIFICATE_SLACK
from crypto.authority import Authority
from crypto.keys import PrivateKey
from node.files import read_key

app = typer.Typer(help="Be a chain's certificate authority.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--dir", help="The authority's folder.")]
HERE = Path("authority")


@app.command()
def init(
    name: Annotated[str, typer.Option("--name", help="The authority's name.")],
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Make an authority: its key, and the certificate that a genesis pins."""
    key = PrivateKey.generate()
    begin, end = validity()
    authority = Authority.create(key, name, begin, end)
    write_new(folder / "authority.key", key.to_pem(), secret=True)
    write_new(folder / "authority.crt", authority.certificate)
    report({"authority": name, "folder": folder, "valid_until": end.isoformat()}, as_json)


@app.command()
def issue(
    request: Annotated[Path, typer.Argument(help="A member's node.csr.")],
    roles: Annotated[list[str], typer.Option("--role", help="A role to certify; again for more.")],
    serial: Annotated[int, typer.Option("--serial", min=2, help="A number that was never issued before.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the certificate.")] = Path("node.crt"),
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Certify a member's key, after its identity was checked by other means."""
    authority = Authority(read_key(folder / "authority.key"), read(folder / "authority.crt"))
    begin, end = validity()
    write_new(out, authority.issue(read(request), roles, begin, end, serial))
    report({"certificate": out, "roles": roles, "serial": serial, "valid_until": end.isoformat()}, as_json)


def validity() -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    return now - CERTIFICATE_SLACK, now + timedelta(days=CERTIFICATE_DAYS)
