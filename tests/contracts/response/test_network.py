"""A network: its tree, and each way in which it can be none."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given

from contracts.arguments import check_arguments, checks_of
from contracts.errors import ArgumentError
from contracts.response.network import Bus, Line, Network, Tree, check_network
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
from tests.contracts.response.radial import AMPLE_NPU, feeder, radial, radial_networks


def line(
    source: int, target: int, resistance: int = 10, reactance: int = 10, rating: int = AMPLE_NPU
) -> Line:
    return Line(source, target, resistance, reactance, rating)


def test_the_tree_of_a_fork() -> None:
    network = radial([line(2, 1), line(2, 0), line(2, 3)])
    check_network(network)
    assert network.tree == Tree(
        outward=(2, 1, 3), parents=(-1, 2, 0, 2), feeders=(-1, 0, 1, 2), children=((2,), (), (1, 3), ())
    )


@given(radial_networks())
def test_the_tree_follows_the_lines(network: Network) -> None:
    check_network(network)
    tree = network.tree
    assert sorted(tree.outward) == list(range(1, len(network.buses)))
    for place, bus in enumerate(tree.outward):
        feeder_of_bus = network.lines[tree.feeders[bus]]
        assert {feeder_of_bus.source, feeder_of_bus.target} == {bus, tree.parents[bus]}
        assert tree.parents[bus] == 0 or tree.parents[bus] in tree.outward[:place]
        assert bus in tree.children[tree.parents[bus]]
    assert sum(map(len, tree.children)) == len(tree.outward)


def test_a_network_of_one_bus() -> None:
    check_network(radial([]))


def test_a_loop() -> None:
    network = radial([line(0, 1), line(1, 2), line(2, 3)])
    with pytest.raises(LoopedNetwork) as refused:
        check_network(replace(network, lines=(*network.lines, line(3, 0))))
    assert refused.value.line in (0, 1, 2, 3)


def test_a_line_from_a_bus_to_itself() -> None:
    network = feeder(3)
    with pytest.raises(LoopedNetwork) as refused:
        check_network(replace(network, lines=(*network.lines, line(1, 1))))
    assert refused.value.line == 2


@pytest.mark.parametrize("island", [[], [line(3, 4), line(4, 3, 20)], [line(3, 4)]])
def test_an_island(island: list[Line]) -> None:
    network = feeder(5)
    lines = (*network.lines[:2], *island[:1])
    with pytest.raises(IslandedBus) as refused:
        check_network(replace(network, lines=lines))
    assert refused.value.bus == 3


def test_a_line_twice() -> None:
    network = feeder(3)
    with pytest.raises(DuplicateLine) as refused:
        check_network(replace(network, lines=(*network.lines, line(2, 1))))
    assert (refused.value.line, refused.value.other) == (2, 1)


@pytest.mark.parametrize("ends", [(2, 3), (-1, 2), (2, 10**9)])
def test_a_line_to_nowhere(ends: tuple[int, int]) -> None:
    with pytest.raises(UnknownBus) as refused:
        check_network(replace(feeder(3), lines=(line(0, 1), line(*ends))))
    assert refused.value.line == 1


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (line(1, 2, 0, 0), ZeroImpedance),
        (line(1, 2, -1, 10), NegativeImpedance),
        (line(1, 2, 10, -1), NegativeImpedance),
        (line(1, 2, rating=0), NoRating),
        (line(1, 2, rating=-5), NoRating),
    ],
)
def test_a_line_that_is_none(bad: Line, error: type[Exception]) -> None:
    with pytest.raises(error, match="line 1"):
        check_network(radial([line(0, 1), bad]))


def test_a_bus_name_twice() -> None:
    with pytest.raises(DuplicateBus) as refused:
        check_network(replace(feeder(3), buses=(Bus("a"), Bus("b"), Bus("a"))))
    assert refused.value.bus == 2


@pytest.mark.parametrize(
    "limits",
    [
        {"lowest_npu": 0},
        {"lowest_npu": -5},
        {"lowest_npu": 10**9},
        {"highest_npu": 10**9},
        {"slack_npu": 2 * 10**9},
    ],
)
def test_limits_that_leave_the_connection_outside(limits: dict[str, int]) -> None:
    with pytest.raises(BadVoltageLimits):
        check_network(replace(feeder(3), **limits))


def test_a_network_of_arguments() -> None:
    network = feeder(4)
    checks = checks_of({"network": Network})
    assert check_arguments(checks, {"network": asdict(network)}) == {"network": network}
    negative = asdict(replace(network, lines=(line(0, 1, -1),)))
    with pytest.raises(ArgumentError, match="resistance_npu"):
        check_arguments(checks, {"network": negative})
