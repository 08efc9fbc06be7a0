"""Where forecasts, instructions and measurements come from: handed to the agents by whoever hosts them."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.agent import View
from contracts.metering.readings import Reading
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


Instruct = Callable[[View], Instruction | None]
"""The instruction that waits, if any. It is given again with every block until its periods are taken."""


def no_instruction(_view: View) -> None:
    """For an ENO that acts on alarms alone."""


Measure = Callable[[View, Period], Reading | None]
"""What a meter saw in a period that is over; None if it saw nothing."""
