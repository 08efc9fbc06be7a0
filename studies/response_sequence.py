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
    for line, step in enumerate(ordered):
        made_s, kept_s = (step.made_ms - begin_ms) / MS, (step.kept_ms - begin_ms) / MS
        axes.plot([made_s, kept_s], [line, line], color=COLORS[step.stage], linewidth=2)
        axes.plot(made_s, line, "o", color=COLORS[step.stage], markersize=3)
        axes.plot(kept_s, line, "s", color=COLORS[step.stage], markersize=3)
    name_groups(axes, ordered)
    axes.invert_yaxis()
    axes.grid(visible=False)
    save_svg(figure, path)


def name_groups(axes: Axes, ordered: Sequence[Step]) -> None:
    """One name for all neighbours that do the same."""
    places, names, begin = [], [], 0
    for (stage, action), group in groupby(ordered, key=lambda step: (step.stage, step.action)):
        count = len(list(group))
        places.append(begin + (count - 1) / 2)
        names.append(f"{action} {stage}".strip() + (f" ({count})" if count > 1 else ""))
        begin += count
    axes.set_yticks(places, names)
