"""Profiles as the agents ask for them: by park and period, day after day."""

from datetime import UTC, datetime

from crypto.keys import PrivateKey
from ledger.quantities import Period
from studies.energy_source import ProfileSource
from studies.profiles import load_profiles

PROFILES = load_profiles()
MG1 = PrivateKey.from_secret(1).address
SOURCE = ProfileSource(PROFILES, {MG1: "mg1"})
FIRST = Period(int(datetime(2016, 6, 8, tzinfo=UTC).timestamp()) // 900)


def test_first_period_is_the_first_quarter_hour_of_the_day() -> None:
    expected = PROFILES.park("mg1").forecast
    got = SOURCE.forecast(MG1, FIRST, 0)
    assert got is not None
    assert (got.load_wh, got.renewable_wh) == (expected.load_wh[0], expected.renewable_wh[0])


def test_meters_see_what_was_metered() -> None:
    got = SOURCE.metered(MG1, Period(FIRST + 50))
    assert got is not None
    assert got.renewable_wh == PROFILES.park("mg1").metered.pv_wh[50]


def test_nothing_is_known_before_the_first_day() -> None:
    assert SOURCE.forecast(MG1, Period(FIRST - 1), 0) is None
    assert SOURCE.metered(MG1, Period(FIRST - 1)) is None


def test_the_days_begin_again_after_the_last() -> None:
    assert SOURCE.metered(MG1, Period(FIRST + 96 + 7)) == SOURCE.metered(MG1, Period(FIRST + 7))


def test_a_forecast_stays_the_same_when_it_is_asked_for_again() -> None:
    assert SOURCE.forecast(MG1, FIRST, 0) == SOURCE.forecast(MG1, FIRST, 5)
