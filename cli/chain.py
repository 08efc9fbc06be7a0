"""`gridquorum chain`: look into a node's own chain, prove what it says, check it; all without a network."""

from typing import Annotated

import typer

from cli.describe import Names, describe_block, describe_step, describe_transaction
from cli.errors import CommandError, ExitCode
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson, report, report_rows

app = typer.Typer(help="Look into a chain, prove what it says, and check it.", no_args_is_help=True)

TransactionId = Annotated[str, typer.Argument(help="Identifier of a transaction: 64 hexadecimal digits.")]
HEX_DIGITS = 64


@app.command()
def head(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Show the last block that this node has."""
    with open_chain(directory) as store:
        last = store.head
        value = {
            "chain": store.genesis.hash,
            "height": last.height,
            "slot": last.slot,
            "hash": last.hash,
            "state_root": last.state.root,
        }
    report(value, as_json)


@app.command()
def block(
    height: Annotated[int, typer.Argument(min=1, help="Height of the block.")],
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Show a block, who sealed it, and what became of its transactions."""
    with open_chain(directory) as store:
        receipts, _ = store.receipts(height)
        value = describe_block(
            store.block(height),
            store.seals(height),
            store.committee(height),
            receipts,
            Names(store.genesis),
        )
    report(value, as_json)


@app.command()
def tx(identifier: TransactionId, directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Show a transaction with its arguments, its outcome and its events."""
    with open_chain(directory) as store:
        value = describe_transaction(store.transaction(parse_id(identifier)), Names(store.genesis))
    report(value, as_json)


@app.command()
def tdva(identifier: TransactionId, directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Show the whole TDVA chain that any one of its transactions belongs to."""
    with open_chain(directory) as store:
        names = Names(store.genesis)
        rows = [describe_step(step, names) for step in store.tdva(parse_id(identifier))]
    report_rows(rows, as_json, "transactions")


def parse_id(text: str) -> bytes:
    """A transaction's identifier from what somebody typed."""
    try:
        identifier = bytes.fromhex(text)
    except ValueError:
        identifier = b""
    if len(identifier) * 2 != HEX_DIGITS:
        raise CommandError(f"{text!r} is not {HEX_DIGITS} hexadecimal digits", code=ExitCode.USAGE)
    return identifier
