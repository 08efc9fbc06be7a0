"""Why an action of a day's process is refused. What is wrong with plans and certificates: errors.py."""

from contracts.dispatch.errors import DispatchError
from ledger.quantities import Day, EnergyWh, Period, Slot


class UnfitParameters(DispatchError):
    """The genesis' parameters of this contract contradict themselves."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"genesis, contracts.dispatch.{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownDay(DispatchError):
    """No process runs for this day."""

    def __init__(self, day: Day) -> None:
        super().__init__(f"no dispatch of day {day} is known")
        self.day = day


class NotNow(DispatchError):
    """The day's process has not come so far, or is past it."""

    def __init__(self, day: Day, phase: str, what: str) -> None:
        super().__init__(f"day {day} is {phase}: {what}")
        self.day = day
        self.phase = phase


class NoCause(DispatchError):
    """A trigger without the cause that it names."""

    def __init__(self, day: Day, cause: str, pending: tuple[str, ...]) -> None:
        super().__init__(
            f"nothing calls for a trigger of day {day} by {cause}; pending: {', '.join(pending) or 'none'}"
        )
        self.day = day
        self.cause = cause
        self.pending = pending


class WrongProcess(DispatchError):
    """The links lead to the process of another day."""

    def __init__(self, day: Day) -> None:
        super().__init__(f"the linked process is not that of day {day}")
        self.day = day


class WrongProblem(DispatchError):
    """A plan for another day, or for a problem that is no longer (or not yet) the one to be solved."""

    def __init__(self, day: Day, revision: int, expected: int | None) -> None:
        wanted = "no plan is being taken" if expected is None else f"plans of revision {expected} are taken"
        super().__init__(f"a plan of day {day}, revision {revision}: {wanted}")
        self.day = day
        self.revision = revision
        self.expected = expected


class BadSeries(DispatchError):
    """A series that does not fit the periods that it is for."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


class NotConcerned(DispatchError):
    """The sender has no part in this."""

    def __init__(self, sender: str, what: str) -> None:
        super().__init__(f"{sender} is not {what}")
        self.sender = sender


class DoneBefore(DispatchError):
    """What may be said once was said before."""


class TooLate(DispatchError):
    """A deadline has passed."""

    def __init__(self, what: str, deadline: Slot, slot: Slot) -> None:
        super().__init__(f"{what} was due by slot {deadline}, and this is slot {slot}")
        self.deadline = deadline
        self.slot = slot


class IncompleteReading(DispatchError):
    """A reading that lacks what the settlement needs of this meter."""

    def __init__(self, meter: str, field: str) -> None:
        super().__init__(f"the reading of {meter} lacks {field}")
        self.meter = meter
        self.field = field


class Implausible(DispatchError):
    """A reading of more energy than all that this market has could give or take."""

    def __init__(self, meter: str, field: str, energy_wh: int, most_wh: int) -> None:
        super().__init__(
            f"the reading of {meter} says {field} {energy_wh}, and {most_wh} is the most there is"
        )
        self.meter = meter
        self.field = field
        self.energy_wh = energy_wh
        self.most_wh = most_wh


class ImplausibleShare(DispatchError):
    """A declaration of more than any forecast that is allowed can come to."""

    def __init__(self, nano: int, most_nano: int) -> None:
        super().__init__(
            f"{nano} is declared; a forecast within the market's bound comes to {most_nano} at the most"
        )
        self.nano = nano
        self.most_nano = most_nano


class Unbalanced(DispatchError):
    """A reading in which more energy comes in than goes out, or less."""

    def __init__(self, meter: str, period: Period, excess_wh: EnergyWh) -> None:
        super().__init__(f"the reading of {meter} for period {period} does not balance: by {excess_wh} Wh")
        self.meter = meter
        self.period = period
        self.excess_wh = excess_wh
