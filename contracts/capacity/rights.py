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


def flat_wh(quantity_wh: int, caps: Sequence[int], place: int) -> int:
    """What is called in one period where nothing was nominated: an equal share of what the device may give.

    Over all periods it is exactly the quantity.
    """
    whole, before = sum(caps), sum(caps[:place])
    return quantity_wh * (before + caps[place]) // whole - quantity_wh * before // whole


def call_limit_wh(cap_wh: int, quantity_wh: int, sold_wh: int) -> int:
    """The most that one right may call of a device in a period: its share of the device's power, rounded
    up."""
    return _ceil(cap_wh * quantity_wh, sold_wh)


def deliver(called: Sequence[int], cap_wh: int, metered_wh: int) -> list[int]:
    """What of each right's call counts as delivered in one period.

    Enough is all that is called, or all that the device may give: what rounding lets the rights call beyond
    that, less than a Wh each, is not held against it. Less is shared in proportion.
    """
    total = sum(called)
    if metered_wh >= min(total, cap_wh):
        return list(called)
    shared, running = [], 0
    for call in called:
        shared.append((running + call) * metered_wh // total - running * metered_wh // total)
        running += call
    return shared


def parts_of(amount: int, weights: Sequence[int]) -> list[Amount]:
    """`amount` in proportion to the weights, in whole units that add up."""
    whole, running, parts = sum(weights), 0, []
    for weight in weights:
        parts.append(Amount(amount * (running + weight) // whole - amount * running // whole))
        running += weight
    return parts


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
