"""CE-SDT's figures 5 to 10, from the study's outcomes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from studies.community import PAPER_PERCENT, CostRow, Outcome, Study, cost_rows
from studies.community_data import HOURS
from studies.figure import COLORS, Caption, new_figure, save_svg

KILO: Final = 1_000
HOUR_TICKS: Final = range(0, HOURS + 1, 4)
WHO: Final = ("consumers", "owners", "all")


def draw(study: Study, directory: Path) -> list[Path]:
    """All figures, into a directory that is there."""
    drawings: Mapping[str, Callable[[Study, Path], None]] = {
        "figure_5": draw_total,
        "figure_6_7": draw_sizes,
        "figure_8_9": draw_shares,
        "figure_10": draw_costs,
    }
    paths = [directory / f"{name}.svg" for name in drawings]
    for path, drawing in zip(paths, drawings.values(), strict=True):
        drawing(study, path)
    return paths


def draw_total(study: Study, path: Path) -> None:
    """What the homes need, and what of it the grid gives; between the lines they trade."""
    whole = study.whole.scenario
    title = f"{whole.homes:,} {whole.types.origin} homes, {whole.percent} % of them generate"
    figure, (axes,) = new_figure(Caption(title, "hour", "power (kW)"))
    ledger, days = study.whole.ledger, whole.days
    needed, grid = ledger.needed_wh / days / KILO, ledger.grid_wh / days / KILO
    _plot_day(axes, needed, COLORS[0], "homes need")
    _plot_day(axes, grid, COLORS[5], "the grid gives")
    steps = np.arange(HOURS + 1)
    axes.fill_between(
        steps,
        _closed(grid),
        _closed(needed),
        step="post",
        color=COLORS[2],
        alpha=0.25,
        label="neighbours give",
    )
    axes.set_ylim(bottom=0)
    axes.legend()
    save_svg(figure, path)


def draw_sizes(study: Study, path: Path) -> None:
    """Per home, for several sizes of the community (figures 6 and 7)."""
    labels = [f"{outcome.scenario.homes:,} homes" for outcome in study.sizes]
    _draw_both(study.sizes, labels, path)


def draw_shares(study: Study, path: Path) -> None:
    """Per home, for several shares of generators (figures 8 and 9)."""
    labels = [f"{outcome.scenario.percent} % generate" for outcome in study.shares]
    _draw_both(study.shares, labels, path)


def draw_costs(study: Study, path: Path) -> None:
    """What groups pay of the original cost, by share of generators (figure 10), beside the paper's points."""
    rows = cost_rows(study)
    figure, (axes,) = new_figure(
        Caption(
            f"Cost of {study.whole.scenario.types.origin} homes",
            "homes that generate (%)",
            "cost (% of the original)",
        )
    )
    for color, who in zip(COLORS, WHO, strict=False):
        of_it = [row for row in rows if row.who == who]
        _plot_costs(axes, of_it, color)
        points = [(share, cost) for (share, group), cost in PAPER_PERCENT.items() if group == who]
        axes.plot(*zip(*points, strict=True), "x", color=color, markersize=8, markeredgewidth=2)
    axes.plot([], [], "-", color="0.4", label="community")
    axes.plot([], [], ":", color="0.4", label="central utility")
    axes.plot([], [], "x", color="0.4", label="CE-SDT, as printed")
    axes.axhline(0, color="0.4", linewidth=0.8)
    figure.legend(loc="outside right upper", frameon=False)
    save_svg(figure, path)


def _draw_both(outcomes: Sequence[Outcome], labels: Sequence[str], path: Path) -> None:
    figure, (need, grid) = new_figure(
        Caption("A home needs", "hour", "power (kW)"),
        Caption("The grid gives a home", "hour", "power (kW)"),
    )
    for color, outcome, label in zip(COLORS, outcomes, labels, strict=False):
        scale = outcome.scenario.days * outcome.scenario.homes * KILO
        _plot_day(need, outcome.ledger.needed_wh / scale, color, label)
        _plot_day(grid, outcome.ledger.grid_wh / scale, color, label)
    top = max(need.get_ylim()[1], grid.get_ylim()[1])
    for axes in (need, grid):
        axes.set_ylim(0, top)
    grid.legend()
    save_svg(figure, path)


def _plot_costs(axes: Axes, rows: Sequence[CostRow], color: str) -> None:
    shares = [row.generators_percent for row in rows]
    axes.plot(shares, [row.community_percent for row in rows], "o-", color=color, label=rows[0].who)
    axes.plot(shares, [row.central_percent for row in rows], ":", color=color)


def _plot_day(axes: Axes, by_hour: NDArray[np.float64], color: str, label: str) -> None:
    axes.step(range(HOURS + 1), _closed(by_hour), where="post", color=color, label=label)
    axes.set_xticks(HOUR_TICKS)
    axes.set_xlim(0, HOURS)


def _closed(by_hour: NDArray[np.float64]) -> NDArray[np.float64]:
    """With the last hour's value at its end, too."""
    closed: NDArray[np.float64] = np.append(by_hour, by_hour[-1])
    return closed
