"""A window from its opening to its final tokens, and what becomes of it when somebody fails."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.capacity.clearing import Cleared, clear, seeded
from contracts.capacity.process import OVER, TRANSITIONS, Happening
from contracts.capacity.records import Phase, Standing, did
from contracts.capacity.windows import active_windows, find_clearing, reliability
from ledger.quantities import PriceUkwh, amount
from tests.contracts.capacity.market import (
    BALANCE,
    BUYERS,
    CURRENCY,
    FIRST,
    FORFEITS,
    PERIODS,
    SELLERS,
    USUAL,
    Market,
    ask,
    want,
)
from tests.contracts.capacity.test_sealing import refused
from tests.contracts.chain import address

FULL = {"ash": [700] * PERIODS, "beech": [500] * PERIODS}
PRICE = 150_000
TRADERS = ("ash", "beech", "dell", "elm")
ISSUED = 6 * BALANCE


def changes(market: Market) -> dict[str, int]:
    """What everybody has gained since the beginning."""
    return {name: market.balance(name) - BALANCE for name in (*SELLERS, *BUYERS)}


def test_a_window_is_sealed_revealed_cleared_paid_delivered_and_settled() -> None:
    market = Market()
    market.settled(FULL)
    clearing = find_clearing(market.view, 0)
    assert clearing is not None
    assert (clearing.lowest_ukwh, clearing.price_ukwh, clearing.highest_ukwh) == (PRICE,) * 3
    assert clearing.traded_wh == 4_500
    assert market.phase is Phase.SETTLED
    assert active_windows(market.view) == ()
    # ash sells 2,500 Wh, beech 2,000; dell buys 2,500 and elm 2,000: all that was asked for is paid, exactly.
    gained = changes(market)
    finals = [market.final(number) for number in range(market.window().rights)]
    for name, sign, wh in (("ash", 1, 2_500), ("beech", 1, 2_000), ("dell", -1, 2_500), ("elm", -1, 2_000)):
        assert abs(gained[name] - sign * amount(wh, PRICE)) <= len(finals)
    assert gained["chestnut"] == gained["fir"] == market.balance(FORFEITS) == 0
    assert sum(gained.values()) == 0
    assert market.money() == market.account("issued") == ISSUED
    for token in finals:
        assert token.delivered_wh == token.quantity_wh
        assert token.paid == amount(token.quantity_wh, PRICE)
        assert (token.refunded, token.price_ukwh) == (0, PRICE)
    assert sum(token.quantity_wh for token in finals) == 4_500
    assert reliability(market.view, address("ash")) == (2_500, 2_500)
    assert reliability(market.view, address("dell")) == (2_500, 2_500)


def test_the_same_blocks_give_the_same_state() -> None:
    market = Market()
    market.settled(FULL)
    assert market.chain.replay().state.root == market.chain.head.state.root


def test_the_order_in_which_bids_come_does_not_matter() -> None:
    forth, back = Market(), Market()
    forth.settled(FULL)
    back.settled(FULL, dict(reversed(USUAL.items())))
    assert changes(forth) == changes(back)
    assert find_clearing(forth.view, 0) == find_clearing(back.view, 0)
    assert [forth.final(n) for n in range(3)] == [back.final(n) for n in range(3)]


def test_a_bond_and_a_deposit_cost_nothing_to_who_keeps_its_word() -> None:
    market = Market()
    market.to_revealing()
    assert all(market.escrow(f"capacity/0/bond/{bid}") > CURRENCY for bid in range(6))
    # 5 kW for an hour bound a device of 9,500 Wh to 5,000: 10 % of them at the cap of 0.5, and the floor.
    assert market.escrow("capacity/0/bond/0") == CURRENCY + 250_000
    # fir may buy 3,000 Wh.
    assert market.escrow("capacity/0/bond/5") == CURRENCY + 150_000


def test_rights_carry_what_they_are_made_of() -> None:
    market = Market()
    market.to_holding()
    minted = market.events("minted")
    assert len(minted) == market.window().minted == market.window().rights == 3
    for event in minted:
        right = market.right(event["right"])
        assert right.standing is Standing.MINTED
        assert event["obligor"] == did(right.obligor) == f"did:gridquorum:{right.obligor}"
        assert event["price"] == amount(right.quantity_wh, PRICE)
        # Nobody has a past: either side puts down a fifth of the price, rounded up.
        assert right.seller_deposit == right.buyer_deposit == -(-right.quantity_wh * PRICE * 200 // 1_000_000)
        assert market.escrow(f"capacity/0/{event['right']}/price") == right.price
    assert not any(market.escrow(f"capacity/0/bond/{bid}") for bid in range(6))


def test_who_kept_its_word_puts_down_less_the_next_time() -> None:
    market = Market()
    market.settled(FULL)
    bids = {name: USUAL[name] for name in TRADERS}
    market.to_depositing(bids, first=FIRST + 60)
    rights = [market.right(number, 1) for number in range(market.window(1).rights)]
    for right in rights:
        least = -(-right.quantity_wh * right.price_ukwh * 50 // 1_000_000)
        assert right.seller_deposit == right.buyer_deposit == least > 0


def test_who_does_not_reveal_loses_its_bond_and_the_others_trade() -> None:
    market = Market()
    market.to_clearing(silent=["dell"])
    assert market.window().revealed == 5
    lost = market.balance(FORFEITS)
    assert lost == CURRENCY + 125_000
    assert market.balance("dell") == BALANCE - lost
    market.take(market.clear())
    clearing = find_clearing(market.view, 0)
    assert clearing is not None
    assert clearing.traded_wh == 2_000
    assert market.money() == ISSUED


WIDE = {
    "ash": ask("ash", (1_000, 100_000)),
    "dell": want((1_000, 300_000)),
    "elm": want((1, 5)),
    "fir": want((1, 6)),
}
"""At every price from 100,000 to 300,000 ash and dell trade; elm and fir bid only to hold a bid back."""


@pytest.mark.parametrize("silent", [["elm"], ["fir"], ["elm", "fir"]])
def test_who_holds_a_bid_back_draws_no_other_price(silent: list[str]) -> None:
    market = Market()
    market.to_clearing(WIDE, silent)
    market.take(market.clear())
    clearing = find_clearing(market.view, 0)
    assert clearing is not None
    assert (clearing.lowest_ukwh, clearing.highest_ukwh) == (100_000, 300_000)
    assert clearing.price_ukwh == 200_000


def test_the_seed_of_all_who_sealed_draws_the_price() -> None:
    market = Market()
    market.to_depositing(WIDE)
    clearing = find_clearing(market.view, 0)
    assert clearing is not None
    assert clearing.price_ukwh == seeded(clearing.seed)(100_000, 300_000) != 200_000


def test_nobody_reveals() -> None:
    market = Market()
    market.to_revealing()
    market.run_until(Phase.LAPSED)
    assert market.window().reason == "nobody revealed a bid"
    assert sum(changes(market).values()) == -market.balance(FORFEITS) < 0
    assert market.money() == ISSUED


def test_nobody_seals() -> None:
    market = Market()
    market.take(market.open())
    market.run_until(Phase.LAPSED)
    assert market.window().reason == "nobody sealed a bid"


def test_nobody_clears_and_all_have_their_bonds_back() -> None:
    market = Market()
    market.to_clearing()
    market.run_until(Phase.LAPSED)
    assert market.window().reason == "nobody had it cleared in time"
    assert set(changes(market).values()) == {0}


def test_a_clearing_that_is_not_the_best_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever found it: the conditions are checked apart from the search."""
    market = Market()
    market.to_clearing()

    def dearer(*arguments: Any) -> Cleared | None:
        cleared = clear(*arguments)
        return cleared and replace(cleared, price_ukwh=PriceUkwh(cleared.highest_ukwh + 1))

    monkeypatch.setattr("contracts.capacity.clearing.clear", dearer)
    receipt = market.clear()
    assert receipt.error.startswith("NextUnsoldBelowPrice:")
    assert market.phase is Phase.CLEARING


