"""A day that was played and settled, its index, and the API over both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.api.app import make_app
from explorer.api.archived import Archived
from explorer.index.database import Index
from ledger.store import Store
from node.config import CONFIG_NAME, load_config
from node.files import STORE_NAME
from tests.cli.settled import settled_network
from tests.explorer.api.serving import Served, index_of, serving

NOW_MS = 1_780_000_000_000


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain of a settled day of dispatch."""
    folders = settled_network(tmp_path_factory.mktemp("settled"))
    return load_config(folders[0] / CONFIG_NAME).node.data / STORE_NAME


@pytest.fixture(scope="session")
def index(store_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    opened = index_of(store_path, tmp_path_factory.mktemp("index"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def archived(store_path: Path, index: Index) -> Iterator[Archived]:
    store = Store.open(store_path, read_only=True)
    yield Archived(store, index, NOW_MS)
    store.close()


@pytest.fixture(scope="session")
def served(archived: Archived) -> Iterator[Served]:
    with serving(make_app(archived, requests_per_s=100_000)) as found:
        yield found
