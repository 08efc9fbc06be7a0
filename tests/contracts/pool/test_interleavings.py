"""Intervals under way at once, their steps in any order, with drop-outs: money and energy are conserved."""

from collections.abc import Callable, Iterable, Mapping
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.community.orders import Side
from contracts.pool.bids import SignedBid
from contracts.pool.cycle import Outcome
from contracts.pool.intervals import find_bills, find_interval, find_outcome
from contracts.pool.matching import Ranking
from contracts.pool.parameters import Windows
from contracts.pool.records import IntervalRecord, Phase
from contracts.pool.settlement import cover
from ledger.quantities import Period
from tests.contracts.calls import Call
from tests.contracts.pool.market import (
    CARRIERS,
    CLEARING,
    FEED_IN,
    INTERVAL,
    LIMIT_WH,
    NETWORK,
    PARTIES,
    POOLED,
    STORE,
    STORE_WH,
    Market,
    plain,
    terms,
)

PRICES = (FEED_IN, 300_000, POOLED, 500_000, NETWORK)
STEPS: Mapping[Phase, Callable[[Market], Call]] = {
    Phase.DUE: Market.open,
    Phase.MATCHED: Market.open,
    Phase.ACCOUNTING: Market.settle_call,
}


def _due(market: Market) -> list[Call]:
    """The next step of an interval, if it waits for the platform or an accounting."""
    return [STEPS[market.phase](market)] if market.phase in STEPS else []


def _match(market: Market, chance: Random) -> list[Call]:
    """The open cycle's bids, of which now and then one is not as it should be."""
    if market.phase is not Phase.BIDDING:
        return []
    names = chance.sample(PARTIES, chance.randint(0, len(PARTIES)))
    bids = [_bid(market, name, chance) for name in names]
    return [market.match(*bids, *(bids[:1] if chance.random() < 0.05 else []))]


def _bid(market: Market, name: str, chance: Random) -> SignedBid:
    price = chance.choice([*PRICES, chance.randint(FEED_IN, NETWORK)])
    beyond = chance.random() < 0.02
    return market.signed(
        name,
        chance.choice([*Side]),
        chance.randint(1, 900),
        price + beyond * NETWORK,
        chance.choice(CARRIERS),
    )


def _post(market: Market, chance: Random) -> list[Call]:
    """Somebody puts a bid on the chain."""
    if chance.random() < 0.6:
        return []
    name = chance.choice(PARTIES)
    arguments = {"period": market.period, "bid": plain(_bid(market, name, chance).bid)}
    return [Call(name, "post", arguments)]


def _end(market: Market, chance: Random) -> list[Call]:
    """Now and then somebody ends an agreement, or does what it may not."""
    if chance.random() < 0.9:
        return []
    number = chance.randrange(len(market.parameters.agreements))
    return [Call(chance.choice(PARTIES), "end", {"number": number})]


def _readings(market: Market, chance: Random) -> list[Call]:
    """Of some seats, where the interval is over."""
    if market.phase is not Phase.METERING:
        return []
    seats = [(name, carrier) for name in PARTIES for carrier in CARRIERS]
    return [
        market.meter(name, chance.randint(-1_250, 2_000), carrier)
        for name, carrier in chance.sample(seats, chance.randint(0, len(seats)))
    ]


def _out_of_turn(market: Market, chance: Random) -> list[Call]:
    step = chance.choice([Market.open, Market.match, Market.settle_call])
    return [step(market)] if market.record.process and chance.random() < 0.2 else []


