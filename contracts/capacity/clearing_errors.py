"""What shows that a clearing is not the best one."""

from contracts.capacity.errors import CapacityError


class NotCleared(CapacityError):
    """Base of what breaks a condition of Karush, Kuhn and Tucker."""


class TotalsDiffer(NotCleared):
    """What is sold, what is bought and what is said to be traded are not one number."""

    def __init__(self, sold_wh: int, bought_wh: int, traded_wh: int) -> None:
        super().__init__(f"{sold_wh} Wh are sold and {bought_wh} Wh bought, where {traded_wh} Wh are traded")
        self.sold_wh = sold_wh
        self.bought_wh = bought_wh
        self.traded_wh = traded_wh


class BeyondCurve(NotCleared):
    """Somebody trades what its curve does not have."""

    def __init__(self, name: str, traded_wh: int, offered_wh: int) -> None:
        super().__init__(f"{name} trades {traded_wh} Wh of a curve of {offered_wh} Wh")
        self.name = name
        self.traded_wh = traded_wh
        self.offered_wh = offered_wh


class WrongSide(NotCleared):
    """A unit of somebody's curve is on the wrong side of the price."""

    def __init__(self, name: str, unit: str, unit_ukwh: int, price_ukwh: int) -> None:
        super().__init__(f"the {unit} unit of {name} is at {unit_ukwh} ukwh, and the price is {price_ukwh}")
        self.name = name
        self.unit_ukwh = unit_ukwh
        self.price_ukwh = price_ukwh


class LastSoldAbovePrice(WrongSide):
    """Somebody sells for less than it asks."""

    def __init__(self, name: str, unit_ukwh: int, price_ukwh: int) -> None:
        super().__init__(name, "last sold", unit_ukwh, price_ukwh)


class NextUnsoldBelowPrice(WrongSide):
    """Somebody would sell more at the price."""

    def __init__(self, name: str, unit_ukwh: int, price_ukwh: int) -> None:
        super().__init__(name, "next unsold", unit_ukwh, price_ukwh)


class LastBoughtBelowPrice(WrongSide):
    """Somebody pays more than it bids."""

    def __init__(self, name: str, unit_ukwh: int, price_ukwh: int) -> None:
        super().__init__(name, "last bought", unit_ukwh, price_ukwh)


class NextUnboughtAbovePrice(WrongSide):
    """Somebody would buy more at the price."""

    def __init__(self, name: str, unit_ukwh: int, price_ukwh: int) -> None:
        super().__init__(name, "next unbought", unit_ukwh, price_ukwh)
