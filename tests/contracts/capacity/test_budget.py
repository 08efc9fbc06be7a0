"""What fits the parameters fits a transaction: the largest bids and windows cost no more than is foreseen."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest

from contracts.capacity import process
from contracts.capacity.bids import STEPS_MAX
from contracts.capacity.clearing import PRICE_UKWH_MAX, QUANTITY_WH_MAX
from contracts.capacity.consequences import RELIABILITY_WH_MAX, note_reliability
from contracts.capacity.devices import PERIODS_MAX
from contracts.capacity.parameters import (
    CAPACITY,
    CLEAR_STEPS_A_BID,
    CLOSE_STEPS_A_BID,
    FULFIL_STEPS_A_RIGHT,
    REVEAL_BYTES,
    REVEAL_STEPS,
    SETTLE_STEPS_A_READING,
    SETTLE_STEPS_A_RIGHT,
    Deadlines,
    encode_parameters,
    read_parameters,
)
from contracts.capacity.records import Phase
from contracts.capacity.refusals import UnfitDevice, UnfitParameters
from contracts.capacity.windows import reliability
from contracts.context import Context, Journal
from contracts.errors import ArgumentError
from ledger.application import Context as BlockContext
from ledger.genesis import Limits
from ledger.overlay import Overlay
from ledger.quantities import Height, Slot
from tests.contracts.capacity.market import (
    BUYERS,
    CAP_UKWH,
    DEADLINES,
    FIRST,
    PERIODS,
    Bid,
    Market,
    ask,
    device_of,
    parameters_for,
    want,
)

FIXED_STEPS = 1_000
"""What a transaction costs beside its loops."""

WIDE = {
    "ash": ask("ash", *[(40, 1_000 + step) for step in range(STEPS_MAX)]),
    **{name: want(*[(13 - n, 400_000 - step) for step in range(STEPS_MAX)]) for n, name in enumerate(BUYERS)},
}
"""One device, of which every buyer has a right; all curves as long as can be."""


def test_the_largest_window_costs_no_more_than_is_foreseen() -> None:
    market = Market()
    market.to_clearing(WIDE)
    cleared = market.take(market.clear())
    assert cleared.steps <= FIXED_STEPS + CLEAR_STEPS_A_BID * len(WIDE)
    market.together("deposit", market.trading())
    market.together("pay", list(BUYERS))
    market.run_to_period(FIRST)
    read = market.take(market.meter("ash", 0, 200))
    assert read.steps <= FIXED_STEPS + FULFIL_STEPS_A_RIGHT * len(BUYERS)
    for place in range(1, 4):
        market.run_to_period(FIRST + place)
        market.take(market.meter("ash", place, 50))
    market.run_until(Phase.ACCOUNTING)
    settled = market.take(market.settle())
    loops = SETTLE_STEPS_A_RIGHT * len(BUYERS) + SETTLE_STEPS_A_READING * 4
    assert settled.steps <= FIXED_STEPS + loops


def test_a_reading_of_the_longest_window_costs_no_more_than_is_foreseen() -> None:
    market = Market()
    bids: dict[str, Bid] = {"ash": ask("ash", (9_000, 5)), **{name: want((3_000, 9)) for name in BUYERS}}
    market.to_clearing(bids, periods=PERIODS_MAX)
    market.take(market.clear())
    market.together("deposit", market.trading())
    market.together("pay", list(BUYERS))
    market.run_to_period(FIRST)
    read = market.take(market.meter("ash", 0, 20))
    assert read.steps <= FIXED_STEPS + FULFIL_STEPS_A_RIGHT * len(BUYERS)


def test_parameters_come_back_as_they_were() -> None:
    assert read_parameters(encode_parameters(parameters_for())) == parameters_for()


def test_a_window_that_would_fit_no_transaction_is_refused_at_genesis() -> None:
    with pytest.raises(UnfitParameters, match="bids_max"):
        Market(changes={"bids_max": 150})
    Market(changes={"bids_max": 150, "windows_max": 3}, limits=Limits(block_steps=5_000_000))


def test_windows_that_could_all_close_at_once_have_to_fit_a_block() -> None:
    with pytest.raises(UnfitParameters, match="windows_max"):
        Market(changes={"windows_max": 256})


def run_hook(market: Market, slot: int) -> Journal:
    """What the chain does in a slot, beside the chain."""
    journal = Journal(Overlay(market.chain.head.state), market.chain.genesis.steps)
    block = BlockContext(market.chain.genesis, Height(999), Slot(slot), market.chain.head.hash, 1)
    process.on_slot(Context(CAPACITY, block, journal))
    return journal


def closing_deposits(market: Market) -> int:
    """Bonds are handed over, rights voided."""
    market.to_depositing(WIDE)
    market.together("deposit", ["ash"])
    return market.window().since + DEADLINES.deposit_slots + 1


def closing_payments(market: Market) -> int:
    """Deposits are handed over, rights voided."""
    market.to_paying(WIDE)
    return market.window().since + DEADLINES.pay_slots + 1


def giving_back(market: Market) -> int:
    """Bonds, deposits and prices go back, rights are voided."""
    market.to_paying(WIDE)
    market.together("pay", BUYERS[:2])
    return market.chain.genesis.slot_of(FIRST)


@pytest.mark.parametrize("closing", [closing_deposits, closing_payments, giving_back])
def test_closing_a_window_costs_no_more_than_is_foreseen(closing: Callable[[Market], int]) -> None:
    market = Market()
    journal = run_hook(market, closing(market))
    assert journal.steps <= FIXED_STEPS + CLOSE_STEPS_A_BID * len(WIDE)
    assert any(event.name == "voided" for event in journal.events)


def test_the_root_over_a_windows_readings_is_charged_by_their_number() -> None:
    steps = []
    for periods in (0, PERIODS):
        market = Market()
        market.to_holding()
        market.deliver({"ash": [625] * PERIODS, "beech": [500] * PERIODS}, periods=periods)
        market.run_until(Phase.METERING)
        steps.append(run_hook(market, market.window().since + DEADLINES.reading_slots + 1).steps)
    assert steps[1] - steps[0] == 2 * PERIODS * market.chain.genesis.steps["read"]


def test_what_somebody_owed_in_all_its_life_stays_a_number_that_the_chain_can_keep() -> None:
    market = Market()
    journal = Journal(Overlay(market.chain.head.state), market.chain.genesis.steps)
    block = BlockContext(market.chain.genesis, Height(9), Slot(9), market.chain.head.hash, 1)
    ctx = Context(CAPACITY, block, journal)
    for _ in range(20):
        note_reliability(ctx, "ash", RELIABILITY_WH_MAX - 1, RELIABILITY_WH_MAX // 3)
        owed, kept = reliability(ctx, "ash")
        assert owed <= RELIABILITY_WH_MAX
        # What it kept of it stays what it was, to the Wh that halves are rounded by.
        assert abs(3 * kept - owed) <= 9


@pytest.mark.parametrize("deadline", [field.name for field in fields(Deadlines)])
def test_proposers_that_fail_cannot_outlast_a_deadline(deadline: str) -> None:
    with pytest.raises(UnfitParameters, match=f"{deadline}: it is 1, and with 1 faulty"):
        Market(changes={"deadlines": replace(DEADLINES, **{deadline: 1})})


@pytest.mark.parametrize("limits", [Limits(block_steps=500_000), Limits(block_bytes=2**19)])
def test_all_reveals_of_a_full_market_fit_into_their_time_beside_faulty_proposers(limits: Limits) -> None:
    """512 of them take a million steps, and a million bytes."""
    changes = {"bids_max": 16, "windows_max": 32, "periods_max": 4}
    needed = 2_000 * 512 // 500_000 + 2
    with pytest.raises(UnfitParameters, match=r"deadlines.seal_slots: it is 2, and .* takes [34] blocks"):
        Market(changes={**changes, "deadlines": Deadlines(*(2,) * 6)}, limits=limits)
    Market(changes={**changes, "deadlines": Deadlines(*(needed,) * 6)}, limits=limits)


def test_the_longest_reveal_costs_no_more_than_is_foreseen_and_nothing_else_awaited_of_a_bid_does() -> None:
    dear = {
        "ash": ask("ash", *[(1_000 + step, CAP_UKWH - 40 + step) for step in range(STEPS_MAX)]),
        "dell": want(*[(1_000 + step, CAP_UKWH - step) for step in range(STEPS_MAX)]),
    }
    devices = (device_of("ash", energy_wh=40_000, export_w=(40_000,) * 96),)
    market = Market(changes={"devices": devices})
    market.to_clearing(dear)
    market.take(market.clear())
    market.together("deposit", ["ash", "dell"])
    market.together("pay", ["dell"])
    market.run_to_period(FIRST)
    market.take(market.meter("ash", 0, 9))
    sent = [row for done in market.chain.blocks for row in zip(done.transactions, done.receipts, strict=True)]
    assert {transaction.action for transaction, _ in sent} > {"seal", "reveal", "deposit", "pay", "meter"}
    for transaction, receipt in sent:
        if transaction.action not in ("open", "clear"):
            assert receipt.steps <= REVEAL_STEPS
            assert len(transaction.raw) <= REVEAL_BYTES
    most = ask("ash", *[(QUANTITY_WH_MAX, PRICE_UKWH_MAX)] * STEPS_MAX)
    assert len(market.chain.send("ash", CAPACITY, "reveal", market.opened("ash", most)).raw) <= REVEAL_BYTES


def test_there_are_more_windows_than_openers_that_may_fail() -> None:
    with pytest.raises(UnfitParameters, match="windows_max: it is not above the 1 openers"):
        Market(changes={"windows_max": 1})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"deposit_permille_least": 300}, UnfitParameters),
        ({"cap_ukwh": 0}, ArgumentError),
        ({"purchase_wh_max": 10**12, "cap_ukwh": 10**8}, UnfitParameters),
        ({"bond_permille": 1_001}, ArgumentError),
    ],
)
def test_parameters_that_contradict_themselves_are_refused(
    changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_parameters({**encode_parameters(parameters_for()), **changes})


def test_a_device_of_another_calendar_is_refused_at_genesis() -> None:
    with pytest.raises(UnfitDevice, match="export_w has 24 periods"):
        Market(changes={"devices": (device_of("ash", export_w=(5_000,) * 24),)})
