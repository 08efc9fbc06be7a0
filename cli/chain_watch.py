"""Watching the chain of a demonstration from outside, through the APIs of its nodes."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import CommandError, ExitCode
from cli.node_directory import api_client, read_config
from cli.status import line
from ledger.quantities import Slot
from node.client import NodeClient
from node.errors import Refused, Unreachable

STALLED_S = 120.0
"""No block for so long is no demonstration."""


class ChainWatch:
    """Asks the first node where the chain stands, and all of them who sealed it."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.clients = [api_client(read_config(folder)) for folder in folders]
        self.line = "starting"
        self.slot = Slot(0)
        """Of the last block that was seen."""
        self._height = -1
        self._moved = time.monotonic()
        self._signers: frozenset[int] = frozenset()

    def look(self) -> bool:
        """Look once; whether the nodes answered. Raises CommandError if the chain stands still."""
        try:
            self._note(self.clients[0].status())
        except (Unreachable, Refused):
            self._check_moving()
            return False
        self._check_moving()
        return True

    def _note(self, status: Mapping[str, Any]) -> None:
        if status["height"] > self._height:
            self._height, self._moved = status["height"], time.monotonic()
            self._signers = self._signers_of(self._height - 1)
        self.slot = Slot(status["slot"])
        self.line = line({**status, "signers": self._signers})

    def _signers_of(self, height: int) -> frozenset[int]:
        """All who sealed a block; each node keeps the first quorum of seals that it saw, with its own."""
        if height < 1:
            return frozenset()
        blocks = [client.block(height) for client in self.clients]
        return frozenset(member for block in blocks for member in block["seals"]["members"])

    def _check_moving(self) -> None:
        if time.monotonic() - self._moved > STALLED_S:
            raise CommandError(
                f"no block for {STALLED_S:.0f} s at height {self._height}",
                remedy="read node.log in the nodes' folders",
                code=ExitCode.UNHEALTHY,
            )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a market is, by one node's chain."""

    text: str
    is_over: bool


class MarketWatch:
    """Asks the first node how far its market is; at the end all others whether they are as far."""

    def __init__(self, folders: Sequence[Path], ask: Callable[[NodeClient], Progress], until: Slot) -> None:
        self._chain = ChainWatch(folders)
        self._ask = ask
        self._until = until
        self._progress = Progress("", is_over=False)

    def is_over(self) -> bool:
        """Look once. Raises CommandError if the chain stands still, or has passed the slot `until`."""
        if not self._chain.look():
            return False
        try:
            first, *others = self._chain.clients
            self._progress = self._ask(first)
            is_over = self._progress.is_over and all(self._ask(other).is_over for other in others)
        except (Unreachable, Refused):
            return False
        if self._chain.slot > self._until and not is_over:
            raise CommandError(f"it is slot {self._chain.slot}, and still: {self._progress.text}")
        return is_over

    def line(self) -> str:
        """How far it is."""
        return f"{self._chain.line}  [bold]{self._progress.text}[/]"
