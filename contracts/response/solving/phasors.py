"""Phasors between numpy and the integers of the chain and of messages, and when a power flow is at an end."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Complexes: TypeAlias = NDArray[np.complex128]
Reals: TypeAlias = NDArray[np.float64]

PICO: Final = 10**12
PART_MAX: Final = 10_000 * PICO
"""The greatest part of a phasor in integers; as pico p.u. it is far over what a network carries."""

ROUNDS_MAX: Final = 200
"""A power flow that has not settled by then is taken to diverge."""
VOLTAGE_TOLERANCE: Final = 1e-10
"""Least change of a voltage between rounds that counts, p.u."""
COLLAPSED: Final = 0.01
"""A voltage under which no round comes back, p.u."""
RUNAWAY: Final = 100.0
"""A voltage over which no round comes back, p.u."""


def as_complex(parts: Sequence[Any]) -> Complexes:
    """Pairs of real and imaginary part, in any nesting of tuples."""
    phasors: Complexes = np.array(parts, np.float64).view(np.complex128)[..., 0]
    return phasors


def as_parts(phasors: Complexes, units: int) -> tuple[tuple[int, int], ...]:
    """A row of phasors in whole units, clipped to `PART_MAX`: what gets there has diverged."""
    parts = np.clip(np.rint(phasors.view(np.float64) * units), -PART_MAX, PART_MAX).astype(np.int64).tolist()
    return tuple(zip(parts[::2], parts[1::2], strict=True))


def is_lost(voltages: Complexes) -> bool:
    """Whether a voltage is where no round comes back from."""
    magnitudes = np.abs(voltages)
    return bool(magnitudes.min() < COLLAPSED or magnitudes.max() > RUNAWAY)
