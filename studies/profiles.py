"""Energy profiles and tariffs from CSV files: checked line by line, then held as whole Wh a quarter hour.

`park_day.csv` has a row for each quarter hour and park, `tariff.csv` one a quarter hour; times are UTC, and
the unit is the last word of a column's name. A file that breaks a rule is refused with file, line and
column: a gap is never filled, a duplicate never chosen from, a unit never guessed.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

PERIOD = timedelta(minutes=15)
PERIODS_A_DAY = 96
DATA = Path(__file__).parent / "data"
PARK_DAY = DATA / "park_day.csv"
TARIFF = DATA / "tariff.csv"

TIME = "period_start_utc"
CARRIERS = ("load", "pv", "wind")
PARK_COLUMNS = (TIME, "park", *(f"{kind}_{what}_wh" for what in ("forecast", "metered") for kind in CARRIERS))
TARIFF_COLUMNS = (TIME, "buy_cny_per_kwh", "sell_cny_per_kwh")

FILE_BYTES_MAX = 64 * 2**20
# A quarter hour at 4 GW: no park is larger, and sums of hundreds of parks stay far inside 63 bits.
ENERGY_WH_MAX = 10**9
PRICE_MAX = Decimal(1000)
PRICE_STEP = Decimal("0.000001")


class ProfileError(Exception):
    """A profile file that cannot be used; says where, what and how to mend it."""

    def __init__(self, path: Path, line: int | None, column: str | None, problem: str) -> None:
        place = "".join((f", line {line}" if line else "", f", column {column}" if column else ""))
        super().__init__(f"{path}{place}: {problem}")
        self.path, self.line, self.column, self.problem = path, line, column, problem


@dataclass(frozen=True, slots=True)
class Curve:
    """Energy by quarter hour, in Wh, never negative."""

    load_wh: tuple[int, ...]
    pv_wh: tuple[int, ...]
    wind_wh: tuple[int, ...]

    @property
    def renewable_wh(self) -> tuple[int, ...]:
        return tuple(pv + wind for pv, wind in zip(self.pv_wh, self.wind_wh, strict=True))

    @property
    def net_wh(self) -> tuple[int, ...]:
        """Load less generation: positive where the park consumes."""
        return tuple(load - made for load, made in zip(self.load_wh, self.renewable_wh, strict=True))


@dataclass(frozen=True, slots=True)
class ParkProfile:
    """One park: what was expected the day before, and what its meters then said."""

    name: str
    forecast: Curve
    metered: Curve


@dataclass(frozen=True, slots=True)
class Profiles:
    """Whole UTC days of every park."""

    first_day: datetime
    parks: tuple[ParkProfile, ...]

    @property
    def periods(self) -> int:
        return len(self.parks[0].forecast.load_wh)

    def park(self, name: str) -> ParkProfile:
        """The park of that name; raises KeyError with the names there are."""
        for park in self.parks:
            if park.name == name:
                return park
        raise KeyError(f"no park {name!r}; there are: {', '.join(park.name for park in self.parks)}")


@dataclass(frozen=True, slots=True)
class TariffProfile:
    """Prices of whole UTC days, in millionths of the currency per kWh."""

    first_day: datetime
    buy_ukwh: tuple[int, ...]
    sell_ukwh: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a CSV file, which knows where it stands."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def fault(self, column: str, problem: str) -> ProfileError:
        return ProfileError(self.path, self.line, column, problem)

    def time(self) -> datetime:
        text = self.cells[TIME]
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self.fault(TIME, f"{text!r} is not a time like 2016-06-08T00:15:00Z") from None
        if moment.tzinfo is None:
            raise self.fault(TIME, f"{text} names no time zone; write UTC, ending in Z")
        if moment.utcoffset():
            raise self.fault(
                TIME, f"{text} is local time; convert it to UTC (daylight saving makes local time ambiguous)"
            )
        if (moment - datetime.min.replace(tzinfo=UTC)) % PERIOD:
            raise self.fault(TIME, f"{text} does not start a quarter hour")
        return moment

    def energy_wh(self, column: str) -> int:
        text = self.cells[column]
        if not (text.isascii() and text.removeprefix("-").isdigit()):
            raise self.fault(column, f"{text!r} is not a whole number of Wh")
        if text.startswith("-"):
            raise self.fault(column, f"{text} is negative; load and generation each count from zero up")
        if len(text) > len(str(ENERGY_WH_MAX)) or int(text) > ENERGY_WH_MAX:
            raise self.fault(
                column, f"{text[:20]} is above {ENERGY_WH_MAX} Wh a quarter hour; is it really in Wh?"
            )
        return int(text)

    def whole(self, column: str, least: int, most: int) -> int:
        """A whole number in the unit of its column."""
        text = self.cells[column]
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()):
            raise self.fault(column, f"{text!r} is not a whole number")
        if len(digits) > len(str(max(-least, most))) or not least <= int(text) <= most:
            raise self.fault(column, f"{text[:20]} is not between {least} and {most}")
        return int(text)

    def price_ukwh(self, column: str) -> int:
        text = self.cells[column]
        try:
            price = Decimal(text)
        except InvalidOperation:
            raise self.fault(column, f"{text!r} is not a price") from None
        if not price.is_finite() or abs(price) > PRICE_MAX:
            raise self.fault(column, f"{text} is not between -{PRICE_MAX} and {PRICE_MAX}")
        if price % PRICE_STEP:
            raise self.fault(column, f"{text} is finer than a millionth")
        return int(price / PRICE_STEP)


def load_profiles(path: Path = PARK_DAY) -> Profiles:
    """Read the parks' profiles; raises ProfileError at the first thing that is wrong."""
    series: dict[str, list[tuple[int, ...]]] = {}
    times: dict[str, list[datetime]] = {}
    for row in read_rows(path, PARK_COLUMNS):
        name = row.cells["park"]
        if not (0 < len(name) <= 32 and name.isprintable() and name == name.strip()):
            raise row.fault("park", f"{name!r} is not a park's name")
        check_next(row, times.setdefault(name, []), f"park {name}")
        series.setdefault(name, []).append(tuple(row.energy_wh(column) for column in PARK_COLUMNS[2:]))
    check_parks(path, times)
    return Profiles(
        first_day=next(iter(times.values()))[0],
        parks=tuple(park_profile(name, rows) for name, rows in series.items()),
    )


