"""Everybody can find out why its order was matched or not."""

from collections import Counter
from itertools import product

from hypothesis import given

from contracts.community.explanation import Reason, explain
from contracts.community.matching import Mechanism, match
from contracts.community.orders import Book, Order, Side
from contracts.community.records import decode_book, decode_match, encode_book, encode_match
from crypto.address import Address
from tests.contracts.community.books import book, books, books_with_replies, order


def reasons(mechanism: Mechanism, drawn: Book) -> dict[str, tuple[Reason, int | None]]:
    done = match(mechanism, drawn)
    found = {}
    for one in (*drawn.asks, *drawn.bids):
        answer = explain(7, drawn, done, one.home)
        assert answer is not None
        found[str(one.home)] = (answer.reason, answer.against_ukwh)
    return found


def test_an_auction_is_explained_by_its_price() -> None:
    drawn = book(
        [order("s", 100, 120_000), order("dear", 50, 190_000)],
        [
            order("b", 60, 200_000),
            order("even", 60, 150_000),
            order("odd", 60, 150_000),
            order("low", 5, 110_000),
        ],
    )
    assert reasons(Mechanism.AUCTION, drawn) == {
        "s": (Reason.FULL, 150_000),
        "dear": (Reason.PRICE, 150_000),
        "b": (Reason.FULL, 150_000),
        "even": (Reason.SHARED, 150_000),
        "odd": (Reason.SHARED, 150_000),
        "low": (Reason.PRICE, 150_000),
    }


def test_pairs_are_explained_by_the_best_that_was_left() -> None:
    drawn = book([order("s", 100, 120_000), order("dear", 50, 190_000)], [order("b", 160, 150_000)])
    assert reasons(Mechanism.PAIRING, drawn) == {
        "s": (Reason.FULL, 150_000),
        "dear": (Reason.PRICE, 150_000),
        "b": (Reason.PRICE, 190_000),
    }
    alone = book([order("s", 100, 120_000)], [order("b", 160, 150_000)])
    assert reasons(Mechanism.PAIRING, alone)["b"] == (Reason.NOBODY_LEFT, None)


def test_a_request_that_was_not_offered_what_was_left_is_told_so() -> None:
    """And so is the seller who might have offered it."""
    drawn = book(
        [order("near", 500, 110_000, ("friend", 120_000)), order("dear", 50, 110_000, ("stranger", 190_000))],
        [order("friend", 100, 200_000), order("stranger", 100, 150_000), order("poor", 10, 105_000)],
    )
    assert reasons(Mechanism.REQUESTS, drawn) == {
        "near": (Reason.NOT_OFFERED, 150_000),
        "dear": (Reason.PRICE, 150_000),
        "friend": (Reason.FULL, 110_000),
        "stranger": (Reason.NOT_OFFERED, 110_000),
        "poor": (Reason.PRICE, 110_000),
    }


@given(books_with_replies())
def test_an_answer_among_requests_is_true(drawn: Book) -> None:
    done = match(Mechanism.REQUESTS, drawn)
    traded = Counter[str]()
    for trade in done.trades:
        traded.update({trade.seller: trade.energy_wh, trade.buyer: trade.energy_wh})
    left_asks = [ask for ask in drawn.asks if traded[ask.home] < ask.energy_wh]
    left_bids = [bid for bid in drawn.bids if traded[bid.home] < bid.energy_wh]
    for ask, bid in product(left_asks, left_bids):
        if ask.limit_ukwh > bid.limit_ukwh or not ask.replies or bid.home in price_to(ask):
            continue
        for one in (ask, bid):
            answer = explain(7, drawn, done, one.home)
            assert answer is not None
            assert answer.reason is Reason.NOT_OFFERED


def price_to(ask: Order) -> set[str]:
    return {reply.request for reply in ask.replies}


def test_who_ordered_nothing_gets_no_answer() -> None:
    drawn = book([order("s", 100, 120_000)], [])
    assert explain(7, drawn, match(Mechanism.AUCTION, drawn), Address("b")) is None


@given(books())
def test_an_answer_holds_for_every_order_and_names_where_it_is_proven(drawn: Book) -> None:
    done = match(Mechanism.AUCTION, drawn)
    kept_book, kept_match = decode_book(encode_book(drawn)), decode_match(encode_match(done))
    assert (kept_book, kept_match) == (drawn, done)
    for one in (*drawn.asks, *drawn.bids):
        answer = explain(7, kept_book, kept_match, one.home)
        assert answer is not None
        assert answer.keys == ("book/7", "match/7")
        assert (answer.reason is Reason.FULL) == (answer.traded_wh == answer.ordered_wh)
        if answer.reason is Reason.PRICE:
            assert answer.against_ukwh is not None
            is_dear = answer.limit_ukwh > answer.against_ukwh
            assert is_dear is (answer.side is Side.ASK)
