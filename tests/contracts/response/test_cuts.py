"""Cuts: what they predict, and that optimising within them comes to an end at a safe plan."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.gap import GapLimit
from contracts.response.network import NPU, Line, Network
from contracts.response.optimality import Certificate, Cut, Demand, check_infeasible
from contracts.response.quotes import Quote, Segment
from contracts.response.safety import Injection, check_safe
from contracts.response.solving.cuts import (
    GUARD,
    MARGIN,
    STEEPEST,
    Limit,
    Placement,
    Violation,
    security_cuts,
    violations,
)
from contracts.response.solving.solver import Answer, solve
from contracts.response.solving.sweep import run_sweep
from tests.contracts.response.radial import AMPLE_NPU, feeder, radial, radial_networks

GAP = GapLimit(relative_ppm=1_000, absolute_nano=10**9)

Flow = tuple[tuple[int, int], ...]


def moved(
    injections: Sequence[Injection], placement: Placement, responses_w: Sequence[int]
) -> list[Injection]:
    active = [active_w for active_w, _ in injections]
    for bus, response_w in zip(placement.buses, responses_w, strict=True):
        active[bus] += placement.direction * response_w
    return [(active_w, reactive) for active_w, (_, reactive) in zip(active, injections, strict=True)]


def flow_of(network: Network, injections: Sequence[Injection]) -> Flow:
    result = run_sweep(network, [injections])
    assert result.converged
    return result.voltages_npu[0]


def excess_of(network: Network, injections: Sequence[Injection], violation: Violation) -> float:
    """By how much the violated limit is passed now: from the flow itself."""
    voltages = np.array([complex(*parts) / NPU for parts in flow_of(network, injections)])
    if violation.limit is Limit.HIGHEST:
        return abs(voltages[violation.bus]) - network.highest_npu / NPU
    if violation.limit is Limit.LOWEST:
        return network.lowest_npu / NPU - abs(voltages[violation.bus])
    line = network.lines[network.tree.feeders[violation.bus]]
    return abs(current_of(network, injections, voltages, violation.bus)) / (line.rating_npu / NPU) - 1


def current_of(
    network: Network, injections: Sequence[Injection], voltages: Sequence[complex], bus: int
) -> complex:
    """In a bus's line: of all that hangs on it."""
    own = (complex(*injections[bus]) / network.base_va / voltages[bus]).conjugate()
    return own + sum(current_of(network, injections, voltages, child) for child in network.tree.children[bus])


def stressed(network: Network, injections: Sequence[Injection], limit: Limit) -> Network:
    """The network with a limit of this kind that its flow passes."""
    voltages = [complex(*parts) / NPU for parts in flow_of(network, injections)]
    magnitudes = [abs(voltage) for voltage in voltages]
    if limit is Limit.HIGHEST:
        return replace(network, highest_npu=round((1 + max(magnitudes)) / 2 * NPU))
    if limit is Limit.LOWEST:
        return replace(network, lowest_npu=round((1 + min(magnitudes)) / 2 * NPU))
    first = network.tree.outward[0]
    rating_npu = round(0.9 * abs(current_of(network, injections, voltages, first)) * NPU)
    lines = list(network.lines)
    lines[network.tree.feeders[first]] = replace(lines[network.tree.feeders[first]], rating_npu=rating_npu)
    return replace(network, lines=tuple(lines))


@st.composite
def pushing(draw: st.DrawFn, buses: int, sign: int) -> list[Injection]:
    """All inject, or all consume, so that voltages go one way."""
    active, reactive = st.integers(5_000, 30_000), st.integers(0, 5_000)
    return [(sign * draw(active), sign * draw(reactive)) for _ in range(buses)]


@settings(max_examples=25, deadline=None)
@given(data=st.data(), limit=st.sampled_from(Limit), direction=st.sampled_from([-1, 1]))
def test_a_cut_predicts_what_responses_make_of_its_limit(
    data: st.DataObject, limit: Limit, direction: int
) -> None:
    network = data.draw(radial_networks(buses_max=8))
    injections = data.draw(pushing(len(network.buses), -1 if limit is Limit.LOWEST else 1))
    network = stressed(network, injections, limit)
    placement = Placement(tuple(range(len(network.buses))), direction)
    watts = st.lists(st.integers(0, 500), min_size=len(placement.buses), max_size=len(placement.buses))
    allocation = data.draw(watts)
    other = [response_w + data.draw(st.integers(-50, 50)) for response_w in allocation]
    before = moved(injections, placement, [-response_w for response_w in allocation])
    flows = [flow_of(network, injections)]
    found = violations(network, [injections], flows)
    cuts = security_cuts(network, [injections], flows, placement, allocation, len(found))
    assert limit in {violation.limit for violation in found}
    for violation, cut in zip(found, cuts, strict=True):
        assert violation.excess == pytest.approx(excess_of(network, injections, violation), abs=1e-8)
        unit = (violation.excess + MARGIN) / (cut.load(allocation) - cut.limit)
        predicted = (cut.load(other) - cut.limit) * unit - MARGIN
        actual = excess_of(network, moved(before, placement, other), violation)
        curvature = 3e-4 if violation.limit is Limit.RATING else 5e-7
        assert predicted == pytest.approx(actual, abs=curvature)
        assert max(map(abs, cut.coefficients)) <= STEEPEST + 1
        assert cut.load(allocation) > cut.limit


