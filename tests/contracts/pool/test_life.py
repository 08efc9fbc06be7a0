"""An interval from its first cycle to its bills, and whatever can go wrong on the way."""

from dataclasses import replace

from contracts.metering.readings import Carrier
from contracts.pool.agreements import Kind
from contracts.pool.bids import SignedBid
from contracts.pool.cycle import Scenario
from contracts.pool.records import Phase
from ledger.quantities import Period, PriceUkwh
from tests.contracts.calls import Call
from tests.contracts.chain import address
from tests.contracts.pool.market import FEED_IN, NETWORK, POOLED, Market, agreement


def test_a_pair_trades_at_the_midpoint_and_everybody_is_paid_to_the_last_unit() -> None:
    market = Market()
    market.trade(market.ask("fir", 1_000, 300_000), market.bid("gum", 600, 500_001))
    (trade,) = market.outcome().trades
    assert (trade.scenario, trade.energy_wh, trade.price_ukwh) == (Scenario.DIRECT, 600, 400_000)
    market.deliver(fir=-600, gum=600)
    market.settle()
    assert market.phase is Phase.SETTLED
    assert market.earned("fir") == 240_000 - 1_200
    assert market.earned("gum") == -240_000 - 1_200
    assert market.earned("platform") == 2_400
    assert market.money() == 7 * market.balance
    assert market.record.counters.matched == 1
    assert market.escrow("gum") == 0


def test_bids_stand_from_cycle_to_cycle_and_the_rest_is_pooled_sold_and_expires() -> None:
    market = Market()
    market.trade(market.ask("fir", 1_000, 200_000))
    assert market.record.counters.failed == 1
    market.trade()
    assert market.outcome(1).pooled == (address("fir"),)
    market.trade(market.bid("gum", 300, 600_000), market.bid("holly", 100, POOLED - 1))
    (sale,) = market.outcome(2).trades
    assert (sale.scenario, sale.seller, sale.energy_wh, sale.price_ukwh) == (
        Scenario.POOL,
        address("fir"),
        300,
        POOLED,
    )
    assert market.outcome(2).rest == (address("holly"),)
    counters = market.record.counters
    assert (counters.matched, counters.failed, counters.pooled, counters.pool_sales) == (0, 3, 1, 1)
    market.deliver(fir=-300, gum=300, holly=0)
    market.settle()
    fee = 300 * POOLED * 20 // 1_000 // 1_000
    assert market.earned("fir") == 129_000 - fee
    assert market.earned("gum") == -129_000 - fee
    assert market.earned("platform") == 2 * fee
    assert market.earned("holly") == 0


def test_carriers_have_books_of_their_own() -> None:
    market = Market()
    market.trade(market.ask("fir", 500, 300_000, Carrier.HEAT), market.bid("gum", 500, 500_000))
    assert market.outcome(0, Carrier.HEAT).trades == ()
    assert market.outcome(0).trades == ()


def test_the_order_in_which_bids_are_posted_does_not_matter() -> None:
    def books(turn: int) -> object:
        market = Market()
        market.run_to_due()
        market.take(market.open())
        bids = [
            market.ask("fir", 600, 300_000),
            market.ask("gum", 500, 360_000),
            market.bid("holly", 450, 500_000),
            market.bid("ivy", 450, 500_000),
            market.bid("juniper", 500, 400_000, Carrier.HEAT),
        ]
        market.take(market.match(*bids[turn:], *bids[:turn]))
        return market.outcome(), market.outcome(0, Carrier.HEAT)

    assert books(0) == books(2) == books(4)


def test_an_interval_that_nobody_opens_lapses() -> None:
    market = Market()
    market.run_to(Phase.LAPSED)
    assert "lapsed" in market.refused(market.open())


def test_an_open_cycle_that_is_never_matched_leaves_no_trades_and_no_escrow() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000), market.bid("gum", 900, 500_000))
    market.take(market.open())
    market.settle()
    assert market.escrow("gum") == 0
    assert market.bills["gum", "electricity"].traded_wh == 600


