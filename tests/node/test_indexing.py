"""The index beside a running node: it follows, it goes on after a restart, and its troubles are its own."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from explorer.index.database import open_index
from explorer.index.queries.position import position
from explorer.index.queries.transactions import find_transaction
from node.config import CONFIG_NAME, load_config
from node.errors import BadConfig
from node.indexing import INDEX_NAME, index_url
from node.service import Node
from tests.explorer.index.made import MadeChain, index_of
from tests.explorer.index.test_follower import other_chain
from tests.node.networks import VALIDATORS, Network, eventually, height_of_all, make_network


def indexed(node: Node) -> int:
    if node.index is None:
        return -1
    with node.index.read() as connection:
        return position(connection).height


def index_path(network: Network, name: str) -> Path:
    return network.config(name).node.data / INDEX_NAME


def test_it_follows_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS) as nodes:
            payment = network.transfer("alice", "bob", 40, sequence=0)
            nodes[0].submit(payment.raw)
            await height_of_all(nodes, 2)
            await eventually(lambda: indexed(nodes[0]) >= 2)
            await eventually(lambda: len(nodes[0].pool) == 0)
            height = nodes[0].chain.height
            await eventually(lambda: indexed(nodes[0]) >= height)
            index = nodes[0].index
            assert index is not None
            with index.read() as connection:
                found = find_transaction(connection, payment.tx_id)
            assert found is not None
            assert found.ok
            assert b"gridquorum_index_failed 0.0" in nodes[0].metrics()
        before = open_index(f"sqlite:///{index_path(network, 'v1')}")
        with before.read() as connection:
            assert position(connection).height >= height
        before.close()
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, height + 2)
            await eventually(lambda: indexed(nodes[0]) >= height + 2)

    asyncio.run(run())


def test_an_index_that_is_no_good_stops_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        index_path(network, "v1").parent.mkdir(parents=True, exist_ok=True)
        index_path(network, "v1").write_bytes(b"no database" * 1_000)
        index_path(network, "v2").parent.mkdir(parents=True, exist_ok=True)
        index_of(f"sqlite:///{index_path(network, 'v2')}", MadeChain(other_chain())).close()
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 2)
            await eventually(lambda: b"gridquorum_index_failed 1.0" in nodes[0].metrics())
            await eventually(lambda: b"gridquorum_index_failed 1.0" in nodes[1].metrics())
            assert nodes[1].index is None, "nobody is to be shown another chain"
            await eventually(lambda: indexed(nodes[2]) >= 2)

    asyncio.run(run())


def test_an_index_that_another_process_holds_delays_no_block(tmp_path: Path) -> None:
    async def run() -> None:
        network = make_network(tmp_path)
        async with network.running(*VALIDATORS) as nodes:
            await eventually(lambda: indexed(nodes[0]) >= 1)
            holder = sqlite3.connect(index_path(network, "v1"), isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            height = nodes[0].chain.height
            await height_of_all(nodes, height + 2)
            assert indexed(nodes[0]) < height + 2
            holder.execute("ROLLBACK")
            holder.close()
            await eventually(lambda: indexed(nodes[0]) >= height + 2)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (None, "sqlite:///{folder}/data/index.db"),
        ("sqlite:///data/other.db", "sqlite:///{folder}/data/other.db"),
        ("sqlite:////var/index.db", "sqlite:////var/index.db"),
        ("postgresql+psycopg://me@host/name", "postgresql+psycopg://me@host/name"),
    ],
)
def test_where_the_index_is(tmp_path: Path, index: str | None, expected: str) -> None:
    (tmp_path / CONFIG_NAME).write_text(f'[explorer]\nindex = "{index}"\n' if index else "")
    assert index_url(load_config(tmp_path / CONFIG_NAME)) == expected.format(folder=tmp_path)


@pytest.mark.parametrize("index", ["postgresql+psycopg://me:sesame@host/name", "no url"])
def test_a_bad_url_is_named_and_no_password_shown(tmp_path: Path, index: str) -> None:
    (tmp_path / CONFIG_NAME).write_text(f'[explorer]\nindex = "{index}"\n')
    with pytest.raises(BadConfig, match=r"explorer\.index") as found:
        index_url(load_config(tmp_path / CONFIG_NAME))
    assert "sesame" not in str(found.value)
