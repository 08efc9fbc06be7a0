"""What joins the participants of a distributed optimum: the target's row and the cuts', conditioned.

Voltages of one feeder make cuts that are all but parallel to the target. So the target's row is taken off
each as often as leaves it a mean of 0 over the participants' power, and the rest is scaled to a root mean
square of 1: where the target is met it is the same cut, in W.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.response.optimality import Cut

Floats = NDArray[np.float64]

LEAST_SCALE = 1e-9
"""Of the largest coefficient: a cut that is parallel to the target is not blown up."""


@dataclass(frozen=True, slots=True)
class Coupling:
    """The rows that join the participants, the target's first; those of the cuts are conditioned."""

    columns: Floats
    """By row and participant."""
    limits: Floats
    """Of the target's row the target, W."""
    means: Floats
    """What was taken off each cut's coefficients."""
    scales: Floats
    """By what each cut was divided after that."""


def couple(target_w: float, weights_w: Floats, cuts: Sequence[Cut]) -> Coupling:
    """The rows of a target > 0 and its cuts; a power of 0 is that of one that does not take part."""
    rows = np.array([cut.coefficients for cut in cuts], float).reshape(len(cuts), len(weights_w))
    shares = weights_w / max(1.0, weights_w.sum())
    means = rows @ shares
    centred = rows - means[:, np.newaxis]
    largest = np.abs(rows).max(axis=1, initial=1.0)
    scales = np.maximum(np.sqrt(centred**2 @ shares), LEAST_SCALE * largest)
    limits = np.array([cut.limit for cut in cuts], float) - means * target_w
    return Coupling(
        np.vstack([np.ones(len(weights_w)), centred / scales[:, np.newaxis]]),
        np.concatenate([[target_w], limits / scales]),
        means,
        scales,
    )