def test_no_ask_meets_a_bid_and_all_have_their_bonds_back() -> None:
    market = Market()
    market.to_clearing({"chestnut": USUAL["chestnut"], "fir": USUAL["fir"]})
    market.take(market.clear())
    assert market.window().reason == "no ask meets a bid"
    assert market.phase is Phase.LAPSED
    assert set(changes(market).values()) == {0}
    market.chain.make_block()


def test_a_buyer_that_does_not_pay_loses_its_deposits_to_its_sellers_and_the_floor_of_its_bond() -> None:
    market = Market()
    market.to_paying()
    deposits = {
        number: market.right(number).buyer_deposit
        for number in range(3)
        if market.right(number).buyer == address("dell")
    }
    market.together("pay", ["elm"])
    market.run_until(Phase.HOLDING)
    gained = changes(market)
    assert gained["dell"] == -sum(deposits.values()) - CURRENCY
    assert market.balance(FORFEITS) == CURRENCY
    for number in deposits:
        assert market.right(number).standing is Standing.VOID
        assert market.escrow(f"capacity/0/{number}/seller") == 0
    assert reliability(market.view, address("dell")) == (2_500, 0)
    market.finish(market.delivering())
    gained = changes(market)
    assert gained["dell"] == -sum(deposits.values()) - CURRENCY
    assert sum(gained.values()) == -CURRENCY
    assert gained["ash"] + gained["beech"] == sum(deposits.values()) - gained["elm"]


