"""Parameters that contradict themselves, homes that cannot be enrolled, and arguments at random."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.community.matching import Mechanism
from contracts.community.parameters import COMMUNITY, Windows, encode_parameters, read_parameters
from contracts.community.refusals import UnfitHome, UnfitParameters
from contracts.dispatch.model import Tariff
from contracts.errors import ArgumentError
from ledger.genesis import Limits
from ledger.quantities import PowerW
from tests.contracts.chain import address
from tests.contracts.community.market import FEED_IN, GRID, Market, home, parameters_for
from tests.contracts.rejections import check_random_call


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tariff": Tariff((GRID,) * 96, (FEED_IN,) * 95)}, "tariff"),
        ({"tariff": Tariff((FEED_IN,) * 96, (GRID,) * 96)}, "tariff"),
        ({"tariff": Tariff((GRID,) * 48, (FEED_IN,) * 48)}, "tariff"),
        ({"mechanism": Mechanism.REQUESTS}, "windows.offer_slots"),
        ({"windows": Windows(2, 1, 2, 2, 96)}, "windows.offer_slots"),
    ],
)
def test_parameters_that_contradict_themselves_found_no_chain(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(UnfitParameters) as refused:
        Market(changes=changes)
    assert refused.value.field == field


def test_parameters_are_read_as_they_were_written() -> None:
    usual = parameters_for()
    assert read_parameters(encode_parameters(usual)) == usual
    with pytest.raises(ArgumentError, match="recent_rounds"):
        read_parameters({**encode_parameters(usual), "recent_rounds": 0})


@pytest.mark.parametrize(
    ("homes", "reason"),
    [
        ((home("elm"), replace(home("fir"), address=address("elm"))), "has a home already"),
        ((home("elm"), replace(home("fir"), meter=address("elm-meter"))), "that of another home"),
        ((replace(home("elm"), interval_periods=7),), "not made of intervals of 7"),
    ],
)
def test_homes_are_told_apart_and_their_intervals_make_a_day(homes: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(UnfitHome, match=reason):
        Market(changes={"homes": homes})


def test_an_interval_has_one_tariff() -> None:
    buy = (*(GRID,) * 13, *(2 * GRID,) * 83)
    with pytest.raises(UnfitHome, match="from period 12 on"):
        Market(changes={"tariff": Tariff(buy, (FEED_IN,) * 96)})


def test_no_more_homes_are_enrolled_than_a_transaction_can_settle() -> None:
    with pytest.raises(UnfitHome, match="a transaction"):
        Market(limits=Limits(block_steps=4 * 3_000))


def test_a_megawatt_is_no_home() -> None:
    with pytest.raises(ArgumentError, match="import_w"):
        Market(changes={"homes": (replace(home("elm"), import_w=PowerW(10**6 + 1)),)})


@cache
def matched_market() -> Market:
    market = Market()
    market.trade(market.ask("elm", 1_000, 120_000), market.bid("gum", 700, 220_000))
    market.run_to_slot(market.genesis.slot_of(market.first))
    return market


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_refused_changes_nothing(data: st.DataObject) -> None:
    """Any action with any arguments, while a round is due, ordering, running or settled."""
    market = matched_market()
    known = [link for link in (market.round.process, market.round.dispatch) if link]
    check_random_call(data, market.chain, [COMMUNITY], known)
