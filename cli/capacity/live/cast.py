"""Who trades in the window that is played live: what they ask and bid, and which of them breaks its word."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.capacity.clearing import Step
from ledger.quantities import EnergyWh, PriceUkwh


class Conduct(StrEnum):
    """What a trader does beside bidding."""

    FAITHFUL = "keeps its word"
    SECRETIVE = "never reveals its bid"
    INSOLVENT = "does not pay"
    WEAK = "delivers 60 % of what is called"
    RESELLER = "pays, and sells a right on"
    SECOND_BUYER = "pays, and buys that right"


DELIVERED_PERMILLE: Final = 600
"""What a weak device gives of what is called."""

RESALE_PERMILLE: Final = 1_100
"""At which a reseller sells on, of what a right cost it."""


@dataclass(frozen=True, slots=True)
class Player:
    """One trader; whoever sells has a battery with a meter."""

    name: str
    conduct: Conduct
    sells: bool
    steps: tuple[Step, ...]

    @property
    def is_faithful(self) -> bool:
        """Whether it did all that it owed."""
        return self.conduct not in (Conduct.SECRETIVE, Conduct.INSOLVENT, Conduct.WEAK)


def _steps(*steps: tuple[int, int]) -> tuple[Step, ...]:
    return tuple([Step(EnergyWh(quantity_wh), PriceUkwh(price)) for quantity_wh, price in steps])


CAST: Final = (
    Player("bakery", Conduct.FAITHFUL, sells=True, steps=_steps((2_000, 250_000), (1_000, 350_000))),
    Player("school", Conduct.WEAK, sells=True, steps=_steps((2_000, 280_000), (1_000, 400_000))),
    Player("depot", Conduct.SECRETIVE, sells=True, steps=_steps((3_000, 220_000))),
    Player("dairy", Conduct.RESELLER, sells=False, steps=_steps((1_500, 600_000), (500, 450_000))),
    Player("mill", Conduct.SECOND_BUYER, sells=False, steps=_steps((1_500, 550_000))),
    Player("foundry", Conduct.INSOLVENT, sells=False, steps=_steps((1_000, 500_000))),
)
"""4,500 Wh trade at 350,000 ukwh between two sellers and three buyers; of these 1,000 Wh are not paid."""

SELLERS: Final = tuple([player for player in CAST if player.sells])


def player_named(name: str) -> Player:
    return next(player for player in CAST if player.name == name)
