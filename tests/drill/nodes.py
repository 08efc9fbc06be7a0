"""Four validators and a follower, each a process in its namespace: founded, started, broken, looked at."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from cli.dispatch_network import FIELD, found_dispatch_network
from cli.founding import Endpoint, Network, Node
from cli.network import write_network
from cli.participant import Participant
from ledger.genesis import Genesis
from node.client import NodeClient
from studies.profiles import PARK_DAY, TARIFF, load_profiles, load_tariff
from tests.drill.lan import Lan, run

ROOT: Final = Path(__file__).resolve().parents[2]
VALIDATORS: Final = tuple(f"validator-{number}" for number in (1, 2, 3, 4))
NAMES: Final = (*VALIDATORS, FIELD)
PORT, API = 7400, "127.0.0.1:7480"
START_S: Final = 8.0
"""From founding the network to its first slot."""
STOP_S: Final = 20.0

SMALL_DISK: Final = "validator-3"
"""Whose data are on a small disk of their own."""
DISK_BYTES: Final = 32 * 2**20
OWN_CLOCK: Final = "validator-2"
"""Whose clock is read through libfaketime."""
GUEST: Final = "guest"
"""A follower with a certificate of its own, which takes part only where a fault is about it."""
HOSTS: Final = (*NAMES, GUEST)
ACTIVATION_BLOCKS: Final = 4
"""From the vote on a version of blocks to the first such block, at least."""
MEMORY: Final = Path("/dev/shm")
FAKETIME: Final = tuple(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


class Nodes:
    """The nodes of one network. Leaving the context ends them all, by whatever way."""

    def __init__(self, folder: Path, lan: Lan, slot_ms: int) -> None:
        self.folder = folder
        self.lan = lan
        self.slot_ms = slot_ms
        self.clock = folder / "clock"
        """Says by how much the clock of OWN_CLOCK is off."""
        self.network: Network
        self.guest: Participant
        self.payers: Sequence[Participant]
        """Members who have money, and no agent that spends it."""
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._pids: list[int] = []
        """Of all processes that were ever started."""
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            self._mount_small_disk()
            self._found()
            self._stack.callback(self._stop)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def home(self, name: str) -> Path:
        """The node's folder."""
        return self.folder / "nodes" / name

    def log(self, name: str) -> str:
        """What the node said since the drill began."""
        return (self.home(name) / "node.log").read_text(errors="replace")

    def start(self, *names: str) -> None:
        for name in names:
            command = self.lan.command(
                name, sys.executable, "-m", "cli", "start", "--dir", str(self.home(name))
            )
            with (self.home(name) / "node.log").open("ab") as log:
                # A session of its own: Ctrl-C reaches the drill alone, which ends the nodes in order.
                self._running[name] = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                    env=self._environment(name), start_new_session=True,
                )  # fmt: skip
            self._pids.append(self._running[name].pid)

    def signal(self, number: signal.Signals, *names: str) -> None:
        for name in names:
            self._running[name].send_signal(number)

    def kill(self, *names: str) -> None:
        """As power failures do."""
        self.signal(signal.SIGKILL, *names)
        for name in names:
            self._running.pop(name).wait()

    def wait_for_end(self, name: str, within_s: float) -> int | None:
        """The exit code of a node that ends by itself; None if it does not in time."""
        try:
            return self._running[name].wait(within_s)
        except subprocess.TimeoutExpired:
            return None

    def is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].poll() is None

    def command(self, name: str, module: str, *arguments: str) -> None:
        """Run a module of the project on the machine of this node. Raises CommandFailed."""
        run(*self.lan.command(name, sys.executable, "-m", module, *arguments))

    @contextmanager
    def client(self, name: str) -> Iterator[NodeClient]:
        """The node's API, which only its own machine reaches."""
        with self.lan.within(name):
            yield NodeClient(API)

    def set_clock(self, offset_s: int) -> None:
        """By how much the clock of OWN_CLOCK is off, from now on."""
        self.clock.write_text(f"{offset_s:+d}s\n")

    def _environment(self, name: str) -> Mapping[str, str]:
        own = {
            "LD_PRELOAD": str(FAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }
        return {**os.environ, **(own if name == OWN_CLOCK and FAKETIME else {})}

    def _found(self) -> None:
        begin = datetime.now(UTC) + timedelta(seconds=START_S)
        network = found_dispatch_network(
            name="drill",
            validators=len(VALIDATORS),
            profiles=load_profiles(PARK_DAY),
            tariff=load_tariff(TARIFF),
            model="pooled",
            slot_ms=self.slot_ms,
            endpoints=lambda _place, name: self.endpoint(name),
            now=begin,
        )
        hosted = network.nodes[-1].agents
        self.payers = [agent.participant for agent in hosted if agent.kind == "park"]
        meter = next(agent.participant for agent in hosted if agent.kind == "meter")
        self.guest = replace(meter, name=GUEST)
        # The drill is about the chain, whatever it is used for: no agent acts.
        nodes = [replace(node, agents=()) for node in network.nodes]
        nodes.append(Node(self.guest, self.endpoint(GUEST), ()))
        self.network = replace(network, nodes=nodes, genesis=_impatient(network.genesis))
        write_network(self.folder, self.network)
        self.set_clock(0)

    def endpoint(self, name: str) -> Endpoint:
        """Where a node listens, and where the others reach it."""
        return Endpoint(f"0.0.0.0:{PORT}", f"{self.lan.address(name)}:{PORT}", API)

    def _mount_small_disk(self) -> None:
        data = self.home(SMALL_DISK) / "data"
        data.mkdir(parents=True)
        run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "drill", str(data))
        self._stack.callback(run, "umount", "--lazy", str(data))

    def _stop(self) -> None:
        for process in self._running.values():
            # One that is paused cannot hear that it shall end.
            process.send_signal(signal.SIGCONT)
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in self._running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in self._pids:
            _remove_clock(pid)


def _remove_clock(pid: int) -> None:
    """What libfaketime leaves behind of a process that was killed."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        (MEMORY / name).unlink(missing_ok=True)


def _impatient(genesis: Genesis) -> Genesis:
    """The same, where a new version of blocks comes soon after the vote."""
    membership = {**genesis.contracts["membership"], "activation_blocks": ACTIVATION_BLOCKS}
    return replace(genesis, contracts={**genesis.contracts, "membership": membership})


class Repeating(threading.Thread):
    """A thread that does one thing again and again, for as long as its context lasts."""

    def __init__(self, every_s: float) -> None:
        super().__init__(daemon=True)
        self._every_s = every_s
        self._is_over = threading.Event()

    def once(self) -> Any:
        raise NotImplementedError

    def run(self) -> None:
        while not self._is_over.wait(self._every_s):
            self.once()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self.join()
