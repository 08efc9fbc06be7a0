"""How long a uniform-price clearing of many bids takes, against sorting them.

Half of the bids are asks. Each is one step of a random quantity at a random price, so that sorting them by
price is the least that a merit order could cost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf, log2
from operator import attrgetter
from random import Random
from time import perf_counter

from contracts.capacity.clearing import Curve, Step, check_kkt, clear, seeded
from ledger.quantities import EnergyWh, PriceUkwh

SIZES = (1_000, 10_000, 100_000, 1_000_000)
RATIO_AIM = 3
"""100,000 bids are to be cleared in less than so many times the time of sorting them."""

SEED = b"bench"
QUANTITY_WH_MAX = 10_000
PRICE_UKWH_MAX = 1_000_000
ROUNDS = 7
"""Times are the least of so many: other work on the machine only adds to them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One size. `growth_ns` is clear_s / (bids * log2(bids)): level if the time grows linear-log."""

    bids: int
    clear_s: float
    kkt_s: float
    sort_s: float
    sort_ratio: float
    growth_ns: float


def run(sizes: tuple[int, ...] = SIZES, seed: int = 1) -> Iterator[Row]:
    """A row for every size, as soon as it is measured."""
    for size in sizes:
        yield _row(size, *book(size, Random(seed)))  # noqa: S311 (a benchmark's data, not a secret)


def book(size: int, source: Random) -> tuple[list[Curve], list[Curve]]:
    """As many asks as bids, of one step each."""
    asks, bids = ([_curve(f"{side}{n}", source) for n in range(size // 2)] for side in ("ask", "bid"))
    return asks, bids


def _curve(name: str, source: Random) -> Curve:
    quantity = EnergyWh(source.randint(1, QUANTITY_WH_MAX))
    return Curve(name, (Step(quantity, PriceUkwh(source.randint(0, PRICE_UKWH_MAX))),))


def _row(size: int, asks: list[Curve], bids: list[Curve]) -> Row:
    cleared = clear(asks, bids, SEED, seeded(SEED))
    if cleared is None:
        raise ValueError(f"{size} bids are too few to trade")
    steps = [curve.steps[0] for curve in (*asks, *bids)]
    clear_s = sort_s = kkt_s = inf
    for _ in range(ROUNDS):
        sort_s = min(sort_s, _seconds(lambda: sorted(steps, key=attrgetter("price_ukwh"))))
        clear_s = min(clear_s, _seconds(lambda: clear(asks, bids, SEED, seeded(SEED))))
        kkt_s = min(kkt_s, _seconds(lambda: check_kkt(asks, bids, cleared)))
    return Row(size, clear_s, kkt_s, sort_s, clear_s / sort_s, clear_s * 1e9 / (size * log2(size)))


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started
