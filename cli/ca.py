"""`gridquorum ca`: the chain's authority, which certifies members from their signing requests.

Its folder holds its key, its certificate and its register; the key stays offline. What the chain is to know
of a certificate leaves as a signed statement, which any member sends.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.errors import CommandError, ExitCode
from cli.files import check_free, read, write_new
from cli.output import AsJson, report, report_rows
from cli.register import REGISTER_NAME, Register, alone, check_order, issued_of, read_register, write_register
from cli.registrar import AUTHORITY_DAYS, CERTIFICATE_NAME, Registrar, at_work, write_authority
from cli.statements import send_command, statement_text
from crypto.authority import read_request, signing_request
from crypto.certificate import identity_of
from ledger.certification import REASONS
from ledger.genesis import Genesis
from node.files import read_genesis, read_key

app = typer.Typer(help="Be a chain's certificate authority.", no_args_is_help=True)

DAYS_MAX = 36_500
HERE = Path("authority")

Folder = Annotated[Path, typer.Option("--dir", help="The authority's folder.")]
Days = Annotated[
    int | None,
    typer.Option("--days", min=1, max=DAYS_MAX, help="For how long; 730 unless the authority ends."),
]
Serial = Annotated[int, typer.Argument(help="Of the certificate, as `ca list` shows it.")]
Out = Annotated[Path, typer.Option("--out", help="Where to write the certificate.")]
GenesisFile = Annotated[Path, typer.Option("--genesis", help="The chain's genesis.", show_default=False)]


@app.command()
def init(
    name: Annotated[str, typer.Option("--name", help="The authority's name.")],
    days: Annotated[
        int,
        typer.Option("--days", min=1, max=DAYS_MAX, help="For how long; longer than the chain is to live."),
    ] = AUTHORITY_DAYS,
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Make an authority: its key, the certificate that a genesis pins, and its register."""
    registrar = Registrar.create(name, datetime.now(UTC), days)
    write_authority(folder, registrar)
    write_register(folder, registrar.register)
    until = registrar.authority.not_after.isoformat()
    report({"authority": name, "folder": folder, "valid_until": until}, as_json)


@app.command()
def request(
    key: Annotated[Path, typer.Option("--key", help="PEM file of the member's key.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Whom it belongs to.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the request.")] = Path("node.csr"),
    as_json: AsJson = False,
) -> None:
    """Ask to be certified: a signing request for a key, which itself stays where it is."""
    member = read_key(key)
    write_new(out, signing_request(member, organisation))
    report({"request": out, "address": member.address, "organisation": organisation}, as_json)


