"""Distribution networks that others have published (CIGRE, Kerber, SimBench, Baran and Wu), by pandapower.

It comes with `pip install gridquorum[networks]`. Kept are the buses, the series impedance and rating of lines
and transformers, and what loads, generators and storage are set to. What a line's capacitance and an idle
transformer draw is left out. Any other element is refused.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from math import isnan, sqrt
from typing import Any, Final, TypeAlias

from contracts.response.network import NPU, PER_UNIT_MAX, Bus, Line, Network, check_network
from contracts.response.resources import Kind
from contracts.response.safety import Injection

LOWEST_NPU: Final = NPU * 90 // 100
HIGHEST_NPU: Final = NPU * 110 // 100
"""EN 50160: 10 % around the nominal voltage."""

SIMBENCH: Final = "simbench-"
"""What a SimBench code is called here begins so: simbench-1-LV-rural1--0-sw."""

DRAWS: Final = 1
"""The seed of what pandapower draws."""

LOW_VOLTAGE_VA: Final = 100_000

NETWORKS: Final[Mapping[str, tuple[int, str]]] = {
    "cigre-lv": (LOW_VOLTAGE_VA, "create_cigre_network_lv"),
    "kerber-overhead-1": (LOW_VOLTAGE_VA, "create_kerber_landnetz_freileitung_1"),
    "kerber-overhead-2": (LOW_VOLTAGE_VA, "create_kerber_landnetz_freileitung_2"),
    "kerber-rural-1": (LOW_VOLTAGE_VA, "create_kerber_landnetz_kabel_1"),
    "kerber-rural-2": (LOW_VOLTAGE_VA, "create_kerber_landnetz_kabel_2"),
    "kerber-village": (LOW_VOLTAGE_VA, "create_kerber_dorfnetz"),
    "kerber-suburb-1": (LOW_VOLTAGE_VA, "create_kerber_vorstadtnetz_kabel_1"),
    "kerber-suburb-2": (LOW_VOLTAGE_VA, "create_kerber_vorstadtnetz_kabel_2"),
    "case33bw": (1_000_000, "case33bw"),
}
"""By name: the base power in VA, and the function of pandapower.networks that makes it."""

NAME_CHARACTERS: Final = 64
TABLES: Final = {"bus", "line", "trafo", "load", "sgen", "storage", "ext_grid", "switch", "measurement"}
"""What is read, or says nothing about the power flow."""

UNITS: Final = {"load": (Kind.LOAD, -1), "sgen": (Kind.GENERATION, 1), "storage": (Kind.STORAGE, -1)}
"""Tables of units: their kind, and the sign that makes their power an injection."""

Net: TypeAlias = Any
"""A pandapower network: named tables."""


class ImportedNetworkError(Exception):
    """Base of why a network cannot be read."""


class PackageMissing(ImportedNetworkError):
    """The optional packages are not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(f"{package} is not installed; pip install 'gridquorum[networks]'")
        self.package = package


class UnknownNetwork(ImportedNetworkError):
    """No network has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no network {name!r}; known: {', '.join(NETWORKS)}, {SIMBENCH}CODE")
        self.name = name


class UnsupportedNetwork(ImportedNetworkError):
    """It has something that a radial network of lines cannot say."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the network cannot be swept: {reason}")


@dataclass(frozen=True, slots=True)
class Unit:
    """A load, a generator or a storage, and what it injects as published: W and var, consumption negative."""

    name: str
    kind: Kind
    bus: int
    injection: Injection


@dataclass(frozen=True, slots=True)
class ImportedNetwork:
    """A radial network and what is connected to it."""

    network: Network
    units: tuple[Unit, ...]

    @property
    def injections(self) -> tuple[Injection, ...]:
        """By bus: the sum of its units, as published."""
        sums = [(0, 0)] * len(self.network.buses)
        for unit in self.units:
            active, reactive = sums[unit.bus]
            sums[unit.bus] = (active + unit.injection[0], reactive + unit.injection[1])
        return tuple(sums)


def load_network(name: str) -> ImportedNetwork:
    """A published network by its name in `NETWORKS`, or `simbench-` and its code there.

    Raises PackageMissing, UnknownNetwork, UnsupportedNetwork, and NetworkError where it is not radial.
    """
    if name in NETWORKS:
        base_va, function = NETWORKS[name]
        return import_network(_made(getattr(_package("pandapower.networks"), function)), base_va)
    if not name.startswith(SIMBENCH):
        raise UnknownNetwork(name)
    simbench = _package("simbench")
    code = name.removeprefix(SIMBENCH)
    if code not in simbench.collect_all_simbench_codes():
        raise UnknownNetwork(name)
    return import_network(simbench.get_simbench_net(code), LOW_VOLTAGE_VA)


def _made(function: Callable[[], Net]) -> Net:
    """The network that a function of pandapower makes: Kerber's draw the cables of some houses, here always
    alike."""
    before = random.getstate()
    random.seed(DRAWS)
    try:
        return function()
    finally:
        random.setstate(before)


