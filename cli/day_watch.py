"""Watching a day from outside, through the APIs of its nodes, until it is settled on all of them."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.errors import CommandError, ExitCode
from cli.node_directory import api_client, read_config
from cli.status import line
from contracts.dispatch.parameters import DISPATCH
from contracts.dispatch.records import day_key, plan_key
from ledger.quantities import Day
from node.client import NodeClient
from node.errors import Refused, Unreachable

NANO = 10**9
STALLED_S = 60.0
"""No block for so long is no demonstration."""


class DayWatch:
    """Asks the first node how far the day is; at the end all others whether they have it too."""

    def __init__(self, folders: Sequence[Path], day: Day) -> None:
        self._clients = [api_client(read_config(folder)) for folder in folders]
        self._day = day
        self._height = -1
        self._moved = time.monotonic()
        self._record: Mapping[str, Any] = {}
        self._line = "starting"
        self._cost = ""
        self._signers: frozenset[int] = frozenset()

    def is_over(self) -> bool:
        """Look once. Raises CommandError if the chain stands still, or the day was never planned."""
        try:
            status = self._clients[0].status()
            self._record = self._clients[0].state(DISPATCH, day_key(self._day)) or {}
            self._note(status)
        except (Unreachable, Refused):
            self._check_moving()
            return False
        self._check_moving()
        if self._phase == "lapsed":
            raise CommandError("the day passed without having been planned")
        return self._phase == "settled" and all(map(self._is_settled, self._clients))

    def line(self) -> str:
        """How far it is."""
        return self._line

    @property
    def _phase(self) -> str:
        return str(self._record.get("phase", "evening before"))

    def _note(self, status: Mapping[str, Any]) -> None:
        if status["height"] > self._height:
            self._height, self._moved = status["height"], time.monotonic()
            self._signers = self._signers_of(self._height - 1)
        segments = self._record.get("segments", [])
        if segments and not self._cost:
            revision = segments[0]["revision"]
            plan = self._clients[0].state(DISPATCH, plan_key(self._day, revision))
            self._cost = f"  plan cost {plan['cost_nano'] / NANO:,.2f} CNY"
        self._line = f"{line({**status, 'signers': self._signers})}  [bold]{self._phase}[/]{self._cost}"

    def _signers_of(self, height: int) -> frozenset[int]:
        """All who sealed a block; each node keeps the first quorum of seals that it saw, with its own."""
        if height < 1:
            return frozenset()
        blocks = [client.block(height) for client in self._clients]
        return frozenset(member for block in blocks for member in block["seals"]["members"])

    def _check_moving(self) -> None:
        if time.monotonic() - self._moved > STALLED_S:
            raise CommandError(
                f"no block for {STALLED_S:.0f} s at height {self._height}",
                remedy="read node.log in the nodes' folders",
                code=ExitCode.UNHEALTHY,
            )

    def _is_settled(self, client: NodeClient) -> bool:
        record = client.state(DISPATCH, day_key(self._day)) or {}
        return record.get("phase") == "settled"
