"""Rights as tokens: transferred, sold with payment in one step, nominated, burned; and what is refused."""

from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from contracts.capacity.records import Phase, did
from contracts.capacity.windows import find_final, find_offer, find_right
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, amount
from ledger.receipt import Receipt
from tests.contracts.capacity.market import (
    BALANCE,
    BUYERS,
    CURRENCY,
    DEADLINES,
    FIRST,
    PERIODS,
    Market,
    ask,
    device_of,
    want,
)
from tests.contracts.capacity.test_sealing import refused
from tests.contracts.chain import address

ONE = {"ash": ask("ash", (4_000, 100_000)), "dell": want((4_000, 100_000))}
"""One right, of 4,000 Wh, in which 1,250 Wh a period can be called."""

PRICE = amount(4_000, 100_000)


@pytest.fixture
def market() -> Market:
    market = Market()
    market.to_holding(ONE)
    return market


def test_a_transfer_moves_the_right_and_the_claim_on_its_escrow(market: Market) -> None:
    market.take(market.call("dell", "transfer", window=0, right=0, to=address("elm")))
    assert market.right(0).holder == address("elm")
    market.finish({"ash": [1_000, 0, 0, 0]})
    token = market.final(0)
    assert (token.holder, token.buyer) == (did(address("elm")), did(address("dell")))
    assert token.delivered_wh == 1_000
    # elm has what was not delivered: three quarters of the price, and of ash's deposit.
    assert market.balance("elm") - BALANCE == token.refunded + 3 * 80_000 // 4
    assert market.balance("dell") - BALANCE == -PRICE
    assert token.buyer_released == 80_000


def test_a_sale_changes_money_and_right_in_one_step(market: Market) -> None:
    market.take(market.call("dell", "offer", window=0, right=0, amount=CURRENCY, to=None))
    before = market.balance("dell")
    market.take(market.call("fir", "take", window=0, right=0, amount=CURRENCY))
    assert market.right(0).holder == address("fir")
    assert (market.balance("dell"), market.balance("fir")) == (before + CURRENCY, BALANCE - CURRENCY)
    assert find_offer(market.view, 0, 0) is None
    market.finish({"ash": [1_000] * PERIODS})
    assert market.final(0).holder == did(address("fir"))
    assert market.balance("ash") == BALANCE + PRICE


def test_a_token_is_burned_at_delivery(market: Market) -> None:
    assert find_final(market.view, 0, 0) is None
    market.finish({"ash": [1_000] * PERIODS})
    assert find_right(market.view, 0, 0) is None
    assert find_final(market.view, 0, 0) is not None
    refused(market, market.call("dell", "transfer", window=0, right=0, to=address("elm")), "UnknownRight")


STRANGER = address("stranger")
SALES: dict[str, tuple[str, Callable[[Market], Receipt]]] = {
    "not offered": ("NotForSale", lambda m: m.call("dell", "withdraw", window=0, right=0)),
    "not one's own": ("NotConcerned", lambda m: m.call("elm", "offer", window=0, right=0, amount=1, to=None)),
    "to nobody": ("UnknownMember", lambda m: m.call("dell", "transfer", window=0, right=0, to=STRANGER)),
    "no such right": (
        "UnknownRight",
        lambda m: m.call("dell", "transfer", window=0, right=1, to=address("elm")),
    ),
    "for nothing": ("ArgumentError", lambda m: m.call("dell", "offer", window=0, right=0, amount=0, to=None)),
    "unoffered": ("NotForSale", lambda m: m.call("elm", "take", window=0, right=0, amount=1)),
}


def test_a_right_that_changes_hands_is_called_flat_until_its_new_holder_nominates(market: Market) -> None:
    market.take(market.call("dell", "offer", window=0, right=0, amount=300_000, to=None))
    market.take(market.call("dell", "nominate", window=0, right=0, profile=(0,) * PERIODS))
    market.take(market.call("fir", "take", window=0, right=0, amount=300_000))
    market.finish({"ash": [0] * PERIODS})
    assert market.final(0).delivered_wh == 0
    assert market.final(0).refunded == PRICE


@pytest.mark.parametrize("case", SALES)
def test_what_cannot_be_sold_is_refused(case: str, market: Market) -> None:
    error, attempt = SALES[case]
    refused(market, attempt(market), error)
    assert market.right(0).holder == address("dell")


def test_only_the_one_it_was_offered_to_at_the_price_that_holds_may_take_it(market: Market) -> None:
    market.take(market.call("dell", "offer", window=0, right=0, amount=5, to=address("elm")))
    refused(market, market.call("fir", "take", window=0, right=0, amount=5), "NotForSale")
    refused(market, market.call("elm", "take", window=0, right=0, amount=4), "OtherPrice")
    refused(market, market.call("dell", "take", window=0, right=0, amount=5), "NotForSale")
    market.take(market.call("dell", "offer", window=0, right=0, amount=6, to=None))
    refused(market, market.call("elm", "take", window=0, right=0, amount=5), "OtherPrice")
    market.take(market.call("dell", "withdraw", window=0, right=0))
    refused(market, market.call("elm", "take", window=0, right=0, amount=6), "NotForSale")


