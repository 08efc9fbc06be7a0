"""The three mechanisms: what must hold of every round, what is told of each, and the greatest welfare."""

from collections import Counter
from dataclasses import replace
from random import Random

import cvxpy as cp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.capacity.clearing import Curve, Step, check_kkt, clear, middle
from contracts.community.matching import Mechanism, match
from contracts.community.orders import Book, Match, Order, Side
from ledger.quantities import EnergyWh
from tests.contracts.community.books import BAND, FEED_IN, GRID, book, books, books_with_replies, order

MECHANISMS = pytest.mark.parametrize("mechanism", Mechanism)


@MECHANISMS
@given(drawn=st.one_of(books(), books_with_replies()))
def test_nobody_trades_beyond_its_order(mechanism: Mechanism, drawn: Book) -> None:
    trades = match(mechanism, drawn).trades
    sold, bought = traded(match(mechanism, drawn))
    assert all(trade.energy_wh > 0 for trade in trades)
    assert all(sold[ask.home] <= ask.energy_wh for ask in drawn.asks)
    assert all(bought[bid.home] <= bid.energy_wh for bid in drawn.bids)
    assert sold.total() == bought.total()


@MECHANISMS
@given(drawn=st.one_of(books(), books_with_replies()))
def test_nobody_does_worse_than_with_the_grid(mechanism: Mechanism, drawn: Book) -> None:
    asks = {ask.home: ask for ask in drawn.asks}
    bids = {bid.home: bid for bid in drawn.bids}
    for trade in match(mechanism, drawn).trades:
        assert trade.price_ukwh >= least_price(mechanism, asks[trade.seller], trade.buyer)
        assert trade.price_ukwh <= bids[trade.buyer].limit_ukwh
        assert FEED_IN <= trade.price_ukwh <= GRID


def least_price(mechanism: Mechanism, ask: Order, buyer: str) -> int:
    replies = {reply.request: reply.price_ukwh for reply in ask.replies}
    return replies.get(buyer, GRID + 1) if replies and mechanism is Mechanism.REQUESTS else ask.limit_ukwh


@MECHANISMS
@given(drawn=st.one_of(books(), books_with_replies()), shuffle=st.randoms(use_true_random=False))
def test_the_order_of_submission_does_not_matter(mechanism: Mechanism, drawn: Book, shuffle: Random) -> None:
    asks, bids = list(drawn.asks), list(drawn.bids)
    shuffle.shuffle(asks)
    shuffle.shuffle(bids)
    assert match(mechanism, replace(drawn, asks=tuple(asks), bids=tuple(bids))) == match(mechanism, drawn)


@given(drawn=books(homes_max=6))
@settings(max_examples=25, deadline=None)
def test_an_auction_has_the_greatest_welfare(drawn: Book) -> None:
    assert welfare(drawn, match(Mechanism.AUCTION, drawn)) == pytest.approx(optimum(drawn), abs=1e-3)


@MECHANISMS
@given(drawn=books())
def test_no_mechanism_has_more_welfare_than_an_auction(mechanism: Mechanism, drawn: Book) -> None:
    best = welfare(drawn, match(Mechanism.AUCTION, drawn))
    assert 0 <= welfare(drawn, match(mechanism, drawn)) <= best


@given(drawn=books())
def test_an_auction_has_one_price_at_which_all_are_content(drawn: Book) -> None:
    done = match(Mechanism.AUCTION, drawn)
    cleared = clear(curves(drawn.asks), curves(drawn.bids), drawn.seed, middle)
    if cleared is None:
        assert done == Match(())
        return
    assert {trade.price_ukwh for trade in done.trades} == {done.price_ukwh}
    assert done.price_ukwh == (cleared.lowest_ukwh + cleared.highest_ukwh) // 2
    sold, bought = traded(done)
    check_kkt(
        curves(drawn.asks),
        curves(drawn.bids),
        replace(
            cleared,
            sold=tuple(sold[ask.home] for ask in drawn.asks),
            bought=tuple(bought[bid.home] for bid in drawn.bids),
        ),
    )


def test_who_is_at_the_price_gets_the_same_but_no_more_than_it_wants() -> None:
    sellers = [order("a", 50, 150_000), order("b", 400, 150_000), order("c", 900, 150_000)]
    done = match(Mechanism.AUCTION, book(sellers, [order("d", 451, 200_000)]))
    sold, _ = traded(done)
    assert sold["a"] == 50
    assert sorted((sold["b"], sold["c"])) == [200, 201]


@given(drawn=books(), more_wh=st.integers(1, 5_000), side=st.sampled_from(Side))
def test_to_order_more_gets_nobody_more_of_what_is_scarce(drawn: Book, more_wh: int, side: Side) -> None:
    """Of an auction's order that is not traded in full: the same price, the same energy."""
    orders = drawn.asks if side is Side.ASK else drawn.bids
    done = match(Mechanism.AUCTION, drawn)
    got = sum(traded(done), Counter[str]())
    for place, one in enumerate(orders):
        if not 0 < got[one.home] < one.energy_wh:
            continue
        greedy = replace(one, energy_wh=EnergyWh(one.energy_wh + more_wh))
        changed = (*orders[:place], greedy, *orders[place + 1 :])
        after = match(Mechanism.AUCTION, replace(drawn, **{"asks" if side is Side.ASK else "bids": changed}))
        assert sum(traded(after), Counter[str]())[one.home] == got[one.home]
        assert after.price_ukwh == done.price_ukwh


