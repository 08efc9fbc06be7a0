"""Anderson acceleration: a fixed point found from the last few steps towards it, instead of the last alone.

Of the affine combinations of the last images, the one is taken whose steps cancel best, by least squares:
Fu, Zhang and Boyd (2020), "Anderson accelerated Douglas-Rachford splitting", SIAM J. Sci. Comput. 42 (6),
type II. A combination that does not bring the fixed point nearer is taken back, and what was remembered is
forgotten.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MEMORY = 15
"""Steps that are combined."""

STEPS_MIN = 3
CUTOFF = 1e-8
"""Directions in which the steps differ by less, relatively, count as none."""

REACH = 100.0
"""How many of the longest step a combination may lead away; what leads farther is not tried."""


class Anderson:
    """Follows the iteration state -> image, and says from which state to go on."""

    def __init__(self) -> None:
        self._steps: deque[Floats] = deque(maxlen=MEMORY + 1)
        self._images: deque[Floats] = deque(maxlen=MEMORY + 1)
        self._plain: Floats | None = None
        """What the last plain step led to, if a combination was taken instead."""
        self._distance = np.inf

    def forget(self) -> None:
        """Begin anew: the iteration has become another."""
        self._steps.clear()
        self._images.clear()
        self._plain = None

    def accelerate(self, state: Floats, image: Floats) -> Floats:
        """The next state, after `image` was computed from `state`, the last one that this returned."""
        step = image - state
        distance = float(np.linalg.norm(step))
        if self._plain is not None and distance > self._distance:
            plain = self._plain
            self.forget()
            return plain
        self._steps.append(step)
        self._images.append(image)
        if len(self._steps) < STEPS_MIN:
            return image
        turns, moves = np.diff(np.array(self._steps), axis=0), np.diff(np.array(self._images), axis=0)
        weights = np.linalg.lstsq(turns.T, step, rcond=CUTOFF)[0]
        self._plain, self._distance = image, distance
        leap = weights @ moves
        if np.linalg.norm(leap) > REACH * max(float(np.linalg.norm(step)) for step in self._steps):
            self._plain = None
            return image
        self._plain, self._distance = image, distance
        return np.asarray(image - leap)
