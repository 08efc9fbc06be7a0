"""`gridquorum index`: how far it is, and building it again, in a copy of a node's folder."""

import shutil
from pathlib import Path

import pytest

from explorer.index.database import open_index, write_meta
from explorer.index.tables import FORMAT
from ledger.store import Store
from node.config import CONFIG_NAME, load_config
from node.files import STORE_NAME
from node.indexing import index_url
from tests.cli.conftest import Run


@pytest.fixture
def folder(settled: list[Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(settled[0], tmp_path / "node"))


def head(folder: Path) -> int:
    store = Store.open(load_config(folder / CONFIG_NAME).node.data / STORE_NAME, read_only=True)
    try:
        return store.head.height
    finally:
        store.close()


def test_an_index_is_built_from_the_chain_and_says_how_far_it_is(folder: Path, run: Run) -> None:
    before = run("index", "status", "--dir", folder, "--json").json
    assert (before["height"], before["behind"]) == (0, head(folder))
    rebuilt = run("index", "rebuild", "--dir", folder, "--json")
    assert rebuilt.code == 0
    assert rebuilt.json["height"] == head(folder)
    after = run("index", "status", "--dir", folder, "--json").json
    assert (after["height"], after["behind"], after["unread"]) == (head(folder), 0, 0)
    assert after["chain"] == rebuilt.json["chain"]


def test_a_newer_index_is_refused_by_status_and_replaced_by_rebuild(folder: Path, run: Run) -> None:
    url = index_url(load_config(folder / CONFIG_NAME))
    index = open_index(url)
    with index.write() as connection:
        write_meta(connection, format=FORMAT + 1)
    index.close()
    refused = run("index", "status", "--dir", folder)
    assert refused.code == 1
    assert "gridquorum index rebuild" in " ".join(refused.err.split())
    assert run("index", "rebuild", "--dir", folder).code == 0
    assert run("index", "status", "--dir", folder).code == 0


def test_a_folder_without_a_chain_is_named(folder: Path, run: Run) -> None:
    (load_config(folder / CONFIG_NAME).node.data / STORE_NAME).unlink()
    assert run("index", "rebuild", "--dir", folder).code == 1
    assert STORE_NAME in run("index", "status", "--dir", folder).err
