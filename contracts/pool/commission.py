"""What the platform takes of a trade: by scenario, and less from whom is served first."""

from dataclasses import dataclass
from typing import Annotated

from contracts.arguments import Length, Range

PERMILLE = 1_000
RANKS_MAX = 16

Rates = Annotated[tuple[Annotated[int, Range(0, PERMILLE)], ...], Length(1, RANKS_MAX)]


@dataclass(frozen=True, slots=True)
class Commission:
    """Thousandths of a trade's value by the rank of who pays, the first first; the last holds for all after
    it."""

    direct_permille: Rates
    """Scenario 1, from each of a pair."""
    pool_permille: Rates
    """Scenario 2, from the consumer and from the lot's owner."""


def fee_nano(rates: tuple[int, ...], rank: int, value_nano: int, gain_nano: int) -> int:
    """What a trade costs one side, in nano: never more than what this side gains by it."""
    permille = rates[min(rank, len(rates) - 1)]
    return min(value_nano * permille // PERMILLE, gain_nano)