def test_no_buyer_pays() -> None:
    market = Market()
    market.to_paying()
    market.run_until(Phase.LAPSED)
    assert market.window().reason == "no right was paid"
    gained = changes(market)
    assert gained["ash"] > 0 > gained["elm"]
    assert sum(gained.values()) == -market.balance(FORFEITS) == -2 * CURRENCY


@pytest.mark.parametrize("silent", TRADERS)
def test_who_puts_down_no_deposit_loses_its_bond_to_those_it_traded_with_but_for_the_floor(
    silent: str,
) -> None:
    market = Market()
    market.to_depositing()
    bond = market.escrow(f"capacity/0/bond/{list(USUAL).index(silent)}")
    market.together("deposit", [name for name in TRADERS if name != silent])
    market.run_until(Phase.PAYING)
    own = [n for n in range(3) if address(silent) in (market.right(n).obligor, market.right(n).buyer)]
    voided = [number for number in range(3) if market.right(number).standing is Standing.VOID]
    assert voided == own
    assert changes(market)[silent] == -bond
    assert market.balance(FORFEITS) == CURRENCY
    assert market.money() == ISSUED
    for number in voided:
        assert (
            market.escrow(f"capacity/0/{number}/seller") == market.escrow(f"capacity/0/{number}/buyer") == 0
        )
    assert reliability(market.view, address(silent))[1] == 0


@pytest.mark.parametrize("deposited", [["ash"], ["dell"], ["ash", "dell"]])
def test_who_trades_with_an_address_of_its_own_and_fails_loses_the_floor_all_the_same(
    deposited: list[str],
) -> None:
    """ash and dell are one: what one loses to the other it has back, but for what goes to no trader."""
    market = Market()
    bids = {"ash": ask("ash", (1_000, 100_000)), "dell": want((1_000, 100_000))}
    market.to_depositing(bids)
    market.together("deposit", deposited)
    market.run_until(Phase.LAPSED)
    assert market.balance("ash") + market.balance("dell") == 2 * BALANCE - CURRENCY
    assert market.balance(FORFEITS) == CURRENCY


def test_a_buyer_that_is_left_with_nothing_to_pay_has_its_bond_back() -> None:
    market = Market()
    bids = {
        "ash": ask("ash", (1_000, 100_000)),
        "beech": ask("beech", (1_000, 100_000)),
        "dell": want((1_000, 100_000)),
        "elm": want((1_000, 100_000)),
    }
    market.to_depositing(bids)
    market.together("deposit", ["beech", "dell", "elm"])
    market.run_until(Phase.PAYING)
    left = next(n for n in ("dell", "elm") if market.right(_right_of(market, n)).standing is Standing.VOID)
    paying = next(n for n in ("dell", "elm") if n != left)
    market.together("pay", [paying])
    market.run_until(Phase.HOLDING)
    assert market.balance(left) > BALANCE
    assert not any(market.escrow(f"capacity/0/bond/{bid}") for bid in range(4))


def test_whoever_takes_the_forfeits_does_not_bid() -> None:
    market = Market(changes={"forfeits": address("dell")})
    market.take(market.open())
    refused(market, market.seal("dell", USUAL["dell"]), "NotConcerned")


def _right_of(market: Market, buyer: str) -> int:
    return next(n for n in range(market.window().rights) if market.right(n).buyer == address(buyer))


def test_nobody_puts_down_a_deposit_and_all_bonds_are_forfeited() -> None:
    market = Market()
    market.to_depositing()
    market.run_until(Phase.LAPSED)
    assert market.window().reason == "no right has both its deposits"
    assert market.balance(FORFEITS) == -sum(changes(market).values()) > 0
    assert market.money() == ISSUED