OVER = replace(feeder(5), highest_npu=1_050_000_000)
NOON: list[list[Injection]] = [
    [(0, 0), (-5_000, 0), (10_000, 0), (0, 0), (75_000, 0)],
    [(0, 0), (-5_000, 0), (10_000, 0), (0, 0), (90_000, 0)],
]


def test_the_worst_period_of_the_peak_counts() -> None:
    (violation,) = violations(OVER, NOON, [flow_of(OVER, injections) for injections in NOON])
    assert (violation.limit, violation.bus, violation.period) == (Limit.HIGHEST, 4, 1)
    assert violation.excess == pytest.approx(excess_of(OVER, NOON[1], violation), abs=1e-8)


@pytest.mark.parametrize("place", [0, 1])
def test_a_cut_just_kept_leaves_the_margin(place: int) -> None:
    """Within half of it: over so short a way a flow is as good as linear."""
    flow = flow_of(OVER, NOON[1])
    network = replace(OVER, highest_npu=round(abs(complex(*flow[4]))) - 500_000)
    placement = Placement((1, 4), -1)
    (cut,) = security_cuts(network, NOON[1:], [flow], placement, (0, 0), 9)
    (violation,) = violations(network, NOON[1:], [flow])
    responses_w = [0, 0]
    responses_w[place] = -(-cut.limit // cut.coefficients[place])
    left = -excess_of(network, moved(NOON[1], placement, responses_w), violation)
    assert left == pytest.approx(MARGIN, rel=0.5)


def test_two_peaks_make_two_cuts_the_worst_first() -> None:
    fork = replace(
        radial([Line(0, bus, 20_000_000, 10_000_000, AMPLE_NPU) for bus in (1, 2, 3)]),
        highest_npu=1_010_000_000,
    )
    at: list[list[Injection]] = [[(0, 0), (70_000, 0), (-10_000, 0), (90_000, 0)]]
    flows = [flow_of(fork, at[0])]
    assert [violation.bus for violation in violations(fork, at, flows)] == [3, 1]
    placement = Placement((1, 2, 3), -1)
    (first,) = security_cuts(fork, at, flows, placement, (0, 0, 0), 1)
    assert min(first.coefficients) == first.coefficients[2] == -STEEPEST
    assert len(security_cuts(fork, at, flows, placement, (0, 0, 0), 9)) == 2


def test_a_safe_plan_has_no_cuts() -> None:
    safe = replace(OVER, highest_npu=1_100_000_000)
    flows = [flow_of(safe, injections) for injections in NOON]
    assert violations(safe, NOON, flows) == ()
    assert security_cuts(safe, NOON, flows, Placement((4,), -1), (0,), 9) == ()


def test_the_exact_check_takes_what_breaks_nothing_here() -> None:
    flows = [flow_of(OVER, injections) for injections in NOON]
    highest = max(abs(complex(*parts)) for parts in flows[1])
    for inside in (-1, 1):
        network = replace(OVER, highest_npu=round(highest + (GUARD + inside * 1e-8) * NPU))
        assert bool(violations(network, NOON[1:], flows[1:])) == (inside < 0)
        check_safe(network, NOON[1], flows[1], 1_000)


def test_what_no_resource_can_mend_is_infeasible() -> None:
    flows = [flow_of(OVER, injections) for injections in NOON]
    (cut,) = security_cuts(OVER, NOON, flows, Placement((0,), -1), (500,), 9)
    assert cut.coefficients == (0,)
    assert cut.limit < 0
    demand = Demand(500, (Quote((Segment(0, 1_000, 1),), 1_000),), 3_600, (cut,), b"")
    check_infeasible(demand, Certificate(1, 0, (1,)))


@pytest.mark.parametrize("rating_npu", [AMPLE_NPU, 600_000_000])
def test_optimising_within_the_cuts_comes_to_a_safe_plan(rating_npu: int) -> None:
    """The near resource is cheap and helps little, the far one is dear."""
    network = replace(feeder(5, rating_npu), highest_npu=1_050_000_000)
    placement = Placement((2, 3, 4), -1)
    curves = tuple(
        Quote((Segment(0, 10_000, price), Segment(10_000, 60_000, 2 * price)), 10**6) for price in (1, 3, 9)
    )
    cuts: tuple[Cut, ...] = ()
    for _ in range(8):
        answer = solve(Demand(50_000, curves, 900, cuts, b"seed"), GAP)
        assert isinstance(answer, Answer)
        plan = [moved(injections, placement, answer.allocation) for injections in NOON]
        flows = [flow_of(network, injections) for injections in plan]
        added = security_cuts(network, plan, flows, placement, answer.allocation, 4)
        if not added:
            break
        cuts += added
    assert 1 <= len(cuts) <= 6
    for injections, voltages in zip(plan, flows, strict=True):
        check_safe(network, injections, voltages, 1_000)
