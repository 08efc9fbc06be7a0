"""The power flow as the ENO computes it for itself, all buses and periods at once.

The same fixed point as the distributed sweep's (sweep.py), for planning and studies, which need many: what
agrees on a dispatch is the sweep. By matrices: `beyond` says whose currents flow in whose line, so that
Z = beyond^T * diag(z) * beyond.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contracts.response.network import NPU, Network
from contracts.response.safety import Injection, Phasor
from contracts.response.solving.phasors import (
    ROUNDS_MAX,
    VOLTAGE_TOLERANCE,
    Complexes,
    Reals,
    as_complex,
    as_parts,
    is_lost,
)


@dataclass(frozen=True, slots=True)
class PowerFlow:
    """Voltages by period and bus."""

    converged: bool
    """Otherwise the voltages mean nothing."""
    voltages_npu: tuple[tuple[Phasor, ...], ...]


def power_flow(network: Network, injections: Sequence[Sequence[Injection]]) -> PowerFlow:
    """Of `injections` by period and bus; that it does not converge is a result."""
    matrix, impedances = beyond(network), line_impedances(network)
    power = as_complex(injections) / network.base_va
    slack = network.slack_npu / NPU
    voltages: Complexes = np.full(power.shape, complex(slack))
    for _ in range(ROUNDS_MAX):
        before = voltages
        currents = np.conj(power / voltages) @ matrix.T
        voltages = slack + (impedances * currents) @ matrix
        if is_lost(voltages):
            break
        if np.abs(voltages - before).max() <= VOLTAGE_TOLERANCE:
            return PowerFlow(True, tuple(as_parts(row, NPU) for row in voltages))
    return PowerFlow(False, tuple(as_parts(row, NPU) for row in voltages))


def beyond(network: Network) -> Reals:
    """1 where the column's bus is the row's or hangs on it: whose current flows in the row's line."""
    tree = network.tree
    matrix = np.eye(len(network.buses))
    for bus in reversed(tree.outward):
        matrix[tree.parents[bus]] += matrix[bus]
    return matrix


def line_impedances(network: Network) -> Complexes:
    """By bus: of its line towards the connection, p.u.; 0 of the connection itself."""
    lines = [network.lines[line] for line in network.tree.feeders[1:]]
    return as_complex([(0, 0), *((line.resistance_npu, line.reactance_npu) for line in lines)]) / NPU
