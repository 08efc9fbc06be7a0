"""`gridquorum status`: where a running node stands."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.live import Live

from cli.errors import CommandError, ExitCode
from cli.node_directory import HERE, NodeDirectory, api_client, read_config
from cli.output import AsJson, data, print_json, report, shown
from node.client import NodeClient
from node.errors import Unreachable

WATCH_S = 0.5


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Keep a live line, until Ctrl-C.")] = False,
    directory: NodeDirectory = HERE,
    as_json: AsJson = False,
) -> None:
    """Show where the node of this folder stands; exit with 4 if it does not run, with 5 if it is not well."""
    client = api_client(read_config(directory))
    if watch:
        watch_forever(client, as_json)
    current = client.status()
    report(current, as_json)
    if not current["ready"]:
        raise CommandError(f"the node is not well: {current['reason']}", code=ExitCode.UNHEALTHY)


def watch_forever(client: NodeClient, as_json: bool) -> None:
    """A line that stays, or with --json a document a slot; a node that goes away is waited for."""
    with Live("", console=data, refresh_per_second=4, transient=False) as live:
        while True:
            try:
                current = client.status()
                if as_json:
                    print_json(current)
                else:
                    live.update(line(current))
            except Unreachable as error:
                live.update(f"[red]{shown(str(error))}[/]")
            time.sleep(WATCH_S)


def line(current: Mapping[str, Any]) -> str:
    """The node in a line."""
    signers = f"{len(current['signers'])}/{current['committee']}"
    parts = (
        f"height [bold]{current['height']}[/]",
        f"slot {current['slot']}",
        f"round {current['round']}",
        f"signers {signers}",
        f"pending {current['pending']}",
    )
    troubles = [*([] if current["ready"] else [current["reason"]]), *current["warnings"]]
    return "  ".join([*parts, *[f"[yellow]{shown(trouble)}[/]" for trouble in troubles]])
