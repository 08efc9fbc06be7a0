"""What the cost of a day must be like as a function of the storage's size.

The least cost of a linear program never rises with its limits, and it is convex in them: whoever has half of
one storage and half of another can run each half by its own plan. So the costs of some sizes say how much
another can cost at the most.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.optimize import linprog

from studies.storage_case import Size

TOLERANCE_CNY: Final = 0.02
"""Plans are in whole Wh, so that costs are proven to a few thousandths."""

DIGITS: Final = 6
"""Of a sum of money in the currency: a linear program's floats hold more than that."""


def ceiling(costs: Mapping[Size, float], size: Size) -> float | None:
    """The most that this size may cost by what the others do; None if they say nothing.

    That is the cheapest mixture of the others that needs neither more power nor more capacity.
    """
    others = [each for each in costs if each != size]
    needs = np.array([(each.power_kw, each.capacity_kwh) for each in others]).T
    result = linprog(
        [costs[each] for each in others],
        A_ub=needs,
        b_ub=[size.power_kw, size.capacity_kwh],
        A_eq=np.ones((1, len(others))),
        b_eq=[1],
    )
    return round(float(result.fun), DIGITS) if result.success else None


def excess(costs: Mapping[Size, float]) -> Mapping[Size, float]:
    """By how much sizes cost more than they may; of those that do not, nothing."""
    ceilings = {size: ceiling(costs, size) for size in costs}
    return {
        size: costs[size] - most
        for size, most in ceilings.items()
        if most is not None and costs[size] - most > TOLERANCE_CNY
    }
