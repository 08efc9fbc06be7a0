"""What agents see of the community contract's state."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from contracts.agent import View
from contracts.community.parameters import COMMUNITY
from contracts.community.records import RoundRecord
from contracts.community.rounds import active_rounds, get_round
from contracts.membership import schedule
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Slot


@dataclass(frozen=True)
class Sight:
    """A committed state as rounds.py reads it."""

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
        return self.view.get(COMMUNITY, key)

    def rounds(self) -> Iterator[RoundRecord]:
        """Those that the clock moves on, oldest first."""
        return (get_round(self, first_period) for first_period in active_rounds(self))
