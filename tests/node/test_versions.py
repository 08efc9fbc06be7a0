"""Blocks of a new version: who does not know it stops before the first, and goes on after its upgrade."""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from structlog.testing import capture_logs

from cli.app import exit_code
from cli.errors import ExitCode
from ledger.errors import UnsupportedVersion
from tests.node.governing import approve, propose_version
from tests.node.networks import (
    VALIDATORS,
    Network,
    default_contracts,
    eventually,
    height_of_all,
    make_network,
    roots_at,
)

AHEAD = 8
"""Blocks from the vote to the first of the new version: time enough to vote and to be warned."""


def hold_back(network: Network, name: str, *, version: int | None) -> None:
    """Configure a node to know versions up to this one, or all."""
    path = network.folder / name / "config.toml"
    text = path.read_text().partition("[chain]")[0]
    path.write_text(text if version is None else f"{text}[chain]\nblock_version_max = {version}\n")


async def start_process(network: Network, name: str) -> tuple[int | None, str]:
    """Run a node as operators do; its exit code and what it said, if it ends by itself."""
    command = (sys.executable, "-m", "cli", "start", "--dir", str(network.folder / name))
    process = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=PIPE)
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    return process.returncode, " ".join(errors.decode().split())


def test_an_old_node_stops_before_a_version_that_it_does_not_know(tmp_path: Path) -> None:
    async def run() -> None:
        contracts = {**default_contracts(), "membership": {"activation_blocks": 2}}
        network = make_network(tmp_path, contracts=contracts)
        hold_back(network, "v4", version=1)
        async with network.running(*VALIDATORS[:3]) as nodes:
            async with network.start("v4") as old:
                await height_of_all([*nodes, old], 2)
                first = nodes[0].chain.height + AHEAD
                number = await propose_version(nodes[0], "v1", 2, first)
                await approve(nodes[0], number, VALIDATORS[:3])
                warning = f"block version 2 from height {first}; this node knows 1: upgrade it before"
                await eventually(lambda: old.status()["warnings"] == [warning])
                assert nodes[0].status()["warnings"] == []
                assert nodes[0].status()["block_version"]["coming"] == [{"height": first, "version": 2}]
                await eventually(old.failure.done)
                error = old.failure.exception()
                assert isinstance(error, UnsupportedVersion)
                assert exit_code(error) is ExitCode.CONFIGURATION
                assert old.chain.height == first - 1
            code, said = await start_process(network, "v4")
            assert code == ExitCode.CONFIGURATION
            assert f"block {first} is of version 2; this node knows up to 1: upgrade it" in said
            await height_of_all(nodes, first + 2)
            assert [nodes[0].store.block(at).header.version for at in (first - 1, first)] == [1, 2]
            assert not any(node.mesh._standing._records for node in nodes)

            hold_back(network, "v4", version=None)
            async with network.start("v4") as upgraded:
                everybody = [*nodes, upgraded]
                height = nodes[0].chain.height + 2
                await height_of_all(everybody, height)
                assert len(roots_at(everybody, height)) == 1
                await eventually(lambda: upgraded.address in upgraded.status()["signers"])

    with capture_logs() as logs:
        asyncio.run(run())
    (attention,) = [entry for entry in logs if entry["event"] == "attention"]
    assert "this node knows 1" in attention["reason"]


def test_without_a_quorum_that_knows_it_the_chain_waits_and_goes_on_once_upgraded(tmp_path: Path) -> None:
    async def run() -> None:
        contracts = {**default_contracts(), "membership": {"activation_blocks": 2}}
        network = make_network(tmp_path, contracts=contracts)
        hold_back(network, "v3", version=1)
        hold_back(network, "v4", version=1)
        async with network.running("v1", "v2") as nodes:
            async with network.running("v3", "v4") as old:
                await height_of_all([*nodes, *old], 2)
                first = nodes[0].chain.height + AHEAD
                await approve(nodes[0], await propose_version(nodes[0], "v1", 2, first), VALIDATORS[:3])
                await eventually(lambda: all(node.failure.done() for node in old))
                assert {node.chain.height for node in old} == {first - 1}
            await height_of_all(nodes, first - 1)
            hold_back(network, "v4", version=None)
            async with network.start("v4") as upgraded:
                everybody = [*nodes, upgraded]
                await height_of_all(everybody, first + 2)
                assert nodes[0].store.block(first).header.version == 2
                assert len(roots_at(everybody, first + 2)) == 1

    asyncio.run(run())


def test_an_old_follower_stops_too_and_blames_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        contracts = {**default_contracts(), "membership": {"activation_blocks": 2}}
        network = make_network(tmp_path, contracts=contracts)
        async with network.running(*VALIDATORS) as nodes:
            await height_of_all(nodes, 1)
            first = nodes[0].chain.height + AHEAD
            await approve(nodes[0], await propose_version(nodes[0], "v1", 2, first), VALIDATORS[:3])
            await height_of_all(nodes, first + 1)
            hold_back(network, "field", version=1)
            async with network.start("field") as old:
                await eventually(old.failure.done)
                assert isinstance(old.failure.exception(), UnsupportedVersion)
                assert old.chain.height == first - 1
                assert not old.mesh._standing._records

    asyncio.run(run())
