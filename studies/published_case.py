"""Response cases on networks that others have published: their lines and loads, and SimBench's sun.

A SimBench network comes with a year of quarter hours; the day is the one with most generation over load. The
others are one state each: their loads follow the shipped park day, and so does the sun on roofs that are put
on some of them. What is ours is the market on top, drawn from a seed by the rules of `_resource`; and that
generation is grown until a limit breaks, since published networks are planned so that none does.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from contracts.response.agents.sources import OperatingPoint
from contracts.response.network import NPU, Network, check_network
from contracts.response.quotes import Segment
from contracts.response.resources import Kind
from contracts.response.solving.cuts import violations
from contracts.response.solving.flow import power_flow
from crypto.hashing import sha256
from studies.imported_network import SIMBENCH, ImportedNetwork, Unit, load_network
from studies.profiles import PERIODS_A_DAY, load_profiles
from studies.response_case import CaseResource, ResponseCase

LOWEST_NPU: Final = NPU * 95 // 100
HIGHEST_NPU: Final = NPU * 105 // 100
"""As operators plan; EN 50160 would allow 10 %."""

W_PER_MW: Final = 10**6
PERCENT: Final = 100
SUMMER_PERCENT: Final = 40
"""Of the published loads, which are peaks, is the peak of a sunny day."""
FLEXIBLE_PERCENT: Final = 30
"""Of the loads: they may take up, or suspend, half of their day's peak."""
ROOFS_PERCENT: Final = 50
"""Of the loads of a network without generation: they get a roof of once to three times what is published."""
GROWTH_STEP_PERCENT: Final = 10
GROWTH_MARGIN_PERCENT: Final = 20
"""How much further generation is grown than to where the first limit breaks."""
GROWTH_MAX_PERCENT: Final = 5_000
PRICES_UKWH: Final = {
    Kind.GENERATION: (200_000, 450_000),
    Kind.STORAGE: (80_000, 250_000),
    Kind.LOAD: (50_000, 200_000),
}
"""Between which an owner's first price lies; for its second half it wants a quarter more."""

Powers = NDArray[np.float64]
"""Injections in W, by quarter hour."""


@dataclass(frozen=True, slots=True)
class _Connected:
    """A unit and its day."""

    unit: Unit
    active_w: Powers
    reactive_var: Powers


def published_case(name: str, seed: int) -> ResponseCase:
    """The case of a network by its name (studies.imported_network), the same for the same seed.

    Raises ImportedNetworkError, and NetworkError where the connection is not within the band.
    """
    imported = load_network(name)
    network = replace(imported.network, lowest_npu=LOWEST_NPU, highest_npu=HIGHEST_NPU)
    check_network(network)
    connected = _simbench_day(name, imported) if name.startswith(SIMBENCH) else _park_day(imported, seed)
    return _grown(name, network, connected, seed)


def _simbench_day(name: str, imported: ImportedNetwork) -> list[_Connected]:
    """Of the year, the day on which generation exceeds load by most energy."""
    simbench = import_module("simbench")
    net = simbench.get_simbench_net(name.removeprefix(SIMBENCH))
    tables = simbench.get_absolute_values(net, profiles_instead_of_study_cases=True)
    surplus = tables["sgen", "p_mw"].sum(axis=1) - tables["load", "p_mw"].sum(axis=1)
    days = len(surplus) // PERIODS_A_DAY
    best = int(surplus.to_numpy().reshape(days, PERIODS_A_DAY).sum(axis=1).argmax())
    rows = slice(best * PERIODS_A_DAY, (best + 1) * PERIODS_A_DAY)
    return [_simbench_unit(unit, tables, rows) for unit in imported.units]


def _simbench_unit(unit: Unit, tables: Any, rows: slice) -> _Connected:
    """Storage is taken to be idle but for its responses."""
    table, index = unit.name.split()
    if unit.kind is Kind.STORAGE:
        return _Connected(unit, np.zeros(PERIODS_A_DAY), np.zeros(PERIODS_A_DAY))
    sign = 1 if unit.kind is Kind.GENERATION else -1
    quantities = {key[1]: values for key, values in tables.items() if key[0] == table}
    active = quantities["p_mw"][int(index)].to_numpy()[rows] * W_PER_MW * sign
    reactive = np.zeros(PERIODS_A_DAY)
    if "q_mvar" in quantities:
        reactive = quantities["q_mvar"][int(index)].to_numpy()[rows] * W_PER_MW * sign
    return _Connected(unit, active, reactive)


