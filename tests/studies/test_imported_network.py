"""Published networks, swept after they were read, against pandapower's own power flow of them."""

import random
import sys
from itertools import islice
from typing import Any

import pandapower
import pandapower.networks
import pytest

from contracts.response.network import NPU
from contracts.response.network_errors import LoopedNetwork
from contracts.response.resources import Kind
from contracts.response.safety import check_safe
from contracts.response.solving.sweep import run_sweep
from studies.imported_network import (
    NETWORKS,
    PackageMissing,
    UnknownNetwork,
    UnsupportedNetwork,
    import_network,
    load_network,
)


def plain(net: Any) -> Any:
    """Without what a network of lines leaves out, and powers in whole W and var."""
    net.line.c_nf_per_km = 0
    net.trafo.i0_percent = net.trafo.pfe_kw = 0
    for table in (net.load, net.sgen):
        table.p_mw, table.q_mvar = table.p_mw.round(6), table.q_mvar.round(6)
    return net


def check_against_pandapower(net: Any, base_va: int, apart: int = 0) -> None:
    """But for the first `apart` buses, which a tap puts on another voltage."""
    imported = import_network(net, base_va)
    result = run_sweep(imported.network, [imported.injections])
    assert result.converged
    check_safe(imported.network, imported.injections, result.voltages_npu[0], 10)
    pandapower.runpp(plain(net), tolerance_mva=1e-10, numba=False)
    rows = zip(imported.network.buses, result.voltages_npu[0], strict=True)
    for bus, (real, imaginary) in islice(rows, apart, None):
        expected = net.res_bus.vm_pu[int(bus.name.split()[0])]
        assert abs(complex(real, imaginary)) / NPU == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("name", ["cigre-lv", "kerber-overhead-1", "kerber-village", "case33bw"])
def test_a_published_network(name: str) -> None:
    base_va, function = NETWORKS[name]
    check_against_pandapower(getattr(pandapower.networks, function)(), base_va)
    imported = load_network(name)
    assert {unit.kind for unit in imported.units} == {Kind.LOAD}
    assert all(active_w < 0 for active_w, _ in (unit.injection for unit in imported.units))


def test_a_network_whose_cables_are_drawn_is_always_the_same() -> None:
    drawn_next = random.Random(3).random()
    random.seed(3)
    assert load_network("kerber-rural-1") == load_network("kerber-rural-1")
    assert random.random() == drawn_next, "and nobody else's draws are touched"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kerber-suburb-1", "kerber-suburb-2", "kerber-rural-1", "kerber-rural-2"])
def test_a_larger_published_network(name: str) -> None:
    base_va, function = NETWORKS[name]
    check_against_pandapower(getattr(pandapower.networks, function)(), base_va)


@pytest.mark.slow
@pytest.mark.parametrize("code", ["1-LV-rural1--0-sw", "1-LV-semiurb4--0-sw", "1-LV-urban6--0-sw"])
def test_a_simbench_network(code: str) -> None:
    simbench = pytest.importorskip("simbench")
    check_against_pandapower(simbench.get_simbench_net(code), 100_000)
    assert Kind.GENERATION in {unit.kind for unit in load_network(f"simbench-{code}").units}


def small_net() -> Any:
    """A transformer, two buses in a row behind it, and what switches leave of the rest."""
    net = pandapower.create_empty_network()
    grid = pandapower.create_bus(net, 20, name="grid")
    low, joined, middle, end, dead = (pandapower.create_bus(net, 0.4) for _ in range(5))
    pandapower.create_ext_grid(net, grid, vm_pu=1.02)
    pandapower.create_transformer(net, grid, low, "0.25 MVA 20/0.4 kV")
    pandapower.create_switch(net, low, joined, et="b")
    pandapower.create_switch(net, joined, low, et="b")
    for source, target, kilometres in [(joined, middle, 0.2), (middle, end, 0.3), (low, end, 0.1)]:
        pandapower.create_line(net, source, target, kilometres, "NAYY 4x150 SE")
    pandapower.create_switch(net, end, 2, et="l", closed=False)
    pandapower.create_switch(net, end, dead, et="b", closed=False)
    pandapower.create_load(net, end, 0.02, 0.005, scaling=0.5)
    pandapower.create_load(net, dead, 1)
    pandapower.create_sgen(net, middle, 0.03)
    pandapower.create_sgen(net, middle, 0.03, in_service=False)
    pandapower.create_storage(net, joined, 0.01, max_e_mwh=0.02)
    return net


def test_what_switches_and_service_leave() -> None:
    net = small_net()
    imported = import_network(net, 100_000)
    assert [bus.name.split()[0] for bus in imported.network.buses] == ["0", "1", "3", "4"]
    assert [(unit.kind, unit.bus, unit.injection) for unit in imported.units] == [
        (Kind.LOAD, 3, (-10_000, -2_500)),
        (Kind.GENERATION, 2, (30_000, 0)),
        (Kind.STORAGE, 1, (-10_000, 0)),
    ]
    assert imported.injections == ((0, 0), (-10_000, 0), (30_000, 0), (-10_000, -2_500))
    assert len(net.bus) == 6
    check_against_pandapower(net, 100_000)


def test_ratings_and_nominal_voltage() -> None:
    network = import_network(small_net(), 100_000).network
    assert (network.nominal_mv, network.slack_npu) == (230_940, 1_020_000_000)
    cable, transformer = network.lines[0], network.lines[-1]
    assert cable.rating_npu == pytest.approx(3**0.5 * 400 * 270 / 100_000 * NPU)
    assert transformer.rating_npu == 2_500_000_000


def test_a_ring() -> None:
    net = small_net()
    net.switch.loc[net.switch.et == "l", "closed"] = True
    with pytest.raises(LoopedNetwork):
        import_network(net, 100_000)


@pytest.mark.parametrize("position", [-2, 1])
def test_a_tap_at_the_connection(position: int) -> None:
    net = small_net()
    net.trafo["tap_pos"] = position
    imported = import_network(net, 100_000)
    assert imported.network.slack_npu == pytest.approx(1.02 / (1 + position * 0.025) * NPU)
    check_against_pandapower(net, 100_000, apart=1)


def test_what_cannot_be_swept() -> None:
    generator, grids, wound, low_tap, two_taps = (small_net() for _ in range(5))
    pandapower.create_gen(generator, 1, 0.01)
    pandapower.create_ext_grid(grids, 1)
    wound.trafo["vn_lv_kv"] = 0.41
    low_tap.trafo["tap_pos"], low_tap.trafo["tap_side"] = 1, "lv"
    two_taps.trafo["tap_pos"] = 1
    pandapower.create_transformer(two_taps, 0, pandapower.create_bus(two_taps, 0.4), "0.25 MVA 20/0.4 kV")
    for net, reason in [
        (generator, "gen"),
        (grids, "2 connections"),
        (wound, "nominal ratio"),
        (low_tap, "low-voltage side"),
        (two_taps, "not alike"),
    ]:
        with pytest.raises(UnsupportedNetwork, match=reason):
            import_network(net, 100_000)


@pytest.mark.parametrize("name", ["six-bus", ""])
def test_a_name_that_nothing_has(name: str) -> None:
    with pytest.raises(UnknownNetwork, match="cigre-lv"):
        load_network(name)


def test_without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandapower.networks", None)
    monkeypatch.setitem(sys.modules, "simbench", None)
    for name in ("cigre-lv", "simbench-1-LV-rural1--0-sw"):
        with pytest.raises(PackageMissing, match=r"gridquorum\[networks\]"):
            load_network(name)
