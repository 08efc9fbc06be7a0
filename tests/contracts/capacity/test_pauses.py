"""A chain that stands still takes nothing from anybody: where people are awaited, blocks count as well."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import Phase, Standing
from contracts.membership import members
from ledger.genesis import Limits
from tests.contracts.capacity.market import (
    BALANCE,
    BUYERS,
    DEADLINES,
    FIRST,
    FORFEITS,
    PERIODS,
    SELLERS,
    USUAL,
    Market,
)
from tests.contracts.chain import FIRST_PERIOD, FIRST_SLOT, address

TRADERS = (*SELLERS, *BUYERS)
PAUSE_SLOTS = 12
"""Longer than any of the deadlines, and over before the first period."""
FAULTY = 1
"""Of the chain's four validators."""


def pause(market: Market, slots: int = PAUSE_SLOTS) -> None:
    """No block for so many slots; then an empty one."""
    market.chain.make_block(market.chain.head.slot + slots)


STEPS: dict[Phase, tuple[Callable[[Market], object], Callable[[Market], object], Phase]] = {
    Phase.REVEALING: (
        Market.to_revealing,
        lambda m: [m.chain.send(n, CAPACITY, "reveal", m.opened(n, USUAL[n])) for n in TRADERS],
        Phase.CLEARING,
    ),
    Phase.CLEARING: (Market.to_clearing, lambda m: m.clear(), Phase.DEPOSITING),
    Phase.DEPOSITING: (Market.to_depositing, lambda m: m.together("deposit", m.trading()), Phase.PAYING),
    Phase.PAYING: (Market.to_paying, lambda m: m.together("pay", ["dell", "elm"]), Phase.HOLDING),
}


@pytest.mark.parametrize("phase", STEPS)
def test_a_pause_leaves_everybody_the_time_to_do_its_part(phase: Phase) -> None:
    begin, do_it, after = STEPS[phase]
    market = Market()
    begin(market)
    pause(market)
    assert market.phase is phase
    do_it(market)
    market.run_until(after)
    assert market.balance(FORFEITS) == 0


@pytest.mark.parametrize("phase", STEPS)
def test_after_a_pause_a_phase_lasts_more_blocks_than_proposers_may_fail_and_no_longer(phase: Phase) -> None:
    market = Market()
    STEPS[phase][0](market)
    height = market.window().since_height
    pause(market)
    while market.phase is phase:
        market.chain.make_block()
    # The block that moves it on runs its hooks first: what stood open are those before it.
    assert market.chain.head.height - height - 1 == FAULTY + 1


def test_it_is_the_committee_of_the_time_that_says_how_many_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    market = Market()
    market.to_revealing()
    grown = tuple([f"validator-{number}" for number in range(10)])
    monkeypatch.setattr(members, "committee", lambda _: grown)
    for _ in range(DEADLINES.reveal_slots):
        market.chain.make_block()
    assert market.phase is Phase.REVEALING
    market.chain.make_block()
    market.chain.make_block()
    assert market.phase is Phase.LAPSED