def test_agreements_are_offered_accepted_replaced_and_ended() -> None:
    market = Market()
    count = len(market.parameters.agreements)
    market.run_to_due()
    market.take(market.open())
    refused = market.refused(market.match(market.ask("larch", 100, 300_000)))
    assert "no agreement of supply" in refused
    market.take(market.offer(agreement(Kind.SUPPLY, "larch", Carrier.ELECTRICITY)))
    accept = {"number": count}
    assert "waits for the sender" in market.refused(Call("fir", "accept", accept))
    market.take(Call("larch", "accept", accept))
    assert "seat is newer" in market.refused(market.match(market.ask("larch", 100, 300_000)))
    market.period = Period(market.period + 40)
    market.trade(market.ask("larch", 2_000, 300_000))
    market.take(market.offer(agreement(Kind.SUPPLY, "larch", Carrier.ELECTRICITY, 4_000)))
    market.take(Call("larch", "accept", {"number": count + 1}), market.open())
    assert "1000 Wh are agreed on" in market.refused(market.match(market.ask("larch", 1_001, 300_000)))
    market.take(Call("larch", "end", {"number": count + 1}))
    assert "no agreement of supply" in market.refused(market.match(market.ask("larch", 1, 300_000)))
    assert "waits for the sender" in market.refused(Call("larch", "end", {"number": count}))


def test_stages_out_of_turn_and_bids_of_others_are_refused() -> None:
    market = Market()
    market.run_to_due()
    assert "cycle 0" in market.refused(market.open(cycle=1))
    market.take(market.open())
    assert "it cannot be opened" in market.refused(market.open())
    good, other = market.ask("fir", 100, 300_000), market.ask("gum", 100, 300_000)
    forged = SignedBid(other.bid, good.signature)
    changed = SignedBid(replace(good.bid, limit_ukwh=PriceUkwh(300_001)), good.signature)
    late = market.ask("fir", 100, 300_000, Carrier.ELECTRICITY, 1)
    for bad in (forged, changed, late):
        assert "not signed by its bidder" in market.refused(market.match(bad))
    assert "another one" in market.refused(market.match(good, market.ask("fir", 90, 300_000)))
    assert "outside what the network" in market.refused(market.match(market.bid("gum", 1, NETWORK + 1)))
    assert "outside what the network" in market.refused(market.match(market.ask("gum", 1, FEED_IN - 1)))
    assert "2001 Wh" in market.refused(market.match(market.ask("fir", 2_001, 300_000)))
    assert "is not traded here" in market.refused(market.match(market.ask("fir", 1, 300_000, Carrier.GAS)))
    assert "is meant to come now" in market.refused(market.match(good, cycle=1))
    assert "takes the role platform" in market.refused(market.match(good, sender="fir"))
    market.take(market.match(good))
    assert "it cannot be matched" in market.refused(market.match())
    market.take(market.open())
    stale = replace(market.match(), links=(market.record.process,))
    assert "the links are not those" in market.refused(stale)
    market.take(market.match())
    for _ in range(2):
        market.trade()
    assert "4 cycles at the most" in market.refused(market.open())


def test_nobody_sells_more_than_its_supply_in_several_cycles() -> None:
    market = Market()
    market.trade(market.ask("fir", 1_200, 200_000), market.bid("gum", 500, 500_000))
    market.trade()
    assert market.outcome(1).pooled == (address("fir"),)
    market.take(market.open())
    assert "2001 Wh" in market.refused(market.match(market.ask("fir", 801, 300_000)))
    market.take(market.match(market.ask("fir", 800, 300_000)))


def test_every_event_of_an_interval_can_be_replayed() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000), market.bid("gum", 900, 500_000))
    market.deliver(fir=-600, gum=600)
    market.settle()
    assert market.chain.replay().hash == market.chain.head.hash


def test_an_agreement_that_ends_takes_nothing_back() -> None:
    market = Market()
    market.trade(market.ask("fir", 600, 300_000), market.bid("gum", 600, 500_000))
    place = market.parameters.agreements.index(agreement(Kind.SUPPLY, "fir", Carrier.ELECTRICITY))
    market.take(Call("fir", "end", {"number": place}))
    market.deliver(fir=-600, gum=600)
    market.settle()
    assert market.earned("fir") == 240_000 - 1_200
