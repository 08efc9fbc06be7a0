"""Make the shipped six-node case: `python -m studies.make_six_nodes`.

Chen et al. (2022), section 4, draws its case and prints no numbers, so every number here is ours. What each
stands for is told in `studies/data/README.md`. Curves are sums of bumps, without chance: a second run gives
the same bytes.
"""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from studies.profiles import DATA, PERIOD, PERIODS_A_DAY, TIME, stamp

DAY: Final = datetime(2026, 6, 21, tzinfo=UTC)
VAR_PER_W: Final = 0.33
"""Of loads: a power factor of 0.95. What generates, stores or shifts has unity power factor."""

Curve = Callable[[float], float]
"""kW by the hour of the day."""


@dataclass(frozen=True, slots=True)
class Bump:
    """A bell around an hour."""

    peak_kw: float
    hour: float
    width_h: float

    def __call__(self, hour: float) -> float:
        return self.peak_kw * math.exp(-(((hour - self.hour) / self.width_h) ** 2) / 2)


def curve(base_kw: float, *bumps: Bump) -> Curve:
    return lambda hour: base_kw + sum(bump(hour) for bump in bumps)


def sun(peak_kw: float) -> Curve:
    """A clear day from 5:30 to 19:00, its peak at 12:15."""
    return lambda hour: peak_kw * max(0.0, math.sin(math.pi * (hour - 5.5) / 13.5)) ** 1.3


LOADS: Final[Mapping[int, Curve]] = {
    1: curve(22, Bump(12, 8.0, 1.5), Bump(6, 13.0, 3.0), Bump(14, 19.0, 2.0)),
    2: curve(14, Bump(9, 7.5, 1.3), Bump(8, 12.5, 1.5), Bump(14, 19.2, 1.8)),
    3: curve(12, Bump(16, 12.0, 4.0)),
    4: curve(8, Bump(6, 7.3, 1.2), Bump(5, 12.8, 1.6), Bump(12, 19.5, 1.9)),
    5: curve(9, Bump(5, 7.6, 1.2), Bump(4, 12.6, 1.5), Bump(7, 19.0, 2.0)),
    6: curve(6, Bump(4, 7.2, 1.2), Bump(4, 12.5, 1.5), Bump(7, 19.4, 1.9)),
}
RESOURCES: Final[Mapping[int, Curve]] = {
    1: curve(35, Bump(10, 7.5, 1.5), Bump(-5, 13.0, 2.0), Bump(12, 19.0, 2.0)),
    2: curve(20, Bump(-9, 6.0, 3.0), Bump(4, 10.0, 1.5), Bump(10, 17.0, 3.0)),
    3: curve(-8, Bump(-6, 14.0, 4.0)),
    4: curve(0, Bump(-5, 3.0, 1.0), Bump(12, 19.5, 1.5)),
    5: sun(45),
    6: sun(90),
}
"""Engine, wind, cold store, battery, and the sun twice: injections, so that consumption is negative."""


def main(target: Path) -> None:
    """Write `six_day.csv` into the directory `target`."""
    with (target / "six_day.csv").open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((TIME, "node", "load_w", "load_var", "resource_w"))
        writer.writerows(day_rows())


def day_rows() -> Iterator[Sequence[object]]:
    """A row for each quarter hour and node; a curve counts at the middle of its quarter hour."""
    for quarter in range(PERIODS_A_DAY):
        begin = DAY + quarter * PERIOD
        hour = (quarter + 0.5) * (PERIOD / timedelta(hours=1))
        for node in sorted(LOADS):
            load_w = round(1_000 * LOADS[node](hour))
            yield stamp(begin), node, load_w, round(load_w * VAR_PER_W), round(1_000 * RESOURCES[node](hour))


if __name__ == "__main__":
    main(DATA)
