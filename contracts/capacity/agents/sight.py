"""What agents see of the capacity contract's state."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from contracts.agent import View
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import WindowRecord
from contracts.capacity.windows import active_windows, get_window
from contracts.membership import schedule
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Slot


@dataclass(frozen=True)
class Sight:
    """A committed state as windows.py reads it."""

    view: View

    @property
    def genesis(self) -> Genesis:
        return self.view.genesis

    @property
    def slot(self) -> Slot:
        return self.view.slot

    @property
    def committee(self) -> tuple[Address, ...]:
        """Who decides on the next block."""
        scheduled = cast(schedule.Schedule, self.view.get("membership", schedule.KEY))
        return schedule.at(scheduled, self.view.height + 1)

    def get(self, key: str) -> Value:
        return self.view.get(CAPACITY, key)

    def windows(self) -> Iterator[WindowRecord]:
        """Those that are not over, oldest first."""
        return (get_window(self, window) for window in active_windows(self))
