"""From the making of each transaction of an event to its block: Chen et al. (2022), figure 8(a), measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from studies.figure import Caption, new_figure, save_svg

MS: Final = 1_000
COLORS: Final = {"T": "C3", "D": "C0", "V": "C2", "A": "C4", "": "C7"}
"""By stage; what stands between the stages, such as a quote, is grey."""

GAP: Final = 1.5
"""Lines left free between two kinds of transactions, for their names."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transaction on its way into the chain; times in unix milliseconds."""

    stage: str
    """T, D, V, A, or nothing for what is linked to none of them."""
    action: str
    who: str
    height: int
    made_ms: int
    kept_ms: int
    """When its block was final and kept."""

    @property
    def waited_ms(self) -> int:
        """From the making to the block."""
        return self.kept_ms - self.made_ms


def draw(steps: Sequence[Step], slot_ms: int, path: Path) -> None:
    """A line for each transaction, in the order of their making, and the blocks as upright lines."""
    caption = Caption(
        "From the making of a transaction to its block",
        f"seconds since the first was made (a slot, here {slot_ms / MS:g} s, stands for 15 minutes)",
        "",
    )
    figure, (axes,) = new_figure(caption)
    ordered = sorted(steps, key=lambda step: step.made_ms)
    begin_ms = ordered[0].made_ms
    for kept_ms in {step.kept_ms for step in ordered}:
        axes.axvline((kept_ms - begin_ms) / MS, color="C7", linewidth=0.6, alpha=0.5)
    groups = [list(group) for _, group in groupby(ordered, key=lambda step: (step.stage, step.action))]
    places, top = [], 0.0
    for group in groups:
        for line, step in enumerate(group):
            draw_step(axes, step, top + line, begin_ms)
        places.append(top + (len(group) - 1) / 2)
        top += len(group) + GAP
    axes.set_yticks(places, map(name_of, groups))
    axes.invert_yaxis()
    axes.grid(visible=False)
    save_svg(figure, path)


def draw_step(axes: Axes, step: Step, line: float, begin_ms: int) -> None:
    """From where it was made, a dot, to its block, a square."""
    made_s, kept_s = (step.made_ms - begin_ms) / MS, (step.kept_ms - begin_ms) / MS
    color = COLORS[step.stage]
    axes.plot([made_s, kept_s], [line, line], color=color, linewidth=2)
    axes.plot(made_s, line, "o", color=color, markersize=3)
    axes.plot(kept_s, line, "s", color=color, markersize=3)


def name_of(group: Sequence[Step]) -> str:
    """One name for neighbours that do the same."""
    count = f" ({len(group)})" if len(group) > 1 else ""
    return f"{group[0].action} {group[0].stage}".strip() + count
