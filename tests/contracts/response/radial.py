"""Radial networks for tests, and pandapower's power flow of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandapower
from hypothesis import strategies as st

from contracts.response.network import NPU, Bus, Line, Network
from contracts.response.safety import Injection

AMPLE_NPU = 1_000 * NPU


def radial(lines: Sequence[Line], **changes: int) -> Network:
    """A network of these lines at 400 V between phases and 100 kVA, with limits 10 % around 1 p.u."""
    buses = tuple(Bus(f"bus {number}") for number in range(len(lines) + 1))
    network = Network(100_000, 230_940, NPU, 900_000_000, 1_100_000_000, buses, tuple(lines))
    return replace(network, **changes)


def feeder(buses: int, rating_npu: int = AMPLE_NPU) -> Network:
    """Buses in a row, with lines of 0.02 + j0.01 p.u."""
    return radial([Line(bus - 1, bus, 20_000_000, 10_000_000, rating_npu) for bus in range(1, buses)])


@st.composite
def radial_networks(draw: st.DrawFn, buses_max: int = 16) -> Network:
    """Trees of any shape, their buses numbered and their lines directed anyhow."""
    count = draw(st.integers(2, buses_max))
    names = [0, *draw(st.permutations(range(1, count)))]
    lines = []
    for number in range(1, count):
        ends = draw(st.permutations([names[draw(st.integers(0, number - 1))], names[number]]))
        resistance, reactance = (draw(st.integers(100_000, 8_000_000)) for _ in "rx")
        lines.append(Line(*ends, resistance, reactance, AMPLE_NPU))
    return radial(draw(st.permutations(lines)))


def injections_of(network: Network, most: int = 10_000) -> st.SearchStrategy[tuple[Injection, ...]]:
    """What each bus injects, W and var."""
    part = st.integers(-most, most)
    count = len(network.buses)
    return st.lists(st.tuples(part, part), min_size=count, max_size=count).map(tuple)


def pandapower_voltages(network: Network, injections: Sequence[Injection]) -> list[complex]:
    """Newton's method, by bus, p.u. A network of another make: ohms, kilovolts, megawatts."""
    kilovolts = network.nominal_mv * 3**0.5 / 1e6
    ohms = kilovolts**2 * 1e6 / network.base_va / NPU
    sources, targets = zip(*((line.source, line.target) for line in network.lines), strict=True)
    resistances = [line.resistance_npu * ohms for line in network.lines]
    reactances = [line.reactance_npu * ohms for line in network.lines]
    active, reactive = np.array(injections).T / 1e6
    net = pandapower.create_empty_network()
    buses = pandapower.create_buses(net, len(network.buses), vn_kv=kilovolts)
    pandapower.create_ext_grid(net, 0, vm_pu=network.slack_npu / NPU)
    pandapower.create_lines_from_parameters(net, sources, targets, 1, resistances, reactances, 0, 1)
    pandapower.create_sgens(net, buses, p_mw=active, q_mvar=reactive)
    pandapower.runpp(net, tolerance_mva=1e-12, calculate_voltage_angles=True, numba=False)
    return list(net.res_bus.vm_pu * np.exp(1j * np.radians(net.res_bus.va_degree)))
