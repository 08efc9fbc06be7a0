"""What a home owes for an interval, from its trades and its meter: pure, exact, and summing to zero.

A payment is positive for the one who pays. Energy is positive where a home takes it. Values are in
billionths of the currency (nano, ukwh * Wh) until a home's total is rounded, once; the grid pays and takes
what all homes together do not, the roundings too.
"""

from dataclasses import dataclass

from contracts.community.orders import Band
from crypto.address import Address
from ledger.quantities import Amount, EnergyWh, divide_half_even

NANO_PER_AMOUNT = 1_000


@dataclass(frozen=True, slots=True)
class Position:
    """What a home traded with its neighbours."""

    bought_wh: EnergyWh
    """- if it sold."""
    nano: int
    """- if it earned."""


NOTHING_TRADED = Position(EnergyWh(0), 0)


@dataclass(frozen=True, slots=True)
class Bill:
    """One home's interval."""

    home: Address
    traded_wh: EnergyWh
    """+ bought from neighbours, - sold to them."""
    traded_nano: int
    metered_wh: EnergyWh
    """+ taken over its connection, - given; periods that `missing` counts at the most that the connection can
    take."""
    missing: int
    """Readings that did not come."""
    grid_wh: EnergyWh
    """What it really took beyond its trades, from the grid; - what it had over."""
    grid_nano: int
    amount: Amount
    """All that it pays (+) or is paid (-)."""
    owed: Amount
    """What it could not pay of that, or - what the grid could not pay it."""


def settle(home: Address, position: Position, metered_wh: int, missing: int, band: Band) -> Bill:
    """The bill of a home's interval.

    A seller that gave less than it sold buys the rest from the grid; a buyer that took less than it bought
    sells the rest at the feed-in price: both are the difference of the meter and the trades, at the tariff.
    """
    grid_wh = metered_wh - position.bought_wh
    grid_nano = grid_wh * (band.grid_ukwh if grid_wh > 0 else band.feed_in_ukwh)
    amount = Amount(divide_half_even(position.nano + grid_nano, NANO_PER_AMOUNT))
    return Bill(
        home,
        position.bought_wh,
        position.nano,
        EnergyWh(metered_wh),
        missing,
        EnergyWh(grid_wh),
        grid_nano,
        amount,
        owed=Amount(0),
    )
