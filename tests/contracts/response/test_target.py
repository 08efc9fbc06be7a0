"""What the ENO asks for is what mends the forecast if all who can help give their share."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from contracts.response.network import NPU, Bus, Line, Network
from contracts.response.safety import Injection
from contracts.response.solving.cuts import violations
from contracts.response.solving.sweep import run_sweep
from contracts.response.solving.target import needed_target_w

NETWORK = Network(
    base_va=100_000,
    nominal_mv=230_940,
    slack_npu=NPU,
    lowest_npu=NPU * 95 // 100,
    highest_npu=NPU * 105 // 100,
    buses=(Bus("grid"), Bus("near"), Bus("far")),
    lines=(
        Line(0, 1, NPU * 3 // 100, NPU // 100, NPU),
        Line(1, 2, NPU * 5 // 100, NPU // 100, NPU),
    ),
)
BUSES = (1, 2)
DOWN_W, UP_W = (40_000, 40_000), (30_000, 20_000)


def flows(*active_w: int) -> list[tuple[Injection, ...]]:
    """A period for each injection at the far bus."""
    return [((0, 0), (0, 0), (each_w, 0)) for each_w in active_w]


def excess(injections: Sequence[Sequence[Injection]]) -> float:
    swept = run_sweep(NETWORK, injections)
    return max((found.excess for found in violations(NETWORK, injections, swept.voltages_npu)), default=-1.0)


@pytest.mark.parametrize(("peak_w", "direction"), [(75_000, -1), (-70_000, 1)])
def test_the_target_is_little_more_than_the_best_placed_needs(peak_w: int, direction: int) -> None:
    target_w = needed_target_w(NETWORK, flows(0, peak_w, peak_w // 2), BUSES, DOWN_W, UP_W)
    assert target_w * direction > 0
    assert excess(flows(peak_w + target_w)) < 0
    assert excess(flows(peak_w + target_w * 3 // 4)) > 0


def test_who_stands_elsewhere_counts_less() -> None:
    far, both = (needed_target_w(NETWORK, flows(75_000), BUSES, (near, 40_000), UP_W) for near in (0, 10**6))
    assert far > both, "those near the connection have to give more for the same"
    apart = replace(NETWORK, lines=(NETWORK.lines[0], replace(NETWORK.lines[1], source=0)))
    alone, beside = (
        needed_target_w(apart, flows(110_000), BUSES, (near, 60_000), UP_W) for near in (0, 10**6)
    )
    assert alone == beside < 0, "on another feeder they change nothing"


def test_a_forecast_within_the_limits_asks_for_nothing() -> None:
    assert needed_target_w(NETWORK, flows(0, 50_000), BUSES, DOWN_W, UP_W) == 0


def test_where_all_is_not_enough_all_is_asked_for() -> None:
    assert needed_target_w(NETWORK, flows(99_000), BUSES, (100, 200), UP_W) == -300


def test_where_nobody_can_mend_it_nothing_is_asked_for() -> None:
    assert needed_target_w(NETWORK, flows(75_000), BUSES, (0, 0), (0, 0)) == 0


def test_a_forecast_without_a_power_flow_asks_for_nothing() -> None:
    assert needed_target_w(NETWORK, flows(-5_000_000), BUSES, DOWN_W, UP_W) == 0
