"""Why an action of the pool market is refused."""

from contracts.pool.errors import PoolError
from crypto.address import Address
from ledger.quantities import EnergyWh, Period, PriceUkwh


class UnfitParameters(PoolError):
    """The genesis' parameters of this contract contradict themselves."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"genesis, contracts.pool.{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownInterval(PoolError):
    """No interval of this period is known."""

    def __init__(self, period: Period) -> None:
        super().__init__(f"there is no interval of period {period}")
        self.period = period


class NotNow(PoolError):
    """The interval has not come so far, or is past it."""

    def __init__(self, period: Period, phase: str, what: str) -> None:
        super().__init__(f"the interval of period {period} is {phase}: {what}")
        self.period = period
        self.phase = phase


class WrongCycle(PoolError):
    """Another cycle is the one under way, or the next."""

    def __init__(self, period: Period, given: int, expected: int) -> None:
        super().__init__(f"cycle {expected} of period {period} is meant to come now, not {given}")
        self.given = given
        self.expected = expected


class TooManyCycles(PoolError):
    """The interval has had all its cycles."""

    def __init__(self, period: Period, most: int) -> None:
        super().__init__(f"the interval of period {period} has {most} cycles at the most")
        self.period = period
        self.most = most


class WrongProcess(PoolError):
    """The links lead elsewhere than to what this stage belongs to."""

    def __init__(self, period: Period) -> None:
        super().__init__(f"the links are not those of the interval of period {period} as it stands")
        self.period = period


class NotConcerned(PoolError):
    """The sender is nobody of whom this is asked."""

    def __init__(self, sender: Address, what: str) -> None:
        super().__init__(f"{sender} is not {what}")
        self.sender = sender


class BadBid(PoolError):
    """A bid that the platform should not have taken."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(f"the bid of {address} cannot be taken: {reason}")
        self.address = address
        self.reason = reason


class NoAgreement(PoolError):
    """What is done needs an agreement that does not stand."""

    def __init__(self, address: Address, kind: str, carrier: str) -> None:
        super().__init__(f"{address} has no agreement of {kind} for {carrier}")
        self.address = address
        self.kind = kind
        self.carrier = carrier


class BeyondAgreement(PoolError):
    """More than was agreed on."""

    def __init__(self, address: Address, given: int, most: int, unit: str) -> None:
        super().__init__(f"the bid of {address} comes to {given} {unit}, and {most} {unit} are agreed on")
        self.address = address
        self.given = given
        self.most = most


class BeyondBand(PoolError):
    """A price that is worse for somebody than the network's."""

    def __init__(self, price_ukwh: PriceUkwh, least_ukwh: PriceUkwh, most_ukwh: PriceUkwh) -> None:
        super().__init__(
            f"{price_ukwh} ukwh is outside what the network pays and takes, {least_ukwh} .. {most_ukwh}"
        )
        self.price_ukwh = price_ukwh
        self.least_ukwh = least_ukwh
        self.most_ukwh = most_ukwh


class UnfitAgreement(PoolError):
    """An agreement that cannot stand."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(f"the agreement with {address} cannot be made: {reason}")
        self.address = address
        self.reason = reason


class UnknownAgreement(PoolError):
    """There is none of this number, or it is not the sender's to accept."""

    def __init__(self, number: int) -> None:
        super().__init__(f"no agreement {number} waits for the sender")
        self.number = number


class IncompleteReading(PoolError):
    """A reading lacks what the settlement needs."""

    def __init__(self, meter: Address, field: str) -> None:
        super().__init__(f"the reading of {meter} lacks {field}")
        self.meter = meter
        self.field = field


class Implausible(PoolError):
    """More than the connection could have carried by far."""

    def __init__(self, meter: Address, field: str, energy_wh: EnergyWh, most_wh: EnergyWh) -> None:
        super().__init__(f"{meter} reports {energy_wh} Wh as {field}, and {most_wh} Wh is the most taken")
        self.meter = meter
        self.field = field
        self.energy_wh = energy_wh
        self.most_wh = most_wh
