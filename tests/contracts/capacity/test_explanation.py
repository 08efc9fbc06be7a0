"""Why was my bid (not) matched: the answer adds up, and says nothing of others but totals."""

import pytest
from hypothesis import given

from contracts.capacity.book import book_of
from contracts.capacity.clearing import Curve, clear, seeded
from contracts.capacity.explanation import Reason, explain
from contracts.capacity.refusals import NotInBook
from tests.contracts.capacity.market import Market
from tests.contracts.capacity.test_clearing import ASKS, BIDS, SEED, curve
from tests.contracts.chain import address


@given(ASKS, BIDS)
def test_every_answer_adds_up_to_what_was_traded(asks: list[Curve], bids: list[Curve]) -> None:
    cleared = clear(asks, bids, SEED, seeded(SEED))
    for side, is_ask in ((asks, True), (bids, False)):
        for number, own in enumerate(side):
            answer = explain(asks, bids, SEED, cleared, own.name)
            traded = sum(step.traded_wh for step in answer.steps)
            if cleared is None:
                assert traded == 0
                assert answer.price_ukwh is None
                continue
            assert traded == (cleared.sold if is_ask else cleared.bought)[number]
            assert answer.supply_wh >= answer.demand_wh
            for step in answer.steps:
                if step.reason is Reason.BETTER:
                    assert step.traded_wh == step.quantity_wh
                if step.reason is Reason.WORSE:
                    assert step.traded_wh == 0


def test_a_share_at_the_margin_is_explained_by_ratio_and_lot() -> None:
    asks = [curve("a", (3, 5)), curve("b", (3, 5)), curve("c", (4, 9))]
    bids = [curve("x", (5, 7))]
    cleared = clear(asks, bids, SEED, seeded(SEED))
    answers = {name: explain(asks, bids, SEED, cleared, name) for name in "abcx"}
    margins = [answers[name].margin for name in "ab"]
    assert all(m is not None and (m.offered_wh, m.shared_wh) == (6, 5) for m in margins)
    assert sorted(m.place for m in margins if m) == [0, 1]
    first = min("ab", key=lambda name: answers[name].margin.lot)  # type: ignore[union-attr]
    assert answers[first].steps[0].traded_wh == 3
    assert answers["c"].steps[0].reason is Reason.WORSE
    assert answers["c"].margin is None
    assert answers["x"].steps[0].reason is Reason.BETTER


def test_who_is_not_in_the_book_has_no_answer() -> None:
    with pytest.raises(NotInBook):
        explain([curve("a", (3, 5))], [], SEED, None, "b")


def test_the_answer_from_the_chains_own_book_is_what_the_chain_did() -> None:
    market = Market()
    market.to_depositing()
    record = market.window()
    book = book_of(market.view, record)
    answer = explain(*book.curves, book.seed, book.clear(), address("ash"))
    assert [step.traded_wh for step in answer.steps] == [1_000, 1_500]
    assert [step.reason for step in answer.steps] == [Reason.BETTER, Reason.MARGINAL]
    other = explain(*book.curves, book.seed, book.clear(), address("fir"))
    assert other.steps[0].reason is Reason.WORSE
    assert answer.price_ukwh == market.events("cleared")[0]["price_ukwh"]
