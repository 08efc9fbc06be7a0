"""What agents see of a market: one contract's part of a committed state, as those who only look read it
(contracts.state_reader), and where the chain stands."""

from dataclasses import dataclass
from typing import ClassVar, cast

from contracts.agent import View
from contracts.membership import schedule
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Slot


@dataclass(frozen=True)
class MarketSight:
    """Base of the markets' sights; each names its contract and says what is under way there."""

    contract: ClassVar[str]
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
        return self.view.get(self.contract, key)
