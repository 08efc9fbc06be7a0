"""Money: escrow for all that an offer can cost, bills, debts, and that nothing is made or lost."""

from contracts.metering.readings import Carrier
from contracts.pool.agreements import Kind
from contracts.pool.records import Phase
from ledger.quantities import Period
from tests.contracts.chain import address
from tests.contracts.pool.market import FEED_IN, NETWORK, POOLED, Market, agreement

HEAT = Carrier.HEAT


def test_what_cannot_be_paid_is_owed_and_the_interval_is_settled_all_the_same() -> None:
    market = Market(balance=500_000)
    market.trade(market.ask("fir", 1_000, 300_000), market.bid("gum", 600, 500_000))
    market.deliver(fir=2_000, gum=600)
    market.settle()
    assert market.balance_of(address("fir")) == 0
    assert market.debt("fir", "platform") == 2_600 * NETWORK // 1_000 - 240_000 + 1_200 - 500_000
    assert market.money() == 7 * market.balance


def test_what_the_platform_cannot_pay_it_owes() -> None:
    market = Market(platform_floor=0)
    market.trade()
    market.deliver(fir=-1_000)
    market.settle()
    assert market.earned("fir") == 0
    assert market.debt("platform", "fir") == 1_000 * FEED_IN // 1_000


def test_the_platform_may_trade_and_pays_itself_nothing() -> None:
    power = Carrier.ELECTRICITY
    agreements = (
        agreement(Kind.SUPPLY, "fir", power),
        *[agreement(kind, "store", power, 5_000) for kind in (Kind.STORAGE, Kind.USE)],
        agreement(Kind.PAYMENT, "store", limit=10**7),
        agreement(Kind.USE, "gum", power),
        agreement(Kind.PAYMENT, "gum", limit=10**7),
    )
    market = Market(changes={"agreements": agreements, "platform": address("store")})
    market.run_to_due()
    market.take(market.open(sender="store"))
    market.take(market.match(market.ask("fir", 1_000, 200_000), sender="store"))
    market.take(market.open(sender="store"))
    market.take(market.match(market.bid("gum", 600, 600_000), sender="store"))
    assert market.position("gum").bought_wh == 600
    market.run_to(Phase.RUNNING)
    assert market.position("store").bought_wh == 400
    market.deliver(fir=-1_000, gum=600, store=400)
    market.settle()
    assert market.debt("store", "store") == 0
    assert sum(market.earned(name) for name in ("fir", "gum", "store")) == 0
    assert market.earned("fir") > 400 * POOLED // 1_000
    assert market.money() == 7 * market.balance


def test_a_later_bid_replaces_what_is_left_and_its_escrow() -> None:
    market = Market()
    market.trade(market.bid("gum", 1_000, 500_000))
    assert market.escrow("gum") == 500_000
    market.trade(market.ask("fir", 400, 300_000), market.bid("gum", 600, 700_000))
    assert market.position("gum").bought_wh == 400
    market.trade(market.bid("gum", 100, 600_000))
    spent = 400 * 500_000 // 1_000 * 1_005 // 1_000
    assert market.escrow("gum") == spent + 60_000
    market.trade(market.ask("gum", 100, 600_000))
    assert market.escrow("gum") == spent + 100 * (NETWORK - 600_000) // 1_000
    assert market.outcome(3).before.bids == ()


def test_what_is_in_escrow_already_pays_for_the_bid_that_replaces_it() -> None:
    market = Market(balance=500_000)
    market.trade(market.bid("gum", 900, 500_000))
    market.trade(market.bid("gum", 1_000, 500_000))
    assert market.escrow("gum") == 500_000
    market.trade(market.bid("gum", 1_001, 500_000))
    assert [bid.energy_wh for bid in market.outcome(2).before.bids] == [1_000]


def test_a_bid_that_cannot_be_paid_is_set_aside_and_stops_nobody() -> None:
    market = Market(balance=350_000)
    market.run_to_due()
    market.take(market.open())
    bids = (market.ask("fir", 600, 300_000), market.bid("gum", 900, 500_000), market.bid("ivy", 200, 400_000))
    (receipt,) = market.take(market.match(*bids))
    assert [event.fields["address"] for event in receipt.events if event.name == "set_aside"] == [
        address("gum")
    ]
    assert [trade.buyer for trade in market.outcome().trades] == [address("ivy")]
    assert market.escrow("gum") == 0


def test_who_cannot_pay_for_what_it_may_not_give_sells_nothing() -> None:
    """Or somebody without money would sell what it has not, and let the platform pay for it."""
    market = Market(balance=1_000 * (NETWORK - 300_000) // 1_000)
    market.trade(market.ask("fir", 1_001, 300_000), market.ask("ivy", 1_000, 300_000))
    assert [ask.address for ask in market.outcome().before.asks] == [address("ivy")]
    market.trade(market.bid("gum", 600, 500_000))
    market.deliver()
    assert market.escrow("ivy") == 500_000
    market.settle()
    assert market.debt("ivy", "platform") == 0
    assert market.earned("ivy") == 240_000 - 1_200 - 600 * NETWORK // 1_000


def test_what_was_sold_stays_covered_beside_a_new_ask() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000), market.bid("gum", 600, 500_000))
    market.trade(market.ask("fir", 100, 700_000))
    sold = 600 * (NETWORK - 400_000) // 1_000 + 1_200
    assert market.escrow("fir") == sold + 100 * (NETWORK - 700_000) // 1_000


def test_no_bid_costs_more_than_its_contract_of_payment_says() -> None:
    agreements = (
        agreement(Kind.USE, "gum", Carrier.ELECTRICITY),
        agreement(Kind.PAYMENT, "gum", limit=100_000),
    )
    market = Market(changes={"agreements": agreements})
    market.run_to_due()
    market.take(market.open())
    refused = market.refused(market.match(market.bid("gum", 201, 500_000)))
    assert "100500 millionths of the currency, and 100000" in refused
    market.take(market.match(market.bid("gum", 200, 500_000)))


def test_what_stands_in_the_pool_is_covered_beside_a_new_ask() -> None:
    market = Market()
    market.trade(market.ask("fir", 1_000, 300_000))
    market.trade()
    assert market.outcome(1).pooled == (address("fir"),)
    market.trade(market.ask("fir", 100, 700_000))
    assert market.escrow("fir") == 1_000 * (NETWORK - 300_000) // 1_000 + 100 * (NETWORK - 700_000) // 1_000


def test_what_somebody_owes_for_one_carrier_is_set_off_against_another() -> None:
    market = Market(balance=300_000)
    market.trade(market.ask("fir", 600, 300_000, HEAT), market.bid("gum", 600, 400_000, HEAT))
    market.run_to(Phase.METERING)
    readings = [market.meter("fir", 1_000), market.meter("fir", -600, HEAT), market.meter("gum", 600, HEAT)]
    market.take(*readings)
    market.settle()
    bills = market.bills
    due = bills["fir", "electricity"].amount + bills["fir", "heat"].amount
    assert bills["fir", "heat"].amount < 0 < due
    assert market.balance_of(address("fir")) == 0
    assert market.debt("fir", "platform") == due - 300_000


def test_income_pays_debts_first() -> None:
    market = Market(balance=0)
    market.trade()
    market.deliver(fir=1_000)
    market.settle()
    owed = 1_000 * NETWORK // 1_000
    assert market.debt("fir", "platform") == owed
    market.period = Period(market.period + 35)
    market.trade()
    market.deliver(fir=-3_000)
    market.settle()
    assert market.debt("fir", "platform") == owed - 3_000 * FEED_IN // 1_000
    assert market.balance_of(address("fir")) == 0
