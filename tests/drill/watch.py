"""Every block that any node decided, and when: what nobody may lose, and how long nothing came."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from node.client import NodeClient
from node.errors import NodeError
from tests.drill.nodes import Nodes, Repeating

LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class Seen:
    """A block as a node shows it."""

    hash: str
    state_root: str


class Decided:
    """What all nodes showed so far."""

    def __init__(self) -> None:
        self._blocks: dict[int, set[Seen]] = {}
        self._first_s: dict[int, float] = {}
        self._lock = threading.Lock()

    def note(self, height: int, seen: Seen, now_s: float) -> None:
        with self._lock:
            self._blocks.setdefault(height, set()).add(seen)
            self._first_s.setdefault(height, now_s)

    def blocks(self) -> Mapping[int, set[Seen]]:
        """All variants of each height; more than one is a fork."""
        with self._lock:
            return {height: {*variants} for height, variants in self._blocks.items()}

    def longest_gap_s(self, since_s: float) -> float:
        """The longest time without a block that nobody had before, from a moment up to the last block."""
        with self._lock:
            times = sorted(at_s for at_s in self._first_s.values() if at_s > since_s)
        return max((later - earlier for earlier, later in pairwise([since_s, *times])), default=0.0)


class Watcher(Repeating):
    """Follows one node, block by block."""

    def __init__(self, nodes: Nodes, name: str, decided: Decided) -> None:
        super().__init__(LOOK_S)
        self.height = 0
        """Of its head, when last it answered."""
        self._nodes = nodes
        self._name = name
        self._decided = decided

    def once(self) -> None:
        try:
            with self._nodes.client(self._name) as client:
                self._follow(client)
        except NodeError:
            return

    def _follow(self, client: NodeClient) -> None:
        head = int(client.head()["height"])
        for height in range(min(self.height, head) + 1, head + 1):
            self._decided.note(height, read_block(client, height), time.monotonic())
        self.height = head


def read_block(client: NodeClient, height: int) -> Seen:
    """Raises NodeError."""
    header = client.block(height)["header"]
    return Seen(header["hash"], header["state_root"])


@dataclass(frozen=True, slots=True)
class Audit:
    """All nodes, read again and compared with what was ever decided."""

    blocks: int
    lost: int
    """Decided before, and now missing or different on some node; or decided in two variants."""
    roots_equal: bool


def audit(nodes: Nodes, names: Sequence[str], decided: Decided, first: int, last: int) -> Audit:
    """Compare the nodes at all heights from `first` to `last`. Raises NodeError if one does not answer."""
    shown: dict[int, list[Seen]] = {height: [] for height in range(first, last + 1)}
    for name in names:
        with nodes.client(name) as client:
            for height in shown:
                shown[height].append(read_block(client, height))
    return compare(shown, decided.blocks())


def compare(shown: Mapping[int, Sequence[Seen]], decided: Mapping[int, set[Seen]]) -> Audit:
    """What all nodes show now at each height with all that was ever seen there."""
    lost = sum({*at} != decided.get(height, {*at}) or len({*at}) > 1 for height, at in shown.items())
    return Audit(len(shown), lost, all(len({seen.state_root for seen in at}) == 1 for at in shown.values()))
