"""`make drill`: break a running network in every way that we know, and look whether it loses anything.

`python -m tests.drill.drill [FAULT ...]`; docs/drill.md. Exit code 1: something was lost; 2: it cannot run.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from rich.console import Console

from node.errors import NodeError
from tests.drill.faults import FAULTS, Fault
from tests.drill.lan import CommandFailed, Lan
from tests.drill.load import Payer
from tests.drill.nodes import HOSTS, NAMES, Nodes
from tests.drill.operators import Unmet
from tests.drill.outcome import Outcome, summary, table, write_outcomes
from tests.drill.watch import Audit, Decided, Watcher, audit

SLOT_MS: Final = 1_000
BEGIN_BLOCKS: Final = 4
TOGETHER_S: Final = 90.0
"""Within which all nodes must have caught up, and made two more blocks, once a fault is over."""
BLOCKS_AFTER: Final = 2
BLOCKS_BEFORE: Final = 5
"""How many blocks from before a fault are looked at again after it."""
POLL_S: Final = 0.2
CANNOT_RUN: Final = 2
INTERRUPTED: Final = 130
TOOLS: Final = ("ip", "nft", "tc", "mount", "umount")


class NotTogether(Exception):
    """The nodes did not catch up in time."""


class Drill:
    """A running network, watched and in use."""

    def __init__(self, nodes: Nodes, stack: ExitStack) -> None:
        self.nodes = nodes
        self._decided = Decided()
        self._watchers = {name: stack.enter_context(Watcher(nodes, name, self._decided)) for name in NAMES}
        self._payers = [
            stack.enter_context(Payer(nodes, member, to))
            for member, to in zip(nodes.payers, [*nodes.payers[1:], nodes.payers[0]], strict=True)
        ]

    def begin(self) -> None:
        """Wait until all nodes make blocks. Raises NotTogether."""
        self._wait(lambda: self._lowest >= BEGIN_BLOCKS, "the network does not begin")

    def rehearse(self, name: str, fault: Fault) -> Outcome:
        """Let a fault happen, mend it, and look what became of everything."""
        since_s, first = time.monotonic(), max(1, self._highest - BLOCKS_BEFORE)
        paid = self._paid
        trouble = ""
        try:
            self._happen(fault)
            found, lost = self._come_together(first)
        except (Unmet, NotTogether, CommandFailed, NodeError) as error:
            found, lost, trouble = Audit(0, 0, False), 0, str(error)
        gap_s = self._decided.longest_gap_s(since_s) - self.nodes.slot_ms / 1_000
        return Outcome(
            name, fault.says, round(max(0.0, gap_s), 1), found.blocks, found.lost, found.roots_equal,
            self._paid - paid, lost, trouble,
        )  # fmt: skip

    def finish(self) -> Outcome:
        """Look at the whole chain, from its first block on."""
        found = audit(self.nodes, NAMES, self._decided, 1, self._lowest)
        return Outcome(
            "all", "the whole chain", 0.0, found.blocks, found.lost, found.roots_equal, self._paid, 0
        )

    def _happen(self, fault: Fault) -> None:
        try:
            fault.strike(self.nodes)
            time.sleep(fault.lasts_s)
        finally:
            fault.heal(self.nodes)

    def _come_together(self, first: int) -> tuple[Audit, int]:
        """What all nodes have of the blocks, and how many payments are lost. Raises NotTogether."""
        sent = [payer.waiting for payer in self._payers]
        goal = self._highest + BLOCKS_AFTER
        self._wait(lambda: self._lowest >= goal, f"not all nodes came to block {goal}")
        pending = [(payer, each.tx_id) for payer, each in zip(self._payers, sent, strict=True) if each]
        with suppress(NotTogether):
            self._wait(lambda: all(tx_id in payer.final for payer, tx_id in pending), "")
        lost = sum(tx_id not in payer.final for payer, tx_id in pending)
        return audit(self.nodes, NAMES, self._decided, first, self._lowest), lost

    @property
    def _lowest(self) -> int:
        return min(watcher.height for watcher in self._watchers.values())

    @property
    def _highest(self) -> int:
        return max(watcher.height for watcher in self._watchers.values())

    @property
    def _paid(self) -> int:
        return sum(len(payer.final) for payer in self._payers)

    def _wait(self, holds: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + TOGETHER_S
        while not holds():
            if time.monotonic() > deadline:
                heights = ", ".join(f"{name} {watcher.height}" for name, watcher in self._watchers.items())
                raise NotTogether(f"{otherwise} in {TOGETHER_S:.0f} s: {heights}")
            time.sleep(POLL_S)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"of {', '.join(FAULTS)}; all by default")
    parser.add_argument("--out", type=Path, default=Path(".drill"), help="folder of drill.csv and drill.json")
    asked = parser.parse_args()
    names = [name for given in asked.faults for name in given.split(",")] or list(FAULTS)
    obstacles = list(find_obstacles(names))
    if obstacles:
        print("The drill cannot run here: " + "; ".join(obstacles) + ".", file=sys.stderr)
        return CANNOT_RUN
    # However we are told to end, the machine is left clean.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        outcomes = run_drill(names, asked.out)
    except (CommandFailed, NotTogether) as error:
        print(f"The drill cannot run here: {error}", file=sys.stderr)
        return CANNOT_RUN
    except KeyboardInterrupt:
        print("Interrupted; all that the drill had set up is removed.", file=sys.stderr)
        return INTERRUPTED
    write_outcomes(asked.out, outcomes)
    Console().print(table(outcomes))
    return int(not all(outcome.is_good for outcome in outcomes))


def find_obstacles(names: Sequence[str]) -> Iterator[str]:
    """Why these faults cannot be rehearsed on this machine, and what to do about it."""
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        yield f"there is no fault {', '.join(unknown)}, only {', '.join(FAULTS)}"
    if not sys.platform.startswith("linux"):
        yield "it needs Linux and its network namespaces"
    elif os.geteuid() != 0:
        yield "only root may make network namespaces"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        yield f"install {', '.join(missing)} (Debian: iproute2, nftables, mount)"
    needs = {need for name in names if name in FAULTS for need in FAULTS[name].needs}
    yield from (remedy for is_there, remedy in sorted(needs) if not is_there)


def run_drill(names: Sequence[str], out: Path) -> list[Outcome]:
    """All faults in turn, on one network; its logs stay in `out` if anything is wrong."""
    outcomes: list[Outcome] = []
    out.mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridquorum-drill-")))
        lan = stack.enter_context(Lan(HOSTS))
        nodes = stack.enter_context(Nodes(folder, lan, SLOT_MS))
        nodes.start(*NAMES)
        stack.callback(keep_logs, nodes, out)
        drill = Drill(nodes, stack)
        drill.begin()
        for name in names:
            outcomes.append(drill.rehearse(name, FAULTS[name]))
            print(summary(outcomes[-1]), flush=True)
        outcomes.append(drill.finish())
        if not lan.has_netem:
            print("This kernel has no netem: slow links were limited in rate, and lost packets by a filter.")
    return outcomes


def keep_logs(nodes: Nodes, out: Path) -> None:
    for name in NAMES:
        (out / f"{name}.log").write_text(nodes.log(name))


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
