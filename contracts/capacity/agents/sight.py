"""What agents see of the capacity contract's state."""

from collections.abc import Iterator
from typing import ClassVar

from contracts.agents.sight import MarketSight
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import WindowRecord
from contracts.capacity.windows import active_windows, get_window


class Sight(MarketSight):
    """A committed state as windows.py reads it."""

    contract: ClassVar[str] = CAPACITY

    def windows(self) -> Iterator[WindowRecord]:
        """Those that are not over, oldest first."""
        return (get_window(self, window) for window in active_windows(self))
