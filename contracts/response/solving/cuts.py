"""What a violated limit asks of the next optimisation: a linear cut on the responses.

Around the power flow of an allocation, to first order,

    value + sum over i of slope_i * (x_i - allocation_i) <= limit,

where value is the magnitude of a bus's voltage or of a line's current, and slope_i what a watt of resource i
makes of it. The slopes follow from the fixed point that the security check computes: with I = conj(S / V),

    V = V_0 + Z * I,    dI = conj(dS) / conj(V) - conj(S) / conj(V)^2 * conj(dV),    dV = Z * dI.

A flow is all but linear in the responses. A cut stays inside its limit by `MARGIN`, so that what it leaves
out seldom costs another round.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from typing import Final

import numpy as np

from contracts.response.network import NPU, Network
from contracts.response.optimality import LIMIT_MAX, Cut
from contracts.response.safety import Injection, Phasor
from contracts.response.solving.flow import beyond, line_impedances
from contracts.response.solving.phasors import Complexes, Reals, as_complex

MARGIN: Final = 1e-5
"""How far inside its limit a cut keeps a voltage, p.u., or a current, of its rating."""
GUARD: Final = 1e-6
"""How near to its limit a value counts as over it: more than the exact check adds to be sure."""
STEEPEST: Final = 10**6
"""A cut's largest coefficient: its unit is chosen so."""


class Limit(StrEnum):
    """What a power flow has to keep."""

    HIGHEST = "highest voltage"
    LOWEST = "lowest voltage"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that is not kept."""

    limit: Limit
    bus: int
    """Whose voltage it is, or whose line towards the connection."""
    period: int
    """In which it is over by most."""
    excess: float
    """By how much: p.u. of voltage, or of the rating."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the resources are, and which way an event moves their buses' injections."""

    buses: tuple[int, ...]
    """By resource number."""
    direction: int
    """1 up, -1 down."""


class _Flows:
    """The power flows of an event, by period and bus, p.u."""

    def __init__(
        self,
        network: Network,
        injections: Sequence[Sequence[Injection]],
        voltages_npu: Sequence[Sequence[Phasor]],
    ) -> None:
        self.network = network
        self.power = as_complex(injections) / network.base_va
        self.voltages = as_complex(voltages_npu) / NPU
        self.beyond = beyond(network)
        self.impedances = line_impedances(network)
        self.currents = np.conj(self.power / self.voltages) @ self.beyond.T
        """Of each bus's line towards the connection."""
        lines = [network.lines[line] for line in network.tree.feeders[1:]]
        self.ratings = np.array([1.0, *(line.rating_npu / NPU for line in lines)])

    def excesses(self) -> dict[Limit, Reals]:
        magnitudes = np.abs(self.voltages)
        loadings = np.abs(self.currents) / self.ratings
        loadings[:, 0] = 0  # the connection has no line
        return {
            Limit.HIGHEST: magnitudes - self.network.highest_npu / NPU,
            Limit.LOWEST: self.network.lowest_npu / NPU - magnitudes,
            Limit.RATING: loadings - 1,
        }

    def slopes(self, period: int, placement: Placement) -> tuple[Complexes, Complexes]:
        """What a watt of each resource makes of voltages and of lines' currents: by bus and resource."""
        power, conjugate = self.power[period], np.conj(self.voltages[period])
        resources = len(placement.buses)
        direct: Complexes = np.zeros((len(power), resources), complex)
        direct[list(placement.buses), range(resources)] = placement.direction / self.network.base_va
        direct /= conjugate[:, None]
        feedback = np.conj(power) / conjugate**2
        shared: Complexes = self.beyond.T @ (self.impedances[:, None] * self.beyond)
        voltage_slopes = _solve_conjugate(shared * feedback, shared @ direct)
        return voltage_slopes, self.beyond @ (direct - feedback[:, None] * np.conj(voltage_slopes))


def violations(
    network: Network, injections: Sequence[Sequence[Injection]], voltages_npu: Sequence[Sequence[Phasor]]
) -> tuple[Violation, ...]:
    """What a power flow, by period and bus, does not keep: the worst first.

    Each limit counts once, in its worst period, and only where none of its kind beside it is worse: a cut at
    the peak mends most of what lies around it.
    """
    return _violations(_Flows(network, injections, voltages_npu))


def security_cuts(
    network: Network,
    injections: Sequence[Sequence[Injection]],
    voltages_npu: Sequence[Sequence[Phasor]],
    placement: Placement,
    allocation: Sequence[int],
    most: int,
) -> tuple[Cut, ...]:
    """Cuts that this allocation breaks, at most `most`, of the worst violations; none if it is safe.

    `injections` and `voltages_npu` by period and bus, the responses of `allocation` (W, by resource) within.
    """
    flows = _Flows(network, injections, voltages_npu)
    found = _violations(flows)[:most]
    slopes = {period: flows.slopes(period, placement) for period in sorted({each.period for each in found})}
    return tuple(_cut(flows, each, *slopes[each.period], allocation) for each in found)


def _violations(flows: _Flows) -> tuple[Violation, ...]:
    found = [
        peak for limit, excess in flows.excesses().items() for peak in _peaks(flows.network, limit, excess)
    ]
    return tuple(sorted(found, key=lambda violation: -violation.excess))


def _peaks(network: Network, limit: Limit, excess: Reals) -> Iterator[Violation]:
    worst = excess.max(axis=0)
    for bus in network.tree.outward:
        beside = [network.tree.parents[bus], *network.tree.children[bus]]
        if worst[bus] > -GUARD and worst[bus] >= worst[beside].max():
            yield Violation(limit, bus, int(excess[:, bus].argmax()), float(worst[bus]))


def _cut(
    flows: _Flows,
    violation: Violation,
    voltage_slopes: Complexes,
    current_slopes: Complexes,
    allocation: Sequence[int],
) -> Cut:
    at = violation.period, violation.bus
    if violation.limit is Limit.RATING:
        slopes = (
            _magnitude_slopes(flows.currents[at], current_slopes[violation.bus])
            / flows.ratings[violation.bus]
        )
    else:
        slopes = _magnitude_slopes(flows.voltages[at], voltage_slopes[violation.bus])
    if violation.limit is Limit.LOWEST:
        slopes = -slopes
    steepest = np.abs(slopes).max()
    units = STEEPEST / steepest if steepest > 0 else 1 / MARGIN
    coefficients = tuple(ceil(slope * units) for slope in slopes)
    now = sum(map(int.__mul__, coefficients, allocation))
    limit = floor(-(violation.excess + MARGIN) * units) + now
    return Cut(coefficients, max(-LIMIT_MAX, min(LIMIT_MAX, limit)))


def _magnitude_slopes(value: complex, slopes: Complexes) -> Reals:
    along: Reals = np.real(np.conj(value) * slopes) / abs(value)
    return along


def _solve_conjugate(matrix: Complexes, right: Complexes) -> Complexes:
    """X of X + matrix * conj(X) = right."""
    identity = np.eye(len(matrix))
    real, imaginary = matrix.real, matrix.imag
    system = np.block([[identity + real, imaginary], [imaginary, identity - real]])
    parts = np.linalg.solve(system, np.vstack([right.real, right.imag]))
    solution: Complexes = parts[: len(matrix)] + 1j * parts[len(matrix) :]
    return solution
