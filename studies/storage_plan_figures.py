"""Figures 6 to 9 of Liu and Ai (2024): what is planned for the storage that they build, in both models.

What is bought and what charges the storage is drawn upwards, what is sold and what it gives downwards. Grey
are the quarter hours in which the grid asks most.
"""

from itertools import groupby
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from contracts.dispatch.model import Flows, Series, Site, states_of_charge, storage_flows
from studies.figure import COLORS, Caption, new_figure, save_svg
from studies.storage import Outcome, Study
from studies.storage_axes import (
    EDGES,
    HOUR,
    POWER,
    QUARTERS_AN_HOUR,
    kw_of,
    legend_below,
    plot_power,
    span_day,
)
from studies.storage_case import KILO, MODELS

BLUE, ORANGE, GREEN, PINK, _, _, BLACK = COLORS


def draw_trades(study: Study, path: Path) -> None:
    """What each park buys and sells, and the bus of the pooled model (figure 6)."""
    titles = [f"{name} and the grid ({model} model)" for name, model in _connections(study)]
    figure, panels = new_figure(*(Caption(title, HOUR, POWER) for title in titles), rows=2)
    for axes, (site, flows) in zip(panels, _sites(study), strict=True):
        _fill(axes, flows.buy_wh, flows.sell_wh, "bought", "sold")
        plot_power(axes, site.net_wh, BLACK, "net load", linewidth=1)
        _finish(axes, study)
    save_svg(figure, path)


def draw_charging(study: Study, path: Path) -> None:
    """What each park puts into the storage and takes from it, and the bus of the pooled model (figure 7)."""
    titles = [f"{name} and the storage ({model} model)" for name, model in _connections(study)]
    figure, panels = new_figure(*(Caption(title, HOUR, POWER) for title in titles), rows=2)
    for axes, (_, flows) in zip(panels, _sites(study), strict=True):
        _fill(axes, flows.charge_wh, flows.discharge_wh, "charged", "discharged", (GREEN, PINK))
        _finish(axes, study)
    save_svg(figure, path)


def draw_grid(study: Study, path: Path) -> None:
    """What the storage itself trades with the grid, and what passes all connections (figure 8)."""
    figure, (own, together) = new_figure(
        Caption("The storage and the grid (paper model)", HOUR, POWER),
        Caption("All connections and the grid", HOUR, POWER),
    )
    flows = study.built("paper").solution.plan.sites[-1]
    _fill(own, flows.buy_wh, flows.sell_wh, "bought", "sold")
    plot_power(together, study.case.net_wh, BLACK, "without storage", linewidth=1)
    for color, model in zip((BLUE, ORANGE), MODELS, strict=True):
        plot_power(together, _taken_wh(study.built(model)), color, f"{model} model")
    for axes in (own, together):
        _finish(axes, study, legend_columns=2)
    save_svg(figure, path)


def draw_charge(study: Study, path: Path) -> None:
    """What passes the storage, and what it holds (figure 9)."""
    powers = [Caption(f"Net power of the storage ({model} model)", HOUR, POWER) for model in MODELS]
    states = [Caption(f"State of charge ({model} model)", HOUR, "energy (kWh)") for model in MODELS]
    figure, panels = new_figure(*powers, *states, rows=2)
    for model, power, state in zip(MODELS, panels[: len(MODELS)], panels[len(MODELS) :], strict=True):
        outcome = study.built(model)
        _fill_net(power, outcome)
        _plot_charge(state, outcome)
        for axes in (power, state):
            _finish(axes, study)
    save_svg(figure, path)


def _connections(study: Study) -> list[tuple[str, str]]:
    """What trades with the grid, and in which model: the parks of the paper's, the bus of the pooled one."""
    parks = ((f"Park {number}", "paper") for number in range(1, len(study.case.parks) + 1))
    return [*parks, ("The bus", "pooled")]


def _sites(study: Study) -> list[tuple[Site, Flows]]:
    """Those connections, and what is planned for them."""
    paper, pooled = study.built("paper"), study.built("pooled")
    parks = zip(paper.problem.sites[:-1], paper.solution.plan.sites[:-1], strict=True)
    return [*parks, *zip(pooled.problem.sites, pooled.solution.plan.sites, strict=True)]


def _fill(
    axes: Axes,
    up_wh: Series,
    down_wh: Series,
    up: str,
    down: str,
    colors: tuple[str, str] = (BLUE, ORANGE),
) -> None:
    """Two series that exclude each other, one upwards and one downwards."""
    for sign, series_wh, label, color in zip((1, -1), (up_wh, down_wh), (up, down), colors, strict=True):
        if any(series_wh):
            kw = sign * np.array([*kw_of(series_wh), 0])
            axes.fill_between(EDGES, kw, step="post", color=color, alpha=0.6, label=label)


def _fill_net(axes: Axes, outcome: Outcome) -> None:
    """The storage's power, which is of the net of what charges and discharges it."""
    charged_wh, discharged_wh = storage_flows(outcome.solution.plan)
    net_wh = [charged - given for charged, given in zip(charged_wh, discharged_wh, strict=True)]
    up_wh, down_wh = tuple(max(0, net) for net in net_wh), tuple(max(0, -net) for net in net_wh)
    _fill(axes, up_wh, down_wh, "charges", "discharges", (GREEN, PINK))
    for limit_kw in (outcome.size.power_kw, -outcome.size.power_kw):
        axes.axhline(
            limit_kw, color=BLACK, linestyle="--", linewidth=1, label="limits" if limit_kw > 0 else None
        )


def _plot_charge(axes: Axes, outcome: Outcome) -> None:
    """At the edges of quarter hours, from the state in which the day begins."""
    problem = outcome.problem
    kwh = problem.storage.units_per_wh * KILO
    held = [problem.initial_charge, *states_of_charge(problem, outcome.solution.plan)]
    axes.plot(EDGES, [charge / kwh for charge in held], color=BLUE, label="held")
    for charge, label in ((problem.lowest, "limits"), (problem.highest, None)):
        axes.axhline(charge / kwh, color=BLACK, linestyle="--", linewidth=1, label=label)
    axes.set_ylim(0, outcome.size.capacity_kwh)


def _taken_wh(outcome: Outcome) -> list[int]:
    """What is bought less what is sold, over all sites."""
    sites = outcome.solution.plan.sites
    return [
        sum(bought) - sum(sold)
        for bought, sold in zip(
            zip(*(site.buy_wh for site in sites), strict=True),
            zip(*(site.sell_wh for site in sites), strict=True),
            strict=True,
        )
    ]


def _finish(axes: Axes, study: Study, legend_columns: int = 4) -> None:
    """The dearest hours, zero, hours of the day and a legend."""
    prices = study.case.tariff.buy_ukwh
    label: str | None = "peak price"
    for is_dearest, quarters in groupby(range(len(prices)), lambda quarter: prices[quarter] == max(prices)):
        if is_dearest:
            first, *_, last = quarters
            ends = first / QUARTERS_AN_HOUR, (last + 1) / QUARTERS_AN_HOUR
            axes.axvspan(*ends, color="0.88", linewidth=0, zorder=0, label=label)
            label = None
    axes.axhline(0, color="0.4", linewidth=0.8)
    span_day(axes)
    legend_below(axes, legend_columns)
