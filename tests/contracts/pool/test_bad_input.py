"""Parameters that contradict themselves, agreements that cannot be made, and arguments at random."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.metering.readings import Carrier
from contracts.pool import process
from contracts.pool.agreements import Kind
from contracts.pool.intervals import unsettled_intervals
from contracts.pool.parameters import POOL, Windows, encode_parameters, read_parameters
from contracts.pool.records import Phase
from contracts.pool.refusals import UnfitAgreement, UnfitParameters
from ledger.genesis import Limits
from ledger.quantities import Period, PriceUkwh
from tests.contracts.calls import Call
from tests.contracts.chain import address
from tests.contracts.pool.market import INTERVAL, Market, agreement, parameters_for, terms
from tests.contracts.rejections import check_random_call

HEAT = Carrier.HEAT


def test_prices_rise_from_feed_in_to_the_networks() -> None:
    with pytest.raises(UnfitParameters) as refused:
        replace(terms(HEAT), pool_ukwh=PriceUkwh(99_999))
    assert refused.value.field == "carriers.heat"


def test_a_carrier_is_traded_once() -> None:
    with pytest.raises(UnfitParameters, match="there twice"):
        Market(changes={"carriers": (terms(HEAT), terms(HEAT))})


def test_parameters_are_read_as_they_were_written() -> None:
    usual = parameters_for()
    assert read_parameters(encode_parameters(usual)) == usual


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ([agreement(Kind.PAYMENT, "fir", HEAT)], "has no meter"),
        ([agreement(Kind.SUPPLY, "fir", Carrier.GAS)], "no carrier of this market"),
        ([replace(agreement(Kind.USE, "fir", HEAT), meter=None)], "names no meter"),
        ([replace(agreement(Kind.USE, "fir", HEAT), party=address("gum"))], "its meter is one of heat"),
        ([replace(agreement(Kind.USE, "fir", HEAT), limit=10**9 + 1)], "its limit is above"),
    ],
)
def test_an_agreement_names_what_it_is_about(made: list[Any], reason: str) -> None:
    with pytest.raises(UnfitAgreement, match=reason):
        Market(changes={"agreements": tuple(made)})


def test_agreements_never_run_out_of_numbers() -> None:
    market = Market()
    market.run_to_due()
    assert "no agreement 1000000 waits" in market.refused(Call("fir", "accept", {"number": 10**6}))


def test_intervals_that_nobody_settles_stop_no_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "UNSETTLED_MAX", 2)
    market = Market(changes={"windows": Windows(cycle_slots=4, reading_slots=1)})
    for _ in range(3):
        market.trade()
        market.run_to(Phase.ACCOUNTING)
        market.period = Period(market.period + 9)
    first = Period(INTERVAL)
    assert unsettled_intervals(market.sight) == (first + 9, first + 18)
    market.period = first
    market.settle()
    assert market.phase is Phase.SETTLED


def test_no_more_seats_are_taken_than_a_transaction_can_settle() -> None:
    with pytest.raises(UnfitAgreement, match="10 seats are taken"):
        Market(limits=Limits(block_steps=4 * 1_200 * 10))


def test_settling_a_seat_takes_no_more_steps_than_are_set_aside_for_it() -> None:
    market = Market(balance=1_000)
    market.trade(market.ask("fir", 900, 300_000), market.bid("gum", 1, 500_000))
    assert market.chain.last.receipts[-1].steps < 1_200 * market.record.seats
    market.deliver(fir=1_900, gum=1_900, holly=1_900, ivy=1_900)
    market.settle()
    (receipt,) = market.chain.last.receipts
    assert receipt.steps < 1_200 * market.record.seats


@cache
def traded_market() -> Market:
    market = Market()
    market.trade(market.ask("fir", 1_000, 120_000), market.bid("gum", 700, 220_000))
    market.take(market.open())
    return market


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_refused_changes_nothing(data: st.DataObject) -> None:
    """Any action with any arguments, while intervals are due, traded, running or settled."""
    market = traded_market()
    record = market.record
    known = [link for link in (record.process, record.opened, record.dispatch) if link]
    check_random_call(data, market.chain, [POOL], known)
