"""The storage study's figures: Table 4 of Liu and Ai (2024) drawn, and its figures 5 to 10."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from crypto.field import ORDER
from crypto.shamir import Vector
from studies.figure import COLORS, Caption, new_figure, save_svg
from studies.storage import UKWH, Study
from studies.storage_axes import HOUR, POWER, QUARTERS_AN_HOUR, legend_below, plot_day, plot_power, span_day
from studies.storage_case import MODELS, PRINTED_CNY, PROPORTIONAL, Size
from studies.storage_plan_figures import draw_charge, draw_charging, draw_grid, draw_trades
from studies.storage_shape import ceiling
from studies.storage_sharing import CURIOUS, THRESHOLD, Sharing
from studies.storage_tables import PERCENT, costs_of

BAR: Final = 0.27
COLUMNS: Final = {
    "printed": (COLORS[6], "as printed"),
    "paper": (COLORS[0], "the paper's model, our data"),
    "pooled": (COLORS[1], "the pooled model, our data"),
}
"""Colour and name of each column of costs."""


def draw(study: Study, sharing: Sharing, directory: Path) -> list[Path]:
    """All figures, into a directory that is there."""
    drawings: Mapping[str, Callable[[Study, Path], None]] = {
        "table_4": draw_costs,
        "figure_5": draw_inputs,
        "figure_6": draw_trades,
        "figure_7": draw_charging,
        "figure_8": draw_grid,
        "figure_9": draw_charge,
        "figure_10": lambda _, path: draw_sharing(sharing, path),
    }
    paths = [directory / f"{name}.svg" for name in drawings]
    for path, drawing in zip(paths, drawings.values(), strict=True):
        drawing(study, path)
    return paths


def draw_costs(study: Study, path: Path) -> None:
    """The five scenarios, and what becomes of the cost as a storage grows in proportion."""
    figure, (scenarios, growing) = new_figure(
        Caption("Table 4: five storages", "power (kW), capacity (kWh)", "cost of the day (CNY)"),
        Caption("As a storage of 2.5 kWh a kW grows", "capacity (kWh)", "cost of the day (CNY)"),
    )
    _draw_scenarios(scenarios, study)
    _draw_growing(growing, study)
    for axes in (scenarios, growing):
        axes.set_ylim(0, max(PRINTED_CNY.values()) * 1.05)
        legend_below(axes, columns=2, below=0.22)
    save_svg(figure, path)


def _draw_scenarios(axes: Axes, study: Study) -> None:
    """Three bars each; where a printed one is too high, a mark at what the other four allow."""
    places, columns = np.arange(len(PRINTED_CNY)), costs_of(study)
    for number, (name, costs) in enumerate(columns.items()):
        color, label = COLUMNS[name]
        axes.bar(places + (number - 1) * BAR, list(costs.values()), BAR, color=color, label=label)
    for place, (size, cost) in zip(places, columns["printed"].items(), strict=True):
        most = ceiling(columns["printed"], size)
        if most is not None and most < cost:
            axes.hlines(
                most,
                place - 1.5 * BAR,
                place - 0.5 * BAR,
                color=COLORS[4],
                linewidth=3,
                label=f"the most that the others allow ({most:,.0f})",
            )
    axes.set_xticks(places, [f"{size.power_kw:,}\n{size.capacity_kwh:,}" for size in PRINTED_CNY])
    axes.grid(visible=False, axis="x")


def _draw_growing(axes: Axes, study: Study) -> None:
    """Ours are convex. Of the printed, the middle one is above the mixtures of its neighbours."""
    printed = [size for size in PRINTED_CNY if size in PROPORTIONAL]
    color, label = COLUMNS["printed"]
    axes.plot(_capacities(printed), [PRINTED_CNY[size] for size in printed], "o", color=color, label=label)
    ends = printed[:: len(printed) - 1]
    mixed = "mixtures of its first and last"
    axes.plot(_capacities(ends), [PRINTED_CNY[size] for size in ends], ":", color=color, label=mixed)
    for model in MODELS:
        color, label = COLUMNS[model]
        costs = [outcome.cost_cny for outcome in study.proportional[model]]
        axes.plot(_capacities(PROPORTIONAL), costs, color=color, label=label)


def _capacities(sizes: Sequence[Size]) -> list[int]:
    return [size.capacity_kwh for size in sizes]


def draw_inputs(study: Study, path: Path) -> None:
    """What is known the day before: forecasts of sources and loads, and the tariff (figure 5)."""
    parks = study.case.parks
    captions = [Caption(f"Park {number}: forecasts", HOUR, POWER) for number in range(1, len(parks) + 1)]
    tariff = Caption("Tariff", HOUR, "price (CNY/kWh)")
    figure, (*panels, prices) = new_figure(*captions, tariff, rows=2)
    for axes, park in zip(panels, parks, strict=True):
        sources = {
            "load": park.forecast.load_wh,
            "photovoltaics": park.forecast.pv_wh,
            "wind": park.forecast.wind_wh,
        }
        for color, (name, series_wh) in zip(COLORS, sources.items(), strict=False):
            if any(series_wh):
                plot_power(axes, series_wh, color, name)
        axes.set_ylim(bottom=0)
        legend_below(axes)
    plot_day(prices, [price / UKWH for price in study.case.tariff.buy_ukwh], COLORS[0], "the parks pay")
    plot_day(prices, [price / UKWH for price in study.case.tariff.sell_ukwh], COLORS[1], "the parks receive")
    prices.set_ylim(bottom=0)
    legend_below(prices)
    save_svg(figure, path)


def draw_sharing(sharing: Sharing, path: Path) -> None:
    """What each member holds, and what three of them and two of them make of it (figure 10)."""
    share = "share (% of the field's order)"
    figure, (held, opened, guessed) = new_figure(
        Caption(f"What each of {len(sharing.shares)} members holds", HOUR, share),
        Caption(f"What any {THRESHOLD} of them open", HOUR, "load of park 1 (kW)"),
        Caption(f"What {len(CURIOUS)} of them make of theirs", HOUR, "value (% of the field's order)"),
    )
    for color, (member, values) in zip(COLORS, sharing.shares.items(), strict=False):
        _plot_elements(held, values[: len(sharing.curve_wh)], color, f"s{member}")
    plot_power(opened, sharing.curve_wh, COLORS[0], "dealt", linewidth=4, alpha=0.4)
    for number, curve_wh in enumerate(sharing.opened.values()):
        label = None if number else f"opened, {len(sharing.opened)} times"
        plot_power(opened, curve_wh, COLORS[6], label, linewidth=1)
    opened.set_ylim(bottom=0)
    names = " and ".join(f"s{member}" for member in CURIOUS)
    _plot_elements(guessed, sharing.guessed, COLORS[5], f"from {names}")
    for axes in (held, opened, guessed):
        legend_below(axes, columns=5)
    save_svg(figure, path)


def _plot_elements(axes: Axes, values: Vector, color: str, label: str) -> None:
    middles = [(quarter + 0.5) / QUARTERS_AN_HOUR for quarter in range(len(values))]
    percents = [PERCENT * value / ORDER for value in values]
    axes.plot(middles, percents, ".", color=color, label=label, markersize=5)
    axes.set_ylim(0, PERCENT)
    span_day(axes)