def test_who_cannot_pay_buys_nothing(market: Market) -> None:
    market.take(market.call("dell", "offer", window=0, right=0, amount=BALANCE + 1, to=None))
    refused(market, market.call("fir", "take", window=0, right=0, amount=BALANCE + 1), "InsufficientBalance")
    assert market.right(0).holder == address("dell")


def test_nothing_changes_hands_once_delivery_has_begun(market: Market) -> None:
    market.take(market.call("dell", "offer", window=0, right=0, amount=5, to=None))
    market.run_until(Phase.DELIVERING)
    refused(market, market.call("fir", "take", window=0, right=0, amount=5), "NotNow")
    refused(market, market.call("dell", "transfer", window=0, right=0, to=address("fir")), "NotNow")
    refused(market, market.call("dell", "nominate", window=0, right=0, profile=(0,) * PERIODS), "NotNow")


def test_a_right_that_is_not_paid_is_no_token() -> None:
    market = Market()
    market.to_paying()
    refused(market, market.call("dell", "transfer", window=0, right=0, to=address("elm")), "UnknownRight")


def test_a_nomination_says_when_and_what_is_not_called_counts_as_delivered(market: Market) -> None:
    market.take(market.call("dell", "nominate", window=0, right=0, profile=(1_250, 0, 0, 250)))
    market.finish({"ash": [1_250, 0, 0, 250]})
    token = market.final(0)
    assert (token.delivered_wh, token.paid, token.refunded) == (4_000, PRICE, 0)


def test_energy_at_another_time_than_called_is_not_delivery(market: Market) -> None:
    market.take(market.call("dell", "nominate", window=0, right=0, profile=(1_250, 0, 0, 250)))
    market.finish({"ash": [0, 1_250, 1_250, 250]})
    assert market.final(0).delivered_wh == 4_000 - 1_250


BAD_PROFILES = {
    "a period less": (1_000,) * 3,
    "more than the device's power": (1_251, 0, 0, 0),
    "more than the right": (1_250, 1_250, 1_250, 251),
}


@pytest.mark.parametrize("case", BAD_PROFILES)
def test_a_nomination_that_cannot_be_kept_is_refused(case: str, market: Market) -> None:
    refused(
        market, market.call("dell", "nominate", window=0, right=0, profile=BAD_PROFILES[case]), "BadProfile"
    )
    market.finish({"ash": [1_000] * PERIODS})
    assert market.final(0).delivered_wh == 4_000


def test_rights_on_one_device_share_its_energy_and_its_power() -> None:
    bids = {
        "ash": ask("ash", (5_000, 100_000)),
        "dell": want((2_000, 100_000)),
        "elm": want((3_000, 100_000)),
    }
    market = Market()
    market.to_holding(bids)
    by_holder = {market.right(n).holder: n for n in range(2)}
    dell, elm = by_holder[address("dell")], by_holder[address("elm")]
    refused(
        market, market.call("dell", "nominate", window=0, right=dell, profile=(501, 0, 0, 0)), "BadProfile"
    )
    market.take(market.call("dell", "nominate", window=0, right=dell, profile=(500,) * PERIODS))
    market.finish({"ash": [1_250, 1_250, 1_000, 0]})
    # In the third period 1,000 of 1,250 Wh arrive: each has four fifths of what it called.
    assert market.final(dell).delivered_wh == 500 + 500 + 400
    assert market.final(elm).delivered_wh == 750 + 750 + 600


def small_rights() -> Market:
    """Three rights of a Wh on a device that gives a Wh a period."""
    devices = (device_of("ash", energy_wh=9, export_w=(4,) * 96),)
    market = Market(changes={"devices": devices})
    market.to_holding({"ash": ask("ash", (3, 5)), **{name: want((1, 5)) for name in BUYERS}})
    return market


def test_small_rights_of_one_device_are_not_paid_beyond_what_was_metered() -> None:
    market = small_rights()
    market.finish({"ash": [0, 0, 0, 1]})
    assert sum(market.final(number).delivered_wh for number in range(3)) <= 1


def test_small_rights_of_one_device_are_called_when_it_can_give_them() -> None:
    market = small_rights()
    market.finish({"ash": [1] * PERIODS})
    assert all(market.final(number).delivered_wh == 1 for number in range(3))


