"""`gridquorum index`: what the explorer's index holds, and building it again from the chain."""

from typing import Any

import typer

from cli.node_directory import HERE, NodeDirectory, read_config
from cli.output import AsJson, report
from cli.progress import progress
from node.config import Config
from node.files import STORE_NAME

app = typer.Typer(help="The index of the chain, which the explorer asks.", no_args_is_help=True)

BATCH_BLOCKS = 64


# The database comes along when a command runs: all others start faster without it.


@app.command()
def status(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Say how far the index has come; the node may run meanwhile."""
    from explorer.index.database import open_index
    from explorer.index.queries.position import position
    from explorer.index.tables import FORMAT
    from node.indexing import index_url

    config = read_config(directory)
    head = _chain_height(config)
    index = open_index(index_url(config))
    try:
        with index.read() as connection:
            here = position(connection)
    finally:
        index.close()
    value: dict[str, Any] = {"index": index.url, "format": FORMAT, "chain": here.chain}
    behind = max(0, head - here.height)
    report({**value, "height": here.height, "head": head, "behind": behind, "unread": here.unread}, as_json)


@app.command()
def rebuild(directory: NodeDirectory = HERE, as_json: AsJson = False) -> None:
    """Build the index again from the chain's blocks; acknowledgements of alerts are kept.

    A node that runs meanwhile goes on with the new index.
    """
    from explorer.alerts.watcher import AlertWatcher
    from explorer.index.database import connect
    from explorer.index.follower import Follower
    from ledger.stored import StoredChain
    from node.indexing import index_url

    config = read_config(directory)
    chain = StoredChain.open(config.node.data / STORE_NAME)
    index = connect(index_url(config))
    try:
        index.begin_again(chain.genesis)
        follower, last = Follower(index, chain, AlertWatcher(chain.genesis)), chain.height
        with progress("blocks", last) as advance:
            while follower.height < last and follower.step(BATCH_BLOCKS):
                advance(follower.height)
    finally:
        index.close()
        chain.close()
    report({"index": index.url, "chain": chain.genesis.hash, "height": follower.height}, as_json)


def _chain_height(config: Config) -> int:
    from ledger.stored import StoredChain

    chain = StoredChain.open(config.node.data / STORE_NAME)
    try:
        return chain.height
    finally:
        chain.close()
