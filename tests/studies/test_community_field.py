"""The devices of live homes are what the synthetic community says, and do what their agents tell them."""

from types import SimpleNamespace
from typing import cast

import pytest

from contracts.agent import View
from contracts.community.solving.hems import Schedule
from ledger.quantities import Period
from studies.community_data import PERIODS, SyntheticCommunity, synthetic_types
from studies.community_field import DAYS_BEFORE, CommunityField, FieldHome
from studies.community_simulation import HOME_BATTERY

MIDNIGHT = Period(96 * 15_000)
NOON = Period(MIDNIGHT + 50)


def at(period: int) -> View:
    """All that a home's devices want to know of the chain."""
    return cast(View, SimpleNamespace(period=Period(period)))


VIEW = at(NOON)
COMMUNITY = SyntheticCommunity(12, 50, 1, synthetic_types(1))
OWNER = int(COMMUNITY.generates.argmax())
CONSUMER = int((~COMMUNITY.generates).argmax())


@pytest.fixture
def field() -> CommunityField:
    return CommunityField(COMMUNITY, MIDNIGHT)


def net_wh(home: FieldHome, period: int) -> int:
    reading = home.measure(VIEW, Period(period))
    assert reading is not None
    return (reading.imported_wh or 0) - (reading.exported_wh or 0)


def told(*held_wh: int) -> Schedule:
    return Schedule((0,) * len(held_wh), held_wh, (), 0)


def test_homes_have_seen_some_days_and_nothing_before(field: CommunityField) -> None:
    day = COMMUNITY.day(DAYS_BEFORE)
    seen = field.home(OWNER).seen(VIEW, NOON)
    assert seen is not None
    assert (seen.load_wh, seen.generated_wh) == (day.load_wh[OWNER, 50], day.generated_wh[OWNER, 50])
    assert field.home(OWNER).seen(VIEW, Period(MIDNIGHT - DAYS_BEFORE * PERIODS - 1)) is None
    assert field.home(OWNER) is field.home(OWNER)


def test_a_home_without_panels_takes_its_load(field: CommunityField) -> None:
    home = field.home(CONSUMER)
    assert home.household(VIEW, NOON).battery.energy_wh == 0
    assert net_wh(home, NOON) == COMMUNITY.day(DAYS_BEFORE).load_wh[CONSUMER, 50]


def test_a_battery_that_is_told_nothing_serves_its_home(field: CommunityField) -> None:
    home = field.home(OWNER)
    day = COMMUNITY.day(DAYS_BEFORE)
    over_wh = int(day.generated_wh[OWNER, 50] - day.load_wh[OWNER, 50])
    assert over_wh > 0
    assert net_wh(home, NOON) == -max(0, over_wh - HOME_BATTERY.power_w // 4)
    assert home.held_wh(VIEW) == over_wh * 950 // 1_000
    assert net_wh(home, NOON) == net_wh(home, NOON)


def test_a_battery_goes_where_it_is_told_as_far_as_the_sun_allows(field: CommunityField) -> None:
    home = field.home(OWNER)
    day = COMMUNITY.day(DAYS_BEFORE)
    home.follow(NOON, 3, told(95, 95, 0))
    load, sun = (column[OWNER, 50:53].tolist() for column in (day.load_wh, day.generated_wh))
    assert net_wh(home, NOON) == load[0] - sun[0] + 100
    assert home.held_wh(VIEW) == 95
    assert net_wh(home, NOON + 1) == load[1] - sun[1]
    assert net_wh(home, NOON + 2) == load[2] - sun[2] - 90


def test_a_battery_does_not_charge_from_the_grid(field: CommunityField) -> None:
    home = field.home(OWNER)
    home.follow(MIDNIGHT, 1, told(5_000))
    assert net_wh(home, MIDNIGHT) == COMMUNITY.day(DAYS_BEFORE).load_wh[OWNER, 0]
    assert home.held_wh(at(MIDNIGHT + 1)) == 0


def test_what_a_battery_holds_is_what_it_holds_now(field: CommunityField) -> None:
    """Whether or not its meter was asked of the periods before."""
    read, asked = field.home(OWNER), CommunityField(COMMUNITY, MIDNIGHT).home(OWNER)
    before = range(NOON - 6, NOON)
    net = [net_wh(read, period) for period in before]
    assert net_wh(asked, before[0]) == net[0]
    assert asked.held_wh(VIEW) == read.held_wh(VIEW) > 0
    assert [net_wh(asked, period) for period in before] == net
