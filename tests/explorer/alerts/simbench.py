"""False alarms on real days: `python -m tests.explorer.alerts.simbench DIRECTORY`.

DIRECTORY holds SimBench's complete data, as for `studies.make_park_day`. Four weeks of each season of the
three parks, with forecasts made as for the shipped day, every day anew; meters, bus and storage are those of
parks.py. The days hold no fault that anybody knows of, so every alert is a false one, or a forecast that
failed.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from studies.make_park_day import RECIPES, park_columns, read_table
from tests.explorer.alerts import parks

WEEKS = 4
SEASONS = (40, 120, 200, 290)
"""Days of the year 2016 with which they begin."""

DAY = 96
ISSUED = 24
"""Periods before the day, when its forecasts are made."""

OFFSET = 4
"""Periods from the first row to midnight, UTC."""


def season(directory: Path, first_day: int) -> parks.Weather:
    """Four weeks."""
    load, renewable = read_table(directory / "LoadProfile.csv"), read_table(directory / "RESProfile.csv")
    days = []
    for day in range(first_day, first_day + 7 * WEEKS):
        row = day * DAY + OFFSET
        days.append([park_columns(recipe, load, renewable, row, row - ISSUED) for recipe in RECIPES])
    # By column (forecasts of load, PV, wind, then the metered ones), park and period.
    curves = np.concatenate([np.array(day, dtype=np.float64).transpose(1, 0, 2) for day in days], axis=2)
    expected = (curves[0] - curves[1] - curves[2]).sum(axis=0)
    blank = parks.make_weather(first_day, 7 * WEEKS)
    return parks.Weather(
        curves[3], curves[4], curves[5], expected, blank.told, blank.response, blank.leak, blank.unmetered
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = Counter[str]()
    for begin in SEASONS:
        alerts = parks.make_trace(season(Path(sys.argv[1]), begin), begin).detect(begin)
        for alert in sorted(alerts.values(), key=lambda each: each.opened_slot):
            found[alert.rule] += 1
            place = ((alert.first_period or 0) - parks.FIRST) / DAY
            print(f"day {begin + place:.1f}: {alert.rule}: {alert.title}", flush=True)
    print(f"{len(SEASONS) * WEEKS * 7} days: {dict(found)}")
