"""A network of its own for each node: Linux network namespaces on one switch, with faults in the links.

The switch lives in a namespace too, so nothing of the machine's own network is touched, and removing the
namespaces removes everything.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

NAMESPACES: Final = Path("/run/netns")
NEW_NETWORK: Final = 0x4000_0000
"""CLONE_NEWNET of sched.h."""
DEVICE: Final = "eth0"
SUBNET: Final = "10.77.0"
TABLE: Final = "inet drill"
NETEM: Final = ("netem", "delay", "200ms", "50ms", "loss", "10%")
RATE_LIMIT: Final = ("tbf", "rate", "24kbit", "burst", "1600", "latency", "2s")
"""Where the kernel has no netem: a rate at which queues build up, and their delay with them."""
LOST_PERCENT: Final = 10


class Lan:
    """A switch and a namespace a node, for as long as the context lasts."""

    def __init__(self, names: Sequence[str]) -> None:
        self._prefix = f"drill-{os.getpid()}"
        self._switch = f"{self._prefix}-switch"
        self.names = tuple(names)
        self.has_netem = True
        """Until the kernel says otherwise."""

    def __enter__(self) -> Self:
        try:
            run("ip", "netns", "add", self._switch)
            run("ip", "-n", self._switch, "link", "add", "switch", "type", "bridge")
            run("ip", "-n", self._switch, "link", "set", "switch", "up")
            for number, name in enumerate(self.names, start=1):
                self._plug_in(name, f"port{number}")
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def namespace(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def address(self, name: str) -> str:
        return f"{SUBNET}.{self.names.index(name) + 1}"

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """The sockets that the calling thread opens meanwhile are of this node's namespace."""
        with Path("/proc/thread-self/ns/net").open() as home, self._file(name).open() as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def command(self, name: str, *command: str) -> list[str]:
        """A command, to be run within a node's namespace."""
        return ["ip", "netns", "exec", self.namespace(name), *command]

    # Faults. The links of a node are healed all at once.

    def cut(self, name: str, others: Iterable[str]) -> None:
        """Nothing passes between a node and the others."""
        self.deafen(name, others)
        for other in others:
            self._rule(name, "output", f"ip daddr {self.address(other)} drop")

    def deafen(self, name: str, others: Iterable[str]) -> None:
        """What the others send does not reach the node, while what it sends reaches them."""
        for other in others:
            self._rule(name, "input", f"ip saddr {self.address(other)} drop")

    def slow_down(self, name: str) -> None:
        """What a node sends is late, and a part of what it sends or hears is lost."""
        shaping = ("tc", "qdisc", "add", "dev", DEVICE, "root")
        try:
            run(*self.command(name, *shaping, *NETEM))
        except CommandFailed:
            self.has_netem = False
            run(*self.command(name, *shaping, *RATE_LIMIT))
            # On its way in: of what it drops on its way out, the kernel tells TCP, which then loses no time.
            self._rule(name, "input", f"numgen random mod 100 < {LOST_PERCENT} drop")

    def heal(self, name: str) -> None:
        """No fault is left in the node's links."""
        subprocess.run(self.command(name, "nft", "delete", "table", *TABLE.split()), capture_output=True)
        subprocess.run(self.command(name, "tc", "qdisc", "del", "dev", DEVICE, "root"), capture_output=True)

    def _plug_in(self, name: str, port: str) -> None:
        namespace = self.namespace(name)
        run("ip", "netns", "add", namespace)
        pair = ("type", "veth", "peer", "name", DEVICE, "netns", namespace)
        run("ip", "-n", self._switch, "link", "add", port, *pair)
        run("ip", "-n", self._switch, "link", "set", port, "master", "switch", "up")
        run("ip", "-n", namespace, "address", "add", f"{self.address(name)}/24", "dev", DEVICE)
        for device in ("lo", DEVICE):
            run("ip", "-n", namespace, "link", "set", device, "up")

    def _rule(self, name: str, hook: str, rule: str) -> None:
        chain = f"add chain {TABLE} {hook} {{ type filter hook {hook} priority 0; }}"
        text = f"add table {TABLE}; {chain}; add rule {TABLE} {hook} {rule}"
        run(*self.command(name, "nft", text))

    def _file(self, name: str) -> Path:
        return NAMESPACES / self.namespace(name)

    def _remove(self) -> None:
        for name in (*map(self.namespace, self.names), self._switch):
            if (NAMESPACES / name).exists():
                run("ip", "netns", "delete", name)


class CommandFailed(Exception):
    """A command of the system did not do what it was asked."""


def run(*command: str) -> None:
    """Run a command. Raises CommandFailed with what it said."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CommandFailed(f"{' '.join(command)}: {done.stderr.strip()}")


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")
