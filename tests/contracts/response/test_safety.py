"""The exact check of a power flow, against pandapower's."""

from dataclasses import replace
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.response.network import NPU, Line, Network
from contracts.response.network_errors import (
    LineOverloaded,
    NoContraction,
    NotASolution,
    UnsafePlan,
    VoltageOutOfBand,
    WrongVoltageCount,
)
from contracts.response.safety import Injection, Phasor, check_safe, work
from contracts.response.solving.sweep import run_sweep
from tests.contracts.response.radial import (
    AMPLE_NPU,
    feeder,
    injections_of,
    pandapower_voltages,
    radial,
    radial_networks,
)

TOLERANCE_NPU = 1_000


def rounded(voltages: list[complex]) -> list[Phasor]:
    return [(round(voltage.real * NPU), round(voltage.imag * NPU)) for voltage in voltages]


def moved(voltages: list[Phasor], bus: int, by: Phasor) -> list[Phasor]:
    real, imaginary = voltages[bus]
    return [*voltages[:bus], (real + by[0], imaginary + by[1]), *voltages[bus + 1 :]]


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_it_takes_the_power_flow_and_nothing_far_from_it(data: st.DataObject) -> None:
    network = data.draw(radial_networks(buses_max=10))
    injections = data.draw(injections_of(network, 5_000))
    true = pandapower_voltages(network, injections)
    voltages = rounded(true)
    check_safe(network, injections, voltages, TOLERANCE_NPU)
    parts = st.integers(-3 * TOLERANCE_NPU, 3 * TOLERANCE_NPU)
    for _ in range(20):
        bus = data.draw(st.integers(0, len(voltages) - 1))
        tried = moved(voltages, bus, data.draw(st.tuples(parts, parts)))
        far = max(abs(complex(*got) / NPU - voltage) for got, voltage in zip(tried, true, strict=True))
        try:
            check_safe(network, injections, tried, TOLERANCE_NPU)
        except NotASolution as refused:
            assert refused.radius_npu > TOLERANCE_NPU  # noqa: PT017
        else:
            assert far <= (TOLERANCE_NPU + 1) / NPU
    with pytest.raises(NotASolution):
        check_safe(network, injections, moved(voltages, bus, (100_000, 0)), TOLERANCE_NPU)


CASE = feeder(5)
INJECTIONS: list[Injection] = [(0, 0), (-9_000, -2_000), (4_000, 0), (0, 0), (30_000, 5_000)]


def flow(network: Network = CASE) -> list[Phasor]:
    return list(run_sweep(network, [INJECTIONS]).voltages_npu[0])


def test_the_case_is_safe() -> None:
    check_safe(CASE, INJECTIONS, flow(), TOLERANCE_NPU)


@pytest.mark.parametrize("bus", range(5))
@pytest.mark.parametrize("by", [(100_000, 0), (-100_000, 0), (0, 100_000), (0, -100_000)])
def test_a_voltage_a_ten_thousandth_off(bus: int, by: Phasor) -> None:
    with pytest.raises(NotASolution) as refused:
        check_safe(CASE, INJECTIONS, moved(flow(), bus, by), TOLERANCE_NPU)
    assert refused.value.bus == bus
    assert refused.value.radius_npu >= 99_000


@pytest.mark.parametrize("bus", range(1, 5))
@pytest.mark.parametrize("by_w", [-50, 50])
def test_a_plan_that_the_voltages_do_not_belong_to(bus: int, by_w: int) -> None:
    active_w, reactive_var = INJECTIONS[bus]
    others = [*INJECTIONS[:bus], (active_w + by_w, reactive_var), *INJECTIONS[bus + 1 :]]
    with pytest.raises(NotASolution):
        check_safe(CASE, others, flow(), TOLERANCE_NPU)


def test_the_tolerance_bounds_the_radius() -> None:
    voltages = moved(flow(), 3, (400, 0))
    check_safe(CASE, INJECTIONS, voltages, 500)
    with pytest.raises(NotASolution):
        check_safe(CASE, INJECTIONS, voltages, 399)


def unsure(voltages: list[Phasor]) -> list[Phasor]:
    """Off by 400 npu where nothing is injected: the flow that is near is known no better."""
    return moved(voltages, 3, (0, 400))


@pytest.mark.parametrize("limit", ["highest_npu", "lowest_npu"])
def test_the_band_holds_with_the_radius(limit: str) -> None:
    inward = -1 if limit == "highest_npu" else 1
    injections = [(-inward * active, -inward * reactive) for active, reactive in INJECTIONS]
    voltages = list(run_sweep(CASE, [injections]).voltages_npu[0])
    extreme_npu = round(hypot(*voltages[4]))
    check_safe(replace(CASE, **{limit: extreme_npu - 20 * inward}), injections, voltages, TOLERANCE_NPU)
    for inside_npu, near in [(0, voltages), (-300, unsure(voltages))]:
        network = replace(CASE, **{limit: extreme_npu + inside_npu * inward})
        with pytest.raises(VoltageOutOfBand) as refused:
            check_safe(network, injections, near, TOLERANCE_NPU)
        assert refused.value.bus == 4