def park_profile(name: str, rows: list[tuple[int, ...]]) -> ParkProfile:
    columns = tuple(zip(*rows, strict=True))
    return ParkProfile(name, forecast=Curve(*columns[:3]), metered=Curve(*columns[3:]))


def load_tariff(path: Path = TARIFF) -> TariffProfile:
    """Read a tariff; raises ProfileError at the first thing that is wrong."""
    times: list[datetime] = []
    prices: list[tuple[int, int]] = []
    for row in read_rows(path, TARIFF_COLUMNS):
        check_next(row, times, "the tariff")
        prices.append((row.price_ukwh("buy_cny_per_kwh"), row.price_ukwh("sell_cny_per_kwh")))
    check_days(path, times, "the tariff")
    buy, sell = zip(*prices, strict=True)
    return TariffProfile(times[0], buy_ukwh=buy, sell_ukwh=sell)


def check_next(row: Row, times: list[datetime], owner: str) -> None:
    """Take the row's time if it is a quarter hour after the last one of the same owner."""
    moment = row.time()
    if times and moment <= times[-1]:
        problem = "comes twice" if moment in times else "comes after a later one"
        raise row.fault(TIME, f"{row.cells[TIME]} {problem} for {owner}")
    if times and moment != times[-1] + PERIOD:
        raise row.fault(
            TIME, f"a gap for {owner}: {stamp(times[-1] + PERIOD)} is missing before {stamp(moment)}"
        )
    times.append(moment)


def check_days(path: Path, times: list[datetime], owner: str) -> None:
    if not times:
        raise ProfileError(path, None, None, "has a heading but no rows")
    if times[0].hour or times[0].minute or len(times) % PERIODS_A_DAY:
        raise ProfileError(
            path,
            None,
            None,
            f"{owner} runs from {stamp(times[0])} for {len(times)} quarter hours; "
            f"it must cover whole UTC days, {PERIODS_A_DAY} a day from 00:00",
        )


def check_parks(path: Path, times: Mapping[str, list[datetime]]) -> None:
    """Every park covers the same whole days."""
    if not times:
        raise ProfileError(path, None, None, "has a heading but no rows")
    first_name, first_times = next(iter(times.items()))
    for name, own in times.items():
        check_days(path, own, f"park {name}")
        if own != first_times:
            raise ProfileError(
                path, None, "park", f"park {name} does not cover the same quarter hours as park {first_name}"
            )


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows of a CSV file with exactly these columns, in any order."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ProfileError(path, None, None, f"is larger than {FILE_BYTES_MAX} bytes")
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, strict=True)
            heading = next(rows, [])
            check_heading(path, heading, columns)
            for cells in rows:
                if len(cells) != len(heading):
                    raise ProfileError(
                        path, rows.line_num, None, f"has {len(cells)} cells, the heading {len(heading)}"
                    )
                yield Row(path, rows.line_num, dict(zip(heading, cells, strict=True)))
    except OSError as error:
        raise ProfileError(path, None, None, error.strerror or str(error)) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise ProfileError(path, None, None, f"is not a CSV file in UTF-8: {error}") from error


def check_heading(path: Path, heading: list[str], columns: tuple[str, ...]) -> None:
    for column in heading:
        if column not in columns:
            missing = [name for name in columns if name not in heading]
            raise ProfileError(
                path, 1, column, f"is not known; the columns are {', '.join(columns)}; missing: {missing}"
            )
        if heading.count(column) > 1:
            raise ProfileError(path, 1, column, "comes twice")
    for column in columns:
        if column not in heading:
            raise ProfileError(path, 1, column, "is missing")


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
