"""What agents see of the pool contract's state."""

from collections.abc import Iterator
from typing import ClassVar

from contracts.agents.sight import MarketSight
from contracts.pool.intervals import active_intervals, get_interval
from contracts.pool.parameters import POOL
from contracts.pool.records import IntervalRecord


class Sight(MarketSight):
    """A committed state as intervals.py reads it."""

    contract: ClassVar[str] = POOL

    def intervals(self) -> Iterator[IntervalRecord]:
        """Those that the clock moves on, oldest first."""
        return (get_interval(self, period) for period in active_intervals(self))
