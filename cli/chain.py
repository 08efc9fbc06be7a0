"""`gridquorum chain`: look into a node's own chain, prove what it says, check it; all without a network."""

from dataclasses import asdict
from typing import Annotated

import typer

from cli import archive, proof
from cli.chain_check import check_chain
from cli.describe import Names, describe_block, describe_step, describe_transaction
from cli.identifiers import TransactionId, parse_digest
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson, report, report_rows
from cli.progress import progress
from cli.turns import turns_taken
from ledger.check import Checked

app = typer.Typer(help="Look into a chain, prove what it says, and check it.", no_args_is_help=True)
app.command()(proof.proof)
app.command("proof-state")(proof.proof_state)
app.command()(proof.verify)
app.command()(archive.export)
app.command("import")(archive.import_)


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
            Names(store.genesis, store.head.state),
        )
    report(value, as_json)


@app.command()
def proposers(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Count who proposed how many blocks, against what their weights made likely."""
    with open_chain(directory) as store:
        rows = [asdict(row) for row in turns_taken(store)]
    report_rows(rows, as_json, "proposers")


@app.command()
def tx(identifier: TransactionId, directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Show a transaction with its arguments, its outcome and its events."""
    with open_chain(directory) as store:
        value = describe_transaction(
            store.transaction(parse_digest(identifier)), Names(store.genesis, store.head.state)
        )
    report(value, as_json)


@app.command()
def tdva(identifier: TransactionId, directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Show the whole TDVA chain that any one of its transactions belongs to."""
    with open_chain(directory) as store:
        names = Names(store.genesis, store.head.state)
        rows = [describe_step(step, names) for step in store.tdva(parse_digest(identifier))]
    report_rows(rows, as_json, "transactions")


@app.command()
def check(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Judge and execute every block again, from the genesis on; names the first thing that is wrong."""
    with open_chain(directory) as store, progress("blocks", store.head.height) as advance:
        checked = check_chain(store, advance)
    value = {
        "sound": True,
        "height": checked.height,
        "transactions": checked.transactions,
        "head": checked.head,
        "state_root": checked.state_root,
        "not_checked": not_checked(checked),
    }
    report(value, as_json)


def not_checked(checked: Checked) -> str:
    """What a store that began with a snapshot does not hold."""
    if not checked.base:
        return "nothing"
    return (
        f"blocks 1 to {checked.base} are not held; the state at {checked.base} was taken as "
        f"{checked.sealed_headers} sealed headers from the genesis on vouch for it"
    )
