"""`gridquorum`: the whole command line, and the one place that turns errors into exit codes."""

import sys
from importlib.metadata import version as installed_version
from platform import python_version

import typer
from rich.markup import escape

from cli import chain, genesis, keys, testnet
from cli.errors import CommandError, ExitCode
from cli.output import AsJson, report, say
from crypto.errors import CryptoError
from ledger.errors import BadGenesis, LedgerError
from studies.profiles import ProfileError

app = typer.Typer(
    help="A chain for microgrids that share storage and trade energy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys")
app.add_typer(genesis.app, name="genesis")
app.add_typer(testnet.app, name="testnet")
app.add_typer(chain.app, name="chain")

# The first entry that fits decides; whatever is not here is a fault of ours and keeps its traceback.
EXIT_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (ProfileError, ExitCode.CONFIGURATION),
    (BadGenesis, ExitCode.CONFIGURATION),
    (LedgerError, ExitCode.UNVERIFIED),
    (CryptoError, ExitCode.FAILED),
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
        say(f"[bold red]error:[/] {escape(str(error))}")
        if isinstance(error, CommandError) and error.remedy:
            say(f"  [bold]try:[/] {escape(error.remedy)}")
        sys.exit(code)
