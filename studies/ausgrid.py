"""Reads Ausgrid's solar home data (New South Wales, 2010 to 2013) as published: half-hourly energy, CSV.

A line of text, a heading, then a row for each customer, kind and day with 48 columns, kWh. Their labels, 0:30
to 23:30 and 0:00, name the *end* of their half hours, on the local clock, with daylight saving time. Kinds
are GC (general consumption), CL (controlled load) and GG (gross metered generation: all that the panels
gave). Some years write 1/07/2012, others 1-Jul-10.

The community study takes its types from it as the paper does (CE-SDT, 4.1): the mean power by hour in
November 2012 of 15 customers, and of the generators of three, scaled to 5 kW.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from studies.community_data import GENERATION_TYPES, HOURS, USAGE_TYPES, Floats, Types
from studies.profiles import ProfileError

HALF_HOURS: Final = 2 * HOURS
HALF_HOUR: Final = timedelta(minutes=30)
COLUMNS: Final = tuple(
    f"{minutes // 60 % HOURS}:{minutes % 60:02}" for minutes in range(30, 30 * HALF_HOURS + 1, 30)
)
KINDS: Final = ("GC", "CL", "GG")
CONSUMED: Final = ("GC", "CL")
DATE_FORMATS: Final = ("%d/%m/%Y", "%d-%b-%y")
ORIGIN: Final = "Ausgrid"
YEAR, MONTH = 2012, 11
GENERATOR_KW: Final = 5.0
ENERGY_KWH_MAX: Final = 50.0
"""A home that takes 100 kW for half an hour is none."""

CAPACITY_KW_MAX: Final = 100.0
CUSTOMER_MAX: Final = 10.0**9

STANDARD_TIME: Final = timedelta(hours=10)
"""Of New South Wales, east of UTC; an hour more from the first Sunday of October to that of April."""

CHANGE_AT: Final = 4
"""The clock is moved at 2:00 standard time: on both days the half hours from 2:00 local time on, the fifth
and sixth, do not say which they are."""


@dataclass(frozen=True, slots=True)
class HomeDay:
    """A row: what one customer's meter of one kind saw on a local day."""

    customer: int
    capacity_kw: float
    """Of its panels."""
    kind: str
    day: date
    energy_kwh: tuple[float, ...]
    """By half hour of the local clock, the first from 0:00 on."""


def read_days(path: Path) -> Iterator[HomeDay]:
    """All rows; raises ProfileError at the first thing that is wrong."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        next(lines, None)
        heading = [name.strip() for name in next(lines, [])]
        places = _places(path, heading)
        seen = set()
        for cells in lines:
            row = _row(path, lines.line_num, cells, places)
            if (row.customer, row.kind, row.day) in seen:
                raise ProfileError(path, lines.line_num, "date", f"{row.day} of this meter is there twice")
            seen.add((row.customer, row.kind, row.day))
            yield row


def starts_utc(day: date) -> tuple[datetime | None, ...]:
    """When each of the 48 half hours of a local day begins; None for the two of the hour in which the clock
    is moved, which is missing in October and double in April."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - STANDARD_TIME
    spring, autumn = _first_sunday(day.year, 10), _first_sunday(day.year, 4)
    starts: list[datetime | None] = []
    for place in range(HALF_HOURS):
        is_summer = day > spring or day < autumn
        if day in (spring, autumn):
            if place in (CHANGE_AT, CHANGE_AT + 1):
                starts.append(None)
                continue
            is_summer = (place > CHANGE_AT) is (day == spring)
        starts.append(midnight + place * HALF_HOUR - timedelta(hours=is_summer))
    return tuple(starts)


def read_types(path: Path) -> Types:
    """The study's types: of the first customers that have every day of the month. Raises ProfileError."""
    days = (date(YEAR, MONTH, 1), date(YEAR, MONTH + 1, 1))
    consumed: dict[int, dict[date, Floats]] = {}
    generated: dict[int, dict[date, Floats]] = {}
    for row in read_days(path):
        is_load = row.kind in CONSUMED
        if days[0] <= row.day < days[1] and (is_load or row.capacity_kw > 0):
            into = consumed if is_load else generated
            scale = 1.0 if is_load else GENERATOR_KW / row.capacity_kw
            of_customer = into.setdefault(row.customer, {})
            before = of_customer.get(row.day, np.zeros(HALF_HOURS))
            of_customer[row.day] = before + scale * np.array(row.energy_kwh)
    return Types(
        _mean_w(path, consumed, (days[1] - days[0]).days, USAGE_TYPES),
        _mean_w(path, generated, (days[1] - days[0]).days, GENERATION_TYPES),
        ORIGIN,
    )


def _mean_w(path: Path, found: Mapping[int, Mapping[date, Floats]], days: int, count: int) -> Floats:
    """Mean power by hour, W, of the first `count` customers that lack no day."""
    whole = [customer for customer in sorted(found) if len(found[customer]) == days]
    if len(whole) < count:
        problem = f"has only {len(whole)} customers with all of {YEAR}-{MONTH}, and {count} are needed"
        raise ProfileError(path, None, None, problem)
    means = [np.mean([*found[customer].values()], axis=0) for customer in whole[:count]]
    by_hour: Floats = np.array(means).reshape(count, HOURS, 2).sum(axis=2) * 1_000
    return by_hour


def _places(path: Path, heading: Sequence[str]) -> Mapping[str, int]:
    """Where each column stands. Raises ProfileError."""
    places = {name: place for place, name in enumerate(heading)}
    for name in ("Customer", "Generator Capacity", "Consumption Category", "date", *COLUMNS):
        if name not in places:
            raise ProfileError(path, 2, name, "is missing; a file as Ausgrid published it has it")
    return places


def _row(path: Path, line: int, cells: Sequence[str], places: Mapping[str, int]) -> HomeDay:
    if len(cells) < len(places):
        raise ProfileError(path, line, None, f"has {len(cells)} columns, not {len(places)}")
    kind = cells[places["Consumption Category"]]
    if kind not in KINDS:
        raise ProfileError(path, line, "Consumption Category", f"{kind!r} is none of {', '.join(KINDS)}")
    return HomeDay(
        customer=int(_number(path, line, "Customer", cells, places, CUSTOMER_MAX)),
        capacity_kw=_number(path, line, "Generator Capacity", cells, places, CAPACITY_KW_MAX),
        kind=kind,
        day=_date(path, line, cells[places["date"]]),
        energy_kwh=tuple([_number(path, line, name, cells, places, ENERGY_KWH_MAX) for name in COLUMNS]),
    )


def _number(
    path: Path, line: int, name: str, cells: Sequence[str], places: Mapping[str, int], most: float
) -> float:
    text = cells[places[name]]
    try:
        number = float(text)
    except ValueError:
        raise ProfileError(path, line, name, f"{text!r} is not a number") from None
    if not 0 <= number <= most:
        raise ProfileError(path, line, name, f"{text} is outside 0 .. {most:g}")
    return number


def _date(path: Path, line: int, text: str) -> date:
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    raise ProfileError(path, line, "date", f"{text!r} is a date neither like 1/07/2012 nor like 1-Jul-10")


def _first_sunday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7)
