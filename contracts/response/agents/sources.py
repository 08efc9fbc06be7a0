"""Where forecasts, instructions and measurements come from: handed to the agents by whoever hosts them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contracts.agent import View
from contracts.metering.readings import Reading
from contracts.response.quotes import Quote
from contracts.response.records import EventRecord
from ledger.quantities import Period, PowerW


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The network in one period, were nobody to respond. Injections; consumption is negative."""

    background_w: tuple[PowerW, ...]
    """By bus: of everything that is not a resource."""
    background_var: tuple[int, ...]
    baseline_w: tuple[PowerW, ...]
    """By resource."""


Outlook = Callable[[View, Period], OperatingPoint | None]
"""What the ENO expects of a period to come; None if it cannot say."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """What somebody above the ENO asks of it: a change of injection over some periods."""

    first_period: Period
    periods: int
    target_w: PowerW
    """> 0 is more injection, < 0 less."""

    @property
    def during(self) -> range:
        """Its periods."""
        return range(self.first_period, self.first_period + self.periods)


Instruct = Callable[[View], Sequence[Instruction]]
"""The instructions that stand; one whose periods an event has already is followed."""


def no_instruction(_view: View) -> Sequence[Instruction]:
    """For an ENO that acts on alarms alone."""
    return ()


Offer = Callable[[View, EventRecord, int], Quote | None]
"""What an owner asks for the response of a resource, by its number, to an event; None to take no part.

The same question has always the same answer, or what was sealed cannot be revealed.
"""

Measure = Callable[[View, Period], Reading | None]
"""What a meter saw in a period that is over; None if it saw nothing."""
