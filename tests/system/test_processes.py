"""A whole network as operators run it: processes from the command line, killed with -9 and started again."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.init import begin_with_snapshot
from node.client import NodeClient
from node.config import CONFIG_NAME, SyncSection, load_config
from node.errors import NodeError
from tests.system.command import first_port, gridquorum

SLOT_MS = 500
SNAPSHOT_BLOCKS = SyncSection().snapshot_blocks
PATIENCE_S = 60
"""Within a minute the chain must go on; what takes longer is broken."""


class Network:
    """The folders of a network and the processes of its nodes."""

    def __init__(self, folder: Path) -> None:
        options = ("--slot-ms", str(SLOT_MS), "--port", str(first_port()))
        made = gridquorum("testnet", "init", "--out", str(folder), "-n", "4", *options, "--json")
        self._folders = {Path(path).name: Path(path) for path in json.loads(made.stdout)["nodes"]}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._folders)

    def start(self, *names: str) -> None:
        for name in names:
            command = [sys.executable, "-m", "cli", "start", "--dir", str(self._folders[name])]
            with (self._folders[name] / "node.log").open("ab") as log:
                self._running[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self, *names: str) -> None:
        for name in names:
            process = self._running.pop(name)
            process.send_signal(signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            process.wait(20)

    def folder(self, name: str) -> Path:
        return self._folders[name]

    def client(self, name: str) -> NodeClient:
        return NodeClient(load_config(self._folders[name] / CONFIG_NAME).api.listen)

    def height(self, name: str) -> int:
        """-1 while the node does not answer."""
        try:
            return int(self.client(name).head()["height"])
        except NodeError:
            return -1

    def slots_missed(self, name: str) -> int:
        """How many slots the node's log says had no block."""
        return (self._folders[name] / "node.log").read_text().count('"event": "no block"')

    def wait_for_height(self, height: int, *names: str) -> None:
        eventually(lambda: all(self.height(name) >= height for name in names))

    def root(self, name: str, height: int) -> str:
        header = self.client(name).block(height)["header"]
        return str(header["state_root"])


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(SLOT_MS / 1_000)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    network = Network(tmp_path_factory.mktemp("network") / "net")
    network.start(*network.names)
    try:
        network.wait_for_height(3, *network.names)
        yield network
    finally:
        network.stop()


def test_a_validator_killed_in_mid_day_catches_up_to_the_same_root(network: Network) -> None:
    network.kill("validator-2")
    others = [name for name in network.names if name != "validator-2"]
    gone_at = network.height("validator-1")
    network.wait_for_height(gone_at + 5, *others)
    network.start("validator-2")
    network.wait_for_height(network.height("validator-1") + 2, *network.names)
    height = network.height("validator-2")
    assert {network.root(name, height) for name in network.names} == {network.root("validator-2", height)}


def test_two_of_four_killed_make_no_block_until_they_return(network: Network) -> None:
    network.kill("validator-3", "validator-4")
    left = ("validator-1", "validator-2", "field")
    # A block that was sealed already may still arrive in the first of these slots; after that, none can.
    missed = network.slots_missed("validator-1")
    eventually(lambda: network.slots_missed("validator-1") >= missed + 3)
    stopped_at = max(network.height(name) for name in left)
    eventually(lambda: network.slots_missed("validator-1") >= missed + 12)
    assert max(network.height(name) for name in left) == stopped_at
    assert "quorum" in network.client("validator-1").status()["reason"]
    network.start("validator-3", "validator-4")
    network.wait_for_height(stopped_at + 4, *network.names)
    assert len({network.root(name, stopped_at + 3) for name in network.names}) == 1


def test_a_wiped_node_is_back_by_a_snapshot_and_says_what_it_did_not_verify(
    network: Network, tmp_path: Path
) -> None:
    folder = network.folder("field")
    network.wait_for_height(SNAPSHOT_BLOCKS, *network.names)
    network.kill("field")
    shutil.rmtree(folder / "data")
    begin_with_snapshot(folder / CONFIG_NAME)
    network.start("field")
    network.wait_for_height(network.height("validator-1") + 2, "field")
    blocks_from = network.client("field").status()["blocks_from"]
    assert blocks_from > 1
    checked = gridquorum("chain", "check", "--dir", str(folder), "--json")
    assert json.loads(checked.stdout)["not_checked"].startswith(f"blocks 1 to {blocks_from - 1} are not held")
    refused = gridquorum("chain", "block", "1", "--dir", str(folder))
    assert (refused.returncode, "are not held here" in refused.stderr) == (1, True)
    trust = ("--genesis", network.client("field").status()["chain"], "--state", str(tmp_path / "light.bin"))
    nodes = [option for name in network.names for option in ("--node", network.client(name).url)]
    followed = gridquorum("light", "follow", *nodes, *trust, "--json")
    assert json.loads(followed.stdout)["height"] >= blocks_from


def test_a_chain_is_exported_while_its_node_runs_and_imported_only_while_it_does_not(
    network: Network, tmp_path: Path
) -> None:
    file, folder = tmp_path / "chain.archive", network.folder("validator-4")
    made = gridquorum("chain", "export", str(file), "--dir", str(network.folder("validator-1")), "--json")
    last = json.loads(made.stdout)["to"]
    refused = gridquorum("chain", "import", str(file), "--dir", str(folder))
    assert (refused.returncode, "in use by another process" in refused.stderr) == (1, True)
    network.kill("validator-4")
    shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns("chain.db*"))
    taken = gridquorum("chain", "import", str(file), "--dir", str(tmp_path / "copy"), "--json")
    assert json.loads(taken.stdout)["taken"] == last
    network.start("validator-4")
    network.wait_for_height(last + 1, *network.names)
