"""Bills: exact sums, and nothing to be gained by trading what one neither has nor needs."""

from hypothesis import given
from hypothesis import strategies as st

from contracts.community.settlement import NOTHING_TRADED, Bill, Position, settle
from crypto.address import Address
from ledger.quantities import EnergyWh
from tests.contracts.community.books import BAND, FEED_IN, GRID

ENERGY = st.integers(-5_000, 5_000)
PRICE = st.integers(FEED_IN, GRID)


def bill(bought_wh: int, price_ukwh: int, metered_wh: int) -> Bill:
    position = Position(EnergyWh(bought_wh), bought_wh * price_ukwh)
    return settle(Address("h"), position, metered_wh, 0, BAND)


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


@given(ENERGY, PRICE, ENERGY, st.integers(0, 5_000))
def test_who_takes_more_never_pays_less(
    bought_wh: int, price_ukwh: int, metered_wh: int, more_wh: int
) -> None:
    """So a period that is billed at the most that a connection takes is never cheaper than what it took."""
    assert (
        bill(bought_wh, price_ukwh, metered_wh + more_wh).amount
        >= bill(bought_wh, price_ukwh, metered_wh).amount
    )
