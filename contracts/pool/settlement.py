"""What somebody owes for one carrier's interval, from trades, fees and meter: pure, exact, summing to zero.

A payment is positive for the one who pays; energy is positive where it is taken. Values are in billionths of
the currency (nano, ukwh * Wh) until a bill is rounded, once; the platform takes and gives what all bills
leave, the roundings too.
"""

from dataclasses import dataclass, replace

from contracts.community.orders import Band, Side
from contracts.metering.readings import Carrier
from contracts.pool.cycle import Trade
from crypto.address import Address
from ledger.quantities import Amount, EnergyWh, divide_half_even

NANO_PER_AMOUNT = 1_000


@dataclass(frozen=True, slots=True)
class Position:
    """What somebody traded of a carrier in an interval."""

    sold_wh: int = 0
    bought_wh: int = 0
    nano: int = 0
    """Paid, - received; without fees."""
    fees_nano: int = 0

    def sell(self, trade: Trade) -> "Position":
        return replace(
            self,
            sold_wh=self.sold_wh + trade.energy_wh,
            nano=self.nano - trade.nano,
            fees_nano=self.fees_nano + trade.seller_fee_nano,
        )

    def buy(self, trade: Trade) -> "Position":
        return replace(
            self,
            bought_wh=self.bought_wh + trade.energy_wh,
            nano=self.nano + trade.nano,
            fees_nano=self.fees_nano + trade.buyer_fee_nano,
        )


@dataclass(frozen=True, slots=True)
class Bill:
    """One party's interval of one carrier."""

    address: Address
    carrier: Carrier
    traded_wh: EnergyWh
    """+ bought, - sold."""
    traded_nano: int
    fees_nano: int
    metered_wh: EnergyWh | None
    """+ taken over the connection, - given; None if no reading came."""
    network_wh: EnergyWh
    """What was really taken beyond the trades, from the network; - what was over."""
    network_nano: int
    amount: Amount
    """All that is paid (+) or received (-)."""
    owed: Amount
    """What could not be paid of that at once; - what the platform could not pay."""


def settle(address: Address, carrier: Carrier, position: Position, metered_wh: EnergyWh, band: Band) -> Bill:
    """A supplier that gave less than it sold buys the rest of the network, at its own cost; a consumer that
    took less than it bought sells the rest at the feed-in price. The other side does not notice."""
    traded_wh = position.bought_wh - position.sold_wh
    network_wh = metered_wh - traded_wh
    network_nano = network_wh * (band.grid_ukwh if network_wh > 0 else band.feed_in_ukwh)
    whole_nano = position.nano + position.fees_nano + network_nano
    return Bill(
        address,
        carrier,
        EnergyWh(traded_wh),
        position.nano,
        position.fees_nano,
        metered_wh,
        EnergyWh(network_wh),
        network_nano,
        Amount(divide_half_even(whole_nano, NANO_PER_AMOUNT)),
        owed=Amount(0),
    )


def settle_silent(
    address: Address, carrier: Carrier, position: Position, most_wh: EnergyWh, band: Band
) -> Bill:
    """A silent meter's owner took the most that its meter could have said: no reading costs more."""
    return replace(settle(address, carrier, position, most_wh, band), metered_wh=None)


def cover(position: Position, open_nano: int, band: Band) -> Amount:
    """What the trades so far and open offers can cost, rounded up: if what was bought is taken, and nothing
    is given of what was sold."""
    traded_nano = position.nano + position.fees_nano + position.sold_wh * band.grid_ukwh
    return Amount(-(-(traded_nano + open_nano) // NANO_PER_AMOUNT))


def offered_nano(side: Side, energy_wh: int, limit_ukwh: int, band: Band) -> int:
    """What an offer can add to that: a bid its limit, fees included; an ask what its energy costs of the
    network beyond what it brings in at least."""
    return energy_wh * (limit_ukwh if side is Side.BID else band.grid_ukwh - limit_ukwh)
