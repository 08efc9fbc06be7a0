"""`gridquorum`: the whole command line, and the one place that turns errors into exit codes."""

import sys
from importlib.metadata import version as installed_version
from platform import python_version

import typer

from cli import (
    bench,
    ca,
    chain,
    config,
    demo,
    doctor,
    explore,
    genesis,
    index,
    init,
    keys,
    light,
    plan,
    start,
    status,
    study,
    testnet,
    tx,
    validators,
)
from cli.capacity import commands as capacity
from cli.community import commands as community
from cli.errors import CommandError, ExitCode
from cli.output import AsJson, report, say, shown
from cli.pool import commands as pool
from consensus.errors import VoteLogError
from contracts.dispatch.errors import CertificateError, GapError, PlanError
from contracts.errors import ContractError
from crypto.errors import CryptoError
from explorer.index.errors import IndexFault
from ledger.errors import (
    BadGenesis,
    LedgerError,
    NotStored,
    OtherChainStored,
    StoreUnusable,
    UnsupportedVersion,
)
from node.errors import ConfigurationError, NodeError, Unreachable
from studies.profiles import ProfileError

app = typer.Typer(
    help="A chain for microgrids that share storage and trade energy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys")
app.add_typer(ca.app, name="ca")
app.add_typer(validators.app, name="validators")
app.add_typer(genesis.app, name="genesis")
app.add_typer(testnet.app, name="testnet")
app.add_typer(chain.app, name="chain")
app.add_typer(light.app, name="light")
app.add_typer(tx.app, name="tx")
app.add_typer(plan.app, name="plan")
app.add_typer(capacity.app, name="capacity")
app.add_typer(community.app, name="community")
app.add_typer(pool.app, name="pool")
app.add_typer(index.app, name="index")
app.add_typer(config.app, name="config")
app.add_typer(bench.app, name="bench")
app.add_typer(study.app, name="study")
app.command()(demo.demo)
app.command()(init.init)
app.command()(init.join)
app.command()(start.start)
app.command()(status.status)
app.command()(doctor.doctor)
app.command()(explore.explore)

# The first entry that fits decides; whatever is not here is a fault of ours and keeps its traceback.
EXIT_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (ProfileError, ExitCode.CONFIGURATION),
    (ConfigurationError, ExitCode.CONFIGURATION),
    (BadGenesis, ExitCode.CONFIGURATION),
    (UnsupportedVersion, ExitCode.CONFIGURATION),
    (OtherChainStored, ExitCode.CONFIGURATION),
    (Unreachable, ExitCode.UNREACHABLE),
    (NodeError, ExitCode.FAILED),
    (VoteLogError, ExitCode.FAILED),
    (StoreUnusable, ExitCode.FAILED),
    (NotStored, ExitCode.FAILED),
    (LedgerError, ExitCode.UNVERIFIED),
    (PlanError, ExitCode.UNVERIFIED),
    (CertificateError, ExitCode.UNVERIFIED),
    (GapError, ExitCode.UNVERIFIED),
    (ContractError, ExitCode.FAILED),
    (CryptoError, ExitCode.FAILED),
    (IndexFault, ExitCode.FAILED),
    (OSError, ExitCode.FAILED),
)


@app.command()
def version(as_json: AsJson = False) -> None:
    """Print the versions of Gridquorum and Python."""
    report({"gridquorum": installed_version("gridquorum"), "python": python_version()}, as_json)


def exit_code(error: Exception) -> ExitCode | None:
    """The code that an error ends the process with; None for a fault of ours."""
    if isinstance(error, CommandError):
        return error.code
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), None)


def main() -> None:
    """Run the command line; ends the process."""
    try:
        app()
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        say(f"[bold red]error:[/] {shown(str(error))}")
        if isinstance(error, CommandError) and error.remedy:
            say(f"  [bold]try:[/] {shown(error.remedy)}")
        sys.exit(code)
