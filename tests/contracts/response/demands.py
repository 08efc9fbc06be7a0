"""Demands to try: random quotes, random cuts, and the cuts that a feeder makes."""

import random
from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st

from contracts.response.optimality import Cut, Demand
from contracts.response.quotes import Quote, Segment

DURATION_S = 3_600
SEED = b"\x07" * 32
PLENTY_WH = 10**9


def quote(*steps: tuple[int, int], energy_wh: int = PLENTY_WH) -> Quote:
    """Segments by their width in W and price in ukwh."""
    ends = [sum(width for width, _ in steps[:count]) for count in range(len(steps) + 1)]
    prices = (price for _, price in steps)
    segments = (
        Segment(first, last, price) for (first, last), price in zip(pairwise(ends), prices, strict=True)
    )
    return Quote(tuple(segments), energy_wh)


def demand(target_w: int, *curves: Quote | None, cuts: tuple[Cut, ...] = ()) -> Demand:
    """An event of an hour."""
    return Demand(target_w, curves, DURATION_S, cuts, SEED)


def offered_w(curves: tuple[Quote | None, ...]) -> int:
    """All that these curves can give."""
    return sum(demand(1, *curves).capacities_w)


def random_quote(source: random.Random, power_w: int = 20_000, price_ukwh: int = 300_000) -> Quote:
    """Up to four segments."""
    widths = [source.randint(1, power_w // 4) for _ in range(source.randint(1, 4))]
    prices = sorted(source.randint(0, price_ukwh) for _ in widths)
    return quote(*zip(widths, prices, strict=True))


def random_demand(seed: int, participants: int, cuts: int = 0) -> Demand:
    """On a radial feeder: cuts are of voltages, where resources count by what their paths share, or of lines.

    Each asks for a little more than the merit order gives; they may be infeasible.
    """
    source = random.Random(seed)
    curves = tuple(random_quote(source, source.choice((3_000, 20_000))) for _ in range(participants))
    target_w = max(1, offered_w(curves) * source.randint(20, 70) // 100)
    buses = max(3, participants // 2)
    parents = [0, *(source.randint(max(0, bus - 3), bus - 1) for bus in range(1, buses))]
    impedances = [source.randint(200, 1_000) for _ in range(buses)]
    paths = [_path(parents, source.randint(1, buses - 1)) for _ in range(participants)]
    rows = []
    for _ in range(cuts):
        bus = source.randint(1, buses - 1)
        if source.random() < 0.7:
            shared = [sum(impedances[line] for line in _path(parents, bus) & path) for path in paths]
            rows.append(tuple(-part for part in shared))
        else:
            rows.append(tuple(int(bus in path) for path in paths))
    spread = [target_w * most_w // offered_w(curves) for most_w in demand(1, *curves).capacities_w]
    loads = [sum(map(int.__mul__, row, spread)) for row in rows]
    limits = [load + abs(load) * source.randint(-1, 5) // 100 for load in loads]
    kept = [Cut(row, limit) for row, limit in zip(rows, limits, strict=True) if any(row)]
    return demand(target_w, *curves, cuts=tuple(kept))


def _path(parents: list[int], bus: int) -> set[int]:
    """The lines from a bus to the connection, each by the bus at its end."""
    path = set()
    while bus:
        path.add(bus)
        bus = parents[bus]
    return path


@st.composite
def quotes(draw: st.DrawFn, power_w: int = 1_000, price_ukwh: int = 1_000_000) -> Quote:
    """Any quote that the market takes, also one whose energy binds."""
    widths = draw(st.lists(st.integers(1, power_w), min_size=1, max_size=5))
    price = st.integers(0, price_ukwh) | st.integers(0, 3).map(lambda step: step * (price_ukwh // 4))
    prices = sorted(draw(st.lists(price, min_size=len(widths), max_size=len(widths))))
    energy_wh = draw(st.just(PLENTY_WH) | st.integers(0, power_w))
    return quote(*zip(widths, prices, strict=True), energy_wh=energy_wh)


@st.composite
def demands(draw: st.DrawFn, resources: int = 6, cuts: int = 0, power_w: int = 1_000) -> Demand:
    """Also infeasible ones, if there are cuts; without cuts the target can be met."""
    curves = tuple(draw(st.lists(quotes(power_w) | st.none(), min_size=1, max_size=resources)))
    most_w = offered_w(curves)
    if most_w == 0:
        curves, most_w = (*curves, quote((1, 5))), 1
    coefficient = st.integers(-3, 3) | st.integers(-(10**6), 10**6)
    row = st.lists(coefficient, min_size=len(curves), max_size=len(curves)).map(tuple)
    limit = st.integers(-5 * power_w, 5 * power_w) | st.integers(-(10**6) * power_w, 10**6 * power_w)
    made = tuple(Cut(draw(row), draw(limit)) for _ in range(draw(st.integers(0, cuts))))
    return demand(draw(st.integers(1, most_w)), *curves, cuts=made)


@st.composite
def kept_demands(
    draw: st.DrawFn, resources: int = 6, cuts: int = 4, power_w: int = 1_000
) -> tuple[Demand, tuple[int, ...]]:
    """A demand with cuts, and an allocation that keeps it, with little to spare or none."""
    asked = draw(demands(resources, cuts, power_w))
    given_w = tuple(draw(st.integers(0, most_w)) for most_w in asked.capacities_w)
    spare = st.integers(0, 2) | st.integers(0, 10**9)
    limited = tuple(replace(cut, limit=cut.load(given_w) + draw(spare)) for cut in asked.cuts)
    # A target of 0 is no event: then the first that can gives a watt, and the cuts stretch.
    if not any(given_w):
        first = next(number for number, most_w in enumerate(asked.capacities_w) if most_w)
        given_w = tuple(int(number == first) for number in range(len(given_w)))
        limited = tuple(replace(cut, limit=max(cut.limit, cut.load(given_w))) for cut in limited)
    return replace(asked, target_w=sum(given_w), cuts=limited), given_w
