"""Storages: what they take over, pay for, keep and sell, within their contracts of all four kinds."""

from dataclasses import replace
from typing import Any

from contracts.metering.readings import Carrier
from contracts.pool.agreements import Kind
from contracts.pool.records import Phase
from ledger.quantities import Period, PriceUkwh
from tests.contracts.chain import address
from tests.contracts.pool.market import (
    NETWORK,
    POOLED,
    STORE,
    STORED,
    Market,
    agreement,
    terms,
    usual_agreements,
)

HEAT = Carrier.HEAT


def market_with(kind: Kind, limit: int, **rest: Any) -> Market:
    """The usual one, but for one limit of the storage's."""
    changed = agreement(kind, STORE, None if kind is Kind.PAYMENT else HEAT, limit)
    agreements = [
        changed if (made.party, made.kind) == (changed.party, kind) else made for made in usual_agreements()
    ]
    return Market(changes={"agreements": tuple(agreements)}, **rest)


def pool_heat(market: Market, **supplied_wh: int) -> None:
    """Have this heat in the pool as its interval begins."""
    market.trade(*[market.ask(name, energy_wh, 200_000, HEAT) for name, energy_wh in supplied_wh.items()])
    market.trade()
    market.run_to(Phase.RUNNING)


def test_what_a_storage_takes_over_is_sold_in_a_later_interval() -> None:
    market = Market()
    first, later = market.period, Period(market.period + 1)
    market.trade(market.ask("fir", 1_500, 200_000, Carrier.HEAT))
    market.trade()
    market.run_to(Phase.RUNNING)
    sold = 1_000 * 1_000 // 900
    assert market.position("fir", Carrier.HEAT).sold_wh == sold
    assert market.position("store", Carrier.HEAT).bought_wh == sold
    market.period = Period(later + 8)
    market.trade(market.bid("gum", 2_000, NETWORK, Carrier.HEAT))
    (sale,) = market.outcome(0, Carrier.HEAT).trades
    assert (sale.seller, sale.energy_wh, sale.price_ukwh) == (
        address("store"),
        sold * 900 // 1_000,
        STORED,
    )
    assert sale.seller_fee_nano == 0
    market.period = first
    market.settle()
    assert market.money([first, later + 8]) == 7 * market.balance


def test_what_is_on_sale_in_a_later_interval_takes_room_until_that_begins() -> None:
    market = Market()
    market.trade(market.ask("fir", 1_000, 200_000, Carrier.HEAT))
    market.trade()
    market.run_to(Phase.RUNNING)
    earlier, later = Period(market.period + 9), Period(market.period + 12)
    market.period = later
    market.trade()
    market.period = earlier
    market.trade(market.ask("fir", 1_000, 200_000, Carrier.HEAT))
    market.trade()
    market.run_to(Phase.RUNNING)
    assert market.position("store", Carrier.HEAT).bought_wh == 100 * 1_000 // 900
    market.period = later
    market.run_to(Phase.RUNNING)
    seat = market.sight.get(f"seat-number/{address('store')}/heat")
    assert market.sight.get(f"stock/{seat}") == 900 + 99
    assert market.sight.get(f"on-sale/{seat}") == 0


def test_unsold_stock_goes_back_into_its_storage() -> None:
    market = Market()
    market.trade(market.ask("fir", 500, 200_000, Carrier.HEAT))
    market.trade()
    market.run_to(Phase.RUNNING)
    for _ in range(2):
        market.period = Period(market.period + 9)
        market.trade()
        market.run_to(Phase.RUNNING)
    market.period = Period(market.period + 9)
    market.trade(market.bid("gum", 2_000, NETWORK, Carrier.HEAT))
    (sale,) = market.outcome(0, Carrier.HEAT).trades
    assert sale.energy_wh == 450


def test_a_storage_without_room_takes_no_crumb_of_every_lot() -> None:
    market = market_with(Kind.STORAGE, 1)
    pool_heat(market, fir=100, gum=100, holly=100)
    assert market.position(STORE, HEAT).bought_wh == 1


