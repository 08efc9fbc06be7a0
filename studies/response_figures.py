"""The figures of a day of demand response: those of Chen et al. (2022), 6 and 7, and how ADMM converged.

Small networks are drawn node by node; large ones as the range of their buses, and as sums by kind.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from contracts.response.network import NPU
from contracts.response.resources import Kind
from studies.figure import COLORS, Caption, new_figure, save_svg
from studies.response import Day, Floats
from studies.response_case import ResponseCase
from studies.response_tree import MARKS, draw_tree

KILO: Final = 1_000
QUARTERS_AN_HOUR: Final = 4
HOUR_TICKS: Final = range(0, 25, 4)
BESIDE_BAND_PU: Final = 0.006
LEAST_RESIDUAL: Final = 1e-3
"""What is less is drawn as this."""


def draw(day: Day, directory: Path) -> list[Path]:
    """All figures, into a directory that is there."""
    drawings: Mapping[str, Callable[[Day, Path], None]] = {
        "case": draw_case,
        "voltages": draw_voltages,
        "responses": draw_responses,
        "convergence": draw_convergence,
    }
    paths = [directory / f"{name}.svg" for name in drawings]
    for path, drawing in zip(paths, drawings.values(), strict=True):
        drawing(day, path)
    return paths


def draw_case(day: Day, path: Path) -> None:
    """The network, its resources and its loads, before any event (figure 6)."""
    case = day.case
    figure, (tree, resources, loads) = new_figure(
        Caption(f"The network: {len(case.network.buses)} buses, {len(case.resources)} resources", "", ""),
        Caption("Resources without events", "hour", "injection (kW)"),
        Caption("Other loads", "hour", "power (kW)"),
    )
    draw_tree(tree, case)
    for name, color, injection_w in by_group(case, baseline_w(case)):
        plot_day(resources, injection_w / KILO, color, name)
    load_kw = -np.array([point.background_w for point in case.day]) / KILO
    if is_small(case):
        for bus in range(1, len(case.network.buses)):
            plot_day(loads, load_kw[:, bus], COLORS[bus - 1], case.network.buses[bus].name)
    else:
        plot_day(loads, load_kw.sum(axis=1), COLORS[0], "all buses")
    for axes in (resources, loads):
        legend_below(axes)
    save_svg(figure, path)


def draw_voltages(day: Day, path: Path) -> None:
    """Without events and with them (figures 7a, 7c)."""
    figure, panels = new_figure(
        Caption("Voltages without events", "hour", "voltage (p.u.)"),
        Caption("Voltages with the dispatches of the events", "hour", "voltage (p.u.)"),
    )
    network = day.case.network
    band = (network.lowest_npu / NPU, network.highest_npu / NPU)
    ends = np.array([*band, day.before_pu.min(), day.before_pu.max()])
    for axes, voltages_pu in zip(panels, (day.before_pu, day.after_pu), strict=True):
        draw_buses(axes, day.case, voltages_pu)
        for limit, name in zip(band, ("limits", None), strict=True):
            axes.axhline(limit, color="black", linestyle="--", linewidth=1, label=name)
        axes.set_ylim(ends.min() - BESIDE_BAND_PU, ends.max() + BESIDE_BAND_PU)
        legend_below(axes)
    shade_events(panels[1], day)
    save_svg(figure, path)


def draw_buses(axes: Axes, case: ResponseCase, voltages_pu: Floats) -> None:
    """Each bus but the connection, or of many the range in which they are."""
    if is_small(case):
        for bus in range(1, len(case.network.buses)):
            plot_day(axes, voltages_pu[:, bus], COLORS[bus - 1], case.network.buses[bus].name)
        return
    lowest, highest = voltages_pu[:, 1:].min(axis=1), voltages_pu[:, 1:].max(axis=1)
    axes.fill_between(hours_of(case), lowest, highest, color=COLORS[4], alpha=0.4, label="all buses")
    plot_day(axes, highest, COLORS[5], "highest bus")
    plot_day(axes, np.median(voltages_pu[:, 1:], axis=1), COLORS[0], "median bus")


def draw_responses(day: Day, path: Path) -> None:
    """What resources inject with the events (figure 7b), and who moves by how much."""
    case = day.case
    figure, (resources, changes) = new_figure(
        Caption("Resources with events (dotted: without)", "hour", "injection (kW)"),
        Caption("Who responds", "hour", "change of injection (kW)"),
    )
    for name, color, injection_w in by_group(case, baseline_w(case) + day.change_w):
        plot_day(resources, injection_w / KILO, color, name)
    for _, color, injection_w in by_group(case, baseline_w(case)):
        plot_day(resources, injection_w / KILO, color, None, linestyle=":")
    shade_events(resources, day)
    draw_changes(changes, day)
    for axes in (resources, changes):
        legend_below(axes)
    save_svg(figure, path)


def draw_changes(axes: Axes, day: Day) -> None:
    """Stacked, each quarter hour as wide as it is, in the hours of the events."""
    moved = day.change_w.any(axis=1)
    base_kw, hours = np.zeros(moved.sum()), hours_of(day.case)[moved]
    for name, color, change_w in by_group(day.case, day.change_w):
        change_kw = change_w[moved] / KILO
        axes.bar(
            hours, change_kw, 1 / QUARTERS_AN_HOUR, base_kw, align="edge", fc=color, ec=color, label=name
        )
        base_kw += change_kw
    axes.margins(x=0.1)


def draw_convergence(day: Day, path: Path) -> None:
    """Residuals of the largest event, optimisation by optimisation."""
    figure, panels = new_figure(
        Caption(
            "ADMM: what is missing of target and cuts", "iteration", "primal residual (W), drawn from 0.001"
        ),
        Caption("ADMM: how far the prices still move", "iteration", "dual residual (millionths per kWh)"),
    )
    largest = max(day.outcomes, key=lambda outcome: abs(outcome.event.target_w), default=None)
    for number, each in enumerate(largest.event.rounds if largest else ()):
        residuals = each.optimum.residuals
        label = f"optimisation {number + 1} (cuts: {each.cuts})"
        for axes, values in zip(
            panels,
            ([each.primal_w for each in residuals], [each.dual_ukwh for each in residuals]),
            strict=True,
        ):
            seen = np.maximum(values, LEAST_RESIDUAL)
            axes.plot(range(1, len(seen) + 1), seen, color=COLORS[number % len(COLORS)], label=label)
    for axes in panels:
        axes.set_yscale("log")
        legend_below(axes)
    save_svg(figure, path)


def by_group(case: ResponseCase, values: NDArray[np.int64]) -> Iterator[tuple[str, str, Floats]]:
    """Name, colour and curve of each resource, or of each kind; `values` by quarter hour and resource."""
    if is_small(case):
        for number, resource in enumerate(case.resources):
            name = f"{resource.bus}: {resource.participant}"
            yield name, COLORS[number % len(COLORS)], values[:, number].astype(float)
        return
    kinds = np.array([resource.kind for resource in case.resources])
    for kind in Kind:
        if (kinds == kind).any():
            yield str(kind), MARKS[kind][1], values[:, kinds == kind].sum(axis=1).astype(float)


def baseline_w(case: ResponseCase) -> NDArray[np.int64]:
    """By quarter hour and resource."""
    return np.array([point.baseline_w for point in case.day], np.int64)


def is_small(case: ResponseCase) -> bool:
    """Whether every bus and resource has a colour of its own."""
    return max(len(case.network.buses) - 1, len(case.resources)) <= len(COLORS)


def hours_of(case: ResponseCase) -> Floats:
    """When each quarter hour begins."""
    return np.arange(len(case.day)) / QUARTERS_AN_HOUR


def plot_day(axes: Axes, values: Floats, color: str, label: str | None, **style: Any) -> None:
    """A curve over the hours of the day, a step a quarter hour."""
    hours = np.arange(len(values) + 1) / QUARTERS_AN_HOUR
    axes.plot(hours, [*values, values[-1]], drawstyle="steps-post", color=color, label=label, **style)
    axes.set_xticks(HOUR_TICKS)


def legend_below(axes: Axes) -> None:
    """Where no curve is."""
    axes.legend(ncols=3, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.16), frameon=False)


def shade_events(axes: Axes, day: Day) -> None:
    """Grey, where an event runs."""
    for outcome in day.outcomes:
        quarters = outcome.event.quarters
        axes.axvspan(
            quarters.start / QUARTERS_AN_HOUR,
            quarters.stop / QUARTERS_AN_HOUR,
            color="0.85",
            alpha=0.6,
            zorder=0,
            linewidth=0,
        )
