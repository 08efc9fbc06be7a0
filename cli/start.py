"""`gridquorum start`: run the node of a folder until it is told to end."""

import asyncio
from typing import Annotated, Any

import typer

from cli.node_directory import HERE, NodeDirectory
from node.config import CONFIG_NAME, load_config

Listen = Annotated[str, typer.Option("--listen", help="host:port for other nodes, over network.listen.")]
ApiListen = Annotated[str, typer.Option("--api", help="host:port of the API, over api.listen.")]
Level = Annotated[str, typer.Option("--log-level", help="debug, info, warning or error, over log.level.")]


def start(
    directory: NodeDirectory = HERE, listen: Listen = "", api: ApiListen = "", log_level: Level = ""
) -> None:
    """Run a node, with its vote and its agents, until Ctrl-C or SIGTERM."""
    # Solver and network are for those who run a node; all other commands start faster without them.
    from cli.agents import agent_kinds
    from node.startup import run_node

    asked: dict[str, dict[str, Any]] = {
        "network": {"listen": listen},
        "api": {"listen": api},
        "log": {"level": log_level},
    }
    flags = {section: values for section, values in asked.items() if any(values.values())}
    asyncio.run(run_node(load_config(directory / CONFIG_NAME, **flags), agent_kinds()))