def test_blocks_that_only_catch_up_with_a_long_pause_leave_nobody_time() -> None:
    market = Market(limits=Limits(block_slots=3))
    market.to_revealing()
    pause(market)
    for _ in range(PAUSE_SLOTS // 2 - 1):
        market.chain.make_block()
    assert market.phase is Phase.REVEALING
    STEPS[Phase.REVEALING][1](market)
    assert all(receipt.ok for receipt in market.chain.make_block())
    assert market.phase is Phase.CLEARING


BEGINNINGS: dict[Phase, Callable[[Market], object]] = {
    Phase.SEALING: lambda m: [m.take(m.open()), m.take(m.seal("ash", USUAL["ash"]))],
    **{phase: begin for phase, (begin, _, _) in STEPS.items()},
}


@pytest.mark.parametrize("phase", BEGINNINGS)
def test_a_window_that_the_chain_sleeps_through_gives_everything_back(phase: Phase) -> None:
    market = Market()
    BEGINNINGS[phase](market)
    assert market.phase is phase
    if phase is Phase.DEPOSITING:
        market.take(market.deposit("ash"))
    if phase is Phase.PAYING:
        market.take(market.pay("dell"))
    pause(market, FIRST_SLOT + FIRST - FIRST_PERIOD - market.chain.head.slot)
    assert market.phase is Phase.LAPSED
    assert market.window().reason == "its first period came before it was paid for"
    assert {market.balance(name) for name in TRADERS} == {BALANCE}
    assert market.money() == market.account("issued")


def test_who_bought_a_right_of_a_window_that_came_to_nothing_has_the_price_in_escrow() -> None:
    market = Market()
    market.to_paying()
    right = next(n for n in range(3) if market.right(n).buyer == address("dell"))
    price = market.right(right).price
    market.chain.send("dell", CAPACITY, "pay", {"window": 0})
    market.chain.send("dell", CAPACITY, "offer", {"window": 0, "right": right, "amount": 7, "to": None})
    market.chain.send("fir", CAPACITY, "take", {"window": 0, "right": right, "amount": 7})
    assert all(receipt.ok for receipt in market.chain.make_block())
    pause(market, 60)
    assert market.phase is Phase.LAPSED
    assert market.balance("fir") == BALANCE - 7 + price
    assert market.balance("dell") == BALANCE + 7 - price


@pytest.mark.parametrize("begun", [0, 2])
def test_readings_of_all_periods_are_taken_after_a_pause(begun: int) -> None:
    market = Market()
    market.to_holding()
    wh = {"ash": [625] * PERIODS, "beech": [500] * PERIODS}
    market.deliver(wh, periods=begun)
    pause(market, FIRST_SLOT + FIRST - FIRST_PERIOD + PERIODS + 9 - market.chain.head.slot)
    assert market.phase is Phase.METERING
    for place in range(begun, PERIODS):
        for name, row in wh.items():
            market.send_reading(name, place, row[place])
    assert all(receipt.ok for receipt in market.chain.make_block())
    market.run_until(Phase.ACCOUNTING)
    market.take(market.settle())
    assert all(market.final(n).delivered_wh == market.final(n).quantity_wh for n in range(3))


def test_a_window_opened_as_late_as_can_be_has_all_its_deadlines() -> None:
    """What ends a phase comes in its last slot, or not at all."""
    market = Market()
    first = market.chain.genesis.period(market.chain.slot) + 17
    market.to_clearing(USUAL, silent=["fir"], first=first)
    market.chain.run_to(market.window().since + DEADLINES.clear_slots - 1)
    market.take(market.clear())
    market.together("deposit", ["ash", "dell", "elm"])
    market.run_until(Phase.PAYING)
    market.chain.run_to(market.window().since + DEADLINES.pay_slots - 1)
    payer = next(market.right(n).buyer for n in range(3) if market.right(n).standing is Standing.AGREED)
    market.take(market.pay(payer))
    market.run_until(Phase.HOLDING)
    assert market.chain.head.slot < market.chain.genesis.slot_of(first)
    assert market.window().minted > 0


def test_a_window_opens_no_later_than_a_committee_that_has_grown_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = Market()
    monkeypatch.setattr(members, "committee", lambda _: ("validator",) * 10)
    now = market.chain.genesis.period(market.chain.slot)
    # With three faulty ones each of the five phases takes four blocks, and the one that ends it.
    assert market.open(now + 5 * 5 - 1).error.startswith("TooSoon:")
    market.take(market.open(now + 1 + 5 * 5))


def test_without_a_pause_deadlines_are_those_of_the_genesis() -> None:
    market = Market(changes={"deadlines": replace(DEADLINES, reveal_slots=5)})
    market.to_revealing()
    since = market.window().since
    market.run_until(Phase.LAPSED)
    assert market.chain.head.slot == since + 6