@app.command()
def issue(
    request: Annotated[Path, typer.Argument(help="A member's node.csr.")],
    roles: Annotated[list[str], typer.Option("--role", help="A role to certify; again for more.")],
    days: Days = None,
    genesis: Annotated[
        Path | None, typer.Option("--genesis", help="Of the chain that it is to join, if it runs already.")
    ] = None,
    out: Out = Path("node.crt"),
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Certify a member's key, after its identity was checked by other means."""
    chain = read_genesis(genesis) if genesis else None
    public_key, organisation = read_request(read(request))
    check_free(out, statement_path(out))
    with at_work(folder, datetime.now(UTC)) as registrar:
        certificate = registrar.certify(public_key, organisation, roles, days)
        hand_over(folder, registrar, certificate, chain, out, as_json)


@app.command()
def renew(
    serial: Serial,
    genesis: GenesisFile,
    days: Days = None,
    out: Out = Path("node.crt"),
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Certify the same key anew, with new dates and the next serial."""
    chain = read_genesis(genesis)
    check_free(out, statement_path(out))
    with at_work(folder, datetime.now(UTC)) as registrar:
        old = registrar.register.in_force(serial)
        certificate = registrar.certify(bytes.fromhex(old.public_key), old.organisation, old.roles, days)
        hand_over(folder, registrar, certificate, chain, out, as_json)


@app.command()
def revoke(
    serial: Serial,
    genesis: GenesisFile,
    reason: Annotated[str, typer.Option("--reason", help=f"One of {', '.join(REASONS)}.")],
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the statement.")] = None,
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Sign that a certificate is void; the chain knows it once any member has sent the statement."""
    if reason not in REASONS:
        raise CommandError(f"{reason!r} is none of {', '.join(REASONS)}", code=ExitCode.USAGE)
    chain, path = read_genesis(genesis), out or Path(f"revocation-{serial}.json")
    check_free(path)
    with at_work(folder, datetime.now(UTC)) as registrar:
        registrar.revoke(serial, reason)
        write_register(folder, registrar.register)
        write_statement(registrar, serial, chain, path, as_json)


@app.command()
def statement(
    serial: Serial,
    genesis: GenesisFile,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write it.")] = None,
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Sign again what the chain is to know of a certificate: until when it is good, or that it is void."""
    with at_work(folder, datetime.now(UTC)) as registrar:
        path = out or Path(f"statement-{serial}.json")
        write_statement(registrar, serial, read_genesis(genesis), path, as_json)


@app.command("list")
def list_(folder: Folder = HERE, as_json: AsJson = False) -> None:
    """Show the register: every certificate that was issued, and what became of it."""
    register, now = read_register(folder), datetime.now(UTC)
    rows = [
        {
            "serial": issued.serial,
            "address": issued.address,
            "organisation": issued.organisation,
            "roles": ", ".join(issued.roles),
            "from": f"{issued.not_before:%Y-%m-%d}",
            "until": f"{issued.not_after:%Y-%m-%d}",
            "status": register.status(issued, now),
            "reason": issued.revoked.reason if issued.revoked else "",
        }
        for issued in register.issued
    ]
    report_rows(rows, as_json, "certificates")


@app.command()
def recover(
    certificates: Annotated[list[Path], typer.Argument(help="All certificates that were ever issued.")],
    folder: Folder = HERE,
    as_json: AsJson = False,
) -> None:
    """Make a lost register again from the certificates; it cannot know which were revoked."""
    with alone(folder):
        check_free(folder / REGISTER_NAME)
        authority = read(folder / CERTIFICATE_NAME)
        found = [issued_of(identity_of(read(path), authority)) for path in certificates]
        register = Register(tuple(sorted(found, key=lambda issued: issued.serial)))
        try:
            check_order(register.issued)
        except ValueError as error:
            raise CommandError(f"two certificates have one serial: {error}") from None
        write_register(folder, register)
    report({"register": folder / REGISTER_NAME, "certificates": len(found)}, as_json)


def hand_over(
    folder: Path, registrar: Registrar, certificate: bytes, chain: Genesis | None, out: Path, as_json: bool
) -> None:
    """Write register, certificate and statement, in this order: no serial is ever given twice."""
    issued = registrar.register.issued[-1]
    write_register(folder, registrar.register)
    write_new(out, certificate)
    value = {
        "certificate": out,
        "address": issued.address,
        "roles": issued.roles,
        "serial": issued.serial,
        "valid_until": issued.not_after.isoformat(),
    }
    if chain:
        path = statement_path(out)
        write_new(path, statement_text(issued, chain, registrar.key))
        value |= {"statement": path}
    report(value, as_json)


def write_statement(registrar: Registrar, serial: int, chain: Genesis, path: Path, as_json: bool) -> None:
    issued = registrar.register.find(serial)
    write_new(path, statement_text(issued, chain, registrar.key))
    status = "revoked" if issued.revoked else "in force"
    value = {"serial": serial, "address": issued.address, "status": status, "statement": path}
    report({**value, "next": send_command(issued, path)}, as_json)


def statement_path(certificate: Path) -> Path:
    """`node.crt` has its statement beside it, in `node.certification.json`."""
    return certificate.with_suffix(".certification.json")
