"""The figures of a district's day: energy by hour, prices beside the pool's, cycles, the two rankings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from contracts.pool.cycle import Scenario
from studies.figure import Caption, new_figure, save_svg
from studies.pool import Day, Interval
from studies.pool_case import CYCLES
from studies.pool_tables import RankingRow

HOURS: Final = 24
QUARTERS_AN_HOUR: Final = 4
WH_PER_KWH: Final = 1_000
UKWH: Final = 10**6
HOUR_TICKS: Final = range(0, HOURS + 1, 6)


def draw(day: Day, rankings: Sequence[RankingRow], directory: Path) -> list[Path]:
    """All figures, into a directory that is there."""
    paths = [directory / name for name in ("energy.svg", "prices.svg", "cycles.svg", "rankings.svg")]
    draw_energy(day, paths[0])
    draw_prices(day, paths[1])
    draw_cycles(day, paths[2])
    draw_rankings(rankings, paths[3])
    return paths


def draw_energy(day: Day, path: Path) -> None:
    """By carrier and hour: what was sold directly and by the pool, and what consumers lacked."""
    captions = [Caption(f"{name} (synthetic)", "hour", "kWh") for name in _names(day)]
    figure, diagrams = new_figure(*captions)
    for axes, terms in zip(diagrams, day.case.terms, strict=True):
        direct, pool, rest = np.zeros(HOURS), np.zeros(HOURS), np.zeros(HOURS)
        for one in _of(day, terms.carrier):
            hour = one.quarter // QUARTERS_AN_HOUR
            direct[hour] += _wh(one, Scenario.DIRECT) / WH_PER_KWH
            pool[hour] += _wh(one, Scenario.POOL) / WH_PER_KWH
            rest[hour] += sum(bid.left_wh for bid in one.outcomes[-1].after.bids) / WH_PER_KWH
        bottom = np.zeros(HOURS)
        for heights, color, label in (
            (direct, "C0", "supplier to consumer"),
            (pool, "C2", "out of the pool"),
            (rest, "0.85", "from the network"),
        ):
            axes.bar(np.arange(HOURS) + 0.5, heights, bottom=bottom, color=color, label=label, width=0.9)
            bottom += heights
        axes.set_xticks(HOUR_TICKS)
    diagrams[0].legend(loc="upper left")
    save_svg(figure, path)


def draw_prices(day: Day, path: Path) -> None:
    """What consumers paid suppliers a kWh, beside the pool's fixed price."""
    captions = [Caption(f"{name} (synthetic)", "hour", "CNY/kWh") for name in _names(day)]
    figure, diagrams = new_figure(*captions)
    for axes, terms in zip(diagrams, day.case.terms, strict=True):
        direct = [
            (one.quarter / QUARTERS_AN_HOUR, trade.price_ukwh / UKWH)
            for one in _of(day, terms.carrier)
            for trade in one.trades
            if trade.scenario is Scenario.DIRECT
        ]
        axes.plot(*zip(*direct, strict=True), ".", color="C0", alpha=0.35, markersize=3, label="pairs")
        for price, style, label in (
            (terms.network_ukwh, ":", "network"),
            (terms.pool_ukwh, "-", "pool"),
            (terms.feed_in_ukwh, "--", "feed-in"),
        ):
            axes.axhline(price / UKWH, color="black", linestyle=style, linewidth=1, label=label)
        axes.set_xticks(HOUR_TICKS)
        axes.set_ylim(bottom=0)
    diagrams[0].legend(loc="lower left")
    save_svg(figure, path)


def draw_cycles(day: Day, path: Path) -> None:
    """When in its interval energy is traded."""
    figure, (axes,) = new_figure(
        Caption("When before its quarter hour energy is traded (synthetic)", "cycle", "kWh a day")
    )
    cycles, bottom = np.arange(CYCLES), np.zeros(CYCLES)
    for scenario, color, label in (
        (Scenario.DIRECT, "C0", "supplier to consumer"),
        (Scenario.POOL, "C2", "out of the pool"),
    ):
        heights = np.zeros(CYCLES)
        for one in day.intervals:
            for cycle, outcome in enumerate(one.outcomes):
                mine = [trade.energy_wh for trade in outcome.trades if trade.scenario is scenario]
                heights[cycle] += sum(mine) / WH_PER_KWH
        axes.bar(cycles, heights, bottom=bottom, color=color, label=label)
        bottom += heights
    axes.margins(y=0.25)
    axes.legend(loc="upper left")
    save_svg(figure, path)


def draw_rankings(rows: Sequence[RankingRow], path: Path) -> None:
    """The paper's ranking beside that by unit price."""
    figure, (welfare, energy) = new_figure(
        Caption("Welfare, of the greatest there is (synthetic)", "", "%"),
        Caption("Traded (synthetic)", "", "kWh a day"),
    )
    places, names = np.arange(len(rows)), [row.carrier for row in rows]
    sides = ((-0.2, "C1", "by N x P (the paper)"), (0.2, "C0", "by P"))
    values = ([row.value_percent for row in rows], [row.price_percent for row in rows])
    energies = ([row.value_kwh for row in rows], [row.price_kwh for row in rows])
    for axes, heights in ((welfare, values), (energy, energies)):
        for (shift, color, label), bars in zip(sides, heights, strict=True):
            axes.bar(places + shift, bars, 0.4, color=color, label=label)
        axes.set_xticks(places, names)
    welfare.set_ylim(0, 100)
    energy.margins(y=0.25)
    energy.legend(loc="upper left")
    save_svg(figure, path)


def _names(day: Day) -> list[str]:
    return [terms.carrier.value.capitalize() for terms in day.case.terms]


def _of(day: Day, carrier: str) -> list[Interval]:
    return [one for one in day.intervals if one.carrier == carrier]


def _wh(interval: Interval, scenario: Scenario) -> int:
    return sum(trade.energy_wh for trade in interval.trades if trade.scenario is scenario)
