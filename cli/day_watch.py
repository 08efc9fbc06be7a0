"""Watching a day from outside, through the APIs of its nodes, until it is settled on all of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.chain_watch import ChainWatch
from cli.errors import CommandError
from contracts.dispatch.parameters import DISPATCH
from contracts.dispatch.records import day_key, plan_key
from ledger.quantities import Day
from node.client import NodeClient
from node.errors import Refused, Unreachable

NANO = 10**9


class DayWatch:
    """Asks the first node how far the day is; at the end all others whether they have it too."""

    def __init__(self, folders: Sequence[Path], day: Day) -> None:
        self._chain = ChainWatch(folders)
        self._day = day
        self._record: Mapping[str, Any] = {}
        self._cost = ""

    def is_over(self) -> bool:
        """Look once. Raises CommandError if the chain stands still, or the day was never planned."""
        if not self._chain.look():
            return False
        try:
            self._note(self._chain.clients[0])
            is_settled = self._phase == "settled" and all(map(self._is_settled, self._chain.clients))
        except (Unreachable, Refused):
            return False
        if self._phase == "lapsed":
            raise CommandError("the day passed without having been planned")
        return is_settled

    def line(self) -> str:
        """How far it is."""
        return f"{self._chain.line}  [bold]{self._phase}[/]{self._cost}"

    @property
    def _phase(self) -> str:
        return str(self._record.get("phase", "evening before"))

    def _note(self, client: NodeClient) -> None:
        self._record = client.state(DISPATCH, day_key(self._day)) or {}
        segments = self._record.get("segments", [])
        if segments and not self._cost:
            plan = client.state(DISPATCH, plan_key(self._day, segments[0]["revision"]))
            self._cost = f"  plan cost {plan['cost_nano'] / NANO:,.2f} CNY"

    def _is_settled(self, client: NodeClient) -> bool:
        record = client.state(DISPATCH, day_key(self._day)) or {}
        return record.get("phase") == "settled"
