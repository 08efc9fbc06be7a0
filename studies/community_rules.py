"""The choices of a simulated community: how it trades, and how its homes behave."""

from dataclasses import dataclass
from enum import StrEnum

from contracts.community.matching import Mechanism
from contracts.community.pricing import Weights


class Foresight(StrEnum):
    """What a home knows of an interval when it orders."""

    PERFECT = "perfect"
    """What it will be, as in the paper."""
    YESTERDAY = "yesterday"
    """What the same interval was a day before; the meter then settles the difference."""


class Storing(StrEnum):
    """Whom a home's battery serves."""

    OWN = "own"
    """The home alone."""
    SHARED = "shared"
    """The home first; what it then still holds it offers to neighbours, for more than what the grid takes
    once the peak is over."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the market of a simulation is like."""

    mechanism: Mechanism = Mechanism.AUCTION
    foresight: Foresight = Foresight.PERFECT
    storing: Storing = Storing.OWN
    weights: Weights = Weights(500, 500)  # noqa: RUF009 - frozen
    recent_rounds: int = 4
    lag_rounds: int = 0
    """Of the newest rounds, those whose trades are not known yet when prices are suggested. On a chain rounds
    fall due some slots ahead; in the paper, the trades before are always known."""