def import_network(
    net: Net, base_va: int, lowest_npu: int = LOWEST_NPU, highest_npu: int = HIGHEST_NPU
) -> ImportedNetwork:
    """What is in service of a pandapower network, as its switches stand; `net` itself is left as it is.

    Raises UnsupportedNetwork, and NetworkError where it is not radial.
    """
    net = _in_service(net)
    _check_supported(net)
    connection = net.ext_grid.bus.iloc[0]
    order = [connection, *(index for index in net.bus.index if index != connection)]
    numbers = {index: number for number, index in enumerate(order)}
    network = Network(
        base_va=base_va,
        nominal_mv=round(net.bus.vn_kv.mode()[0] * 1e6 / sqrt(3)),
        slack_npu=round(net.ext_grid.vm_pu.iloc[0] / _connection_ratio(net) * NPU),
        lowest_npu=lowest_npu,
        highest_npu=highest_npu,
        buses=tuple(Bus(f"{index} {net.bus.name[index]}"[:NAME_CHARACTERS]) for index in order),
        lines=(*_lines(net, base_va, numbers), *_transformers(net, base_va, numbers)),
    )
    check_network(network)
    return ImportedNetwork(network, tuple(_units(net, numbers)))


def _in_service(net: Net) -> Net:
    """A copy without what is switched off, in which buses that a closed switch joins are one."""
    toolbox = _package("pandapower.toolbox")
    net = deepcopy(net)
    for table, kind in (("line", "l"), ("trafo", "t")):
        opened = net.switch.element[(net.switch.et == kind) & ~net.switch.closed]
        net[table].loc[opened, "in_service"] = False
    while len(joins := net.switch[(net.switch.et == "b") & net.switch.closed]):
        join = joins.iloc[0]
        net.switch = net.switch.drop(join.name)
        if join.bus != join.element:
            toolbox.fuse_buses(net, join.bus, join.element)
    toolbox.drop_inactive_elements(net)
    return net


def _check_supported(net: Net) -> None:
    others = set(_package("pandapower.toolbox").count_elements(net).index) - TABLES
    if others:
        raise UnsupportedNetwork(f"it has {', '.join(sorted(others))}")
    if len(net.ext_grid) != 1:
        raise UnsupportedNetwork(f"it has {len(net.ext_grid)} connections to the grid, not one")
    for transformer in net.trafo.itertuples():
        voltages = [net.bus.vn_kv[bus] for bus in (transformer.hv_bus, transformer.lv_bus)]
        if voltages != [transformer.vn_hv_kv, transformer.vn_lv_kv]:
            raise UnsupportedNetwork(f"transformer {transformer.Index} is not at its buses' nominal ratio")


def _connection_ratio(net: Net) -> float:
    """By what the transformers at the connection divide its voltage beside the nominal ratio. There, and all
    alike, taps are as good as another voltage of the connection; elsewhere they are refused."""
    connection = net.ext_grid.bus.iloc[0]
    tapped = {transformer.Index: _tap_ratio(transformer) for transformer in net.trafo.itertuples()}
    ratios = {tapped[index] for index in net.trafo.index[net.trafo.hv_bus == connection]}
    has_line = ((net.line.from_bus == connection) | (net.line.to_bus == connection)).any()
    others = {tapped[index] for index in net.trafo.index[net.trafo.hv_bus != connection]}
    if len(ratios | ({1.0} if has_line else set())) > 1 or others - {1.0}:
        raise UnsupportedNetwork("a tap is off neutral that is not at the connection, or not alike there")
    return max(ratios, default=1.0)


def _tap_ratio(transformer: Any) -> float:
    """By the published position, also of SimBench's, whose taps pandapower leaves out for want of a type."""
    percent = float((transformer.tap_pos - transformer.tap_neutral) * transformer.tap_step_percent)
    if percent == 0 or isnan(percent):  # at neutral, or without a tap changer
        return 1.0
    if transformer.tap_side != "hv":
        raise UnsupportedNetwork(f"transformer {transformer.Index} has its taps on the low-voltage side")
    return 1 + percent / 100


def _lines(net: Net, base_va: int, numbers: Mapping[int, int]) -> Iterator[Line]:
    for line in net.line.itertuples():
        nominal_v = net.bus.vn_kv[line.from_bus] * 1e3
        per_ohm = line.length_km * base_va / nominal_v**2 / line.parallel
        rating_va = sqrt(3) * nominal_v * line.max_i_ka * 1e3 * line.df * line.parallel
        yield Line(
            numbers[line.from_bus],
            numbers[line.to_bus],
            round(line.r_ohm_per_km * per_ohm * NPU),
            round(line.x_ohm_per_km * per_ohm * NPU),
            _rating_npu(rating_va, base_va),
        )


def _transformers(net: Net, base_va: int, numbers: Mapping[int, int]) -> Iterator[Line]:
    """By short-circuit voltage and its real part, in per cent of the transformer's own impedance."""
    for transformer in net.trafo.itertuples():
        rating_va = transformer.sn_mva * 1e6 * transformer.parallel
        resistance = transformer.vkr_percent / 100
        reactance = sqrt((transformer.vk_percent / 100) ** 2 - resistance**2)
        yield Line(
            numbers[transformer.hv_bus],
            numbers[transformer.lv_bus],
            round(resistance * base_va / rating_va * NPU),
            round(reactance * base_va / rating_va * NPU),
            _rating_npu(rating_va * transformer.df, base_va),
        )


def _rating_npu(rating_va: float, base_va: int) -> int:
    return min(PER_UNIT_MAX, round(rating_va / base_va * NPU))


def _units(net: Net, numbers: Mapping[int, int]) -> Iterator[Unit]:
    for table, (kind, sign) in UNITS.items():
        for unit in net[table].itertuples():
            active_w, reactive_var = (
                round(sign * power * unit.scaling * 1e6) for power in (unit.p_mw, unit.q_mvar)
            )
            yield Unit(f"{table} {unit.Index}", kind, numbers[unit.bus], (active_w, reactive_var))


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise PackageMissing(name.split(".")[0]) from None
