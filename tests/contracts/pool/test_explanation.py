"""Why a bid was (not) matched, from what the chain keeps and proves."""

from contracts.metering.readings import Carrier
from contracts.pool.explanation import Explanation, Reason, explain
from contracts.pool.records import decode_outcome
from tests.contracts.chain import address
from tests.contracts.pool.market import Market


def answer(market: Market, name: str, cycle: int = 0) -> Explanation | None:
    return explain(market.period, cycle, Carrier.ELECTRICITY, market.outcome(cycle), address(name))


def test_everybody_learns_what_decided_and_of_nobody_else() -> None:
    market = Market()
    market.trade(
        market.ask("fir", 500, 300_000),
        market.ask("gum", 900, 700_000),
        market.bid("holly", 400, 600_000),
        market.bid("ivy", 300, 500_000),
        market.bid("juniper", 2_000, 200_000),
    )
    reasons = {name: answer(market, name) for name in ("fir", "gum", "holly", "ivy", "juniper")}
    found = {name: (one.reason, one.rank, one.traded_wh) for name, one in reasons.items() if one}
    assert found == {
        "fir": (Reason.FULL, 1, 500),
        "gum": (Reason.PRICE, 2, 0),
        "holly": (Reason.FULL, 2, 400),
        "ivy": (Reason.OUTRANKED, 3, 100),
        "juniper": (Reason.PRICE, 1, 0),
    }
    assert answer(market, "larch") is None
    holly = reasons["holly"]
    assert holly is not None
    assert decode_outcome(market.sight.get(holly.key)) == market.outcome()


def test_what_is_sold_of_the_pool_is_not_taken_for_a_new_ask() -> None:
    market = Market()
    market.trade(market.ask("fir", 500, 300_000))
    market.trade()
    market.trade(market.ask("fir", 200, 700_000), market.bid("gum", 200, 600_000))
    asked = answer(market, "fir", 2)
    assert asked is not None
    assert (asked.offered_wh, asked.traded_wh, asked.reason) == (200, 0, Reason.PRICE)


def test_ones_own_lot_is_nothing_that_could_be_had() -> None:
    market = Market()
    market.trade(market.ask("fir", 500, 300_000))
    market.trade()
    market.trade(market.bid("fir", 200, 600_000))
    bid = answer(market, "fir", 2)
    assert bid is not None
    assert (bid.reason, bid.best_ukwh) == (Reason.NOBODY, None)


def test_idle_supply_is_told_that_it_is_pooled_and_one_alone_that_nobody_came() -> None:
    market = Market()
    market.trade(market.ask("fir", 500, 300_000))
    market.trade()
    first, second = answer(market, "fir", 0), answer(market, "fir", 1)
    assert first is not None
    assert second is not None
    assert (first.reason, second.reason) == (Reason.NOBODY, Reason.POOLED)