class Pool(RuleBasedStateMachine):
    """The steps of several consecutive intervals as they come; many are refused."""

    @initialize(ranking=st.sampled_from(Ranking), balance=st.sampled_from([10**7, 300_000, 0]))
    def found(self, ranking: Ranking, balance: int) -> None:
        changes = {"ranking": ranking, "windows": Windows(cycle_slots=8, reading_slots=2)}
        self.market = Market(changes=changes, balance=balance)
        self.market.run_to_due()
        self.periods = [Period(INTERVAL + place) for place in range(3)]

    def known(self) -> list[IntervalRecord]:
        return [found for period in self.periods if (found := find_interval(self.market.sight, period))]

    def of_all(self, step: Callable[[Market], Iterable[Call]]) -> list[Call]:
        """The same step for every interval that is known."""
        calls: list[Call] = []
        for record in self.known():
            self.market.period = record.period
            calls += step(self.market)
        return calls

    @rule(
        seed=st.integers(0, 2**20),
        is_asleep=st.sampled_from([False, False, False, True]),
        pause=st.sampled_from([0] * 9 + [3]),
    )
    def slot(self, seed: int, is_asleep: bool, pause: int) -> None:
        """What is due, unless the platform is asleep, and what others do, timely or not; at times the chain
        stands still."""
        chance = Random(seed)
        self.market.send(*([] if is_asleep else self.of_all(_due)))
        for step in (_post, _match, _readings, _out_of_turn, _end):
            self.market.send(*self.of_all(lambda market, step=step: step(market, chance)))
        self.market.chain.make_block(self.market.chain.slot + pause)

    @invariant()
    def money_is_conserved(self) -> None:
        assert self.market.money(self.periods) == self.market.balance * (len(PARTIES) + 2)
        assert self.market.balance_of(CLEARING) == 0

    @invariant()
    def no_storage_holds_more_than_it_can(self) -> None:
        seat = len(PARTIES) * len(CARRIERS)
        held = [self.market.sight.get(f"{key}/{seat}") or 0 for key in ("stock", "on-sale")]
        assert sum(held) <= STORE_WH  # type: ignore[arg-type]

    @invariant()
    def trades_are_within_what_was_signed(self) -> None:
        for record in self.known():
            for cycle in range(record.cycles):
                for carrier in CARRIERS:
                    found = find_outcome(self.market.sight, record.period, cycle, carrier)
                    if found is not None:
                        check_within(found)

    @invariant()
    def trades_are_within_what_is_agreed_on_and_covered(self) -> None:
        for record in self.known():
            self.market.period = record.period
            for name in (*PARTIES, STORE):
                for carrier in CARRIERS:
                    position = self.market.position(name, carrier)
                    assert max(position.sold_wh, position.bought_wh) <= LIMIT_WH
                    if name != STORE:
                        held = self.market.escrow(name, carrier)
                        assert held >= cover(position, 0, terms(carrier).band)

    @invariant()
    def intervals_end_in_balance(self) -> None:
        for record in self.known():
            for carrier in CARRIERS:
                all_bills = find_bills(self.market.sight, record.period) or ()
                bills = [bill for bill in all_bills if bill.carrier is carrier]
                assert sum(bill.traded_wh for bill in bills) == 0
                assert sum(bill.traded_nano for bill in bills) == 0
                assert all(bill.fees_nano >= 0 for bill in bills)

    def teardown(self) -> None:
        """However it went so far, everything that was opened can be settled, and no escrow stays."""
        last = self.periods[-1] + 2 + self.market.parameters.windows.reading_slots
        self.market.run_to_slot(self.market.genesis.slot_of(last))
        self.market.try_all(*self.of_all(_due))
        for record in self.known():
            assert record.phase in (Phase.SETTLED, Phase.LAPSED)
        for name in (*PARTIES, STORE):
            for carrier in CARRIERS:
                for period in self.periods:
                    assert self.market.escrow(name, carrier, period) == 0


def check_within(outcome: Outcome) -> None:
    """No trade is worse for anybody than its bid, the platform's fee included, nor more than it offered."""
    left = {offer.address: offer.left_wh for offer in (*outcome.before.asks, *outcome.before.bids)}
    limits = {offer.address: offer.limit_ukwh for offer in (*outcome.before.asks, *outcome.before.bids)}
    lots = {lot.address: lot for lot in outcome.before.lots}
    bought = dict.fromkeys(left, 0)
    for trade in outcome.trades:
        bought[trade.buyer] += trade.energy_wh
        assert trade.nano + trade.buyer_fee_nano <= trade.energy_wh * limits[trade.buyer]
        least = [limits[trade.seller]] if trade.seller in limits else []
        least += [lots[trade.seller].limit_ukwh] if trade.seller in lots else []
        assert trade.nano - trade.seller_fee_nano >= trade.energy_wh * min(least)
    assert all(bought[name] <= left[name] for name in bought)


TestPool = Pool.TestCase
TestPool.settings = settings(
    max_examples=8, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
