"""What agents see of the pool contract's state."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.agent import View
from contracts.pool.intervals import active_intervals, get_interval
from contracts.pool.parameters import POOL
from contracts.pool.records import IntervalRecord
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Slot


@dataclass(frozen=True)
class Sight:
    """A committed state as intervals.py reads it."""

    view: View

    @property
    def genesis(self) -> Genesis:
        return self.view.genesis

    @property
    def slot(self) -> Slot:
        return self.view.slot

    def get(self, key: str) -> Value:
        return self.view.get(POOL, key)

    def intervals(self) -> Iterator[IntervalRecord]:
        """Those that the clock moves on, oldest first."""
        return (get_interval(self, period) for period in active_intervals(self))
