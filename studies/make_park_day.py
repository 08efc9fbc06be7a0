"""Make the shipped park day from SimBench: `python -m studies.make_park_day DIRECTORY`.

DIRECTORY holds `LoadProfile.csv` and `RESProfile.csv` of SimBench's complete data (in the Python package,
`simbench/networks/1-complete_data-mixed-all-1-sw`). The package itself is not imported. What is written, and
by which method, is told in `studies/data/README.md`. Nothing is random: a second run gives the same bytes.
"""

import csv
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
QUARTERS_A_DAY = 96
QUARTERS_A_WEEK = 7 * QUARTERS_A_DAY
# SimBench counts quarter hours from midnight of 1 January 2016 in Germany, which is UTC+1 in winter.
FIRST_ROW = datetime(2015, 12, 31, 23, tzinfo=UTC)
DAY = datetime(2016, 6, 8, tzinfo=UTC)
# Forecasts use nothing that was measured at or after this moment.
ISSUED = DAY - timedelta(hours=6)

# Guangdong's hours and ratios of 2021, on the parks' own clock; the flat price itself is an assumption.
CLOCK = ZoneInfo("Europe/Berlin")
FLAT, PEAK, VALLEY = "0.6800", "1.1560", "0.2584"  # CNY per kWh, in ratios 1 : 1.7 : 0.38
FEED_IN = "0.2000"
PEAK_HOURS = frozenset({10, 11, *range(14, 19)})
VALLEY_HOURS = frozenset(range(8))

Series = Sequence[float]


@dataclass(frozen=True, slots=True)
class ParkRecipe:
    """Which standard profiles make up one park, each with the kW that its full scale stands for."""

    name: str
    load_kw: Mapping[str, int]
    pv_kw: Mapping[str, int]
    wind_kw: Mapping[str, int]


RECIPES = (
    ParkRecipe("mg1", {"G3-A_pload": 420, "G1-A_pload": 180}, {"PV4": 750}, {}),
    ParkRecipe("mg2", {"G4-A_pload": 380, "G0-A_pload": 300}, {}, {"WP4": 1000}),
    ParkRecipe("mg3", {"G0-M_pload": 450, "H0-A_pload": 500}, {"PV6": 600}, {"WP7": 500}),
)


def main(directory: Path, target: Path) -> None:
    """Write `park_day.csv` and `tariff.csv` into `target` from SimBench's tables in `directory`."""
    write_parks(directory, target)
    write_tariff(target)


def write_tariff(target: Path) -> None:
    with (target / "tariff.csv").open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["period_start_utc", "buy_cny_per_kwh", "sell_cny_per_kwh"])
        for period in range(QUARTERS_A_DAY):
            start = DAY + period * QUARTER
            hour = start.astimezone(CLOCK).hour
            buy = PEAK if hour in PEAK_HOURS else VALLEY if hour in VALLEY_HOURS else FLAT
            writer.writerow([stamp(start), buy, FEED_IN])


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def write_parks(directory: Path, target: Path) -> None:
    load = read_table(directory / "LoadProfile.csv")
    renewable = read_table(directory / "RESProfile.csv")
    day, issue = row_of(DAY), row_of(ISSUED)
    with (target / "park_day.csv").open("w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        kinds = ("load", "pv", "wind")
        titles = [f"{kind}_{what}_wh" for what in ("forecast", "metered") for kind in kinds]
        writer.writerow(["period_start_utc", "park", *titles])
        for recipe in RECIPES:
            columns = park_columns(recipe, load, renewable, day, issue)
            for period, energies in enumerate(zip(*columns, strict=True)):
                writer.writerow([stamp(DAY + period * QUARTER), recipe.name, *energies])


def park_columns(
    recipe: ParkRecipe, load: Mapping[str, Series], renewable: Mapping[str, Series], day: int, issue: int
) -> tuple[tuple[int, ...], ...]:
    """Six columns of whole Wh a quarter hour: forecasts of load, PV and wind, then the measured ones."""
    measured = (
        mixture(load, recipe.load_kw),
        mixture(renewable, recipe.pv_kw),
        mixture(renewable, recipe.wind_kw),
    )
    methods: tuple[Callable[[Series, int, int], int], ...] = (last_week, sun_forecast, wind_forecast)
    rows = range(day, day + QUARTERS_A_DAY)
    forecasts = (
        tuple(method(series, row, issue) for row in rows)
        for method, series in zip(methods, measured, strict=True)
    )
    return (*forecasts, *(tuple(round(series[row]) for row in rows) for series in measured))


def mixture(table: Mapping[str, Series], shares_kw: Mapping[str, int]) -> Series:
    """Wh a quarter hour of several profiles together; the data's tiny negative wind values become zero."""
    parts = [[max(0.0, value) * kw * 250 for value in table[name]] for name, kw in shares_kw.items()]
    return [sum(values) for values in zip(*parts, strict=True)] or [0.0] * len(next(iter(table.values())))


def last_week(series: Series, row: int, issue: int) -> int:
    """Load: what was measured a week before, on the same weekday at the same time."""
    if row - QUARTERS_A_WEEK >= issue:
        raise ValueError("a load forecast would look past its moment of issue")
    return round(series[row - QUARTERS_A_WEEK])


def sun_forecast(series: Series, row: int, issue: int) -> int:
    """PV: between the last measured day and the mean of fourteen, by how alike two days running are."""
    latest = row - QUARTERS_A_DAY
    while latest >= issue:
        latest -= QUARTERS_A_DAY
    same_time = [series[latest - back * QUARTERS_A_DAY] for back in range(14)]
    days = [
        sum(series[issue - (back + 1) * QUARTERS_A_DAY : issue - back * QUARTERS_A_DAY]) for back in range(28)
    ]
    weight = correlation(days[:-1], days[1:])
    return round(weight * same_time[0] + (1 - weight) * statistics.fmean(same_time))


def wind_forecast(series: Series, row: int, issue: int) -> int:
    """Wind: from the last measured hour to the mean of four weeks, by the autocorrelation at that distance
    (Nielsen et al. 1998, A new reference for wind power forecasting, Wind Energy 1:29-34)."""
    weeks = series[issue - 4 * QUARTERS_A_WEEK : issue]
    lag = row - issue + 1
    weight = correlation(weeks[:-lag], weeks[lag:])
    return round(weight * statistics.fmean(weeks[-4:]) + (1 - weight) * statistics.fmean(weeks))


def correlation(first: Series, second: Series) -> float:
    """Pearson's, within [0, 1]; 0 where a series never changes."""
    if max(first) == min(first) or max(second) == min(second):
        return 0.0
    return min(1.0, max(0.0, statistics.correlation(first, second)))


def row_of(moment: datetime) -> int:
    return (moment - FIRST_ROW) // QUARTER


def read_table(path: Path) -> Mapping[str, Series]:
    """The columns that the recipes need; a year of quarter hours each."""
    wanted = {
        name for recipe in RECIPES for part in (recipe.load_kw, recipe.pv_kw, recipe.wind_kw) for name in part
    }
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter=";")
        positions = {name: at for at, name in enumerate(next(rows)) if name in wanted}
        columns: dict[str, list[float]] = {name: [] for name in positions}
        for row in rows:
            for name, at in positions.items():
                columns[name].append(float(row[at]))
    return columns


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(__file__).parent / "data")
