"""Every market's rounds as the index tells them, against what its contract keeps."""

from collections.abc import Iterator

import pytest

from contracts.capacity.records import Right, Standing
from contracts.capacity.windows import find_clearing
from contracts.community.matching import Mechanism
from contracts.metering.readings import Carrier
from contracts.response.parameters import parameters_of
from contracts.response.records import Phase as ResponsePhase
from explorer.index.database import Index
from explorer.index.queries.markets import Book, Price, Round, book, has_market, markets, rounds
from explorer.index.queries.meters import meters
from explorer.index.queries.network import network
from explorer.index.queries.processes import processes
from explorer.index.queries.storage import StorageLimits, storage, storage_limits, usual_storage
from explorer.index.readers.market import THE_MARKET
from ledger.quantities import Period, divide_half_even
from tests.contracts.capacity.market import FIRST as CAPACITY_FIRST
from tests.contracts.capacity.market import PERIODS as CAPACITY_PERIODS
from tests.contracts.capacity.market import SELLERS
from tests.contracts.capacity.market import Market as CapacityMarket
from tests.contracts.capacity.test_life import FULL
from tests.contracts.chain import Chain, address
from tests.contracts.community.market import Market as CommunityMarket
from tests.contracts.community.rounds import settled, usual_round
from tests.contracts.pool.market import STORE
from tests.contracts.pool.market import Market as PoolMarket
from tests.contracts.response.market import Market as ResponseMarket
from tests.contracts.response.market import advance
from tests.explorer.index.made import index_of


@pytest.fixture
def indexed(url: str) -> Iterator["Indexed"]:
    made = Indexed(url)
    yield made
    made.close()


