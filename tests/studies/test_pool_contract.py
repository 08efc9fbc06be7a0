"""The study of the pool gives the trades and bills of the contract on the same offers."""

from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.agreements import Kind
from contracts.pool.intervals import find_outcome
from contracts.pool.matching import Ranking
from studies.pool import Interval, play
from studies.pool_case import COMMISSION, CYCLES, IDLE_CYCLES, Party, PoolCase, make_case
from tests.contracts.chain import address
from tests.contracts.pool.market import PARTIES, Market, agreement

POWER = Carrier.ELECTRICITY
SIDES = dict(zip(PARTIES, (Side.ASK, Side.BID, Side.ASK, Side.BID, Side.BID), strict=True))


def small_case() -> PoolCase:
    parties = [
        Party(address(name), side, POWER, 900 if side is Side.ASK else 600, fails=name in ("fir", "gum"))
        for name, side in SIDES.items()
    ]
    terms = [terms for terms in make_case(1, 1, 1).terms if terms.carrier is POWER]
    return PoolCase(tuple(parties), tuple(terms), storage_wh=0, storage_w=0, seed=5)


def busiest(case: PoolCase, ranking: Ranking) -> Interval:
    return max(play(case, ranking).intervals, key=lambda one: len(one.trades))


def on_chain(case: PoolCase, interval: Interval, ranking: Ranking) -> Market:
    """The same interval, settled by the contract."""
    agreements = [
        *[agreement(kind, name, POWER) for name in PARTIES for kind in (Kind.SUPPLY, Kind.USE)],
        *[agreement(Kind.PAYMENT, name, limit=10**9) for name in PARTIES],
    ]
    changes = {
        "carriers": case.terms,
        "ranking": ranking,
        "commission": COMMISSION,
        "cycles": CYCLES,
        "idle_cycles": IDLE_CYCLES,
        "agreements": tuple(agreements),
    }
    market, names = Market(changes=changes), {address(name): name for name in PARTIES}
    for cycle in range(CYCLES):
        due = [(side, offer) for side, offer in interval.offers if offer.since == cycle]
        signed = [
            market.signed(names[offer.address], side, offer.energy_wh, offer.limit_ukwh)
            for side, offer in due
        ]
        market.trade(*signed)
    market.deliver(**{names[bill.address]: bill.metered_wh or 0 for bill in interval.bills})
    market.settle()
    return market


def test_the_study_is_the_contract() -> None:
    for ranking in Ranking:
        case = small_case()
        interval = busiest(case, ranking)
        market = on_chain(case, interval, ranking)
        found = [find_outcome(market.sight, market.period, cycle, POWER) for cycle in range(CYCLES)]
        trades = [trade for outcome in found if outcome for trade in outcome.trades]
        assert tuple(trades) == interval.trades
        assert len(trades) >= 3
        billed = {bill.address: bill for bill in market.bills.values()}
        for bill in interval.bills:
            assert billed[bill.address] == bill
