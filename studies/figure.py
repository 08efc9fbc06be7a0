"""Figures as SVG files: one look, and the same bytes for the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH_INCHES: Final = 6.4
"""Of one diagram; several side by side are a little narrower each."""
HEIGHT_INCHES: Final = 4.0
BESIDE: Final = 0.75

COLORS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
"""Of Okabe and Ito: people tell them apart however they see colours."""


@dataclass(frozen=True, slots=True)
class Caption:
    """What stands around a diagram."""

    title: str
    x_label: str
    y_label: str


def new_figure(*captions: Caption, rows: int = 1) -> tuple[Figure, Sequence[Axes]]:
    """Empty diagrams, side by side, or in so many rows of as many each."""
    columns = len(captions) // rows
    beside = 1.0 if columns == 1 else BESIDE
    figure = Figure(figsize=(WIDTH_INCHES * beside * columns, HEIGHT_INCHES * rows), layout="constrained")
    diagrams = [axes for row in figure.subplots(rows, columns, squeeze=False) for axes in row]
    for axes, caption in zip(diagrams, captions, strict=True):
        axes.set(title=caption.title, xlabel=caption.x_label, ylabel=caption.y_label)
        axes.grid(visible=True, alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    return figure, diagrams


def save_svg(figure: Figure, path: Path) -> None:
    """Write the figure, without the date."""
    with rc_context({"svg.hashsalt": "gridquorum", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
