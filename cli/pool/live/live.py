"""The pool of four carriers on a running network: four validators, the platform and five parties, each a
process, for three hours of intervals."""

from pathlib import Path

from cli.chain_watch import MarketWatch, Progress
from cli.output import say
from cli.playing import conclude, free_endpoints, new_directory, run_nodes, when_started
from cli.pool.live.network import LAST_PERIOD, NODES, PERIODS, found_pool_network, write_pool_network
from cli.pool.live.summary import summarize
from cli.pool.live.text import show_summary
from contracts.pool.parameters import POOL
from contracts.pool.records import Phase, interval_key
from node.client import NodeClient


def play_intervals(out: Path | None, slot_ms: int, as_json: bool) -> None:
    """What `study pool --live` does. Raises CommandError unless everything holds."""
    directory = new_directory(out, "pool")
    network = found_pool_network(slot_ms=slot_ms, endpoints=free_endpoints(NODES), now=when_started(NODES))
    folders = write_pool_network(directory, network)
    say(f"{len(folders)} processes, {slot_ms} ms for a quarter hour, in {directory}")
    run_nodes(folders, MarketWatch(folders, intervals_progress, network.genesis.slot_of(LAST_PERIOD)))
    conclude(summarize(folders, PERIODS), directory, as_json, show_summary)


def intervals_progress(client: NodeClient) -> Progress:
    """How many intervals are settled by a node's chain. Raises Unreachable or Refused."""
    records = [client.state(POOL, interval_key(period)) or {} for period in PERIODS]
    phases = [record.get("phase") for record in records]
    trading = sum(phase in (Phase.DUE, Phase.BIDDING, Phase.MATCHED) for phase in phases)
    settled = sum(phase in (Phase.SETTLED, Phase.LAPSED) for phase in phases)
    text = f"intervals: {trading} trading, {settled} of {len(PERIODS)} settled"
    return Progress(text, is_over=settled == len(PERIODS))