def _park_day(imported: ImportedNetwork, seed: int) -> list[_Connected]:
    """The published loads, and roofs on some of them."""
    parks = load_profiles().parks
    load = _shape(np.sum([park.metered.load_wh for park in parks], axis=0)) * SUMMER_PERCENT / PERCENT
    sun = _shape(np.sum([park.metered.pv_wh for park in parks], axis=0))
    connected = []
    for unit in imported.units:
        active_w, reactive_var = unit.injection
        connected.append(_Connected(unit, active_w * load, reactive_var * load))
        if draw(seed, f"roof {unit.name}", 1, PERCENT) <= ROOFS_PERCENT:
            peak_w = abs(active_w) * draw(seed, f"size {unit.name}", PERCENT, 3 * PERCENT) // PERCENT
            roof = Unit(f"roof {unit.name}", Kind.GENERATION, unit.bus, (peak_w, 0))
            connected.append(_Connected(roof, peak_w * sun, 0 * sun))
    return connected


def _shape(values: Any) -> Powers:
    shape: Powers = np.asarray(values, float) / np.max(values)
    return shape


def _grown(name: str, network: Network, connected: list[_Connected], seed: int) -> ResponseCase:
    """As published if a limit breaks so; else with generation grown to where one does, and a margin more."""
    steps = range(PERCENT, GROWTH_MAX_PERCENT, GROWTH_STEP_PERCENT)

    def grown(percent: int) -> ResponseCase:
        return _case(name, network, connected, seed, percent)

    case = grown(PERCENT)
    if is_broken(case, range(PERIODS_A_DAY)):
        return case
    most = np.argmax([sum(point.background_w) + sum(point.baseline_w) for point in case.day])
    noon = range(int(most), int(most) + 1)
    step = bisect_left(steps, True, key=lambda percent: is_broken(grown(percent), noon))
    return grown(steps[min(step, len(steps) - 1)] + GROWTH_MARGIN_PERCENT)


def is_broken(case: ResponseCase, quarters: range) -> bool:
    """Whether some limit breaks then if nobody responds."""
    flows = [case.injections(quarter, [0] * len(case.resources)) for quarter in quarters]
    return bool(violations(case.network, flows, power_flow(case.network, flows).voltages_npu))


def _case(
    name: str, network: Network, connected: list[_Connected], seed: int, growth_percent: int
) -> ResponseCase:
    """Who takes part is a resource; all else, and the reactive power of all, is background."""
    buses = len(network.buses)
    background_w, background_var = np.zeros((2, PERIODS_A_DAY, buses))
    baselines, resources = [], []
    for each in connected:
        is_generation = each.unit.kind is Kind.GENERATION
        active_w = each.active_w * (growth_percent / PERCENT if is_generation else 1)
        background_var[:, each.unit.bus] += each.reactive_var
        resource = _resource(each.unit, active_w, seed)
        if resource is None:
            background_w[:, each.unit.bus] += active_w
        else:
            resources.append(resource)
            baselines.append(active_w)
    columns = (background_w, background_var, np.transpose(baselines))
    day = zip(*(np.rint(column).astype(int).tolist() for column in columns), strict=True)
    points = tuple(OperatingPoint(*map(tuple, point)) for point in day)
    return ResponseCase(name, network, tuple(resources), points, growth_percent)


def _resource(unit: Unit, active_w: Powers, seed: int) -> CaseResource | None:
    """Every generator may be curtailed altogether, every storage charge or discharge for an hour, and some
    loads are flexible. None of a unit that takes no part."""
    peak_w = round(float(np.abs(active_w).max()))
    if unit.kind is Kind.STORAGE:
        peak_w = abs(unit.injection[0])
    if unit.kind is Kind.LOAD:
        is_flexible = draw(seed, f"flexible {unit.name}", 1, PERCENT) <= FLEXIBLE_PERCENT
        peak_w = peak_w // 2 if is_flexible else 0
    if peak_w < 2:
        return None
    up_w = 0 if unit.kind is Kind.GENERATION else peak_w
    price_ukwh = draw(seed, f"price {unit.name}", *PRICES_UKWH[unit.kind])
    segments = (
        Segment(0, peak_w // 2, price_ukwh),
        Segment(peak_w // 2, peak_w, price_ukwh * 5 // 4),
    )
    return CaseResource(unit.name, unit.bus, unit.kind, up_w, peak_w, peak_w, segments)


def draw(seed: int, what: str, least: int, most: int) -> int:
    """A whole number between two, as likely as any other, that depends on seed and name alone."""
    number = int.from_bytes(sha256(b"response case %d %s" % (seed, what.encode()))[:8])
    return least + number % (most - least + 1)