def test_a_storage_takes_over_what_it_can_pay_for_and_has_that_in_escrow() -> None:
    broke = Market(balance=10_000)
    pool_heat(broke, fir=15)
    assert broke.position(STORE, HEAT).bought_wh == 15
    assert broke.escrow(STORE, HEAT) == 15 * POOLED // 1_000
    bound = market_with(Kind.PAYMENT, 100_000)
    pool_heat(bound, fir=1_000)
    bought_wh = 100_000 * 1_000 // POOLED
    assert bound.position(STORE, HEAT).bought_wh == bought_wh
    assert bound.escrow(STORE, HEAT) <= 100_000
    bound.settle()
    assert bound.escrow(STORE, HEAT) == 0


def test_what_a_storage_has_bid_counts_against_its_contract_of_payment() -> None:
    market = market_with(Kind.PAYMENT, 100_000)
    market.trade(market.ask("fir", 1_000, 200_000, HEAT), market.bid("gum", 500, 500_000, HEAT))
    market.trade(market.bid(STORE, 600, 100_000, HEAT))
    assert market.escrow(STORE, HEAT) == 60_000
    market.run_to(Phase.RUNNING)
    assert market.position(STORE, HEAT).bought_wh == 40_000 * 1_000 // POOLED


def test_a_storage_takes_over_for_nothing_what_costs_nothing() -> None:
    free = replace(terms(HEAT), pool_ukwh=PriceUkwh(0), feed_in_ukwh=PriceUkwh(0))
    market = Market(changes={"carriers": (terms(Carrier.ELECTRICITY), free)})
    market.trade(market.ask("fir", 500, 0, HEAT))
    market.trade()
    market.run_to(Phase.RUNNING)
    assert market.position(STORE, HEAT).bought_wh == 500
    assert market.escrow(STORE, HEAT) == 0


def test_a_storage_does_not_buy_what_is_its_owners() -> None:
    market = Market()
    pool_heat(market, store=100, fir=50)
    assert (market.position(STORE, HEAT).sold_wh, market.position(STORE, HEAT).bought_wh) == (0, 50)


def test_a_storage_charges_no_faster_than_its_contract_of_use_says() -> None:
    market = market_with(Kind.USE, 400)
    pool_heat(market, fir=1_000)
    assert market.position(STORE, HEAT).bought_wh == 100


def test_a_storage_has_no_more_on_sale_than_its_contract_of_supply_says() -> None:
    market = market_with(Kind.SUPPLY, 400)
    pool_heat(market, fir=1_000)
    market.period = Period(market.period + 9)
    market.trade(market.bid("gum", 2_000, NETWORK, HEAT))
    (sale,) = market.outcome(0, HEAT).trades
    assert (sale.seller, sale.energy_wh) == (address(STORE), 100)
    market.run_to(Phase.RUNNING)
    seat = market.sight.get(f"seat-number/{address(STORE)}/heat")
    assert market.sight.get(f"stock/{seat}") == 900 - 100
    market.period = Period(market.period + 9)
    market.trade(market.bid("gum", 10, NETWORK, HEAT))
    assert [lot.left_wh for lot in market.outcome(0, HEAT).before.lots] == [100]


def test_what_a_storage_has_on_sale_needs_no_cover() -> None:
    market = Market()
    pool_heat(market, fir=1_000)
    market.period = Period(market.period + 9)
    market.trade(market.bid(STORE, 10, 100_000, HEAT))
    assert market.escrow(STORE, HEAT) == 1_000


def test_nobody_buys_of_the_pool_what_is_its_own() -> None:
    market = Market()
    market.trade(market.ask("fir", 500, 200_000))
    market.trade()
    market.trade(market.bid("fir", 500, NETWORK))
    assert market.outcome(2).trades == ()
    assert market.outcome(2).rest == (address("fir"),)
