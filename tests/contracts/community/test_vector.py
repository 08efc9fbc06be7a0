"""The vectorised market against the contract's, on the same books and bills."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.community.accounting import positions
from contracts.community.matching import Mechanism, match
from contracts.community.orders import Book, Order
from contracts.community.pricing import turnover
from contracts.community.settlement import NOTHING_TRADED, Position, settle
from contracts.community.solving import vector
from crypto.address import Address
from ledger.quantities import EnergyWh
from tests.contracts.community.books import BAND, FEED_IN, GRID, book, books, order

ENERGY = st.integers(-5_000, 5_000)


def orders_of(side: Sequence[Order]) -> vector.Orders:
    return vector.Orders(
        np.array([one.energy_wh for one in side], dtype=np.int64),
        np.array([one.limit_ukwh for one in side], dtype=np.int64),
        [one.home for one in side],
    )


def check_same(mechanism: Mechanism, drawn: Book) -> None:
    exact = match(mechanism, drawn)
    found = vector.match(mechanism, orders_of(drawn.asks), orders_of(drawn.bids), drawn.band, drawn.seed)
    positions_of = positions(exact)
    assert found.price_ukwh == exact.price_ukwh
    assert vector.turnover(orders_of(drawn.asks), orders_of(drawn.bids), found) == turnover(drawn, exact)
    for place, ask in enumerate(drawn.asks):
        position = positions_of.get(ask.home, NOTHING_TRADED)
        assert (-found.sold_wh[place], -found.earned_nano[place]) == (position.bought_wh, position.nano)
    for place, bid in enumerate(drawn.bids):
        position = positions_of.get(bid.home, NOTHING_TRADED)
        assert (found.bought_wh[place], found.paid_nano[place]) == (position.bought_wh, position.nano)


@pytest.mark.parametrize("mechanism", Mechanism)
@given(drawn=books(homes_max=14))
@settings(max_examples=150, deadline=None)
def test_it_trades_as_the_contract_does(mechanism: Mechanism, drawn: Book) -> None:
    check_same(mechanism, drawn)


@pytest.mark.parametrize("mechanism", Mechanism)
def test_a_large_book_full_of_ties_is_traded_the_same(mechanism: Mechanism) -> None:
    chance = np.random.default_rng(7)

    def side(name: str) -> list[Order]:
        energies, limits = chance.integers(1, 40, 3_000), chance.integers(100, 250, 3_000) * 1_000
        return [
            order(f"{name}{n}", int(energy), int(limit))
            for n, (energy, limit) in enumerate(zip(energies, limits, strict=True))
        ]

    check_same(mechanism, book(side("seller"), side("buyer")))


@given(st.lists(st.tuples(ENERGY, st.integers(-(10**9), 10**9), ENERGY), min_size=1, max_size=20))
def test_it_bills_as_the_contract_does(rows: list[tuple[int, int, int]]) -> None:
    bought, nano, metered = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    found = vector.settle(bought, nano, metered, BAND)
    for place, (traded_wh, traded_nano, metered_wh) in enumerate(rows):
        bill = settle(Address("h"), Position(EnergyWh(traded_wh), traded_nano), metered_wh, 0, BAND)
        assert (found.grid_wh[place], found.amount[place]) == (bill.grid_wh, bill.amount)


def test_half_a_unit_is_rounded_to_the_even_one_on_both_sides_of_zero() -> None:
    nano = np.array([500, 1_500, 2_501, -500, -1_500])
    nothing = np.zeros(5, dtype=np.int64)
    assert vector.settle(nothing, nano, nothing, BAND).amount.tolist() == [0, 2, 3, 0, -2]


def test_more_energy_than_its_integers_hold_is_refused() -> None:
    much = orders_of([order("s", 10**10, FEED_IN), order("t", 1, FEED_IN)])
    with pytest.raises(ValueError, match="come to more than"):
        vector.match(Mechanism.AUCTION, much, orders_of([order("b", 1, GRID)]), BAND, b"")
