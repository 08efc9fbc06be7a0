"""Readings: once a period, corrected openly, and missing where missing."""

from typing import Any

import pytest

from contracts.context import Context
from contracts.contract import Contract, action
from contracts.membership.contract import Membership
from contracts.metering import readings
from contracts.metering.contract import Metering
from contracts.metering.readings import PERIODS_LATE_MAX, Reading, day_key
from ledger.codec import Value
from ledger.quantities import Period
from ledger.receipt import Receipt
from tests.contracts.chain import FIRST_PERIOD, FIRST_SLOT, Chain, address, new_chain

NOTHING: dict[str, Value] = dict.fromkeys(Reading.__dataclass_fields__)
PERIOD = FIRST_PERIOD
DAY = PERIOD // 96


class Market(Contract):
    """Settles what its meters verify."""

    name = "here"

    @action(roles=frozenset({"meter"}))
    def meter(self, ctx: Context, period: Period, reading: Reading) -> None:
        readings.confirm(ctx, ctx.sender, period, reading)


class OtherMarket(Market):
    name = "there"


@pytest.fixture
def chain() -> Chain:
    meters = {
        address("meter"): {"owner": address("ash"), "carrier": "electricity", "place": "park"},
        address("meter2"): {"owner": address("ash"), "carrier": "heat", "place": "park"},
    }
    chain = new_chain([Membership(), Metering(), Market(), OtherMarket()], {"metering": {"meters": meters}})
    chain.make_block()
    return chain


def report(chain: Chain, period: int, sender: str = "meter", **fields: Any) -> Receipt:
    arguments: dict[str, Value] = {"period": period, "reading": {**NOTHING, **fields}}
    return chain.call(sender, "metering", "report", arguments)


def correct(chain: Chain, period: int, **fields: Any) -> Receipt:
    reading: dict[str, Value] = {**NOTHING, **fields}
    return chain.call(
        "meter", "metering", "correct", {"period": period, "reading": reading, "reason": "drift"}
    )


def reading(chain: Chain, period: int) -> Value:
    return chain.get("metering", f"reading/{address('meter')}/{period}")


def energy(chain: Chain, day: int = DAY) -> Value:
    return chain.get("metering", day_key(address("ash"), day))


def test_what_is_missing_is_missing_and_never_zero(chain: Chain) -> None:
    assert reading(chain, PERIOD) is None
    assert report(chain, PERIOD, generated_wh=0, status="ok").ok
    assert reading(chain, PERIOD) == {"generated_wh": 0, "status": "ok"}
    assert reading(chain, PERIOD + 1) is None


def test_a_period_has_one_reading(chain: Chain) -> None:
    assert report(chain, PERIOD, generated_wh=5).ok
    assert report(chain, PERIOD, generated_wh=6).error.startswith("AlreadyRead: ")
    assert reading(chain, PERIOD) == {"generated_wh": 5}


def verify(chain: Chain, market: str, generated_wh: int, period: int = PERIOD) -> Receipt:
    arguments: dict[str, Value] = {"period": period, "reading": {**NOTHING, "generated_wh": generated_wh}}
    return chain.call("meter", market, "meter", arguments)


def test_one_market_alone_settles_what_a_meter_saw(chain: Chain) -> None:
    """Or the same energy could be sold in two."""
    assert report(chain, PERIOD, generated_wh=5).ok
    assert verify(chain, "here", 6).error.startswith("AlreadyRead: ")
    assert verify(chain, "here", 5).ok
    assert verify(chain, "there", 5).error.startswith("VerifiedElsewhere: ")
    assert verify(chain, "there", 7, PERIOD + 1).ok
    assert correct(chain, PERIOD, generated_wh=9).ok
    assert verify(chain, "there", 9).error.startswith("VerifiedElsewhere: ")


def test_a_reading_is_the_status_of_what_stands_there(chain: Chain) -> None:
    """Energy, price and weather, voltage and reactive power of either sign; the carrier and the place are
    the meter's."""
    seen = {"voltage_mv": 243_100, "reactive_varh": -40, "price_ukwh": -20_000, "weather": "sunny"}
    assert report(chain, PERIOD, **seen).ok
    assert reading(chain, PERIOD) == seen


