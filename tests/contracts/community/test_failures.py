"""What becomes of a round when somebody fails, and where money is short."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from contracts.community.records import Phase, bills_key, book_key, match_key, round_key
from contracts.community.rounds import (
    active_rounds,
    find_order,
    oldest_open,
)
from contracts.metering.readings import PERIODS_LATE_MAX
from ledger.quantities import Period, amount
from tests.contracts.chain import address
from tests.contracts.community.market import (
    FEED_IN,
    GRID,
    ROUND,
    WINDOWS,
    Market,
)
from tests.contracts.community.rounds import PRICE, settled, usual_round

IMPORT_WH = 2_000
"""What a connection of the tests is certified to take in a period."""


def test_nobody_matches_and_the_grid_serves_all() -> None:
    market = Market()
    market.open()
    market.take(market.ask("elm", 1_000, 120_000), market.bid("gum", 700, 220_000))
    market.run_to(Phase.RUNNING)
    assert market.escrow("gum") == 0
    assert find_order(market.sight, ROUND, 0) is None
    settled(market, elm=-1_000, gum=700)
    assert market.earned("elm") == amount(1_000, FEED_IN)
    assert market.earned("gum") == -amount(700, GRID)


def test_a_late_trigger_still_has_the_energy_paid() -> None:
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND))
    assert market.phase is Phase.DUE
    market.take(market.trigger())
    settled(market, gum=700)
    assert market.earned("gum") == -amount(700, GRID)


def test_a_trigger_that_comes_too_late_for_orders_opens_none() -> None:
    """Not even for who is in the same block."""
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND) - market.parameters.windows.match_slots - 1)
    triggered, ordered = market.try_all(market.trigger(), market.ask("elm", 1_000, 120_000))
    assert triggered.ok
    assert ordered.error.startswith("NotNow")
    assert market.phase is Phase.RUNNING


def test_a_round_that_is_opened_after_it_is_over_is_metered_and_billed() -> None:
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND + 20))
    assert market.phase is Phase.DUE
    assert not active_rounds(market.sight)
    market.take(market.trigger())
    market.run_to(Phase.RUNNING)
    market.take(market.meter("gum", ROUND, 700), *[market.meter("ivy", ROUND + at, 100) for at in (0, 1)])
    market.settle()
    assert market.earned("gum") == -amount(700, GRID)
    assert (market.bills["ivy"].metered_wh, market.bills["ivy"].missing) == (200, 0)
    assert market.bills["fir"].missing == 1


def test_what_metering_takes_no_reading_of_any_more_is_not_assumed() -> None:
    market = Market()
    market.run_to_slot(market.genesis.slot_of(ROUND) + PERIODS_LATE_MAX)
    market.take(market.trigger())
    market.settle()
    assert {bill.amount for bill in market.bills.values()} == {0}
    assert market.bills["gum"].missing == 1


def test_so_many_late_rounds_are_not_open_at_once_that_the_clock_would_take_long() -> None:
    market = Market()
    most = market.calendar.late_at_once_max
    last = ROUND + most
    market.run_to_slot(market.genesis.slot_of(last + 1))
    triggers = [replace(market.trigger(), arguments={"first_period": first}) for first in range(ROUND, last)]
    market.take(*triggers)
    market.first = Period(last)
    assert market.refused(market.trigger()).startswith("TooManyLate")
    market.first = ROUND
    market.run_to(Phase.ACCOUNTING)
    market.first = Period(last)
    market.take(market.trigger())


def test_a_silent_meter_is_billed_for_the_most_that_its_connection_takes() -> None:
    market = settled(usual_round(), elm=(None, None), gum=(None, None), holly=300, fir=(None, None))
    assert market.bills["elm"].missing == 1
    assert market.earned("elm") == amount(1_000, PRICE) - amount(1_000 + IMPORT_WH, GRID)
    assert market.earned("gum") == -amount(700, PRICE) - amount(IMPORT_WH - 700, GRID)
    assert market.earned("fir") == -amount(IMPORT_WH, GRID)


@pytest.mark.parametrize("shown", [(900, None), (None, 300), (None, None)])
def test_to_withhold_a_reading_of_an_interval_never_pays(shown: tuple[int | None, ...]) -> None:
    """Whichever it is, and of whichever side of the meter the other is."""
    honest, sly = (settled(bought_by_ivy(), elm=-1_000, ivy=seen) for seen in ((900, 300), shown))
    assert sly.earned("ivy") < honest.earned("ivy")
    exporting, hiding = (
        settled(bought_by_ivy(), elm=-1_000, ivy=seen) for seen in ((900, -300), (900, None))
    )
    assert hiding.earned("ivy") < exporting.earned("ivy")


def bought_by_ivy() -> Market:
    market = Market()
    market.trade(market.ask("elm", 1_000, 120_000), market.bid("ivy", 1_000, 220_000))
    return market


def test_who_cannot_pay_the_grid_owes_it_and_the_seller_is_paid() -> None:
    market = usual_round(balance=200_000)
    settled(market, elm=-1_000, gum=5_000, holly=300)
    assert market.earned("elm") == amount(1_000, PRICE)
    assert market.balance_of(address("gum")) == 0
    owed = market.debt("gum", "grid")
    assert owed == amount(700, PRICE) + amount(4_300, GRID) - 200_000
    assert market.bills["gum"].owed == owed


def test_a_bid_that_is_not_covered_is_refused() -> None:
    market = Market(balance=100)
    market.open()
    assert market.refused(market.bid("gum", 700, 220_000)).startswith("InsufficientBalance")


def test_a_grid_at_its_limit_owes_what_it_cannot_pay() -> None:
    market = Market(grid_floor=-30_000)
    market.trade()
    settled(market, elm=-1_000)
    assert market.balance_of(address("grid")) == -30_000
    assert market.debt("grid", "elm") == amount(1_000, FEED_IN) - 30_000
    assert market.bills["elm"].owed == -market.debt("grid", "elm")


def test_what_a_grid_at_its_limit_has_is_shared_by_what_homes_are_due() -> None:
    market = Market(grid_floor=-30_001)
    market.trade()
    settled(market, elm=-1_000, fir=-500, gum=0, holly=-100, ivy=(0, 0))
    due = {"elm": 100_000, "fir": 50_000, "holly": 10_000}
    assert sum(map(market.earned, due)) == 30_001
    for name, whole in due.items():
        assert abs(market.earned(name) - 30_001 * whole / 160_000) < 1
        assert market.debt("grid", name) == whole - market.earned(name)


def test_settled_rounds_are_forgotten_in_time_and_those_that_wait_are_not() -> None:
    market = Market(changes={"windows": replace(WINDOWS, kept_slots=6)})
    market.run_to_slot(market.genesis.slot_of(ROUND))
    before = {first: round_keys(market, first) for first in range(oldest_open(market.sight), ROUND)}
    assert all(keys == {round_key(first)} for first, keys in before.items())
    settle_all(market, before)
    market.chain.make_block()
    assert oldest_open(market.sight) == ROUND
    assert bills_key(ROUND - 1) in round_keys(market, ROUND - 1)
    market.run_to_slot(market.chain.head.slot + 20)
    assert not any(round_keys(market, first) for first in before)
    assert round_keys(market, ROUND) == {round_key(ROUND)}


def round_keys(market: Market, first: int) -> set[str]:
    """Under which of its keys the state has something of a round."""
    keys = (round_key(first), book_key(first), match_key(first), bills_key(first))
    return {key for key in keys if market.sight.get(key) is not None}


def settle_all(market: Market, rounds: Iterable[int]) -> None:
    """Late, one after the other, with nothing metered."""
    usual = market.first
    for first in rounds:
        market.first = Period(first)
        market.take(market.trigger())
        market.settle()
    market.first = usual
