"""Ausgrid's CSV: two date formats, labels at the ends, the clock's changes, and what is wrong with a file."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from studies.ausgrid import COLUMNS, read_days, read_types, starts_utc
from studies.profiles import ProfileError

HEADING = ["Customer", "Generator Capacity", "Postcode", "Consumption Category", "date", *COLUMNS]


def row(customer: int, kind: str, day: str, *energies: float, capacity: float = 2.5) -> str:
    filled = [*energies, *[0.0] * (48 - len(energies))]
    return ",".join([str(customer), str(capacity), "2076", kind, day, *map(str, filled)])


def write(directory: Path, *rows: str, heading: list[str] = HEADING) -> Path:
    path = directory / "solar.csv"
    path.write_text("\n".join(["Ausgrid - Solar home half-hour data", ",".join(heading), *rows]) + "\n")
    return path


def month(customers: int, generators: int) -> list[str]:
    """November 2012: each customer takes 0.25 kWh in the half hour that ends at 0:30, as a controlled load
    0.1 kWh in the next, and gives its number in kWh in the one that ends at 13:00."""
    rows = []
    for customer in range(1, customers + 1):
        for day in range(1, 31):
            text = f"{day}/11/2012"
            rows += [row(customer, "GC", text, 0.25), row(customer, "CL", text, 0.0, 0.1)]
            if customer <= generators:
                rows.append(row(customer, "GG", text, *[0.0] * 25, 0.1 * customer))
    return rows


def test_labels_name_the_ends_of_half_hours() -> None:
    assert (COLUMNS[0], COLUMNS[-2], COLUMNS[-1]) == ("0:30", "23:30", "0:00")


@pytest.mark.parametrize("text", ["1/07/2011", "01/07/2011", "1-Jul-11"])
def test_a_row_is_read_whichever_way_it_writes_its_date(tmp_path: Path, text: str) -> None:
    (found,) = read_days(write(tmp_path, row(7, "GG", text, 0.5, 0.75)))
    assert (found.customer, found.kind, found.day, found.capacity_kw) == (7, "GG", date(2011, 7, 1), 2.5)
    assert found.energy_kwh[:3] == (0.5, 0.75, 0.0)
    assert len(found.energy_kwh) == 48


def test_a_column_of_quality_beside_them_does_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, row(7, "GC", "1/07/2011", 0.5) + ",", heading=[*HEADING, "Row Quality"])
    assert len(list(read_days(path))) == 1


def test_local_time_is_ten_hours_ahead_in_winter_and_eleven_in_summer() -> None:
    assert starts_utc(date(2012, 7, 1))[0] == datetime(2012, 6, 30, 14, 0, tzinfo=UTC)
    assert starts_utc(date(2012, 11, 1))[0] == datetime(2012, 10, 31, 13, 0, tzinfo=UTC)
    assert starts_utc(date(2012, 11, 1))[25] == datetime(2012, 11, 1, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2012, 10, 7), 23), (date(2013, 4, 7), 25)])
def test_on_days_on_which_the_clock_is_moved_two_half_hours_are_not_told(day: date, hours: int) -> None:
    starts = starts_utc(day)
    assert [place for place, start in enumerate(starts) if start is None] == [4, 5]
    known = [start for start in starts if start is not None]
    assert known == sorted(known)
    following = starts_utc(day + timedelta(days=1))[0]
    assert following is not None
    assert following - known[0] == timedelta(hours=hours)


def test_types_are_means_by_hour_of_a_month(tmp_path: Path) -> None:
    types = read_types(write(tmp_path, *month(16, 4)))
    assert types.usage_w.shape == (15, 24)
    assert types.usage_w[:, 0] == pytest.approx(350)
    assert types.usage_w[:, 1:].sum() == 0
    assert types.generation_w[:, 12] == pytest.approx([200, 400, 600])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (row(1, "XX", "1/07/2011"), "'XX' is none of GC, CL, GG"),
        (row(1, "GC", "2011-07-01"), "is a date neither like"),
        (row(1, "GC", "1/07/2011", -0.1), "line 3, column 0:30: -0.1 is outside"),
        (row(1, "GC", "1/07/2011", float("nan")), "nan is outside"),
        (row(1, "GC", "1/07/2011").replace("0.0", "none", 1), "'none' is not a number"),
        ("1,2.5,2076,GC", "has 4 columns, not 53"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        list(read_days(write(tmp_path, line)))


def test_a_day_that_is_there_twice_or_a_month_with_gaps_is_refused(tmp_path: Path) -> None:
    twice = write(tmp_path, row(1, "GC", "1/07/2011"), row(1, "GC", "1-Jul-11"))
    with pytest.raises(ProfileError, match="is there twice"):
        list(read_days(twice))
    with pytest.raises(ProfileError, match="only 14 customers"):
        read_types(write(tmp_path, *month(15, 3)[3:]))
    with pytest.raises(ProfileError, match="column 13:00: is missing"):
        list(read_days(write(tmp_path, heading=[name for name in HEADING if name != "13:00"])))
