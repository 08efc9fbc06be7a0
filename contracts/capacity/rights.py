"""The mathematics of capacity rights: who owes whom, what is called when, what was delivered. Integers."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.quantities import WH_PER_KWH, Amount, EnergyWh

PERMILLE = 1_000


class Match(NamedTuple):
    """One seller's duty to one buyer."""

    seller: int
    buyer: int
    quantity_wh: EnergyWh


def join(sold: Sequence[int], bought: Sequence[int]) -> list[Match]:
    """Pair two lists of equal sums from their first entries on (the north-west corner rule).

    At most as many pairs as entries less one; those of an entry follow each other on either side.
    """
    matches, seller, buyer = [], 0, 0
    left_to_sell, left_to_buy = list(sold), list(bought)
    while seller < len(sold) and buyer < len(bought):
        quantity = min(left_to_sell[seller], left_to_buy[buyer])
        if quantity > 0:
            matches.append(Match(seller, buyer, EnergyWh(quantity)))
        left_to_sell[seller] -= quantity
        left_to_buy[buyer] -= quantity
        if left_to_sell[seller] == 0:
            seller += 1
        else:
            buyer += 1
    return matches


def bond(floor: int, share_permille: int, bound_wh: int, cap_ukwh: int) -> Amount:
    """What a bidder puts up that it will reveal and, if it trades, put down its deposits; rounded up."""
    return Amount(floor + _ceil(share_permille * bound_wh * cap_ukwh, PERMILLE * WH_PER_KWH))


def deposit(alpha_permille: int, quantity_wh: int, price_ukwh: int) -> Amount:
    """alpha * q * price, rounded up (Ren et al., eqs. 23, 24)."""
    return Amount(_ceil(alpha_permille * quantity_wh * price_ukwh, PERMILLE * WH_PER_KWH))


def alpha_permille(least: int, most: int, owed_wh: int, kept_wh: int) -> int:
    """The deposit's coefficient by past reliability: `most` for whoever is new or kept nothing, `least` for
    whoever kept all."""
    if owed_wh == 0:
        return most
    return most - (most - least) * kept_wh // owed_wh


def power_shares(caps: Sequence[int], quantities: Sequence[int]) -> list[tuple[int, ...]]:
    """The most that each right on a device may call in each period: its part of the device's power.

    Whole Wh that add up to `caps` in every period, and for every right to no less than its quantity, as all
    quantities are together no more than all `caps`. Rights are halved and halved again, so that a part is
    off by a Wh or so for each halving, and not for each right.
    """
    if len(quantities) == 1:
        return [tuple(caps)]
    middle = len(quantities) // 2
    first = scaled(caps, sum(quantities[:middle]), sum(quantities))
    second = [cap - part for cap, part in zip(caps, first, strict=True)]
    return power_shares(first, quantities[:middle]) + power_shares(second, quantities[middle:])


def flat_wh(quantity_wh: int, most_wh: Sequence[int]) -> tuple[int, ...]:
    """What is called in each period where nothing was nominated: an equal part of the most that may be called
    then. Together it is exactly the quantity."""
    return scaled(most_wh, quantity_wh, sum(most_wh))


def deliver(called: Sequence[int], metered_wh: int) -> tuple[int, ...]:
    """What of each right's call counts as delivered in one period: all, or what was metered in proportion."""
    total = sum(called)
    return tuple(called) if metered_wh >= total else scaled(called, metered_wh, total)


def scaled(parts: Sequence[int], numerator: int, denominator: int) -> tuple[int, ...]:
    """Each part times a fraction, in whole units: by cumulated floors, so that each is less than a unit off,
    and together they are the sum times the fraction, rounded down."""
    shares, running = [], 0
    for part in parts:
        shares.append((running + part) * numerator // denominator - running * numerator // denominator)
        running += part
    return tuple(shares)


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
