"""A node's folder, as commands find it: its configuration, its API, and its chain opened for reading."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ledger.store import Store
from node.client import NodeClient
from node.config import CONFIG_NAME, Config, load_config
from node.files import STORE_NAME, read_file

NodeDirectory = Annotated[
    Path,
    typer.Option("--dir", help="The node's folder, where config.toml is.", envvar="GRIDQUORUM_DIR"),
]
HERE = Path()


def read_config(directory: Path) -> Config:
    """The node's configuration. Raises ConfigurationError."""
    return load_config(directory / CONFIG_NAME)


def api_client(config: Config) -> NodeClient:
    """A client of the API of a running node."""
    token_file = config.api.token_file
    return NodeClient(config.api.listen, read_file(token_file).decode().strip() if token_file else None)


@contextmanager
def open_chain(directory: Path) -> Iterator[Store]:
    """The node's chain, read-only, whether the node is running or not."""
    store = Store.open(read_config(directory).node.data / STORE_NAME, read_only=True)
    try:
        yield store
    finally:
        store.close()
