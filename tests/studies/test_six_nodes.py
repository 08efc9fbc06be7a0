"""The six-node case is what its README says, is made by its script, and refused where a line is wrong."""

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandapower as pp
import pytest

from contracts.response.network import NPU, Network
from contracts.response.resources import Kind
from studies import make_six_nodes
from studies.profiles import DATA, PERIODS_A_DAY, ProfileError
from studies.response_case import ResponseCase
from studies.six_nodes import six_nodes

FILES = ("six_lines.csv", "six_resources.csv", "six_quotes.csv", "six_day.csv")
QUARTERS_AN_HOUR = 4


@pytest.fixture(scope="module")
def case() -> ResponseCase:
    return six_nodes()


@pytest.fixture(scope="module")
def voltages(case: ResponseCase) -> npt.NDArray[np.float64]:
    """By quarter hour and bus, p.u., as pandapower has them without any response."""
    net = pandapower_net(case.network)
    return np.array([run_pandapower(net, case, quarter) for quarter in range(PERIODS_A_DAY)])


def pandapower_net(network: Network) -> pp.pandapowerNet:
    base_ohm = 3 * (network.nominal_mv / 1_000) ** 2 / network.base_va
    net = pp.create_empty_network(sn_mva=network.base_va / 1e6)
    for bus in network.buses:
        pp.create_bus(net, vn_kv=3**0.5 * network.nominal_mv / 1e6, name=bus.name)
    pp.create_ext_grid(net, 0, vm_pu=network.slack_npu / NPU)
    for line in network.lines:
        ohms = (line.resistance_npu / NPU * base_ohm, line.reactance_npu / NPU * base_ohm)
        pp.create_line_from_parameters(net, line.source, line.target, 1, *ohms, c_nf_per_km=0, max_i_ka=1)
    pp.create_sgens(net, range(len(network.buses)), p_mw=0)
    return net


def run_pandapower(net: pp.pandapowerNet, case: ResponseCase, quarter: int) -> npt.NDArray[np.float64]:
    injected = np.array(case.injections(quarter, [0] * len(case.resources))) / 1e6
    net.sgen["p_mw"], net.sgen["q_mvar"] = injected.T
    pp.runpp(net, numba=False)
    return np.asarray(net.res_bus.vm_pu)


def test_node_6_alone_goes_over_voltage_around_noon(
    case: ResponseCase, voltages: npt.NDArray[np.float64]
) -> None:
    over = voltages > case.network.highest_npu / NPU
    assert set(np.nonzero(over)[1]) == {6}
    quarters = np.nonzero(over)[0]
    first, last = quarters[0], quarters[-1]
    assert len(quarters) == last - first + 1, "without a break"
    assert (first / QUARTERS_AN_HOUR, (last + 1) / QUARTERS_AN_HOUR) == (9.75, 14.75)
    assert voltages.min() > case.network.lowest_npu / NPU


def test_all_take_part_and_all_kinds_do(case: ResponseCase) -> None:
    assert [resource.bus for resource in case.resources] == [1, 2, 3, 4, 5, 6]
    assert {resource.kind for resource in case.resources} == set(Kind)
    assert all(resource.quote(-1) for resource in case.resources)
    generating = {
        resource.bus
        for number, resource in enumerate(case.resources)
        if resource.kind is Kind.GENERATION and max(point.baseline_w[number] for point in case.day) > 0
    }
    assert generating == {1, 2, 5, 6}


def test_a_quote_ends_where_the_certificate_does(case: ResponseCase) -> None:
    cold_store = case.resources[2]
    up, down = cold_store.quote(1), cold_store.quote(-1)
    assert up is not None
    assert down is not None
    assert up.segments[-1].last_w == cold_store.up_w == 8_000
    assert down.segments[-1].last_w == cold_store.down_w == 14_000
    assert case.resources[0].quote(1) is None


def test_a_response_moves_its_own_bus_alone(case: ResponseCase) -> None:
    before = case.injections(48, [0] * 6)
    after = case.injections(48, [0, 0, 0, -700, 0, 0])
    assert after[4] == (before[4][0] - 700, before[4][1])
    assert [*after[:4], *after[5:]] == [*before[:4], *before[5:]]


def test_the_script_makes_the_shipped_day(tmp_path: Path) -> None:
    make_six_nodes.main(tmp_path)
    assert (tmp_path / "six_day.csv").read_bytes() == (DATA / "six_day.csv").read_bytes()


@pytest.mark.parametrize(
    ("name", "line", "text", "complaint"),
    [
        ("six_lines.csv", 7, "5,3,cable,250,52000,20000,270", "is no radial network: .*same buses"),
        ("six_lines.csv", 7, "1,5,cable,250,52000,20000,270", "is no radial network: .*loop"),
        ("six_lines.csv", 7, "5,6,cable,0,0,0,270", "is no radial network: .*no impedance"),
        (
            "six_lines.csv",
            7,
            "5,7,cable,250,52000,20000,270",
            "line 7, column target: 7 is not between 0 and 6",
        ),
        ("six_lines.csv", 7, "5,6,cable,250,-1,20000,270", "line 7, column resistance_uohm: -1 is not"),
        ("six_resources.csv", 2, "1,engine,oven,0,20000,20000", "column kind: 'oven' is none of generation"),
        ("six_resources.csv", 2, "1,engine,load,0,19999,20000", "the quote of node 1: .*20000"),
        ("six_quotes.csv", 3, "1,9000,0.16", "line 3, column last_w: 9000 is not between 10001"),
        ("six_quotes.csv", 3, "1,20000,0.09", "the quote of node 1: "),
        ("six_quotes.csv", 4, "6,1,0.30", "node 2 has no quote"),
        ("six_day.csv", 9, "2026-06-21T00:30:00Z,2,1,1,1", "a gap for node 2"),
        ("six_day.csv", 9, "2026-06-21T00:15:00Z,2,1.5,1,1", "'1.5' is not a whole number"),
        ("six_day.csv", 577, "2026-06-21T23:45:00Z,5,1,1,1", "comes twice"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, name: str, line: int, text: str, complaint: str) -> None:
    for file in FILES:
        shutil.copy(DATA / file, tmp_path)
    lines = (tmp_path / name).read_text().splitlines()
    lines[line - 1] = text
    (tmp_path / name).write_text("\n".join(lines) + "\n")
    with pytest.raises(ProfileError, match=complaint):
        six_nodes(tmp_path)
