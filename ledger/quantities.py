"""Quantities on the chain: integers, each a named type with its unit in the name."""

from typing import NewType

Height = NewType("Height", int)
"""Number of a block; the genesis is 0."""

Slot = NewType("Slot", int)
"""Unix time // slot length, which is the chain's only clock."""

Round = NewType("Round", int)
"""Attempt of the committee to agree on one height; the first is 0."""

Period = NewType("Period", int)
"""Energy period since the epoch: of 900 s by default, so that 96 make a UTC day."""

Day = NewType("Day", int)
"""UTC day since 1970-01-01."""

Amount = NewType("Amount", int)
"""Millionths of the currency; of a payment, + is paid and - received."""

EnergyWh = NewType("EnergyWh", int)
"""Watt-hours in one period."""

PowerW = NewType("PowerW", int)
"""Watts; of a storage, + is charging."""

PriceUkwh = NewType("PriceUkwh", int)
"""Millionths of the currency per kilowatt-hour."""

TxId = NewType("TxId", bytes)
"""SHA-256 of a transaction's unsigned body, 32 bytes."""

WH_PER_KWH = 1_000


def divide_half_even(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, ties to the even one; `denominator` > 0."""
    quotient, remainder = divmod(numerator, denominator)
    doubled = 2 * remainder
    if doubled > denominator or (doubled == denominator and quotient % 2 == 1):
        return quotient + 1
    return quotient


def amount(energy_wh: int, price_ukwh: int) -> Amount:
    """What `energy_wh` costs at `price_ukwh`, in millionths of the currency, rounded half to even."""
    return Amount(divide_half_even(energy_wh * price_ukwh, WH_PER_KWH))
