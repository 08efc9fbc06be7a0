"""Uniform-price clearing: against CVXPY's optimum, and what must hold of every outcome."""

from dataclasses import replace
from random import Random

import cvxpy as cp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.capacity.clearing import (
    BUCKET_BITS,
    PRICE_UKWH_MAX,
    Cleared,
    Curve,
    Step,
    check_kkt,
    clear,
    middle,
    seeded,
)
from contracts.capacity.clearing_errors import (
    BeyondCurve,
    LastBoughtBelowPrice,
    LastSoldAbovePrice,
    NextUnboughtAbovePrice,
    NextUnsoldBelowPrice,
    TotalsDiffer,
)

SEED = b"a public seed"

NEAR = st.integers(0, 12)
FAR = st.builds(lambda bucket, place: (bucket << BUCKET_BITS) + place, st.integers(0, 3), st.integers(0, 2))
STEPS = st.lists(st.builds(Step, st.integers(1, 40), NEAR | FAR), min_size=1, max_size=4)


def curves(side: str, *, falls: bool) -> st.SearchStrategy[list[Curve]]:
    books = st.lists(STEPS, max_size=7)
    return books.map(
        lambda book: [
            Curve(f"{side}{number}", tuple(sorted(steps, key=lambda s: s.price_ukwh, reverse=falls)))
            for number, steps in enumerate(book)
        ]
    )


ASKS, BIDS = curves("seller", falls=False), curves("buyer", falls=True)


def curve(name: str, *steps: tuple[int, int]) -> Curve:
    return Curve(name, tuple([Step(*step) for step in steps]))


def welfare(asks: list[Curve], bids: list[Curve], cleared: Cleared) -> int:
    """Value of what is bought less cost of what is sold, nano-currency."""
    worth = sum(value(bid, wh) for bid, wh in zip(bids, cleared.bought, strict=True))
    return worth - sum(value(ask, wh) for ask, wh in zip(asks, cleared.sold, strict=True))


def value(of: Curve, wh: int) -> int:
    total = 0
    for step in of.steps:
        part = min(wh, step.quantity_wh)
        total, wh = total + part * step.price_ukwh, wh - part
    return total


def optimum(asks: list[Curve], bids: list[Curve]) -> float:
    """The same by CVXPY: it knows nothing of prices or merit orders."""
    terms, balance = [], []
    for side, sign in ((asks, -1), (bids, 1)):
        for step in (step for curve in side for step in curve.steps):
            wh = cp.Variable(bounds=[0, step.quantity_wh])
            terms.append(sign * step.price_ukwh * wh)
            balance.append(sign * wh)
    if not terms:
        return 0.0
    return float(cp.Problem(cp.Maximize(sum(terms)), [sum(balance) == 0]).solve(solver=cp.HIGHS))


@settings(max_examples=80, deadline=None)
@given(ASKS, BIDS)
def test_the_welfare_is_cvxpys_optimum(asks: list[Curve], bids: list[Curve]) -> None:
    cleared = clear(asks, bids, SEED, middle)
    found = 0 if cleared is None else welfare(asks, bids, cleared)
    assert found == pytest.approx(optimum(asks, bids), abs=1e-6)


@given(ASKS, BIDS)
def test_every_price_of_the_interval_meets_the_conditions_and_none_beside_it(
    asks: list[Curve], bids: list[Curve]
) -> None:
    cleared = clear(asks, bids, SEED, middle)
    if cleared is None:
        return
    assert 0 <= cleared.lowest_ukwh <= cleared.price_ukwh <= cleared.highest_ukwh
    assert sum(cleared.sold) == sum(cleared.bought) == cleared.traded_wh > 0
    for price in (cleared.lowest_ukwh, cleared.price_ukwh, cleared.highest_ukwh):
        check_kkt(asks, bids, replace(cleared, price_ukwh=price))
    for price in (cleared.lowest_ukwh - 1, cleared.highest_ukwh + 1):
        if price >= 0:
            with pytest.raises(
                (LastSoldAbovePrice, LastBoughtBelowPrice, NextUnsoldBelowPrice, NextUnboughtAbovePrice)
            ):
                check_kkt(asks, bids, replace(cleared, price_ukwh=price))


@given(ASKS, BIDS)
def test_nobody_trades_at_a_loss_and_what_is_paid_is_received(asks: list[Curve], bids: list[Curve]) -> None:
    cleared = clear(asks, bids, SEED, seeded(SEED))
    if cleared is None:
        return
    price = cleared.price_ukwh
    for ask, sold in zip(asks, cleared.sold, strict=True):
        assert sold * price >= value(ask, sold)
    for bid, bought in zip(bids, cleared.bought, strict=True):
        assert bought * price <= value(bid, bought)
    assert sum(cleared.sold) * price == sum(cleared.bought) * price


