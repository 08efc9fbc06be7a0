"""Why an action of a window is refused. What is wrong with a clearing is said by clearing_errors.py."""

from contracts.capacity.errors import CapacityError
from ledger.quantities import Amount, Period


class UnfitParameters(CapacityError):
    """The genesis' parameters of this contract contradict themselves."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"genesis, contracts.capacity.{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownDevice(CapacityError):
    """No device has this number."""

    def __init__(self, device: int, devices: int) -> None:
        super().__init__(f"there is no device {device}: {devices} are certified, numbered from 0")
        self.device = device


class UnfitDevice(CapacityError):
    """A device cannot be certified like this."""

    def __init__(self, device: int, reason: str) -> None:
        super().__init__(f"device {device} cannot be certified: {reason}")
        self.device = device
        self.reason = reason


class DeviceTaken(CapacityError):
    """The device is offered in another window that overlaps this one: it cannot give its energy twice."""

    def __init__(self, device: int, window: int) -> None:
        super().__init__(f"device {device} is offered in window {window}, at the same time")
        self.device = device
        self.window = window


class UnknownWindow(CapacityError):
    """No window has this number."""

    def __init__(self, window: int) -> None:
        super().__init__(f"there is no window {window}")
        self.window = window


class NotNow(CapacityError):
    """The window has not come so far, or is past it."""

    def __init__(self, window: int, phase: str, what: str) -> None:
        super().__init__(f"window {window} is {phase}: {what}")
        self.window = window
        self.phase = phase


class WrongProcess(CapacityError):
    """The links lead to the process of another window."""

    def __init__(self, window: int) -> None:
        super().__init__(f"the linked process is not that of window {window}")
        self.window = window


class NotConcerned(CapacityError):
    """The sender has no part in this."""

    def __init__(self, sender: str, what: str) -> None:
        super().__init__(f"{sender} is not {what}")
        self.sender = sender


class DoneBefore(CapacityError):
    """What may be done once was done before."""


class TooSoon(CapacityError):
    """A window that would begin before its deadlines are over."""

    def __init__(self, period: Period, earliest: Period) -> None:
        super().__init__(f"period {period} is too soon: the deadlines before it leave {earliest}")
        self.period = period
        self.earliest = earliest


class TooFar(CapacityError):
    """A window that begins later than the market looks ahead."""

    def __init__(self, period: Period, latest: Period) -> None:
        super().__init__(f"period {period} is too far ahead: {latest} is the latest")
        self.period = period
        self.latest = latest


class TooLong(CapacityError):
    """A window of more periods than the market allows."""

    def __init__(self, periods: int, most: int) -> None:
        super().__init__(f"{periods} periods are asked for, and {most} are the most")
        self.periods = periods
        self.most = most


class TooMany(CapacityError):
    """The market holds no more of something at a time."""

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"there are {most} {what}, and no more are taken")
        self.what = what
        self.most = most


class BothSides(CapacityError):
    """Whoever sells in a window does not buy in it, nor the other way."""

    def __init__(self, address: str, window: int, side: str) -> None:
        super().__init__(f"{address} has a bid to {side} in window {window}, and one side only is open to it")
        self.address = address
        self.window = window
        self.side = side


class Misstated(CapacityError):
    """A bid names a device, or a bound, that its side does not have."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"argument {field}: {reason}")
        self.field = field


class BadCommitment(CapacityError):
    """What is to be the commitment is no point of the curve, or the one that hides nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the commitment is none: {reason}")


class NotSealed(CapacityError):
    """There is nothing to reveal."""

    def __init__(self, address: str, window: int) -> None:
        super().__init__(f"{address} has sealed no bid in window {window}")
        self.address = address
        self.window = window


class BadBlinding(CapacityError):
    """The blinding factor is 0, or not reduced."""

    def __init__(self) -> None:
        super().__init__("the blinding factor is not between 1 and the order of the curve")


class WrongOpening(CapacityError):
    """Another bid, blinding factor, device or sender than was committed to (Ren et al., eq. 7)."""

    def __init__(self, address: str, window: int) -> None:
        super().__init__(f"this is not what {address} committed to in window {window}")
        self.address = address
        self.window = window


class BadCurve(CapacityError):
    """Base of what is wrong with a revealed curve."""


class PriceAboveCap(BadCurve):
    """A step's price is above the market's cap."""

    def __init__(self, step: int, price_ukwh: int, cap_ukwh: int) -> None:
        super().__init__(f"step {step} is at {price_ukwh} ukwh, and the cap is {cap_ukwh}")
        self.step = step
        self.price_ukwh = price_ukwh
        self.cap_ukwh = cap_ukwh


class FallingAsk(BadCurve):
    """A step of an ask is cheaper than the one before it."""

    def __init__(self, step: int, before_ukwh: int, price_ukwh: int) -> None:
        super().__init__(f"step {step} of the ask is at {price_ukwh} ukwh, after {before_ukwh}: asks rise")
        self.step = step


class RisingBid(BadCurve):
    """A step of a bid is dearer than the one before it."""

    def __init__(self, step: int, before_ukwh: int, price_ukwh: int) -> None:
        super().__init__(f"step {step} of the bid is at {price_ukwh} ukwh, after {before_ukwh}: bids fall")
        self.step = step


class BeyondBound(BadCurve):
    """A curve of more than its device can give in the window (Ren et al., eq. 1), or its buyer may take."""

    def __init__(self, quantity_wh: int, bound_wh: int) -> None:
        super().__init__(f"the curve has {quantity_wh} Wh, and {bound_wh} Wh are the bound")
        self.quantity_wh = quantity_wh
        self.bound_wh = bound_wh


class NotInBook(CapacityError):
    """Nobody of this name has revealed a bid."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has revealed no bid in this window")
        self.name = name


class NothingTraded(CapacityError):
    """The sender has nothing to put down or to pay in this window."""

    def __init__(self, address: str, window: int) -> None:
        super().__init__(f"{address} has nothing due in window {window}")
        self.address = address
        self.window = window


class UnknownRight(CapacityError):
    """There is no such token: it was never minted, or is burned."""

    def __init__(self, window: int, right: int) -> None:
        super().__init__(f"there is no capacity right {window}/{right}")
        self.window = window
        self.right = right


class NotForSale(CapacityError):
    """The right is not offered, or not to the sender."""

    def __init__(self, window: int, right: int) -> None:
        super().__init__(f"the capacity right {window}/{right} is not offered to you")
        self.window = window
        self.right = right


class OtherPrice(CapacityError):
    """The right is offered at another amount than the buyer means to pay."""

    def __init__(self, offered: Amount, paid: Amount) -> None:
        super().__init__(f"the right is offered at {offered}, and {paid} was to be paid")
        self.offered = offered
        self.paid = paid


class BadProfile(CapacityError):
    """A nomination that is not one of this right."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the nomination is refused: {reason}")
        self.reason = reason


class WrongPeriod(CapacityError):
    """A reading of a period that is not of this window."""

    def __init__(self, period: Period, first: Period, end: Period) -> None:
        super().__init__(f"period {period} is not of the window from {first} until before {end}")
        self.period = period


class IncompleteReading(CapacityError):
    """A reading without what the market needs."""

    def __init__(self, meter: str, field: str) -> None:
        super().__init__(f"the reading of {meter} lacks {field}")
        self.meter = meter
        self.field = field