def test_a_seller_that_under_delivers_is_paid_for_what_it_gave_and_slashed_for_the_rest() -> None:
    market = Market()
    market.to_holding()
    before = {n: market.right(n) for n in range(3)}
    market.finish({"ash": [625, 0, 100, 625], "beech": [500] * PERIODS})
    short = 0
    for number, right in before.items():
        token = market.final(number)
        if right.obligor != address("ash"):
            assert token.delivered_wh == token.quantity_wh
            continue
        short += token.quantity_wh - token.delivered_wh
        assert token.paid == amount(token.delivered_wh, PRICE)
        assert token.refunded == right.price - token.paid
        assert token.seller_released == right.seller_deposit * token.delivered_wh // token.quantity_wh
        assert token.seller_lost == right.seller_deposit - token.seller_released
        assert token.buyer_released == right.buyer_deposit
    assert short == 625 + 525
    assert sum(changes(market).values()) == 0
    assert reliability(market.view, address("ash")) == (2_500, 2_500 - short)


def test_a_silent_meter_delivers_nothing_and_late_readings_of_other_periods_still_count() -> None:
    market = Market()
    market.settled({"ash": [None] * PERIODS, "beech": [None, 500, 500, 500]})
    tokens = [market.final(number) for number in range(3)]
    by_seller = {
        name: sum(t.delivered_wh for t in tokens if t.obligor == did(address(name))) for name in TRADERS
    }
    assert by_seller["ash"] == 0
    assert by_seller["beech"] == 1_500
    assert changes(market)["ash"] < 0
    assert market.money() == ISSUED


def test_payment_streams_as_energy_arrives_and_is_exact_in_the_end() -> None:
    market = Market()
    market.to_holding()
    start = market.balance("beech")
    owned = [n for n in range(3) if market.right(n).obligor == address("beech")]
    for place in range(PERIODS):
        market.run_to_period(FIRST + place)
        market.take(market.meter("beech", place, 500))
        streamed = [event for event in market.events("delivered") if event["right"] in owned]
        assert sum(event["delivered_wh"] for event in streamed) == 500 * (place + 1)
        assert market.balance("beech") - start == sum(event["payment"] for event in streamed)
        # Whole Wh of each right are paid at once: by right, less than a millionth is rounded.
        assert abs(market.balance("beech") - start - amount(500 * (place + 1), PRICE)) <= len(owned)
    assert market.balance("beech") - start == sum(market.right(number).price for number in owned)


def test_readings_may_come_in_any_order_within_their_time() -> None:
    market = Market()
    market.to_holding()
    market.run_to_period(FIRST + 1)
    for place in (1, 0):
        market.send_reading("beech", place, 500)
    assert all(receipt.ok for receipt in market.chain.make_block())
    owned = [n for n in range(3) if market.right(n).obligor == address("beech")]
    assert sum(market.right(number).delivered_wh for number in owned) == 1_000


def test_a_price_of_nothing_needs_no_escrow() -> None:
    market = Market()
    market.settled({"ash": [250] * PERIODS}, {"ash": ask("ash", (1_000, 0)), "dell": want((1_000, 0))})
    token = market.final(0)
    assert (token.price_ukwh, token.paid, token.refunded, token.delivered_wh) == (0, 0, 0, 1_000)
    assert set(changes(market).values()) == {0}


def test_windows_run_side_by_side() -> None:
    """Two that overlap in time, with other devices in each; neither knows of the other."""
    market = Market()
    market.to_holding({"ash": ask("ash", (4_000, 100_000)), "dell": want((4_000, 100_000))})
    market.to_depositing(
        {"beech": ask("beech", (2_000, 50_000)), "elm": want((2_000, 50_000))}, first=FIRST + 2
    )
    for step, names in (("deposit", ["beech", "elm"]), ("pay", ["elm"])):
        market.together(step, names, window=1)
    for place in range(6):
        market.run_to_period(FIRST + place)
        if place < 4:
            market.send_reading("ash", place, 1_000, 0)
        if place >= 2:
            market.send_reading("beech", place - 2, 500, 1)
        for receipt in market.chain.make_block():
            market.take(receipt)
    for window in (0, 1):
        market.run_until(Phase.ACCOUNTING, window)
        market.take(market.settle(window))
    assert market.final(0, 0).delivered_wh == 4_000
    assert market.final(0, 1).delivered_wh == 2_000
    gained = changes(market)
    assert (gained["ash"], gained["dell"]) == (400_000, -400_000)
    assert (gained["beech"], gained["elm"]) == (100_000, -100_000)


def test_every_transition_of_the_table_ends_somewhere() -> None:
    reached = set(TRANSITIONS.values())
    assert reached | {Phase.SEALING} == set(Phase)
    assert not any(phase in OVER for phase, _ in TRANSITIONS)
    assert {happening for _, happening in TRANSITIONS} == set(Happening)