def test_an_auction_s_price_stays_between_what_the_grid_pays_and_takes() -> None:
    """Orders outside the band, which the contract refuses, cannot drag the price out of it."""
    low = book([order("s", 10, 0)], [order("b", 5, FEED_IN - 1)])
    high = book([order("s", 10, GRID + 1)], [order("b", 5, 10 * GRID)])
    assert match(Mechanism.AUCTION, low).price_ukwh == FEED_IN
    assert match(Mechanism.AUCTION, high).price_ukwh == GRID


def test_pairs_go_from_the_outside_in_at_the_ask_and_stop_at_the_first_that_fails() -> None:
    done = match(
        Mechanism.PAIRING,
        book(
            [order("dear", 100, 200_000), order("cheap", 300, 110_000)],
            [order("keen", 200, 240_000), order("mean", 200, 190_000)],
        ),
    )
    assert [(t.seller, t.buyer, t.energy_wh, t.price_ukwh) for t in done.trades] == [
        ("cheap", "keen", 200, 110_000),
        ("cheap", "mean", 100, 110_000),
    ]
    assert done.price_ukwh is None


def test_pairing_loses_what_an_auction_has() -> None:
    """The last pair may fail though, joined otherwise, all could trade: never more than the auction."""
    drawn = book([order("a", 1, 100_000), order("b", 1, 150_000)], [order("c", 2, 160_000)])
    assert match(Mechanism.PAIRING, drawn).traded_wh == match(Mechanism.AUCTION, drawn).traded_wh == 2
    assert {t.price_ukwh for t in match(Mechanism.PAIRING, drawn).trades} == {100_000, 150_000}
    assert match(Mechanism.AUCTION, drawn).price_ukwh == 155_000


def test_a_request_takes_the_cheapest_of_its_offers_until_its_demand_is_met() -> None:
    done = match(
        Mechanism.REQUESTS,
        book(
            [
                order("near", 100, 110_000, ("washer", 120_000), ("heater", 180_000)),
                order("far", 200, 150_000),
            ],
            [order("heater", 150, 200_000), order("washer", 150, 160_000)],
        ),
    )
    assert [(t.seller, t.buyer, t.energy_wh, t.price_ukwh) for t in done.trades] == [
        ("far", "heater", 150, 150_000),
        ("near", "washer", 100, 120_000),
        ("far", "washer", 50, 150_000),
    ]


def test_an_offer_gives_its_energy_once() -> None:
    done = match(
        Mechanism.REQUESTS,
        book(
            [order("one", 100, 110_000, ("first", 120_000), ("second", 130_000))],
            [order("first", 80, 200_000), order("second", 80, 190_000)],
        ),
    )
    assert [(t.buyer, t.energy_wh, t.price_ukwh) for t in done.trades] == [
        ("first", 80, 120_000),
        ("second", 20, 130_000),
    ]


@given(drawn=books())
def test_offers_to_all_requests_are_pairs(drawn: Book) -> None:
    assert match(Mechanism.REQUESTS, drawn) == match(Mechanism.PAIRING, drawn)


def test_ties_are_fair_over_many_rounds() -> None:
    """Two equal sellers and one Wh: each gets it about as often, whoever came first."""
    lucky: Counter[str] = Counter()
    for number in range(200):
        asks = [order("a", 1, 120_000), order("b", 1, 120_000)]
        drawn = book(asks, [order("c", 1, 200_000)], b"round %d" % number)
        lucky[match(Mechanism.AUCTION, drawn).trades[0].seller] += 1
    assert 70 <= lucky["a"] <= 130


def traded(done: Match) -> tuple[Counter[str], Counter[str]]:
    """Wh by seller, Wh by buyer."""
    sold, bought = Counter[str](), Counter[str]()
    for trade in done.trades:
        sold[trade.seller] += trade.energy_wh
        bought[trade.buyer] += trade.energy_wh
    return sold, bought


def welfare(drawn: Book, done: Match) -> int:
    """What buyers value their energy at less what sellers want for theirs, in nano-currency."""
    sold, bought = traded(done)
    worth = sum(bought[bid.home] * bid.limit_ukwh for bid in drawn.bids)
    return worth - sum(sold[ask.home] * ask.limit_ukwh for ask in drawn.asks)


def optimum(drawn: Book) -> float:
    """The same by CVXPY, which knows nothing of prices or merit orders."""
    if not drawn.asks or not drawn.bids:
        return 0.0
    sold, bought = cp.Variable(len(drawn.asks), nonneg=True), cp.Variable(len(drawn.bids), nonneg=True)
    worth = cp.sum([bid.limit_ukwh for bid in drawn.bids] @ bought)
    cost = cp.sum([ask.limit_ukwh for ask in drawn.asks] @ sold)
    limits = [
        sold <= [ask.energy_wh for ask in drawn.asks],
        bought <= [bid.energy_wh for bid in drawn.bids],
        cp.sum(sold) == cp.sum(bought),
    ]
    return float(cp.Problem(cp.Maximize(worth - cost), limits).solve(solver=cp.HIGHS))


def curves(orders: tuple[Order, ...]) -> list[Curve]:
    return [Curve(one.home, (Step(one.energy_wh, one.limit_ukwh),)) for one in orders]


def test_the_band_gives_the_nearest_price() -> None:
    assert [BAND.nearest(price) for price in (0, FEED_IN + 7, 10 * GRID)] == [FEED_IN, FEED_IN + 7, GRID]
