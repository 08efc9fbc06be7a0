"""A node's folder, as commands find it: its configuration, its API, and its chain opened for reading."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ledger.store import Store
from node.client import NodeClient
from node.config import CONFIG_NAME, Config, load_config
from node.errors import UnusableFile
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
    api = config.api
    token = read_file(api.token_file).decode().strip() if api.token_file else None
    return NodeClient(api.listen, token, _tls(config, api.certificate) if api.certificate else None)


def _tls(config: Config, certificate: Path) -> ssl.SSLContext:
    """Trusts the API's own certificate alone, whatever name it has; shows the node's. Raises UnusableFile."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(certificate)
        context.load_cert_chain(config.node.certificate, config.node.key)
    except (OSError, ssl.SSLError) as error:
        raise UnusableFile(certificate, str(error)) from None
    return context


@contextmanager
def open_chain(directory: Path) -> Iterator[Store]:
    """The node's chain, read-only, whether the node is running or not."""
    store = Store.open(read_config(directory).node.data / STORE_NAME, read_only=True)
    try:
        yield store
    finally:
        store.close()