@pytest.mark.parametrize("bus", range(1, 5))
def test_every_bus_but_the_connection_is_held_to_the_band(bus: int) -> None:
    fork = radial([Line(0, end, 20_000_000, 10_000_000, AMPLE_NPU) for end in range(1, 5)])
    injections = [(-60_000 if end == bus else 0, 0) for end in range(5)]
    network = replace(fork, lowest_npu=990_000_000)
    with pytest.raises(VoltageOutOfBand) as refused:
        check_safe(network, injections, run_sweep(network, [injections]).voltages_npu[0], TOLERANCE_NPU)
    assert refused.value.bus == bus


def rated(line: int, rating_npu: int) -> Network:
    lines = list(CASE.lines)
    lines[line] = replace(lines[line], rating_npu=rating_npu)
    return replace(CASE, lines=tuple(lines))


@pytest.mark.parametrize("line", range(4))
def test_the_ratings_hold_with_the_radius(line: int) -> None:
    voltages = flow()
    beyond = sum(
        (complex(*INJECTIONS[bus]) / CASE.base_va / (complex(*voltages[bus]) / NPU)).conjugate()
        for bus in range(line + 1, 5)
    )
    current_npu = round(abs(beyond) * NPU)
    check_safe(rated(line, current_npu + 20), INJECTIONS, voltages, TOLERANCE_NPU)
    for rating_npu, near in [
        (current_npu - 1, voltages),
        (current_npu + 100, unsure(voltages)),
        (1, voltages),
    ]:
        with pytest.raises(LineOverloaded) as refused:
            check_safe(rated(line, rating_npu), INJECTIONS, near, TOLERANCE_NPU)
        assert refused.value.line == line


def test_a_rating_within_what_is_not_known_of_the_current_is_not_proven() -> None:
    """By the voltages that are given what one bus takes is just what the next one gives: the line to both
    carries nothing. By the true ones it carries a hundred times its rating."""
    lines = (Line(0, 1, 100, 0, 1), Line(1, 2, 100, 0, AMPLE_NPU))
    injections = [(0, 0), (100_000, 0), (-100_000, 0)]
    with pytest.raises(LineOverloaded) as refused:
        check_safe(radial(lines), injections, [(NPU, 0)] * 3, TOLERANCE_NPU)
    assert refused.value.line == 0


def test_what_is_injected_at_the_connection_flows_in_no_line() -> None:
    tight = rated(0, 244_469_200)
    for at_connection in [(0, 0), (-(10**9), 10**9)]:
        check_safe(tight, [at_connection, *INJECTIONS[1:]], flow(), TOLERANCE_NPU)


def test_as_many_voltages_as_buses() -> None:
    for voltages in (flow()[:-1], [*flow(), (NPU, 0)], []):
        with pytest.raises(WrongVoltageCount):
            check_safe(CASE, INJECTIONS, voltages, TOLERANCE_NPU)


def test_the_collapsed_branch_proves_nothing() -> None:
    """A load has two power flows over one line; next to the lower one the sweep runs away."""
    network = replace(radial([Line(0, 1, 200_000_000, 0, 10**15)]), lowest_npu=1)
    load_w = -80_000
    root = (1 - 4 * 0.2 * 0.8) ** 0.5
    high, low = (round((1 + sign * root) / 2 * NPU) for sign in (1, -1))
    check_safe(network, [(0, 0), (load_w, 0)], [(NPU, 0), (high, 0)], TOLERANCE_NPU)
    with pytest.raises(NoContraction):
        check_safe(network, [(0, 0), (load_w, 0)], [(NPU, 0), (low, 0)], TOLERANCE_NPU)


@pytest.mark.parametrize("voltage_npu", range(50_000_000, NPU, 50_000_000))
def test_a_load_without_a_power_flow(voltage_npu: int) -> None:
    network = replace(radial([Line(0, 1, 200_000_000, 0, 10**15)]), lowest_npu=1)
    with pytest.raises((NoContraction, NotASolution)):
        check_safe(network, [(0, 0), (-200_000, 0)], [(NPU, 0), (voltage_npu, 0)], TOLERANCE_NPU)


@pytest.mark.parametrize("tiny", [(0, 0), (1, 0), (0, -1), (TOLERANCE_NPU, 0)])
def test_voltages_of_nothing(tiny: Phasor) -> None:
    with pytest.raises(NoContraction):
        check_safe(CASE, INJECTIONS, [tiny] * 5, TOLERANCE_NPU)


@pytest.mark.parametrize("huge", [(10**50_000, 0), (0, -(10**50_000)), (2**63, 2**63), (NPU, 2 * NPU)])
def test_huge_voltages_are_refused_before_any_work(huge: Phasor) -> None:
    with pytest.raises(VoltageOutOfBand) as refused:
        check_safe(CASE, INJECTIONS, moved(flow(), 2, huge), TOLERANCE_NPU)
    assert refused.value.bus == 2


@given(st.data())
def test_whatever_is_given_is_taken_or_refused_by_name(data: st.DataObject) -> None:
    network = data.draw(radial_networks(buses_max=5))
    injections = data.draw(injections_of(network, 10**12))
    part = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-NPU, NPU), st.just(NPU))
    voltages = data.draw(st.lists(st.tuples(part, part), max_size=6))
    try:
        check_safe(network, injections, voltages, TOLERANCE_NPU)
    except UnsafePlan as refused:
        assert len(str(refused)) < 300  # noqa: PT017


def test_work_grows_with_the_buses() -> None:
    assert work(feeder(100)) == 10 * work(feeder(10))
