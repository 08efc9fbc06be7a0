"""Nodes as processes of this machine: started together, watched, and always ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from cli.errors import CommandError

STOP_S = 10.0
"""How long a node may take to close its store before it is killed."""
LOG_LINES = 5
PORTS = range(15_000, 32_000)
PORTS_APART = 37


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """One running node."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class NodeProcesses:
    """A context in which nodes run; leaving it, by whatever way, ends them all."""

    def __init__(self) -> None:
        self._nodes: list[NodeProcess] = []
        self._files = ExitStack()

    def start(self, directory: Path) -> None:
        """Start the node of a directory; it logs to `node.log` there."""
        log = directory / "node.log"
        file = self._files.enter_context(log.open("ab"))
        # A session of its own: Ctrl-C reaches us alone, and we end the nodes in order.
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "start", "--dir", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._nodes.append(NodeProcess(directory.name, process, log))

    def check(self) -> None:
        """Raise CommandError, with the end of its log, if a node has ended by itself."""
        for node in self._nodes:
            code = node.process.poll()
            if code is not None:
                lines = node.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
                raise CommandError(
                    f"node {node.name} ended with code {code}:\n"
                    + "\n".join(f"    {line}" for line in lines),
                    remedy=f"read {node.log}",
                )

    def kill(self, name: str) -> None:
        """End one node at once, as a power cut would; from now on it is none of ours."""
        node = next(node for node in self._nodes if node.name == name)
        node.process.kill()
        node.process.wait()
        self._nodes.remove(node)

    def stop(self) -> None:
        """Ask all nodes to end, wait, and kill those that did not."""
        for node in self._nodes:
            node.process.terminate()
        deadline = time.monotonic() + STOP_S
        for node in self._nodes:
            try:
                node.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                node.process.kill()
                node.process.wait()
        self._nodes.clear()

    def __enter__(self) -> Self:
        # Whoever stops us with TERM gets the same orderly end as with Ctrl-C.
        self._previous = signal.signal(signal.SIGTERM, interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._files.close()
        signal.signal(signal.SIGTERM, self._previous)


def start_up_s(count: int) -> float:
    """How long `count` nodes take to start together on this machine, as busy as it is; measured by doing it.

    After an installation this is also when Python compiles the code.
    """
    began = time.monotonic()
    command = [sys.executable, "-c", "import cli.agents, node.startup"]
    # In sessions of their own, as the nodes: Ctrl-C reaches us alone.
    starting = [subprocess.Popen(command, start_new_session=True) for _ in range(count)]
    try:
        for process in starting:
            process.wait()
    finally:
        for process in starting:
            process.kill()
    return time.monotonic() - began


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def free_ports(count: int) -> tuple[int, ...]:
    """Ports of the loopback interface that nobody listens on at the moment.

    They are below those from which the system takes the source ports of connections, or one of these could be
    in the way by the time a node listens. Each process begins its search elsewhere.
    """
    start = os.getpid() * PORTS_APART % len(PORTS)
    free = filter(is_free, (*PORTS[start:], *PORTS[:start]))
    ports = tuple(islice(free, count))
    if len(ports) < count:
        raise CommandError(
            f"no {count} free ports in {PORTS[0]} to {PORTS[-1]}", remedy="stop what takes them"
        )
    return ports


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