class Indexed:
    """The index of whatever chain a test makes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.index: Index | None = None

    def of(self, chain: Chain) -> Index:
        self.index = index_of(self.url, chain)
        return self.index

    def close(self) -> None:
        if self.index is not None:
            self.index.close()


def the_book(index: Index, contract: str, party: str | None = None) -> Book:
    """Of the newest round in which something was traded."""
    with index.read() as connection:
        for item in rounds(connection, contract).items:
            found = book(connection, contract, item.round, party)
            assert found is not None
            if found.orders:
                return found
    raise AssertionError("no round has orders")


def test_a_community_round(indexed: Indexed) -> None:
    market = settled(usual_round(), elm=-1_000, gum=900, holly=300, fir=400)
    index = indexed.of(market.chain)
    found = the_book(index, "community", address("gum"))
    assert found.round.phase == "settled"
    assert found.round.process == market.round.process
    assert found.asks == ((120_000, 1_000),)
    assert found.bids == ((220_000, 700), (200_000, 1_000))
    assert found.clearing is not None
    assert (found.clearing.price_ukwh, found.clearing.quantity_wh) == (160_000, market.match.traded_wh)
    orders = {order.party: (order.matched_wh, order.is_mine) for order in found.orders}
    assert orders == {
        address("elm"): (1_000, False),
        address("gum"): (700, True),
        address("holly"): (300, False),
    }
    assert {(trade.seller, trade.buyer, trade.price_ukwh, trade.quantity_wh) for trade in found.trades} == {
        (address("elm"), THE_MARKET, 160_000, 1_000),
        (THE_MARKET, address("gum"), 160_000, 700),
        (THE_MARKET, address("holly"), 160_000, 300),
    }
    assert found.round.prices == (Price("electricity", 160_000, 1_000),)


def test_an_order_that_was_taken_back_is_gone(indexed: Indexed) -> None:
    market = usual_round()
    index = indexed.of(market.chain)
    before = len(the_book(index, "community").orders)
    assert before == 3
    with index.read() as connection:
        assert has_market(connection, "community")
        assert not has_market(connection, "pool")
        (found,) = markets(connection)
        assert (found.contract, found.rounds) == ("community", len(rounds(connection, "community").items))
        assert book(connection, "community", 10**40) is None
        assert book(connection, "nobody's", 0) is None


def test_a_capacity_window(indexed: Indexed) -> None:
    market = CapacityMarket()
    market.settled(FULL)
    index = indexed.of(market.chain)
    found, clearing = the_book(index, "capacity", address("ash")), find_clearing(market.view, 0)
    assert clearing is not None
    assert found.clearing is not None
    assert (found.clearing.price_ukwh, found.clearing.quantity_wh) == (
        clearing.price_ukwh,
        clearing.traded_wh,
    )
    assert (found.clearing.lowest, found.clearing.highest) == (
        clearing.lowest_ukwh,
        clearing.highest_ukwh,
    )
    for side in ("sell", "buy"):
        matched = sum(order.matched_wh or 0 for order in found.orders if order.side == side)
        assert matched == clearing.traded_wh
    assert sum(trade.quantity_wh for trade in found.trades) == clearing.traded_wh
    assert {order.party for order in found.orders if order.is_mine} == {address("ash")}
    delivered = [of_storage(index, name, "delivered") for name in ("ash", "beech")]
    assert sum(wh or 0 for told in delivered for wh in told) == clearing.traded_wh
    asks = [order.price_ukwh for order in found.orders if order.side == "sell"]
    assert asks == sorted(asks)


def test_what_rights_reserve_is_known_ahead(indexed: Indexed) -> None:
    market = CapacityMarket()
    market.to_holding()
    index = indexed.of(market.chain)
    for name in ("ash", "beech"):
        owed = sum(right.quantity_wh for right in rights_of(market, name))
        assert of_storage(index, name, "reserved") == (owed,) * CAPACITY_PERIODS
    assert of_storage(index, "chestnut", "reserved") == ()
    # Every certified device is a storage, whether it told of anything or not.
    with index.read() as connection:
        storages = [meter.address for meter in meters(connection, is_storage=True).items]
        limits = storage_limits(connection, storages[0])
        assert usual_storage(connection) == storages[0]
    assert storages == sorted(address(f"{name}-meter") for name in SELLERS)
    assert limits == StorageLimits(power_w=5_000, energy_wh=10_000, lowest_wh=0, highest_wh=10_000)


def test_what_a_void_right_reserved_is_free_again(indexed: Indexed) -> None:
    market = CapacityMarket()
    market.to_paying()
    market.take(market.pay("dell"))
    # The chain stood still until the window began: too late for all, and nobody's fault.
    market.chain.make_block(market.chain.genesis.slot_of(CAPACITY_FIRST))
    assert {right.standing for right in rights_of(market, "ash")} == {Standing.VOID}
    index = indexed.of(market.chain)
    assert of_storage(index, "ash", "reserved") == (0,) * CAPACITY_PERIODS
    assert the_book(index, "capacity").trades == ()


def rights_of(market: CapacityMarket, seller: str) -> list[Right]:
    rights = [market.right(number) for number in range(market.window().rights)]
    return [right for right in rights if right.obligor == address(seller)]


def of_storage(index: Index, name: str, key: str) -> tuple[int | None, ...]:
    """One of its curves in the usual window."""
    first, last = CAPACITY_FIRST, CAPACITY_FIRST + CAPACITY_PERIODS - 1
    with index.read() as connection:
        found = storage(connection, address(f"{name}-meter"), first, last)
    return next(curve.values for curve in found.curves if curve.key == key)


def test_a_pools_interval(indexed: Indexed) -> None:
    market = PoolMarket()
    market.trade(market.ask("fir", 1_000, 300_000), market.bid("gum", 600, 500_001))
    market.deliver(fir=-600, gum=600)
    market.settle()
    index = indexed.of(market.chain)
    found = the_book(index, "pool")
    assert found.round.phase == "settled"
    assert found.round.traded_wh == 600
    assert {(order.party, order.quantity_wh, order.matched_wh) for order in found.orders} == {
        (address("fir"), 1_000, 600),
        (address("gum"), 600, 600),
    }
    assert {trade.price_ukwh for trade in found.trades} == {400_000}
    assert found.round.prices == (Price("electricity", 400_000, 600),)
    assert (found.carriers, found.carrier, found.clearing) == (("electricity",), "electricity", None)
    with index.read() as connection:
        storages = [meter.owner for meter in meters(connection, is_storage=True).items]
    assert storages == [address(STORE)]


def test_a_pool_has_a_book_for_each_carrier(indexed: Indexed) -> None:
    market = PoolMarket()
    heat = Carrier.HEAT
    market.trade(
        *(market.ask("fir", 1_000, 300_000), market.bid("gum", 600, 500_001)),
        *(market.ask("gum", 500, 200_000, heat), market.bid("fir", 500, 300_000, heat)),
    )
    market.deliver(fir=-600, gum=600)
    market.settle()
    index = indexed.of(market.chain)
    number = the_book(index, "pool").round.round
    with index.read() as connection:
        of_heat = book(connection, "pool", number, carrier="heat")
        (listed,) = [item for item in rounds(connection, "pool").items if item.round == number]
        unknown = book(connection, "pool", number, carrier="\x00")
    assert of_heat is not None
    assert (of_heat.carriers, of_heat.carrier) == (("electricity", "heat"), "heat")
    assert (of_heat.asks, of_heat.bids) == (((200_000, 500),), ((300_000, 500),))
    assert {trade.quantity_wh for trade in of_heat.trades} == {500}
    with index.read() as connection:
        (market_of,) = markets(connection)
    # Later ones await their triggers.
    assert market_of.last == listed != rounds_of(index, "pool")[0]
    assert listed.prices == (Price("electricity", 400_000, 600), Price("heat", 250_000, 500))
    assert listed == of_heat.round
    assert unknown is not None
    assert unknown.orders == unknown.trades == ()


def rounds_of(index: Index, contract: str) -> tuple[Round, ...]:
    with index.read() as connection:
        return rounds(connection, contract).items


def test_a_mean_price_is_rounded_to_the_nearest(indexed: Indexed) -> None:
    market = CommunityMarket(changes={"mechanism": Mechanism.PAIRING})
    market.trade(
        *(market.ask("elm", 1_000, 120_000), market.ask("holly", 500, 150_001)),
        market.bid("gum", 1_400, 220_000),
    )
    settled(market, elm=-1_000, holly=-400, gum=1_400)
    found = the_book(indexed.of(market.chain), "community")
    nano = 1_000 * 120_000 + 400 * 150_001
    (bought,) = [trade for trade in found.trades if trade.seller == THE_MARKET]
    assert nano % 1_400
    assert (bought.price_ukwh, bought.quantity_wh) == (divide_half_even(nano, 1_400), 1_400)
    # No one price is that of all.
    assert (found.clearing, found.round.price_ukwh) == (None, None)
    (price,) = found.round.prices
    assert (price.price_ukwh, price.traded_wh) == (bought.price_ukwh, 1_400)


def test_a_price_of_little_is_exact(indexed: Indexed) -> None:
    market = CommunityMarket(changes={"mechanism": Mechanism.PAIRING})
    market.trade(
        *(market.ask("elm", 1, 120_001), market.ask("holly", 1, 120_003)), market.bid("gum", 2, 220_000)
    )
    settled(market, elm=-1, holly=-1, gum=2)
    found = the_book(indexed.of(market.chain), "community")
    assert found.round.prices == (Price("electricity", 120_002, 2),)


def test_a_market_shows_its_last_round_in_which_something_was_traded(indexed: Indexed) -> None:
    market = usual_round()
    traded, market.first = market.first, Period(market.first + 4)
    market.trade(market.ask("elm", 1_000, 220_000), market.bid("gum", 700, 120_000))
    index = indexed.of(market.chain)
    with index.read() as connection:
        nothing = book(connection, "community", market.first)
        (found,) = markets(connection)
    assert nothing is not None
    assert nothing.round.traded_wh == 0
    assert found.last is not None
    assert (found.last.round, found.last.price_ukwh) == (traded, 160_000)


def test_a_response_event_and_its_network(indexed: Indexed) -> None:
    market = ResponseMarket()
    market.chain.make_block()
    market.take(market.trigger())
    while market.phase is not ResponsePhase.SETTLED:
        advance(market)
    index = indexed.of(market.chain)
    event = market.event
    found = the_book(index, "response")
    duration_s = event.periods * market.chain.genesis.period_s
    assert found.round.traded_wh == sum(market.allocation_w) * duration_s // 3_600
    matched = sum(order.matched_wh or 0 for order in found.orders)
    assert abs(matched - sum(market.allocation_w) * duration_s // 3_600) <= len(market.allocation_w)
    eno = parameters_of(market.chain.genesis).eno
    assert {trade.buyer for trade in found.trades} == {eno}
    assert [trade.quantity_wh for trade in found.trades] == [
        power_w * duration_s // 3_600 for power_w in market.allocation_w if power_w
    ]
    for trade in found.trades:
        taken = [(o.price_ukwh or 0, o.matched_wh or 0) for o in found.orders if o.party == trade.seller]
        cost = sum(price_ukwh * energy_wh for price_ukwh, energy_wh in taken)
        assert trade.price_ukwh == divide_half_even(cost, sum(energy_wh for _, energy_wh in taken))
    with index.read() as connection:
        shown = network(connection)
        assert network(connection, 10**40).event is None
        first = shown.events[0].first_period
        assert first is not None
        each = [network(connection, 0, first + place) for place in range(event.periods)]
        assert network(connection, 0, 10**17).period == shown.period
        (process,) = processes(connection, contract="response").items
    assert process.process == event.process
    assert [(each.event, each.phase, each.target_w) for each in shown.events] == [
        (0, "settled", event.target_w)
    ]
    assert (shown.event, shown.periods) == (0, event.periods)
    assert [one.period for one in each] == list(range(first, first + event.periods))
    assert shown in each
    assert shown.lowest_npu is not None
    assert shown.highest_npu is not None
    before = [bus.before_npu for bus in shown.buses if bus.before_npu is not None]
    after = [bus.voltage_npu for bus in shown.buses if bus.voltage_npu is not None]
    assert len(before) == len(after) == len(shown.buses)
    # It was called for because of a voltage beyond the band, and leads back into it.
    assert max(before) > shown.highest_npu >= max(after)
    assert all(line.loading_ppm is not None and 0 <= line.loading_ppm <= 10**6 for line in shown.lines)


def test_a_chain_without_markets_has_none(indexed: Indexed) -> None:
    market = usual_round()
    index = indexed.of(market.chain)
    with index.read() as connection:
        assert network(connection).buses == ()
        assert rounds(connection, "dispatch").items == ()
        assert rounds(connection, "\x00").items == ()
