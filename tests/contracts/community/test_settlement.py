"""Bills: exact sums, and nothing to be gained by trading what one neither has nor needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.community.settlement import NOTHING_TRADED, Bill, Position, settle
from crypto.address import Address
from ledger.quantities import EnergyWh
from tests.contracts.community.books import BAND, FEED_IN, GRID

ENERGY = st.integers(-5_000, 5_000)
PRICE = st.integers(FEED_IN, GRID)


def bill(bought_wh: int, price_ukwh: int, metered_wh: int, missing: int = 0) -> Bill:
    position = Position(EnergyWh(bought_wh), bought_wh * price_ukwh)
    return settle(Address("h"), position, metered_wh, missing, BAND)


@given(ENERGY, PRICE, ENERGY)
def test_a_bill_is_its_trades_and_the_rest_at_the_grid_s_prices(
    bought_wh: int, price_ukwh: int, metered_wh: int
) -> None:
    found = bill(bought_wh, price_ukwh, metered_wh)
    assert found.grid_wh + found.traded_wh == found.metered_wh == metered_wh
    exact_nano = found.traded_nano + found.grid_nano
    assert abs(1_000 * found.amount - exact_nano) <= 500
    assert found.grid_nano == max(0, found.grid_wh) * GRID + min(0, found.grid_wh) * FEED_IN


@given(st.integers(0, 5_000), PRICE, st.integers(0, 5_000), st.sampled_from([1, -1]))
def test_nobody_that_trades_within_what_it_meters_pays_more_than_alone(
    traded_wh: int, price_ukwh: int, more_wh: int, sign: int
) -> None:
    metered_wh = sign * (traded_wh + more_wh)
    alone = settle(Address("h"), NOTHING_TRADED, metered_wh, 0, BAND)
    assert bill(sign * traded_wh, price_ukwh, metered_wh).amount <= alone.amount + 1


@given(ENERGY, PRICE, ENERGY, PRICE)
def test_trading_what_one_neither_has_nor_needs_earns_nothing(
    metered_wh: int, price_ukwh: int, phantom_wh: int, phantom_ukwh: int
) -> None:
    """On top of a position that covers the meter, on either side, at any price of the band."""
    honest = bill(metered_wh, price_ukwh, metered_wh)
    nano = metered_wh * price_ukwh + phantom_wh * phantom_ukwh
    position = Position(EnergyWh(metered_wh + phantom_wh), nano)
    assert settle(Address("h"), position, metered_wh, 0, BAND).amount >= honest.amount


@pytest.mark.parametrize(
    ("bought_wh", "shown_wh", "taken_wh"),
    [(700, 0, 700), (700, 900, 900), (-700, -300, -300), (-700, 0, 0), (0, -200, -200), (0, 150, 150)],
)
def test_where_readings_are_missing_silence_earns_nothing(
    bought_wh: int, shown_wh: int, taken_wh: int
) -> None:
    found = bill(bought_wh, 150_000, shown_wh, missing=1)
    assert (found.metered_wh, found.missing) == (taken_wh, 1)
