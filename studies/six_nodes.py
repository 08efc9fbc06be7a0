"""The shipped six-node case, read from CSV files that `studies/data/README.md` describes.

A file that breaks a rule is refused with file, line and column, as the profiles are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.response.agents.sources import OperatingPoint
from contracts.response.errors import ResponseError
from contracts.response.network import NPU, Bus, Line, Network, check_network
from contracts.response.network_errors import NetworkError
from contracts.response.quotes import ENERGY_WH_MAX, POWER_W_MAX, PRICE_UKWH_MAX, Quote, Segment, check_quote
from contracts.response.resources import Kind
from ledger.quantities import PowerW
from studies.profiles import DATA, TIME, ProfileError, Row, check_days, check_next, read_rows
from studies.response_case import CaseResource, ResponseCase

NODES: Final = range(1, 7)
BASE_VA: Final = 100_000
NOMINAL_MV: Final = 230_940
"""Phase to neutral: 400 V from phase to phase."""
SLACK_NPU: Final = NPU * 101 // 100
LOWEST_NPU: Final = NPU * 95 // 100
HIGHEST_NPU: Final = NPU * 105 // 100

IMPEDANCE_UOHM_MAX: Final = 10**9
RATING_A_MAX: Final = 10**5

LINE_COLUMNS: Final = (
    "source",
    "target",
    "kind",
    "length_m",
    "resistance_uohm",
    "reactance_uohm",
    "rating_a",
)
RESOURCE_COLUMNS: Final = ("node", "participant", "kind", "up_w", "down_w", "energy_wh")
QUOTE_COLUMNS: Final = ("node", "last_w", "cny_per_kwh")
DAY_COLUMNS: Final = (TIME, "node", "load_w", "load_var", "resource_w")

FILES: Final = ("six_lines.csv", "six_resources.csv", "six_quotes.csv", "six_day.csv")


def six_nodes(directory: Path = DATA) -> ResponseCase:
    """The shipped case. Raises ProfileError with file, line and column at the first thing that is wrong."""
    lines, certified, quotes, curves = (directory / name for name in FILES)
    resources = load_resources(certified, quotes)
    day = load_day(curves, [resource.bus for resource in resources])
    return ResponseCase("six", load_network(lines), resources, day)


def load_network(path: Path) -> Network:
    """The network whose lines these are; raises ProfileError, also where it is not radial."""
    buses = (Bus("grid"), *(Bus(f"node {node}") for node in NODES))
    lines = tuple(map(_line, read_rows(path, LINE_COLUMNS)))
    network = Network(BASE_VA, NOMINAL_MV, SLACK_NPU, LOWEST_NPU, HIGHEST_NPU, buses, lines)
    try:
        check_network(network)
    except NetworkError as error:
        raise ProfileError(path, None, None, f"is no radial network: {error}") from error
    return network


def _line(row: Row) -> Line:
    return Line(
        row.whole("source", 0, NODES[-1]),
        row.whole("target", 0, NODES[-1]),
        _impedance_npu(row.whole("resistance_uohm", 0, IMPEDANCE_UOHM_MAX)),
        _impedance_npu(row.whole("reactance_uohm", 0, IMPEDANCE_UOHM_MAX)),
        _current_npu(row.whole("rating_a", 1, RATING_A_MAX)),
    )


def _impedance_npu(impedance_uohm: int) -> int:
    """Per unit of 3 U^2 / S, U from phase to neutral."""
    return round(impedance_uohm * 1e-6 * BASE_VA / (3 * (NOMINAL_MV * 1e-3) ** 2) * NPU)


def _current_npu(current_a: int) -> int:
    """Per unit of S / (3 U), U from phase to neutral."""
    return round(current_a * 3 * NOMINAL_MV * 1e-3 / BASE_VA * NPU)


def load_resources(path: Path, quotes: Path) -> tuple[CaseResource, ...]:
    """The resources in the order of their lines, each with its owner's curve; raises ProfileError."""
    segments = _load_segments(quotes)
    return tuple(_resource(row, segments) for row in read_rows(path, RESOURCE_COLUMNS))


def _load_segments(path: Path) -> Mapping[int, Sequence[Segment]]:
    """By node: each segment begins where the one before ends."""
    segments: dict[int, list[Segment]] = {node: [] for node in NODES}
    for row in read_rows(path, QUOTE_COLUMNS):
        before = segments[_node(row)]
        first_w = before[-1].last_w if before else 0
        last_w = row.whole("last_w", first_w + 1, POWER_W_MAX)
        before.append(Segment(first_w, last_w, row.price_ukwh("cny_per_kwh")))
    return segments


def _resource(row: Row, segments: Mapping[int, Sequence[Segment]]) -> CaseResource:
    node = _node(row)
    up_w, down_w = row.whole("up_w", 0, POWER_W_MAX), row.whole("down_w", 0, POWER_W_MAX)
    energy_wh = row.whole("energy_wh", 0, ENERGY_WH_MAX)
    curve = Quote(tuple(segments[node]), energy_wh)
    if not curve.segments:
        raise row.fault("node", f"node {node} has no quote")
    try:
        check_quote(curve, max(up_w, down_w), energy_wh, PRICE_UKWH_MAX)
    except ResponseError as error:
        raise row.fault("node", f"the quote of node {node}: {error}") from error
    return CaseResource(row.cells["participant"], node, _kind(row), up_w, down_w, energy_wh, curve.segments)


def _kind(row: Row) -> Kind:
    try:
        return Kind(row.cells["kind"])
    except ValueError:
        raise row.fault("kind", f"{row.cells['kind']!r} is none of {', '.join(Kind)}") from None


def load_day(path: Path, resource_nodes: Sequence[int]) -> tuple[OperatingPoint, ...]:
    """Whole UTC days of every node; raises ProfileError."""
    times: dict[int, list[datetime]] = {node: [] for node in NODES}
    values: dict[int, list[tuple[int, int, int]]] = {node: [] for node in NODES}
    for row in read_rows(path, DAY_COLUMNS):
        node = _node(row)
        check_next(row, times[node], f"node {node}")
        load_w, load_var = row.whole("load_w", 0, POWER_W_MAX), row.whole("load_var", 0, POWER_W_MAX)
        values[node].append((-load_w, -load_var, row.whole("resource_w", -POWER_W_MAX, POWER_W_MAX)))
    for node in NODES:
        check_days(path, times[node], f"node {node}")
        if times[node] != times[1]:
            raise ProfileError(path, None, "node", f"node {node} does not cover the quarter hours of node 1")
    return tuple(_point(quarter, resource_nodes) for quarter in zip(*values.values(), strict=True))


def _point(quarter: Sequence[tuple[int, int, int]], resource_nodes: Sequence[int]) -> OperatingPoint:
    """From each node's load, its reactive power and its resource, all as injections; the grid has neither."""
    active, reactive, resource = zip(*quarter, strict=True)
    baseline = tuple(PowerW(resource[node - 1]) for node in resource_nodes)
    return OperatingPoint((PowerW(0), *active), (0, *reactive), baseline)


def _node(row: Row) -> int:
    return row.whole("node", NODES[0], NODES[-1])
