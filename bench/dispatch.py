"""How long a dispatch takes to solve, and its proof to check, for 3 to 300 microgrids and 24 or 96 periods.

The bus of the `pooled` model is one site, so its program does not grow with the number of parks. For a ratio
that means something, `pooled by park` solves it as a modeller who knows every curve would, with a balance a
park, and checks as a validator could: the curves are summed, then the bus's plan and certificate are checked.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from contracts.dispatch.certificate import bound, check_gap
from contracts.dispatch.check import check_plan
from contracts.dispatch.model import Park, Problem, Tariff, cost, paper_problem, pooled_problem
from contracts.dispatch.solver import DEFAULT_LIMIT, Solution, solve
from contracts.dispatch.storage import Efficiency, Storage

MICROGRIDS = (3, 30, 300)
PERIODS = (24, 96)
RATIO_AIM = 50
"""A proof is to be checked this many times faster than the problem is solved, at the largest size."""

DAY_S = 86_400
WH_PER_KWH = 1_000
CHECKS = 5
"""The check's time is the least of so many: it is short, and other work on the machine only adds to it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model and size. `ratio` is solve_s / check_s; `gap` is relative to the cost."""

    model: str
    microgrids: int
    periods: int
    solve_s: float
    check_s: float
    ratio: float
    gap: float


def run(
    microgrids: tuple[int, ...] = MICROGRIDS, periods: tuple[int, ...] = PERIODS, seed: int = 1
) -> Iterator[Row]:
    """A row for every size and model, as soon as it is measured."""
    for count in microgrids:
        for number in periods:
            parks, storage, tariff = day(count, number, seed)
            bus, gross = pooled(parks, storage, tariff), paper(parks, storage, tariff)
            yield _row("pooled", count, bus, solve)
            yield _row("pooled by park", count, bus, partial(_solve_by_park, parks), partial(pooled, parks))
            yield _row("paper", count, gross, solve)


