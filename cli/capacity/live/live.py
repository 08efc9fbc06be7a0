"""A window of capacity rights on a running network: four validators and six traders, each a process, from the
sealed bids to the settlement."""

from pathlib import Path
from typing import Final

from cli.capacity.live.network import (
    LAST_PERIOD,
    NODES,
    found_capacity_network,
    write_capacity_network,
)
from cli.capacity.live.summary import summarize
from cli.capacity.live.text import show_summary
from cli.capacity.live.window import WINDOW
from cli.chain_watch import MarketWatch, Progress
from cli.output import say
from cli.playing import conclude, free_endpoints, new_directory, run_nodes, when_started
from contracts.capacity.keys import window_key
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.process import OVER
from node.client import NodeClient

SLOT_MS: Final = 2_000


def play_window(out: Path | None, slot_ms: int, as_json: bool) -> None:
    """What `study capacity --live` does. Raises CommandError unless everything holds."""
    directory = new_directory(out, "capacity")
    network = found_capacity_network(
        slot_ms=slot_ms, endpoints=free_endpoints(NODES), now=when_started(NODES)
    )
    folders = write_capacity_network(directory, network)
    say(f"{len(folders)} processes, {slot_ms} ms for a quarter hour, in {directory}")
    run_nodes(folders, MarketWatch(folders, window_progress, network.genesis.slot_of(LAST_PERIOD)))
    conclude(summarize(folders), directory, as_json, show_summary)


def window_progress(client: NodeClient) -> Progress:
    """How far the window is by a node's chain. Raises Unreachable or Refused."""
    record = client.state(CAPACITY, window_key(WINDOW)) or {}
    phase = str(record.get("phase", "before the window"))
    return Progress(phase, is_over=phase in OVER)
