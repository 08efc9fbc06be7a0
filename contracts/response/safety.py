"""Whether given voltages prove a plan safe: an exact check of a power flow near them, in integers.

A power flow is a fixed point of one backward/forward sweep (Chen et al. (2022), eqs. 8-12),

    F(V)_i = V_0 + sum over j of Z_ij * conj(S_j / V_j),

where S_j is what bus j injects and Z_ij the impedance of the lines that the ways from i and from j to the
connection share. Given the voltages V and m = min |V|, let d = max |V - F(V)| and w >= max over i of
sum over j of |Z_ij| * |S_j|. Wherever no voltage is further than r from V, F contracts by

    kappa = w / (m - r)^2,

since |1/U - 1/U'| = |U - U'| / |U*U'|. If kappa < 1 and d <= (1 - kappa) * r, F maps that ball into itself,
and by Banach's theorem exactly one power flow lies in it. So its voltages are known to r, its currents to
sum |S_j| * r / (m - r)^2, and the limits are tested with these margins. kappa is computed for the largest r
that is allowed, where it is greatest; r is then the least that it permits.

Everything is rounded outward. Voltages and impedances are exact. Of a bus's current both parts are rounded
down to `CURRENT_UNITS`, which is off by less than 2 units; so a line's current is off by less than 2 units a
bus, and F(V) by less than that times the sum of all lines' |Z|.
"""

from collections.abc import Sequence
from math import isqrt
from typing import Final, TypeAlias

from contracts.response.network import NPU, Line, Network
from contracts.response.network_errors import (
    LineOverloaded,
    NoContraction,
    NotASolution,
    VoltageOutOfBand,
    WrongVoltageCount,
)

CURRENT_UNITS: Final = 10**15
"""Units of current in 1 p.u.; a voltage is computed in the NPU'th part of such a unit."""

VOLTAGE_UNITS: Final = CURRENT_UNITS * NPU

STEPS_A_BUS: Final = 4
"""Measured: 2.5 to 2.9 us for the check of a bus, and 0.9 us for its place in the tree."""

Injection: TypeAlias = tuple[int, int]
"""What a bus injects: W and var, + into the network."""

Phasor: TypeAlias = tuple[int, int]
"""Real and imaginary part."""


def check_safe(
    network: Network, injections: Sequence[Injection], voltages: Sequence[Phasor], tolerance_npu: int
) -> None:
    """Whether a power flow lies within `tolerance_npu` of `voltages` (npu) and keeps the network's limits.

    Both by bus; for a network that passed `check_network`. Raises WrongVoltageCount, NoContraction,
    NotASolution, VoltageOutOfBand or LineOverloaded.
    """
    squares = _squares(network, voltages)
    nearest_npu = isqrt(min(squares)) - tolerance_npu
    if nearest_npu <= 0:
        raise NoContraction
    currents = _line_currents(network, injections, voltages, squares)
    apparent_va = [isqrt(active**2 + reactive**2) + 1 for active, reactive in injections]
    bus, defect = _defect(network, voltages, currents)
    # kappa = load / reach; both in VA * npu^2.
    load = _weight(network, apparent_va) * NPU
    reach = network.base_va * nearest_npu**2
    if load >= reach:
        raise NoContraction
    radius_npu = _ceil(defect * reach, (reach - load) * CURRENT_UNITS)
    if radius_npu > tolerance_npu:
        raise NotASolution(bus, radius_npu, tolerance_npu)
    _check_band(network, squares, radius_npu)
    # What is injected at the connection flows in no line.
    margin = _ceil(sum(apparent_va[1:]) * radius_npu * VOLTAGE_UNITS, reach) + 2 * len(squares)
    _check_ratings(network, currents, margin)


def work(network: Network) -> int:
    """Steps that one `check_safe` takes."""
    return STEPS_A_BUS * len(network.buses)


