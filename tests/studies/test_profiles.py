"""Profile files: the shipped day holds together, and every kind of bad file is refused by name and place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studies.profiles import PARK_DAY, TARIFF, ProfileError, load_profiles, load_tariff

PARKS = ["mg1", "mg2", "mg3"]


def test_shipped_day_covers_three_parks() -> None:
    profiles = load_profiles()
    assert [park.name for park in profiles.parks] == PARKS
    assert profiles.periods == 96
    assert profiles.first_day.isoformat() == "2016-06-08T00:00:00+00:00"


def test_shipped_parks_stay_within_their_ratings() -> None:
    rated_kw = {"mg1": (750, 0), "mg2": (0, 1000), "mg3": (600, 500)}
    for park in load_profiles().parks:
        pv_kw, wind_kw = rated_kw[park.name]
        for curve in (park.forecast, park.metered):
            assert max(curve.pv_wh) <= pv_kw * 250
            assert max(curve.wind_wh) <= wind_kw * 250
            assert min(curve.load_wh) > 0


def test_shipped_forecasts_differ_from_what_was_metered() -> None:
    for park in load_profiles().parks:
        pairs = zip(park.forecast.net_wh, park.metered.net_wh, strict=True)
        assert sum(expected != metered for expected, metered in pairs) > 90


def test_net_load_is_positive_where_the_park_consumes() -> None:
    curve = load_profiles().park("mg1").metered
    assert curve.net_wh == tuple(
        load - pv - wind for load, pv, wind in zip(curve.load_wh, curve.pv_wh, curve.wind_wh, strict=True)
    )
    assert curve.net_wh[0] > 0
    assert curve.pv_wh[0] == 0


def test_shipped_tariff_never_pays_more_than_it_costs() -> None:
    tariff = load_tariff()
    assert all(buy > sell >= 0 for buy, sell in zip(tariff.buy_ukwh, tariff.sell_ukwh, strict=True))
    assert set(tariff.buy_ukwh) == {258_400, 680_000, 1_156_000}
    assert tariff.first_day == load_profiles().first_day


Lines = list[str]


def cell(line: int, column: int, text: str) -> Callable[[Lines], Lines]:
    """A change of one cell; the heading is line 1, columns count from 0."""

    def change(lines: Lines) -> Lines:
        cells = lines[line - 1].split(",")
        cells[column] = text
        return [*lines[: line - 1], ",".join(cells), *lines[line:]]

    return change


BAD_PARKS = {
    "gap": (lambda lines: lines[:9] + lines[10:], 10, "period_start_utc", "2016-06-08T02:00:00Z is missing"),
    "duplicate": (lambda lines: lines[:9] + lines[8:], 10, "period_start_utc", "comes twice for park mg1"),
    "out of order": (
        lambda lines: [lines[0], lines[3], lines[2], *lines[4:]],
        3,
        "period_start_utc",
        "comes after a later one",
    ),
    "text": (cell(7, 2, "much"), 7, "load_forecast_wh", "'much' is not a whole number of Wh"),
    "fraction": (cell(7, 2, "50.5"), 7, "load_forecast_wh", "not a whole number"),
    "empty": (cell(7, 5, ""), 7, "load_metered_wh", "not a whole number"),
    "negative": (cell(7, 4, "-1"), 7, "wind_forecast_wh", "negative"),
    "far too large": (cell(7, 2, "1" * 5000), 7, "load_forecast_wh", "really in Wh"),
    "other unit": (cell(1, 2, "load_forecast_kwh"), 1, "load_forecast_kwh", "load_forecast_wh"),
    "column twice": (cell(1, 3, "load_forecast_wh"), 1, "load_forecast_wh", "twice"),
    "column missing": (
        lambda lines: [line.rsplit(",", 1)[0] for line in lines],
        1,
        "wind_metered_wh",
        "is missing",
    ),
    "naive time": (cell(2, 0, "2016-06-08T00:00:00"), 2, "period_start_utc", "names no time zone"),
    "local time": (cell(2, 0, "2016-06-08T02:00:00+02:00"), 2, "period_start_utc", "convert it to UTC"),
    "no time": (cell(2, 0, "yesterday"), 2, "period_start_utc", "not a time"),
    "between quarter hours": (cell(2, 0, "2016-06-08T00:05:00Z"), 2, "period_start_utc", "quarter hour"),
    "short row": (lambda lines: [*lines[:4], "2016-06-08T00:45:00Z,mg1", *lines[5:]], 5, None, "has 2 cells"),
    "half a day": (lambda lines: lines[:49], None, None, "whole UTC days"),
    "park cut short": (lambda lines: lines[:200], None, None, "whole UTC days"),
    "no rows": (lambda lines: lines[:1], None, None, "no rows"),
    "nothing": (lambda lines: [], 1, "period_start_utc", "is missing"),
}


@pytest.mark.parametrize("name", sorted(BAD_PARKS))
def test_bad_profile_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    change, line, column, words = BAD_PARKS[name]
    path = tmp_path / "parks.csv"
    path.write_text("\n".join(change(PARK_DAY.read_text().splitlines())) + "\n")
    with pytest.raises(ProfileError, match=words) as caught:
        load_profiles(path)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(path) in str(caught.value)


def test_parks_must_cover_the_same_days(tmp_path: Path) -> None:
    text = PARK_DAY.read_text()
    path = tmp_path / "parks.csv"
    path.write_text(text + "".join(moved_a_day(line) for line in text.splitlines(True)[1:97]))
    with pytest.raises(ProfileError, match="does not cover the same quarter hours"):
        load_profiles(path)


def moved_a_day(line: str) -> str:
    return line.replace("2016-06-08", "2016-06-09")


def test_two_days_are_read_as_two_days(tmp_path: Path) -> None:
    heading, *rows = PARK_DAY.read_text().splitlines(True)
    path = tmp_path / "parks.csv"
    path.write_text(heading + "".join(rows) + "".join(moved_a_day(row) for row in rows))
    assert load_profiles(path).periods == 192


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'period_start_utc,"park\n', b"\x00"])
def test_bytes_that_are_no_csv_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "parks.csv"
    path.write_bytes(content)
    with pytest.raises(ProfileError):
        load_profiles(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"nowhere\.csv: No such file"):
        load_profiles(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (cell(5, 1, "cheap"), "'cheap' is not a price"),
        (cell(5, 1, "NaN"), "not between"),
        (cell(5, 2, "0.2000001"), "finer than a millionth"),
        (cell(1, 1, "buy_eur_per_kwh"), "buy_cny_per_kwh"),
        (lambda lines: lines[:50] + lines[51:], "a gap for the tariff"),
        (lambda lines: lines[:90], "whole UTC days"),
    ],
)
def test_bad_tariff_is_refused(change: Callable[[Lines], Lines], words: str, tmp_path: Path) -> None:
    path = tmp_path / "tariff.csv"
    path.write_text("\n".join(change(TARIFF.read_text().splitlines())) + "\n")
    with pytest.raises(ProfileError, match=words):
        load_tariff(path)


def test_unknown_park_names_those_there_are() -> None:
    with pytest.raises(KeyError, match="there are: mg1, mg2, mg3"):
        load_profiles().park("mg4")