@given(ASKS, BIDS, st.randoms(use_true_random=False))
def test_the_order_of_the_curves_does_not_matter(
    asks: list[Curve], bids: list[Curve], random: Random
) -> None:
    first = clear(asks, bids, SEED, seeded(SEED))
    other_asks, other_bids = random.sample(asks, len(asks)), random.sample(bids, len(bids))
    second = clear(other_asks, other_bids, SEED, seeded(SEED))
    if first is None or second is None:
        assert first is second
        return
    for given_, other, outcome, other_outcome in (
        (asks, other_asks, first.sold, second.sold),
        (bids, other_bids, first.bought, second.bought),
    ):
        by_name = dict(zip([c.name for c in given_], outcome, strict=True))
        assert by_name == dict(zip([c.name for c in other], other_outcome, strict=True))
    assert (first.order, first.price_ukwh) == (second.order, second.price_ukwh)


def test_the_margin_is_shared_by_largest_remainder() -> None:
    asks = [curve("a", (10, 5)), curve("b", (20, 7)), curve("c", (40, 7))]
    cleared = clear(asks, [curve("x", (30, 9))], SEED, middle)
    assert cleared is not None
    # 20 Wh are left for 20 and 40 Wh at 7: 6 2/3 and 13 1/3.
    assert cleared.sold == (10, 7, 13)
    assert (cleared.lowest_ukwh, cleared.highest_ukwh, cleared.order) == (7, 7, ())


def test_equal_remainders_are_drawn_by_lot_and_the_lots_logged() -> None:
    asks = [curve(name, (1, 5)) for name in "abcdefgh"]
    firsts = []
    for number in range(40):
        cleared = clear(asks, [curve("x", (1, 9))], bytes([number]), middle)
        assert cleared is not None
        assert sorted(cleared.order) == list("abcdefgh")
        assert cleared.sold["abcdefgh".index(cleared.order[0])] == 1
        firsts.append(cleared.order[0])
    assert len({*firsts}) > 4


def test_a_seed_picks_any_price_of_the_interval() -> None:
    asks, bids = [curve("a", (5, 2))], [curve("x", (5, 6))]
    prices = set()
    for number in range(100):
        cleared = clear(asks, bids, SEED, seeded(bytes([number])))
        assert cleared is not None
        prices.add(cleared.price_ukwh)
    assert prices == {2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("asks", "bids"),
    [
        ([], []),
        ([curve("a", (5, 2))], []),
        ([], [curve("x", (5, 2))]),
        ([curve("a", (5, 3))], [curve("x", (5, 2))]),
    ],
)
def test_where_no_ask_meets_a_bid_there_is_no_price(asks: list[Curve], bids: list[Curve]) -> None:
    assert clear(asks, bids, SEED, middle) is None


def test_prices_at_both_ends_of_the_range() -> None:
    at_cap = clear([curve("a", (5, PRICE_UKWH_MAX))], [curve("x", (5, PRICE_UKWH_MAX))], SEED, middle)
    free = clear([curve("a", (5, 0))], [curve("x", (5, 0))], SEED, middle)
    assert at_cap is not None
    assert free is not None
    assert (at_cap.price_ukwh, free.price_ukwh) == (PRICE_UKWH_MAX, 0)


def test_whatever_is_not_the_best_outcome_is_named() -> None:
    asks = [curve("a", (10, 5)), curve("b", (10, 8))]
    bids = [curve("y", (10, 6)), curve("x", (10, 9))]
    cleared = clear(asks, bids, SEED, middle)
    assert cleared is not None
    check_kkt(asks, bids, cleared)
    wrong = [
        (TotalsDiffer, replace(cleared, traded_wh=9)),
        (BeyondCurve, replace(cleared, sold=(11, -1))),
        (LastSoldAbovePrice, replace(cleared, sold=(10, 1), bought=(1, 10), traded_wh=11)),
        (NextUnsoldBelowPrice, replace(cleared, sold=(9, 0), bought=(0, 9), traded_wh=9)),
        (LastBoughtBelowPrice, replace(cleared, bought=(1, 9))),
        (NextUnboughtAbovePrice, replace(cleared, price_ukwh=5)),
    ]
    for error, outcome in wrong:
        with pytest.raises(error):
            check_kkt(asks, bids, outcome)
