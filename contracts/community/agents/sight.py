"""What agents see of the community contract's state."""

from collections.abc import Iterator
from typing import ClassVar

from contracts.agents.sight import MarketSight
from contracts.community.parameters import COMMUNITY
from contracts.community.records import RoundRecord
from contracts.community.rounds import active_rounds, calendar_of, get_round, open_rounds


class Sight(MarketSight):
    """A committed state as rounds.py reads it."""

    contract: ClassVar[str] = COMMUNITY

    def rounds(self) -> Iterator[RoundRecord]:
        """Those that the clock moves on, oldest first."""
        return (get_round(self, first_period) for first_period in active_rounds(self))

    def open_rounds(self) -> Iterator[RoundRecord]:
        """Those that are not settled, oldest first."""
        return open_rounds(self, calendar_of(self).due(self.slot))