def day(count: int, periods: int, seed: int) -> tuple[tuple[Park, ...], Storage, Tariff]:
    """Parks with load and sun, a storage that grows with their number, and a tariff of two prices."""
    source = random.Random(seed)  # noqa: S311 (a benchmark's data, not a secret)
    wh = 24 * WH_PER_KWH / periods
    angles = [2 * math.pi * period / periods for period in range(periods)]
    parks = tuple(_park(source, wh, angles) for _ in range(count))
    ratio = Efficiency(19, 20)
    power_w, energy_wh = count * 400_000 // 3, count * 1_000_000 // 3
    storage = Storage(power_w, energy_wh, ratio, ratio, wear_ukwh=20_000, import_w=power_w, export_w=power_w)
    dear = range(periods * 8 // 24, periods * 22 // 24)
    buy_ukwh = tuple(1_000_000 if period in dear else 400_000 for period in range(periods))
    return parks, storage, Tariff(buy_ukwh, (300_000,) * periods)


def pooled(parks: tuple[Park, ...], storage: Storage, tariff: Tariff) -> Problem:
    """The parks on one bus; includes summing their curves."""
    loads = map(sum, zip(*(park.load_wh for park in parks), strict=True))
    renewables = map(sum, zip(*(park.renewable_wh for park in parks), strict=True))
    charge = storage.units_per_wh * storage.energy_wh // 2
    return pooled_problem(
        first_period=0,
        period_s=DAY_S // len(tariff.buy_ukwh),
        tariff=tariff,
        storage=storage,
        initial_charge=charge,
        target_charge=charge,
        net_wh=tuple(map(int.__sub__, loads, renewables)),
        import_wh=sum(park.import_wh for park in parks),
        export_wh=sum(park.export_wh for park in parks),
    )


def paper(parks: tuple[Park, ...], storage: Storage, tariff: Tariff) -> Problem:
    """The parks in the gross model."""
    charge = storage.units_per_wh * storage.energy_wh // 2
    return paper_problem(
        first_period=0,
        period_s=DAY_S // len(tariff.buy_ukwh),
        tariff=tariff,
        storage=storage,
        initial_charge=charge,
        target_charge=charge,
        parks=parks,
    )


def _park(source: random.Random, wh: float, angles: list[float]) -> Park:
    load_kw, sun_kw = source.uniform(100, 400), source.uniform(0, 700)
    load = [load_kw * (1 + 0.3 * math.sin(angle - 2) + 0.2 * source.random()) for angle in angles]
    sun = [sun_kw * max(0.0, -math.cos(angle)) * source.uniform(0.5, 1) for angle in angles]
    in_wh = [tuple(int(wh * power) for power in curve) for curve in (load, sun)]
    return Park(in_wh[0], in_wh[1], import_wh=int(1_000 * wh), export_wh=int(600 * wh))


def _row(
    model: str,
    count: int,
    problem: Problem,
    solver: Callable[[Problem], object],
    sum_curves: Callable[[Storage, Tariff], Problem] | None = None,
) -> Row:
    """Time the solver and the check of the solution; `sum_curves` is part of the check where given."""
    started = perf_counter()
    solver(problem)
    solve_s = perf_counter() - started
    solution = solve(problem)
    check_s = math.inf
    for _ in range(CHECKS):
        started = perf_counter()
        given = sum_curves(problem.storage, problem.tariff) if sum_curves else problem
        _check(given, solution)
        check_s = min(check_s, perf_counter() - started)
    gap = (solution.cost_nano - solution.bound_nano) / abs(solution.cost_nano)
    return Row(model, count, problem.periods, solve_s, check_s, solve_s / check_s, gap)


def _check(problem: Problem, solution: Solution) -> None:
    """All that a validator does with a plan."""
    check_plan(problem, solution.plan)
    check_gap(cost(problem, solution.plan), bound(problem, solution.certificate), DEFAULT_LIMIT)


def _solve_by_park(parks: tuple[Park, ...], problem: Problem) -> float:
    """The pooled optimum with a balance a park: buy, sell, curtail, take from the bus; then the storage."""
    count, periods, storage = len(parks), problem.periods, problem.storage
    cells, one = sparse.identity(count * periods), sparse.identity(periods)
    all_parks = sparse.kron(np.ones((1, count)), one)
    gain, draw = storage.gain / storage.units_per_wh, storage.draw / storage.units_per_wh
    rows = [
        [cells, -cells, -cells, cells, None, None, None],
        [None, None, None, all_parks, one, -one, None],
        [None, None, None, None, -gain * one, draw * one, one - sparse.eye(periods, k=-1)],
    ]
    net = np.array([park.load_wh for park in parks]) - np.array([park.renewable_wh for park in parks])
    right_side = np.concatenate([net.ravel(), np.zeros(2 * periods)])
    right_side[(count + 1) * periods] = problem.initial_charge / storage.units_per_wh
    limits = [
        np.repeat([park.import_wh for park in parks], periods),
        np.repeat([park.export_wh for park in parks], periods),
        np.ravel([park.renewable_wh for park in parks]),
        np.full(count * periods, np.inf),
        np.full(2 * periods, problem.power_wh),
        np.full(periods, problem.highest / storage.units_per_wh),
    ]
    upper = np.concatenate(limits)
    lower = np.concatenate(
        [0 * limits[0], 0 * limits[1], 0 * limits[2], -limits[3], 0 * limits[4], limits[5]]
    )
    lower[-periods:] = problem.lowest / storage.units_per_wh
    lower[-1], upper[-1] = (
        end / storage.units_per_wh for end in (problem.final_lowest, problem.final_highest)
    )
    buy, sell = (
        np.tile(prices, count) / 1e6 for prices in (problem.tariff.buy_ukwh, problem.tariff.sell_ukwh)
    )
    wear = np.full(2 * periods, storage.wear_ukwh / 1e6)
    result = linprog(
        np.concatenate([buy, -sell, np.zeros(2 * count * periods), wear, np.zeros(periods)]),
        A_eq=sparse.bmat(rows, format="csc"),
        b_eq=right_side / WH_PER_KWH,
        bounds=np.column_stack([lower, upper]) / WH_PER_KWH,
        method="highs-ds",
    )
    return float(result.fun)
