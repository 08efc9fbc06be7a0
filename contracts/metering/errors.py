"""Why a reading is not taken."""

from contracts.errors import ContractError
from ledger.quantities import Period


class MeteringError(ContractError):
    """Base of the errors about meters and readings."""


class UnknownMeter(MeteringError):
    """No meter has this address."""

    def __init__(self, meter: str) -> None:
        super().__init__(f"{meter} is not a registered meter")
        self.meter = meter


class MeterExists(MeteringError):
    """A meter is registered under this address already."""

    def __init__(self, meter: str) -> None:
        super().__init__(f"{meter} is registered already")
        self.meter = meter


class PeriodNotOver(MeteringError):
    """The period has not ended, so that nothing can have been metered in all of it."""

    def __init__(self, period: Period, now: Period) -> None:
        super().__init__(f"period {period} is not over: the chain is in period {now}")
        self.period = period
        self.now = now


class PeriodTooOld(MeteringError):
    """The period ended longer ago than readings are taken for."""

    def __init__(self, period: Period, oldest: Period) -> None:
        super().__init__(f"period {period} is too long ago: readings are taken from {oldest} on")
        self.period = period
        self.oldest = oldest


class AlreadyRead(MeteringError):
    """The period has its reading; another must say that it corrects it."""

    def __init__(self, meter: str, period: Period) -> None:
        super().__init__(f"{meter} has a reading for period {period}: correct it instead")
        self.meter = meter
        self.period = period


class VerifiedElsewhere(MeteringError):
    """Another market settles what the meter saw in this period."""

    def __init__(self, meter: str, period: Period, market: str) -> None:
        super().__init__(f"{meter} has verified period {period} in the market {market} already")
        self.meter = meter
        self.period = period
        self.market = market


class NothingToCorrect(MeteringError):
    """The period has no reading."""

    def __init__(self, meter: str, period: Period) -> None:
        super().__init__(f"{meter} has no reading for period {period} that could be corrected")
        self.meter = meter
        self.period = period


class EmptyReading(MeteringError):
    """A reading in which everything is missing."""

    def __init__(self, meter: str, period: Period) -> None:
        super().__init__(f"the reading of {meter} for period {period} says nothing")
        self.meter = meter
        self.period = period
