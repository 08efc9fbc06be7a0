"""What is not taken of homes, meters and members while a round is under way."""

from dataclasses import asdict, replace

import pytest

from contracts.community.orders import Side
from contracts.community.records import Phase
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh
from ledger.stage import Stage
from tests.contracts.community.market import (
    FEED_IN,
    GRID,
    LATECOMER,
    ROUND,
    Market,
)
from tests.contracts.community.rounds import usual_round


@pytest.mark.parametrize(
    ("side", "energy_wh", "limit_ukwh", "error"),
    [
        (Side.ASK, 1_251, 120_000, "BeyondConnection"),
        (Side.BID, 2_001, 120_000, "BeyondConnection"),
        (Side.ASK, 10, FEED_IN - 1, "BeyondBand"),
        (Side.BID, 10, GRID + 1, "BeyondBand"),
        (Side.ASK, 0, 120_000, "ArgumentError"),
    ],
)
def test_no_order_is_beyond_its_bounds(side: Side, energy_wh: int, limit_ukwh: int, error: str) -> None:
    market = Market()
    market.open()
    assert market.refused(market.order("elm", side, energy_wh, limit_ukwh)).startswith(error)


def test_replies_are_for_requests_alone() -> None:
    market = Market()
    market.open()
    assert market.refused(market.ask("elm", 10, 120_000, gum=120_000)).startswith("UnfitReplies")


def test_a_matched_round_takes_no_orders_and_is_not_matched_again() -> None:
    market = usual_round()
    assert market.refused(market.ask("elm", 10, 120_000)).startswith("NotNow")
    assert market.refused(market.match_call()).startswith("LinkCount")
    again = replace(market.match_call(), links=(*market.links(to_trigger=True), *market.links()))
    assert market.refused(again).startswith("NotNow")


def test_readings_come_once_and_in_time() -> None:
    market = usual_round()
    market.run_to_slot(market.genesis.slot_of(ROUND))
    reading = market.meter("elm", ROUND, -1_000)
    market.take(reading)
    assert market.refused(reading).startswith("VerifiedTwice")
    market.run_to_slot(market.round.readings_until)
    assert market.phase is Phase.RUNNING
    assert market.refused(market.meter("gum", ROUND, 700)).startswith("NotNow")


def test_a_round_is_settled_when_its_longest_interval_is_over() -> None:
    market = usual_round()
    market.deliver()
    assert market.phase is Phase.RUNNING
    assert market.refused(market.settle_call()).startswith("NotNow")


@pytest.mark.parametrize(
    ("reading", "error"),
    [
        (Reading(imported_wh=EnergyWh(5)), "IncompleteReading"),
        (Reading(imported_wh=EnergyWh(0), exported_wh=EnergyWh(5_001)), "Implausible"),
    ],
)
def test_a_reading_is_complete_and_plausible(reading: Reading, error: str) -> None:
    market = usual_round()
    market.run_to_slot(market.genesis.slot_of(ROUND))
    call = market.meter("elm", ROUND, 0)
    spoiled = replace(call, arguments={**call.arguments, "reading": asdict(reading)})
    assert market.refused(spoiled).startswith(error)
    stranger = replace(call, sender=f"{LATECOMER}-meter")
    assert market.refused(stranger).startswith("NotConcerned")


def test_nobody_settles_with_other_verifications() -> None:
    market = usual_round()
    market.deliver()
    market.run_to(Phase.ACCOUNTING)
    call = market.settle_call()
    other = replace(call, arguments={**call.arguments, "verifications": bytes(32)})
    assert market.refused(other).startswith("WrongVerifications")
    market.take(call)
    assert market.refused(call).startswith("Settled")


def test_a_round_is_opened_by_a_validator_and_once() -> None:
    market = Market()
    market.run_to(Phase.DUE)
    assert market.refused(market.trigger("elm")).startswith("NotAllowed")
    market.take(market.trigger())
    assert market.refused(market.trigger()).startswith("NotNow")


def test_a_link_to_another_round_is_refused() -> None:
    market = Market()
    market.open()
    call = market.match_call()
    other = replace(call, arguments={"first_period": ROUND - 1})
    assert market.refused(other).startswith("WrongProcess")
    unknown = replace(call, arguments={"first_period": ROUND + 90})
    assert market.refused(unknown).startswith("UnknownRound")
    assert market.refused(replace(call, stage=Stage.TRIGGER)).startswith("StageMismatch")
