"""Why an action of a round's process is refused."""

from contracts.community.errors import CommunityError
from crypto.address import Address
from ledger.quantities import EnergyWh, Period, PriceUkwh


class UnfitParameters(CommunityError):
    """The genesis' parameters of this contract contradict themselves."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"genesis, contracts.community.{field}: {reason}")
        self.field = field
        self.reason = reason


class UnfitHome(CommunityError):
    """A home cannot be enrolled like this."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(f"the home of {address} cannot be enrolled: {reason}")
        self.address = address
        self.reason = reason


class UnknownRound(CommunityError):
    """No round begins with this period, or it is not due yet."""

    def __init__(self, first_period: Period) -> None:
        super().__init__(f"there is no round of period {first_period}")
        self.first_period = first_period


class NotNow(CommunityError):
    """The round has not come so far, or is past it."""

    def __init__(self, first_period: Period, phase: str, what: str) -> None:
        super().__init__(f"the round of period {first_period} is {phase}: {what}")
        self.first_period = first_period
        self.phase = phase


class TooManyLate(CommunityError):
    """So many rounds are under way that one whose time is over has to wait."""

    def __init__(self, first_period: Period, most: int) -> None:
        super().__init__(f"the round of period {first_period} is late, and {most} rounds are under way")
        self.first_period = first_period
        self.most = most


class WrongProcess(CommunityError):
    """The links lead to the process of another round."""

    def __init__(self, first_period: Period) -> None:
        super().__init__(f"the linked process is not that of the round of period {first_period}")
        self.first_period = first_period


class NotConcerned(CommunityError):
    """The sender is nobody of whom this is asked."""

    def __init__(self, sender: Address, what: str) -> None:
        super().__init__(f"{sender} is not {what}")
        self.sender = sender


class OptedOut(CommunityError):
    """The home is served by the grid alone until it opts in again."""

    def __init__(self, address: Address) -> None:
        super().__init__(f"{address} has opted out of trading")
        self.address = address


class BeyondConnection(CommunityError):
    """More energy than the home's connection can carry in its interval."""

    def __init__(self, energy_wh: EnergyWh, most_wh: EnergyWh) -> None:
        super().__init__(f"{energy_wh} Wh are ordered, and in an interval the connection carries {most_wh}")
        self.energy_wh = energy_wh
        self.most_wh = most_wh


class BeyondBand(CommunityError):
    """A price that is worse for somebody than the grid's."""

    def __init__(self, price_ukwh: PriceUkwh, least_ukwh: PriceUkwh, most_ukwh: PriceUkwh) -> None:
        super().__init__(
            f"{price_ukwh} ukwh is outside what the grid pays and takes, {least_ukwh} .. {most_ukwh}"
        )
        self.price_ukwh = price_ukwh
        self.least_ukwh = least_ukwh
        self.most_ukwh = most_ukwh


class UnfitReplies(CommunityError):
    """Replies where there are no requests, twice to one, or to none."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the replies cannot be taken: {reason}")
        self.reason = reason


class NothingOrdered(CommunityError):
    """There is no order to withdraw."""

    def __init__(self, first_period: Period) -> None:
        super().__init__(f"no order for the round of period {first_period} stands")
        self.first_period = first_period


class IncompleteReading(CommunityError):
    """A reading lacks what the settlement needs."""

    def __init__(self, meter: Address, field: str) -> None:
        super().__init__(f"the reading of {meter} lacks {field}")
        self.meter = meter
        self.field = field


class Implausible(CommunityError):
    """More than the home's connection could have carried by far."""

    def __init__(self, meter: Address, field: str, energy_wh: EnergyWh, most_wh: EnergyWh) -> None:
        super().__init__(f"{meter} reports {energy_wh} Wh as {field}, and {most_wh} Wh is the most taken")
        self.meter = meter
        self.field = field
        self.energy_wh = energy_wh
        self.most_wh = most_wh
