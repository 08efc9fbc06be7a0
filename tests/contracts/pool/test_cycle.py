"""A cycle's mathematics against the paper's procedure, word by word, and what nobody may lose by it."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from contracts.pool.bids import Offer
from contracts.pool.commission import Commission, fee_nano
from contracts.pool.cycle import Book, Outcome, Rules, Scenario, run_cycle
from contracts.pool.lots import Lot
from contracts.pool.matching import Ranking, pair, rank_asks, rank_bids
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh

POOL = PriceUkwh(430_000)
COMMISSION = Commission((5, 8, 10), (15, 30))
RULES = Rules(Ranking.VALUE, COMMISSION, idle_cycles=2, pool_ukwh=POOL)

ENERGY = st.integers(1, 60)
PRICE = st.sampled_from([200_000, 300_001, 430_000, 500_000, 700_000])


def offer(name: str, energy_wh: int, limit_ukwh: int, since: int = 0) -> Offer:
    return Offer(Address(name), EnergyWh(energy_wh), PriceUkwh(limit_ukwh), EnergyWh(energy_wh), since)


def offers(letter: str) -> st.SearchStrategy[list[Offer]]:
    terms = st.lists(st.tuples(ENERGY, PRICE, st.integers(0, 2)), max_size=9)
    return terms.map(lambda rows: [offer(f"{letter}{place}", *row) for place, row in enumerate(rows)])


def played_by_the_paper(asks: Sequence[Offer], bids: Sequence[Offer]) -> list[tuple[str, str, int]]:
    """5.2 (3) as it reads, with every signal sent anew in every turn."""
    supply = {ask.address: ask.left_wh for ask in asks}
    demand = {bid.address: bid.left_wh for bid in bids}
    trades = []
    while True:
        signals: dict[Address, Address] = {}
        for ask in asks:
            for bid in bids:
                if supply[ask.address] and demand[bid.address] and ask.limit_ukwh <= bid.limit_ukwh:
                    signals.setdefault(bid.address, ask.address)
                    break
        if not signals:
            return trades
        for bid in bids:
            if bid.address in signals:
                seller = signals[bid.address]
                energy = min(supply[seller], demand[bid.address])
                supply[seller] = EnergyWh(supply[seller] - energy)
                demand[bid.address] = EnergyWh(demand[bid.address] - energy)
                trades.append((str(seller), str(bid.address), energy))


@given(offers("s"), offers("c"), st.sampled_from(Ranking))
def test_pairs_are_the_papers(asks: list[Offer], bids: list[Offer], ranking: Ranking) -> None:
    asks, bids = rank_asks(asks, ranking), rank_bids(bids, ranking)
    found = [(asks[one.ask].address, bids[one.bid].address, one.energy_wh) for one in pair(asks, bids)]
    assert found == played_by_the_paper(asks, bids)
    assert len(found) <= max(0, len(asks) + len(bids) - 1)


def test_large_consumers_and_small_suppliers_come_first_by_value() -> None:
    asks = [offer("dear", 10, 500_000), offer("large", 100, 300_000), offer("small", 10, 400_000)]
    assert [ask.address for ask in rank_asks(asks, Ranking.VALUE)] == ["small", "dear", "large"]
    assert [ask.address for ask in rank_asks(asks, Ranking.PRICE)] == ["large", "small", "dear"]
    bids = [offer("keen", 10, 700_000), offer("large", 100, 500_000)]
    assert [bid.address for bid in rank_bids(bids, Ranking.VALUE)] == ["large", "keen"]
    assert [bid.address for bid in rank_bids(bids, Ranking.PRICE)] == ["keen", "large"]


def test_a_supplier_below_nobodys_first_choice_is_not_kept_waiting() -> None:
    """Who is too dear for the first consumer trades with the second at once, ahead of a cheaper supplier
    that is still busy with the first: the trades are not those of serving consumers one after another."""
    asks = [offer("cheap", 30, 200_000), offer("dear", 12, 600_000)]
    bids = [offer("large", 20, 500_000), offer("keen", 12, 700_000)]
    outcome = run_cycle(Book(tuple(asks), tuple(bids)), RULES, 0)
    assert [(trade.seller, trade.buyer, trade.energy_wh) for trade in outcome.trades] == [
        ("cheap", "large", 20),
        ("dear", "keen", 12),
    ]
    assert outcome.trades[0].price_ukwh == 350_000


@given(offers("s"), offers("c"), st.sampled_from(Ranking), st.integers(0, 3), st.randoms())
def test_a_cycle_harms_nobody_and_has_no_order(
    asks: list[Offer], bids: list[Offer], ranking: Ranking, cycle: int, chance: Random
) -> None:
    rules = replace(RULES, ranking=ranking)
    outcome = run_cycle(Book(tuple(asks), tuple(bids)), rules, cycle)
    chance.shuffle(asks)
    chance.shuffle(bids)
    assert run_cycle(Book(tuple(asks), tuple(bids)), rules, cycle) == outcome
    check_rational(outcome)
    check_conserved(outcome)


def check_rational(outcome: Outcome) -> None:
    """Fees included."""
    asks = {ask.address: ask for ask in outcome.before.asks}
    bids = {bid.address: bid for bid in outcome.before.bids}
    for trade in outcome.trades:
        assert trade.nano - trade.seller_fee_nano >= trade.energy_wh * asks[trade.seller].limit_ukwh
        assert trade.nano + trade.buyer_fee_nano <= trade.energy_wh * bids[trade.buyer].limit_ukwh
        assert trade.seller_fee_nano >= 0
        assert trade.buyer_fee_nano >= 0
        if trade.scenario is Scenario.POOL:
            assert trade.price_ukwh == POOL


def check_conserved(outcome: Outcome) -> None:
    """What was offered is traded, or still there; nothing else is."""
    before, after = outcome.before, outcome.after
    for ask in before.asks:
        left: list[Offer | Lot] = [*after.asks, *after.lots]
        sold = sum(trade.energy_wh for trade in outcome.trades if trade.seller == ask.address)
        assert sold + sum(one.left_wh for one in left if one.address == ask.address) == ask.energy_wh
    for bid in before.bids:
        bought = sum(trade.energy_wh for trade in outcome.trades if trade.buyer == bid.address)
        assert bought + sum(one.left_wh for one in after.bids if one.address == bid.address) == bid.energy_wh


@given(offers("s"), offers("c"))
@settings(deadline=None, max_examples=40)
def test_by_price_a_single_cycle_has_the_greatest_welfare(asks: list[Offer], bids: list[Offer]) -> None:
    asks, bids = rank_asks(asks, Ranking.PRICE), rank_bids(bids, Ranking.PRICE)
    gains = [[bid.limit_ukwh - ask.limit_ukwh for bid in bids] for ask in asks]
    welfare = sum(one.energy_wh * gains[one.ask][one.bid] for one in pair(asks, bids))
    if not asks or not bids:
        assert welfare == 0
        return
    given_away = [[ask == place // len(bids) for place in range(len(asks) * len(bids))]
                  for ask in range(len(asks))]  # fmt: skip
    taken = [[bid == place % len(bids) for place in range(len(asks) * len(bids))]
             for bid in range(len(bids))]  # fmt: skip
    best = linprog(
        [-gain for row in gains for gain in row],
        A_ub=[*given_away, *taken],
        b_ub=[one.energy_wh for one in (*asks, *bids)],
    )
    assert welfare == pytest.approx(-best.fun, abs=1e-3)


def test_idle_supply_enters_the_pool_after_its_cycles_at_the_fixed_price() -> None:
    book = Book((offer("idle", 10, 300_000), offer("dear", 10, POOL + 1)))
    outcome = run_cycle(book, RULES, 0)
    assert outcome.pooled == ()
    outcome = run_cycle(outcome.after, RULES, 1)
    assert outcome.pooled == ("idle",)
    assert [(lot.address, lot.price_ukwh) for lot in outcome.after.lots] == [("idle", POOL)]
    assert [ask.address for ask in outcome.after.asks] == ["dear"]


def test_what_somebody_has_in_the_pool_is_one_lot() -> None:
    """However often it offers a little, the book of an interval stays small."""
    book = Book()
    for cycle in range(20):
        book = replace(book, asks=(offer("often", 1, 200_000 + cycle, cycle),))
        book = run_cycle(book, replace(RULES, idle_cycles=1), cycle).after
    (lot,) = book.lots
    assert (lot.energy_wh, lot.left_wh, lot.limit_ukwh) == (20, 20, 200_019)


def test_consumers_take_the_smallest_lot_first_and_only_what_their_bid_covers() -> None:
    book = Book((offer("large", 30, 200_000), offer("small", 5, 200_000)))
    pooled = run_cycle(run_cycle(book, RULES, 0).after, RULES, 1).after
    bids = (offer("keen", 12, 600_000, 2), offer("poor", 3, POOL - 1, 2))
    outcome = run_cycle(replace(pooled, bids=bids), RULES, 2)
    assert [(trade.seller, trade.buyer, trade.energy_wh) for trade in outcome.trades] == [
        ("small", "keen", 5),
        ("large", "keen", 7),
    ]
    assert outcome.rest == ("poor",)
    assert outcome.pool_success == ("small", "large")
    assert [lot.left_wh for lot in outcome.after.lots] == [23]


@pytest.mark.parametrize(
    ("rank", "gain_nano", "fee"),
    [(0, 10**6, 5_000), (1, 10**6, 8_000), (9, 10**6, 10_000), (0, 4_999, 4_999), (0, 0, 0)],
)
def test_a_fee_falls_with_rank_and_is_never_more_than_the_gain(rank: int, gain_nano: int, fee: int) -> None:
    assert fee_nano(COMMISSION.direct_permille, rank, 10**6, gain_nano) == fee
