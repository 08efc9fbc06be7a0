"""`gridquorum explore`: the explorer of a chain that is on disk, without a committee."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from node.config import LogSection
from node.logs import set_up_logs

StorePath = Annotated[
    Path,
    typer.Argument(
        help="A node's folder, a chain.db, or an archive of `chain export`.", exists=True, show_default=False
    ),
]
IndexUrl = Annotated[
    str, typer.Option("--index", help="Database URL to keep the index in; without it, it is made anew.")
]
Port = Annotated[int, typer.Option("--port", min=0, max=65_535, help="On this machine; 0 is any free one.")]
Open = Annotated[bool, typer.Option("--open", help="Show it in the browser.")]


def explore(store: StorePath, index: IndexUrl = "", port: Port = 0, show: Open = False) -> None:
    """Look at a chain that is on disk in the browser, until Ctrl-C; nothing of it is changed."""
    # Server and database are for this command; all others start faster without them.
    from cli.explored import explored, serve

    set_up_logs(LogSection(level="warning"))
    with explored(store, index) as source:
        asyncio.run(serve(source, port, show))
