"""Meters: what their readings are billed as, which are taken, and that silence never pays."""

from dataclasses import asdict, replace

from hypothesis import given
from hypothesis import strategies as st

from contracts.community.orders import Band
from contracts.metering.readings import Carrier, Reading
from contracts.pool.agreements import Kind
from contracts.pool.records import Phase
from contracts.pool.settlement import Position, settle, settle_silent
from crypto.address import Address
from ledger.quantities import EnergyWh, Period, PriceUkwh
from tests.contracts.calls import Call
from tests.contracts.chain import address
from tests.contracts.pool.market import FEED_IN, NETWORK, Market, agreement

MOST_WH = 2 * 2_000
"""That a reading may say of a connection of 8 kW in a quarter hour."""


def test_who_delivers_less_buys_the_rest_and_nobody_else_notices() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000), market.bid("gum", 600, 500_000))
    market.deliver(fir=-100, gum=500)
    market.settle()
    assert market.earned("fir") == 240_000 - 1_200 - 500 * NETWORK // 1_000
    assert market.earned("gum") == -240_000 - 1_200 + 100 * FEED_IN // 1_000
    assert market.bills["fir", "electricity"].network_wh == 500


def test_silence_is_billed_as_the_most_that_a_reading_could_say() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000), market.bid("gum", 600, 500_000))
    market.settle()
    power = {name: market.bills[name, "electricity"] for name in ("fir", "gum", "holly")}
    assert power["fir"].amount == -240_000 + 1_200 + (MOST_WH + 600) * NETWORK // 1_000
    assert power["gum"].amount == 240_000 + 1_200 + (MOST_WH - 600) * NETWORK // 1_000
    assert power["holly"].amount == MOST_WH * NETWORK // 1_000
    assert power["gum"].metered_wh is None


def test_nothing_is_metered_or_settled_before_its_time() -> None:
    market = Market()
    market.trade()
    assert "readings are not all in" in market.refused(market.settle_call())
    assert "no reading of this meter" in market.refused(market.meter("fir", 0))
    stranger = replace(market.meter("fir", 0), sender="larch-heat")
    assert "not a meter of this market" in market.refused(stranger)


def test_readings_come_once_whole_and_plausible() -> None:
    market = Market()
    market.trade()
    market.run_to_slot(market.genesis.slot_of(market.period + 1) - 1)
    good = market.meter("fir", -600)
    lacking = {"period": market.period, "reading": asdict(Reading(imported_wh=EnergyWh(0)))}
    assert "lacks exported_wh" in market.refused(replace(good, arguments=lacking))
    assert "4000 Wh is the most" in market.refused(market.meter("fir", 4_001))
    market.take(good)
    assert market.refused(good)
    market.settle()
    assert market.bills["fir", "electricity"].amount == -600 * FEED_IN // 1_000


@given(st.integers(0, 2_000), st.integers(0, 2_000), st.integers(-MOST_WH, MOST_WH))
def test_no_reading_costs_more_than_silence(sold_wh: int, bought_wh: int, metered_wh: int) -> None:
    whose, band = (Address("fir"), Carrier.HEAT), Band(PriceUkwh(FEED_IN), PriceUkwh(NETWORK))
    position = Position(sold_wh, bought_wh, nano=123, fees_nano=45)
    said = settle(*whose, position, EnergyWh(metered_wh), band)
    assert said.amount <= settle_silent(*whose, position, EnergyWh(MOST_WH), band).amount


def test_ending_an_agreement_neither_cheapens_silence_nor_widens_what_a_meter_may_say() -> None:
    market = Market()
    market.trade()
    for number, made in enumerate(market.parameters.agreements):
        if made.party == address("fir"):
            market.take(Call("fir", "end", {"number": number}))
    market.take(market.offer(agreement(Kind.USE, "fir", Carrier.ELECTRICITY, 40)))
    market.take(Call("fir", "accept", {"number": len(market.parameters.agreements)}))
    market.run_to(Phase.METERING)
    assert "4000 Wh is the most" in market.refused(market.meter("fir", -4_001))
    market.settle()
    assert market.earned("fir") == -2 * MOST_WH * NETWORK // 1_000


def test_a_storages_connection_fills_it_in_an_hour_if_no_other_power_is_agreed_on() -> None:
    lonely = agreement(Kind.STORAGE, "fir", Carrier.HEAT, 4_000)
    market = Market(changes={"agreements": (lonely,)})
    market.trade()
    market.settle()
    assert market.bills["fir", "heat"].amount == 2 * 1_000 * NETWORK // 1_000


def test_who_comes_after_an_interval_fell_due_is_not_metered_in_it() -> None:
    market = Market()
    market.trade()
    market.take(market.offer(agreement(Kind.USE, "larch", Carrier.ELECTRICITY)))
    market.take(Call("larch", "accept", {"number": len(market.parameters.agreements)}))
    market.run_to(Phase.METERING)
    assert "no reading of this meter" in market.refused(market.meter("larch", 0))


def test_a_broken_meter_is_replaced_by_a_new_agreement() -> None:
    market = Market(changes={"agreements": (agreement(Kind.USE, "fir", Carrier.HEAT),)})
    spare = replace(agreement(Kind.USE, "fir", Carrier.HEAT, 4_000), meter=address("larch-heat"))
    market.trade()
    assert "its meter is one of heat" in market.refused(market.offer(spare))
    spare = replace(spare, meter=address("fir-spare"))
    market.take(market.offer(spare))
    market.deliver(fir=0)
    market.take(Call("fir", "accept", {"number": 1}))
    again = replace(market.meter("fir", 0, Carrier.HEAT), sender="fir-spare")
    assert "has been read" in market.refused(again)
    assert "not a meter of this market" in market.refused(market.meter("fir", 0, Carrier.HEAT))
    market.period = Period(market.period + 30)
    market.trade()
    market.run_to(Phase.METERING)
    market.take(replace(market.meter("fir", 70, Carrier.HEAT), sender="fir-spare"))
    market.settle()
    assert market.bills["fir", "heat"].metered_wh == 70


def test_a_pause_of_the_chain_makes_nobody_silent() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000), market.bid("gum", 600, 500_000))
    market.run_to(Phase.RUNNING)
    market.chain.make_block(market.chain.head.slot + 100)
    assert market.phase is Phase.METERING
    market.take(market.meter("fir", -600))
    for _ in range(market.parameters.windows.reading_slots - 3):
        market.chain.make_block()
    market.take(market.meter("gum", 600))
    market.chain.make_block()
    assert market.phase is Phase.ACCOUNTING
    market.settle()
    assert market.bills["fir", "electricity"].metered_wh == -600
    assert market.bills["gum", "electricity"].metered_wh == 600