def test_a_correction_says_so_and_shows_what_was_before(chain: Chain) -> None:
    assert correct(chain, PERIOD, generated_wh=7).error.startswith("NothingToCorrect: ")
    assert report(chain, PERIOD, generated_wh=5, consumed_wh=2).ok
    receipt = correct(chain, PERIOD, generated_wh=7)
    assert receipt.ok
    (event,) = receipt.events
    assert event.name == "corrected"
    assert event.fields["before"] == {"generated_wh": 5, "consumed_wh": 2}
    assert event.fields["after"] == {"generated_wh": 7}
    assert event.fields["reason"] == "drift"
    assert reading(chain, PERIOD) == {"generated_wh": 7}
    assert energy(chain) == (7, 0)


def test_a_period_is_read_after_its_end_and_not_for_ever(chain: Chain) -> None:
    assert report(chain, PERIOD + 5, generated_wh=1).error.startswith("PeriodNotOver: ")
    chain.make_block(FIRST_SLOT + PERIODS_LATE_MAX)
    assert report(chain, PERIOD, generated_wh=1).error.startswith("PeriodTooOld: ")
    assert report(chain, PERIOD + 1, generated_wh=1).error.startswith("PeriodTooOld: ")
    assert report(chain, PERIOD + 3, generated_wh=1).ok


def test_daily_sums_leave_storage_and_other_carriers_out(chain: Chain) -> None:
    assert report(chain, PERIOD, generated_wh=5, consumed_wh=2, charged_wh=100, discharged_wh=90).ok
    assert report(chain, PERIOD + 1, consumed_wh=10).ok
    assert report(chain, PERIOD, "meter2", generated_wh=1_000).ok
    assert energy(chain) == (5, 12)


def test_energy_counts_for_the_day_of_its_period_and_not_of_its_report(chain: Chain) -> None:
    chain.make_block(FIRST_SLOT + 96)
    assert report(chain, PERIOD, generated_wh=5).ok
    assert report(chain, PERIOD + 12, generated_wh=7).ok
    assert energy(chain) == (5, 0)
    assert energy(chain, DAY + 1) == (7, 0)


def test_an_empty_reading_is_refused(chain: Chain) -> None:
    assert report(chain, PERIOD).error.startswith("EmptyReading: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("generated_wh", -1),
        ("generated_wh", 10**13),
        ("generated_wh", "5"),
        ("generated_kwh", 5),
        ("state_of_health_ppm", 1_000_001),
        ("status", ""),
        ("voltage_mv", -1),
        ("reactive_varh", 10**13),
        ("price_ukwh", 10**10),
        ("weather", "x" * 65),
    ],
)
def test_a_wrong_field_is_named(chain: Chain, field: str, value: Any) -> None:
    receipt = report(chain, PERIOD, **{field: value})
    assert receipt.error.startswith(f"ArgumentError: argument reading.{field}")


def test_only_registered_meters_report_and_only_operators_register(chain: Chain) -> None:
    assert report(chain, PERIOD, "ash", generated_wh=1).error.startswith("NotAllowed: ")
    bind: dict[str, Value] = {
        "meter": address("storage"),
        "owner": address("beech"),
        "carrier": "electricity",
        "place": "shed",
    }
    assert chain.call("ash", "metering", "register", bind).error.startswith("NotAllowed: ")
    assert chain.call("grid", "metering", "register", bind).ok
    assert chain.call("grid", "metering", "register", bind).error.startswith("MeterExists: ")
    wrong = {**bind, "carrier": "steam"}
    assert chain.call("grid", "metering", "register", wrong).error.startswith(
        "ArgumentError: argument carrier"
    )


def test_a_meter_that_nobody_registered_is_refused() -> None:
    chain = new_chain([Membership(), Metering()])
    chain.make_block()
    assert report(chain, PERIOD, generated_wh=1).error.startswith("UnknownMeter: ")
