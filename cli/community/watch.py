"""Watching a live community from outside, through the APIs of its nodes, until its day is settled on all."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.errors import CommandError, ExitCode
from cli.node_directory import api_client, read_config
from contracts.community.parameters import COMMUNITY
from contracts.community.records import UNSETTLED_KEY, Phase, round_key
from node.client import NodeClient
from node.errors import Refused, Unreachable

STALLED_S: Final = 120.0
"""No block for so long is no demonstration."""

OVER: Final = (Phase.SETTLED.value, Phase.LAPSED.value)


class RoundsWatch:
    """Asks the first node how far the rounds are; at the end all others whether they have them too."""

    def __init__(self, folders: Sequence[Path], rounds: range) -> None:
        self._clients = [api_client(read_config(folder)) for folder in folders]
        self._rounds = rounds
        self._height, self._slot = -1, 0
        self._moved = time.monotonic()

    def is_over(self) -> bool:
        """Look once. Raises CommandError if the chain stands still."""
        try:
            status = self._clients[0].status()
            if status["height"] > self._height:
                self._height, self._slot = status["height"], status["slot"]
                self._moved = time.monotonic()
            return all(map(self._has_all, self._clients))
        except (Unreachable, Refused):
            return False
        finally:
            self._check_moving()

    def line(self) -> str:
        """How far it is."""
        return f"height {self._height}  slot {self._slot}"

    def _has_all(self, client: NodeClient) -> bool:
        last = client.state(COMMUNITY, round_key(self._rounds[-1])) or {}
        waiting = client.state(COMMUNITY, UNSETTLED_KEY) or ()
        return last.get("phase") in OVER and not set(waiting) & set(self._rounds)

    def _check_moving(self) -> None:
        if time.monotonic() - self._moved > STALLED_S:
            raise CommandError(
                f"no block for {STALLED_S:.0f} s at height {self._height}",
                remedy="read node.log in the nodes' folders",
                code=ExitCode.UNHEALTHY,
            )