READINGS: dict[str, tuple[str, Callable[[Market], Receipt]]] = {
    "a period that is not over": ("PeriodNotOver", lambda m: m.meter("ash", 3, 5)),
    "a period outside": ("WrongPeriod", lambda m: m.meter("ash", PERIODS, 5)),
    "a device that sold nothing": ("NotConcerned", lambda m: m.meter("beech", 0, 5)),
    "without what was discharged": ("IncompleteReading", lambda m: m.meter("ash", 0, None)),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_reading_that_shows_nothing_is_refused(case: str, market: Market) -> None:
    error, attempt = READINGS[case]
    market.run_to_period(FIRST)
    refused(market, attempt(market), error)
    assert market.right(0).delivered_wh == 0


def test_a_period_is_verified_once_and_in_time(market: Market) -> None:
    market.run_to_period(FIRST)
    market.take(market.meter("ash", 0, 500))
    refused(market, market.meter("ash", 0, 1_000), "VerifiedTwice")
    market.run_until(Phase.METERING)
    market.take(market.meter("ash", 1, 700))
    market.run_until(Phase.ACCOUNTING)
    refused(market, market.meter("ash", 2, 1_000), "NotNow")
    assert market.right(0).delivered_wh == 1_200


def report(market: Market, discharged_wh: int) -> Receipt:
    """The meter of ash tells of the first period by itself."""
    arguments = {"period": FIRST, "reading": asdict(Reading(EnergyWh(0), discharged_wh=discharged_wh))}
    return market.chain.call("ash-meter", "metering", "report", arguments)


def test_a_meter_that_reported_by_itself_verifies_the_same_reading(market: Market) -> None:
    market.run_to_period(FIRST)
    assert report(market, 500).ok
    market.take(market.meter("ash", 0, 500))
    assert market.right(0).delivered_wh == 500
    refused(market, market.meter("ash", 0, 500), "VerifiedTwice")


def test_a_meter_that_reported_otherwise_by_itself_is_refused_until_it_verifies_what_stands(
    market: Market,
) -> None:
    market.run_to_period(FIRST)
    assert report(market, 500).ok
    refused(market, market.meter("ash", 0, 1_000), "AlreadyRead")
    market.take(market.meter("ash", 0, 500))


def test_what_a_meter_reports_in_time_but_says_otherwise_later_changes_no_payment(market: Market) -> None:
    market.run_to_period(FIRST)
    market.take(market.meter("ash", 0, 500))
    paid = market.right(0).paid
    reading = asdict(Reading(discharged_wh=EnergyWh(1_000)))
    arguments = {"period": FIRST, "reading": reading, "reason": "a loose wire"}
    assert market.chain.call("ash-meter", "metering", "correct", arguments).ok
    assert market.right(0).paid == paid


def test_an_accounting_names_its_readings_and_comes_once(market: Market) -> None:
    refused(market, market.settle(), "NotNow")
    market.deliver({"ash": [1_000] * PERIODS})
    market.run_until(Phase.ACCOUNTING)
    refused(market, market.settle(root=bytes(32)), "WrongVerifications")
    market.take(market.settle())
    assert not market.settle().ok


STEPS_OF_ONE: dict[str, tuple[str, Callable[[Market], Receipt]]] = {
    "who trades nothing has no deposit": ("NothingTraded", lambda m: m.deposit("fir")),
    "who was never there neither": ("NothingTraded", lambda m: m.deposit("alder")),
    "nothing is paid before": ("NotNow", lambda m: m.pay("dell")),
}


@pytest.mark.parametrize("case", STEPS_OF_ONE)
def test_deposits_and_payments_are_of_those_who_trade(case: str) -> None:
    error, attempt = STEPS_OF_ONE[case]
    market = Market()
    market.to_depositing()
    refused(market, attempt(market), error)


def test_deposits_and_payments_come_once() -> None:
    market = Market()
    market.to_depositing()
    market.take(market.deposit("ash"))
    refused(market, market.deposit("ash"), "DoneBefore")


def test_a_seller_pays_nothing_and_a_buyer_once() -> None:
    market = Market(changes={"deadlines": replace(DEADLINES, pay_slots=3)})
    market.to_paying()
    refused(market, market.pay("ash"), "NothingTraded")
    market.take(market.pay("dell"))
    refused(market, market.pay("dell"), "DoneBefore")


def test_a_buyer_that_has_not_the_money_can_still_not_pay() -> None:
    dear = {"ash": ask("ash", (4_000, 400_000)), "dell": want((4_000, 400_000))}
    market = Market()
    market.to_paying(dear)
    rest = market.balance("dell") - CURRENCY // 2
    market.chain.call("dell", "account", "transfer", {"to": address("elm"), "amount": rest, "memo": ""})
    refused(market, market.pay("dell"), "InsufficientBalance")
    market.run_until(Phase.LAPSED)
    assert market.balance("ash") > BALANCE
