"""Figures as SVG files: one look, and the same bytes for the same numbers."""

from pathlib import Path
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SIZE_INCHES: Final = (6.4, 4.0)


def new_figure(title: str, x_label: str, y_label: str) -> tuple[Figure, Axes]:
    """An empty diagram."""
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    axes = figure.subplots()
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def save_svg(figure: Figure, path: Path) -> None:
    """Write the figure, without the date."""
    with rc_context({"svg.hashsalt": "gridquorum", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
