"""Where bids, calls and measurements come from: handed to the agents by whoever hosts them."""

from collections.abc import Callable
from dataclasses import dataclass

from contracts.agent import View
from contracts.capacity.clearing import Step
from contracts.capacity.records import Right, WindowRecord
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for the capacity of a device."""

    device: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Want:
    """What somebody bids for capacity, and the most that it says it may buy."""

    bound_wh: EnergyWh
    steps: tuple[Step, ...]


Bidding = Callable[[View, WindowRecord], Ask | Want | None]
"""The bid for a window: always the same for the same window, as it is asked for again to be revealed. None
is no bid."""

Calling = Callable[[View, WindowRecord, Right], tuple[EnergyWh, ...] | None]
"""What the holder of a right calls in each period of the window; None leaves it flat."""

Measure = Callable[[View, Period], Reading | None]
"""What a meter saw in a period; None if it saw nothing."""


@dataclass(frozen=True, slots=True)
class WindowPlan:
    """A window to be opened."""

    first_period: Period
    periods: int


Schedule = Callable[[View], tuple[WindowPlan, ...]]
"""The windows that ought to be there by now; those that are there already are not opened again."""


def no_call(_view: View, _record: WindowRecord, _right: Right) -> None:
    """Leaves every right flat."""