def _squares(network: Network, voltages: Sequence[Phasor]) -> list[int]:
    """The voltages' magnitudes, squared. What is too large in one part is refused before it is squared."""
    if len(voltages) != len(network.buses):
        raise WrongVoltageCount(len(voltages), len(network.buses))
    for bus, parts in enumerate(voltages):
        if any(abs(part) > network.highest_npu for part in parts):
            raise VoltageOutOfBand(bus, network.lowest_npu, network.highest_npu)
    return [real**2 + imaginary**2 for real, imaginary in voltages]


def _line_currents(
    network: Network, injections: Sequence[Injection], voltages: Sequence[Phasor], squares: Sequence[int]
) -> list[Phasor]:
    """By bus: the current that flows from it towards the connection, in current units.

    A bus's own is conj(S / V) = conj(S) * V / |V|^2.
    """
    tree, factor = network.tree, NPU * CURRENT_UNITS
    reals, imaginaries = [], []
    for (active, reactive), (real, imaginary), square in zip(injections, voltages, squares, strict=True):
        divisor = network.base_va * square
        reals.append((active * real + reactive * imaginary) * factor // divisor)
        imaginaries.append((active * imaginary - reactive * real) * factor // divisor)
    for bus in reversed(tree.outward):
        reals[tree.parents[bus]] += reals[bus]
        imaginaries[tree.parents[bus]] += imaginaries[bus]
    return list(zip(reals, imaginaries, strict=True))


def _defect(network: Network, voltages: Sequence[Phasor], currents: Sequence[Phasor]) -> tuple[int, int]:
    """The bus that the sweep moves most, and the most that it moves one, in voltage units."""
    tree = network.tree
    swept = [(network.slack_npu * CURRENT_UNITS, 0)] * len(voltages)
    for bus in tree.outward:
        line = network.lines[tree.feeders[bus]]
        real, imaginary = currents[bus]
        from_real, from_imaginary = swept[tree.parents[bus]]
        swept[bus] = (
            from_real + line.resistance_npu * real - line.reactance_npu * imaginary,
            from_imaginary + line.resistance_npu * imaginary + line.reactance_npu * real,
        )
    moved = [
        (real * CURRENT_UNITS - swept_real) ** 2 + (imaginary * CURRENT_UNITS - swept_imaginary) ** 2
        for (real, imaginary), (swept_real, swept_imaginary) in zip(voltages, swept, strict=True)
    ]
    bus = max(range(len(moved)), key=moved.__getitem__)
    rounding = 2 * len(moved) * sum(map(_impedance_npu, network.lines))
    return bus, isqrt(moved[bus]) + 1 + rounding


def _weight(network: Network, apparent_va: Sequence[int]) -> int:
    """At least the greatest sum over j of |Z_ij| * |S_j|, in npu * VA: a sweep with magnitudes."""
    tree = network.tree
    passing = list(apparent_va)
    for bus in reversed(tree.outward):
        passing[tree.parents[bus]] += passing[bus]
    weights = [0] * len(passing)
    for bus in tree.outward:
        impedance_npu = _impedance_npu(network.lines[tree.feeders[bus]])
        weights[bus] = weights[tree.parents[bus]] + impedance_npu * passing[bus]
    return max(weights)


def _impedance_npu(line: Line) -> int:
    return isqrt(line.resistance_npu**2 + line.reactance_npu**2) + 1


def _check_band(network: Network, squares: Sequence[int], radius_npu: int) -> None:
    """Bus 0 is left out: it is held."""
    least = (network.lowest_npu + radius_npu) ** 2
    most = max(0, network.highest_npu - radius_npu) ** 2
    for bus in range(1, len(squares)):
        if not least <= squares[bus] <= most:
            raise VoltageOutOfBand(bus, network.lowest_npu, network.highest_npu)


def _check_ratings(network: Network, currents: Sequence[Phasor], margin: int) -> None:
    for bus in network.tree.outward:
        line = network.tree.feeders[bus]
        rating_npu = network.lines[line].rating_npu
        real, imaginary = currents[bus]
        most = rating_npu * (CURRENT_UNITS // NPU) - margin
        if most < 0 or real**2 + imaginary**2 > most**2:
            raise LineOverloaded(line, rating_npu)


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
