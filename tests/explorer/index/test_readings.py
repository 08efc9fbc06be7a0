"""Readings, and curves over them: missing stays missing, corrections are marked, every width is bounded."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from explorer.index import tables
from explorer.index.database import Index, open_index
from explorer.index.queries.curves import Curves, Quantity, Thinning, choose_range, read_curves
from explorer.index.queries.meters import find_meter
from explorer.index.queries.overview import overview
from explorer.index.queries.readings import readings
from explorer.index.queries.search import search
from explorer.index.readers.metering import totals
from explorer.index.rows import Rows
from explorer.index.series import SPAN, extent
from explorer.index.types import WHOLE_MAX
from tests.contracts.chain import FIRST_PERIOD, Chain, address, new_chain
from tests.contracts.metering.test_metering import correct, report
from tests.explorer.index.made import NewDatabase, index_of

HOSTILE = "</script>\x00<img src=x onerror=alert(1)>\ud83d"[:-1] + "%_\\'\""
READ = 100


@pytest.fixture(scope="module")
def chain() -> Chain:
    """READ periods of one meter, of which the third is missing and the fifth was corrected."""
    meters = {
        address("meter"): {"owner": address("ash"), "carrier": "electricity", "place": HOSTILE},
        address("meter2"): {"owner": address("ash"), "carrier": "heat", "place": "park"},
    }
    made = new_chain([Membership(), Metering()], {"metering": {"meters": meters}})
    made.make_block()
    for number in range(READ):
        made.make_block()
        if number != 2:
            assert report(made, FIRST_PERIOD + number, consumed_wh=10 + number, power_w=-number).ok
    assert correct(made, FIRST_PERIOD + 4, consumed_wh=7, generated_wh=1).ok
    return made


@pytest.fixture(scope="module")
def index(database: NewDatabase, chain: Chain) -> Iterator[Index]:
    made = index_of(database(), chain, batch=9)
    yield made
    made.close()


def of_meter(index: Index, first: int | None, last: int | None, points: int = 400) -> Curves:
    with index.read() as connection:
        return readings(connection, address("meter"), first, last, points)


def values(curves: Curves, key: str) -> tuple[int | None, ...]:
    return next(curve.values for curve in curves.curves if curve.key == key)


def test_every_period_has_its_reading_or_none(index: Index) -> None:
    found = of_meter(index, FIRST_PERIOD, FIRST_PERIOD + 7)
    assert values(found, "consumed_wh") == (10, 11, None, 13, 7, 15, 16, 17)
    assert values(found, "generated_wh") == (None,) * 4 + (1,) + (None,) * 3
    # What the correction no longer says is missing from then on.
    assert values(found, "power_w") == (0, -1, None, -3, None, -5, -6, -7)
    assert found.corrected == (FIRST_PERIOD + 4,)
    assert found.step == 1
    assert {curve.key for curve in found.curves} == {"consumed_wh", "generated_wh", "power_w"}


def test_several_periods_are_one_point(index: Index) -> None:
    found = of_meter(index, FIRST_PERIOD, FIRST_PERIOD + 7, points=3)
    assert (found.step, found.periods) == (3, tuple(FIRST_PERIOD + each for each in (0, 3, 6)))
    assert values(found, "consumed_wh") == (21, 35, 33)
    assert values(found, "power_w") == (0, -4, -6)
    curve = found.curves[1]
    assert (curve.key, curve.low, curve.high) == ("consumed_wh", (10, 7, 16), (11, 15, 17))
    # The third period is missing, and the ninth is not asked for: those two sums are of two periods.
    assert curve.known == (2, 3, 2)


@pytest.mark.parametrize(("asked", "points", "step"), [(8, 3, 3), (40, 8, 6), (108, 8, 16), (97, 1, 192)])
def test_every_point_has_the_same_part_of_a_day(index: Index, asked: int, points: int, step: int) -> None:
    assert of_meter(index, FIRST_PERIOD, FIRST_PERIOD + asked - 1, points).step == step


def test_a_point_at_the_live_edge_says_how_much_of_it_is_known(index: Index) -> None:
    found = of_meter(index, FIRST_PERIOD + READ - 4, None, points=10**6)
    assert found.step == 1
    assert found.curves[0].known[:6] == (1, 1, 1, 1, 0, 0)
    at_once = of_meter(index, 0, None, points=1)
    assert next(curve.known for curve in at_once.curves if curve.key == "consumed_wh") == (READ - 1,)
    assert at_once.step > READ


@pytest.mark.parametrize("ends", [(None, None), (-(10**30), 10**30), (None, 10**30), (0, None)])
@pytest.mark.parametrize("points", [1, 7, 2_000])
def test_absurd_ranges_are_cut_to_what_is_known(
    index: Index, ends: tuple[int | None, int | None], points: int
) -> None:
    found = of_meter(index, *ends, points)
    assert len(found.periods) <= points
    assert all(len(curve.values) == len(found.periods) for curve in found.curves)
    if ends[0] is not None:
        total = sum(value for value in values(found, "consumed_wh") if value is not None)
        assert total == sum(10 + number for number in range(READ)) - 12 - 14 + 7


@pytest.mark.parametrize("ends", [(5, 4), (10**30, -(10**30)), (10**30, None)])
def test_an_empty_range_has_no_points(index: Index, ends: tuple[int, int | None]) -> None:
    assert of_meter(index, *ends).periods == ()


def test_a_meter_that_nobody_knows_has_no_readings(index: Index) -> None:
    with index.read() as connection:
        assert readings(connection, "nobody's").curves == ()
        assert find_meter(connection, "\x00") is None


def test_the_begin_of_time_is_a_period_like_others(url: str) -> None:
    index = open_index(url)
    with index.write() as connection:
        rows = Rows(connection)
        for subject, period in (("early", 3), ("late", 5 * SPAN)):
            rows.put_points(subject, period, {"consumed_wh": 1})
        rows.write()
        assert extent(connection, ["early", "late"]) == (0, 6 * SPAN - 1)
    index.close()


def test_totals_follow_corrections(index: Index) -> None:
    quantity = Quantity("sum", "sum", "Wh", "bar", Thinning.SUM, totals("electricity"), "consumed_wh")
    with index.read() as connection:
        chosen = choose_range(connection, [totals("electricity")], 0, None, 1)
        found = read_curves(connection, [quantity], chosen)
        seen = overview(connection)
    assert found.curves[0].values == (sum(10 + number for number in range(READ)) - 12 - 14 + 7,)
    assert seen.counts.readings == READ - 1
    assert seen.to_period == FIRST_PERIOD + READ - 1
    assert (seen.from_period, seen.readings, seen.readings_due) == (FIRST_PERIOD + READ - SPAN, SPAN, SPAN)
    assert seen.energy_wh["consumed_wh"] is not None
    assert seen.energy_wh["charged_wh"] is None


def test_a_reading_that_comes_late_is_not_the_last(url: str) -> None:
    meters = {address("meter"): {"owner": address("ash"), "carrier": "electricity", "place": "Ö-Park"}}
    made = new_chain([Membership(), Metering()], {"metering": {"meters": meters}})
    for _ in range(4):
        made.make_block()
    for number in (1, 2, 0):
        assert report(made, FIRST_PERIOD + number, consumed_wh=1).ok
    index = index_of(url, made, batch=1)
    with index.read() as connection:
        meter, seen = find_meter(connection, address("meter")), overview(connection)
        found = [item.id for text in ("Ö-Park", "Ö-PARK") for item in search(connection, text)]
    index.close()
    assert meter is not None
    assert (meter.last_period, meter.readings) == (FIRST_PERIOD + 2, 3)
    assert (seen.to_period, seen.readings, seen.readings_due) == (FIRST_PERIOD + 2, 3, 3)
    assert found == [address("meter")] * 2


def test_a_hostile_name_stays_data(index: Index) -> None:
    with index.read() as connection:
        meter = find_meter(connection, address("meter"))
    assert meter is not None
    assert meter.place == HOSTILE.replace("\x00", "\ufffd")
    assert (meter.readings, meter.last_period) == (READ - 1, FIRST_PERIOD + READ - 1)


def test_a_meters_day_is_one_row(index: Index) -> None:
    with index.read() as connection:
        query = select(tables.series.c.span).where(tables.series.c.subject == address("meter"))
        spans = connection.execute(query).scalars().all()
    assert sorted(spans) == sorted({(FIRST_PERIOD + number) // SPAN for number in range(READ)})


def test_rows_are_read_with_what_is_not_written_yet(index: Index) -> None:
    with index.write() as connection:
        rows = Rows(connection)
        rows.add_points(address("meter"), FIRST_PERIOD, {"consumed_wh": 5})
        assert rows.points(address("meter"), FIRST_PERIOD)["consumed_wh"] == 15
        rows.put(tables.meters, address="new", place="here")
        rows.add(tables.meters, address="new", readings=2)
        found = rows.find(tables.meters, address="new")
        assert found is not None
        assert (found["place"], found["readings"]) == ("here", 2)
        assert rows.find(tables.meters, address="other") is None


def test_what_no_column_can_hold_is_missing(index: Index) -> None:
    with index.write() as connection:
        rows = Rows(connection)
        rows.put_points("huge", 5, {"value": WHOLE_MAX + 1, "other": WHOLE_MAX})
        rows.put(
            tables.market_rounds, contract="huge", round=1, traded_wh=WHOLE_MAX + 1, price_ukwh=-WHOLE_MAX
        )
        rows.write()
        again = Rows(connection)
        assert again.points("huge", 5) == {"value": None, "other": WHOLE_MAX}
        found = again.find(tables.market_rounds, contract="huge", round=1)
        assert found is not None
        assert (found["traded_wh"], found["price_ukwh"]) == (None, -WHOLE_MAX)
