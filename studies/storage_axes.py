"""The axes of a day of quarter hours, as all figures of the storage study have them."""

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes

from studies.profiles import PERIODS_A_DAY
from studies.storage_case import KILO

QUARTERS_AN_HOUR: Final = 4
HOURS: Final = PERIODS_A_DAY // QUARTERS_AN_HOUR
HOUR_TICKS: Final = range(0, HOURS + 1, 4)
HOUR: Final = "hour (UTC)"
POWER: Final = "power (kW)"
EDGES: Final = [quarter / QUARTERS_AN_HOUR for quarter in range(PERIODS_A_DAY + 1)]
"""Hours at which quarter hours begin and end."""


def span_day(axes: Axes) -> None:
    """From midnight to midnight."""
    axes.set_xticks(HOUR_TICKS)
    axes.set_xlim(0, HOURS)


def plot_day(axes: Axes, values: Sequence[float], color: str, label: str | None, **style: Any) -> None:
    """A curve over the hours of the day, a step a quarter hour."""
    axes.step(EDGES, [*values, values[-1]], where="post", color=color, label=label, **style)
    span_day(axes)


def plot_power(axes: Axes, series_wh: Sequence[int], color: str, label: str | None, **style: Any) -> None:
    """The power that energies of quarter hours are, over the day."""
    plot_day(axes, kw_of(series_wh), color, label, **style)


def legend_below(axes: Axes, columns: int = 4, below: float = 0.16) -> None:
    """Where no curve is."""
    axes.legend(
        ncols=columns, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -below), frameon=False
    )


def kw_of(series_wh: Sequence[int]) -> list[float]:
    """The power that energies of quarter hours are."""
    return [energy_wh * QUARTERS_AN_HOUR / KILO for energy_wh in series_wh]
