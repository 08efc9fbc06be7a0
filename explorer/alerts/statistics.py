"""The few statistics that the rules rest on, in whole numbers, so that every rebuild finds the same.

Median and MAD: Huber, Ronchetti (2009), Robust Statistics, 5.1. CUSUM: Page (1954), Continuous inspection
schemes, Biometrika 41:100-115; the two-sided tabular form and its constants: Montgomery, Introduction to
Statistical Quality Control, 9.1.
"""

from collections.abc import Sequence
from math import ceil, log
from typing import Final

MAD_TO_SIGMA: Final = (14_826, 10_000)
"""1.4826: of a normal distribution, sigma is so many times the median absolute deviation."""

MILLI: Final = 1_000


def median(values: Sequence[int]) -> int:
    """The middle one; of an even number, the lower of the two. At least one value."""
    return sorted(values)[(len(values) - 1) // 2]


def robust_sigma(values: Sequence[int], centre: int = 0) -> int:
    """1.4826 times the median distance from `centre`: half of the values may be anything."""
    numerator, denominator = MAD_TO_SIGMA
    return median([abs(value - centre) for value in values]) * numerator // denominator


def upper_sigma(values: Sequence[int]) -> int:
    """0.78 times the distance from zero that a fifth of the values exceed: of a normal distribution, sigma.
    Unlike the median, it knows of the worse hours of a day that is mostly calm."""
    return sorted(map(abs, values))[4 * len(values) // 5] * 780 // MILLI


def score_milli(error: int, sigma: int) -> int:
    """How many thousandths of a standard deviation an error is."""
    return error * MILLI // max(1, sigma)


def cusum(sums: tuple[int, int], step: int, allowance: int, most: int) -> tuple[int, int]:
    """The two one-sided sums after one more step: what is above the allowance adds up, what is below it
    takes away. They stay below `most`, so that what is over is soon forgotten."""
    high, low = sums
    return (
        min(most, max(0, high + step - allowance)),
        min(most, max(0, low - step - allowance)),
    )


def improbable_run(repeats: int, samples: int, chance: float) -> int:
    """How many equal values in a row have less than this chance, where `repeats` of `samples` values were
    equal to the one before them: by Laplace's rule, as if one more repetition had been seen in twenty."""
    share = (repeats + 1) / (samples + 20)
    return 1 + ceil(log(chance) / log(min(0.99, share)))
