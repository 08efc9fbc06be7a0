"""`gridquorum capacity`: bids by hand, windows, why a bid was (not) matched, and tables of all of it."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from cli.capacity import bidding
from cli.capacity.window import CapacityWindow, find_window, list_windows
from cli.node_directory import HERE, NodeDirectory, open_chain
from cli.output import AsJson, print_json, report, report_rows
from cli.tables import MarketTables, write_tables

app = typer.Typer(help="Bid for capacity rights, and look at their windows.", no_args_is_help=True)
app.command()(bidding.seal)
app.command()(bidding.reveal)

WindowOption = Annotated[
    int | None, typer.Option("--window", help="Its number; by default the newest.", min=0)
]


@app.command()
def windows(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """List all windows and how far they have come."""
    with open_chain(directory) as store:
        report_rows([window.summary() for window in list_windows(store)], as_json, "windows")


@app.command()
def why(
    who: Annotated[str, typer.Argument(help="Name or address of the bidder.")],
    window: WindowOption = None,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Say why a bid was (not) matched: computed anew from the revealed bids, and held against the chain."""
    with open_chain(directory) as store:
        found = find_window(store, window)
        answer = asdict(found.explain(found.names.address_of(who)))
        proof = {
            "window": found.record.number,
            "height": store.head.height,
            "state_root": store.head.state.root,
        }
    if as_json:
        print_json({**proof, **answer})
        return
    steps, margin = answer.pop("steps"), answer.pop("margin")
    report({**proof, **answer}, as_json)
    report_rows(steps, as_json)
    if margin is not None:
        report({f"margin_{name}": value for name, value in margin.items()}, as_json)


@app.command()
def export(
    out: MarketTables,
    window: WindowOption = None,
    directory: NodeDirectory = HERE,
) -> None:
    """Write a window's revealed bids, its rights and its bills as tables."""
    with open_chain(directory) as store:
        tables = tables_of(find_window(store, window))
    write_tables(out, tables)


def tables_of(window: CapacityWindow) -> dict[str, list[dict[str, Any]]]:
    return {"bids": window.bids(), "trades": window.trades(), "bills": window.bills()}
