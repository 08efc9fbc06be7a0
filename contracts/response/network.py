"""A radial distribution network, in integers.

Everything is per unit (p.u.) of the network's base power and nominal voltage, in nano p.u. (npu): impedances
of base impedance, currents of base current. Bus 0 is the connection to the grid: it is held at `slack_npu`,
and its angle is 0. Lines have a series impedance and a current rating; their charging (shunts) is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final

from contracts.arguments import Length, Range
from contracts.response.network_errors import (
    BadVoltageLimits,
    DuplicateBus,
    DuplicateLine,
    IslandedBus,
    LoopedNetwork,
    NegativeImpedance,
    NoRating,
    UnknownBus,
    ZeroImpedance,
)

NPU: Final = 10**9
"""Nano p.u. in one p.u."""

BUSES_MAX = 1_024
BASE_VA_MAX = 10**10
NOMINAL_MV_MAX = 10**9
PER_UNIT_MAX = 10**6 * NPU
"""The largest impedance and rating; the base is badly chosen where it is not enough."""

BusNumber = Annotated[int, Range(0, BUSES_MAX - 1)]
PerUnit = Annotated[int, Range(0, PER_UNIT_MAX)]
VoltageNpu = Annotated[int, Range(1, 2 * NPU)]


@dataclass(frozen=True, slots=True)
class Bus:
    """A point of the network; its number is its place in `Network.buses`."""

    name: Annotated[str, Length(1, 64)]


@dataclass(frozen=True, slots=True)
class Line:
    """What joins two buses, a transformer too; its number is its place in `Network.lines`."""

    source: BusNumber
    target: BusNumber
    resistance_npu: PerUnit
    reactance_npu: PerUnit
    rating_npu: PerUnit
    """The greatest current."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A radial network as seen from the connection."""

    outward: tuple[int, ...]
    """Every bus but the connection, each after the bus it hangs on."""
    parents: tuple[int, ...]
    """By bus: the next one towards the connection; -1 for the connection itself."""
    feeders: tuple[int, ...]
    """By bus: the line that leads to its parent; -1 for the connection itself."""
    children: tuple[tuple[int, ...], ...]
    """By bus: those that hang on it."""


@dataclass(frozen=True)
class Network:
    """The network and what it must keep: voltages between the limits, currents within the ratings.

    `check_network` says whether it is radial and its numbers make sense.
    """

    base_va: Annotated[int, Range(1, BASE_VA_MAX)]
    """The power that is 1 p.u., of all phases together, VA."""
    nominal_mv: Annotated[int, Range(1, NOMINAL_MV_MAX)]
    """The voltage that is 1 p.u., phase to neutral, mV."""
    slack_npu: VoltageNpu
    """The magnitude at which bus 0 is held."""
    lowest_npu: VoltageNpu
    highest_npu: VoltageNpu
    buses: Annotated[tuple[Bus, ...], Length(1, BUSES_MAX)]
    lines: Annotated[tuple[Line, ...], Length(0, BUSES_MAX)]

    @cached_property
    def tree(self) -> Tree:
        """Raises UnknownBus, DuplicateLine, LoopedNetwork, IslandedBus."""
        return _tree(len(self.buses), self.lines)


def check_network(network: Network) -> None:
    """Raises a NetworkError that names what is wrong: see contracts.response.network_errors."""
    if not 0 < network.lowest_npu < network.slack_npu < network.highest_npu:
        raise BadVoltageLimits(network.lowest_npu, network.slack_npu, network.highest_npu)
    names: dict[str, int] = {}
    for number, bus in enumerate(network.buses):
        if names.setdefault(bus.name, number) != number:
            raise DuplicateBus(number, bus.name)
    for number, line in enumerate(network.lines):
        _check_line(number, line)
    network.tree  # noqa: B018 - building it is the check


def _check_line(number: int, line: Line) -> None:
    if line.resistance_npu < 0 or line.reactance_npu < 0:
        raise NegativeImpedance(number, line.resistance_npu, line.reactance_npu)
    if line.resistance_npu == line.reactance_npu == 0:
        raise ZeroImpedance(number)
    if line.rating_npu <= 0:
        raise NoRating(number, line.rating_npu)


def _tree(buses: int, lines: Sequence[Line]) -> Tree:
    ends = _ends(buses, lines)
    parents, feeders = [-1] * buses, [-1] * buses
    children: list[list[int]] = [[] for _ in range(buses)]
    reached = [0]
    for bus in reached:  # grows while it is walked, so each bus comes after its parent
        for line, other in ends[bus]:
            if line == feeders[bus]:
                continue
            if other == 0 or parents[other] >= 0:
                raise LoopedNetwork(line)
            parents[other], feeders[other] = bus, line
            children[bus].append(other)
            reached.append(other)
    if len(reached) < buses:
        raise IslandedBus(next(bus for bus in range(1, buses) if parents[bus] < 0))
    return Tree(tuple(reached[1:]), tuple(parents), tuple(feeders), tuple(map(tuple, children)))


def _ends(buses: int, lines: Sequence[Line]) -> list[list[tuple[int, int]]]:
    """By bus: the lines that end there, each with the bus at its other end."""
    ends: list[list[tuple[int, int]]] = [[] for _ in range(buses)]
    joined: dict[tuple[int, int], int] = {}
    for number, line in enumerate(lines):
        near, far = sorted((line.source, line.target))
        for bus in (near, far):
            if not 0 <= bus < buses:
                raise UnknownBus(number, bus, buses)
        if joined.setdefault((near, far), number) != number:
            raise DuplicateLine(number, joined[near, far])
        ends[near].append((number, far))
        ends[far].append((number, near))
    return ends
