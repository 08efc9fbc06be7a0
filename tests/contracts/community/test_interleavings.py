"""Rounds under way at once, their steps in any order, with drop-outs: money and energy are conserved."""

from collections.abc import Callable, Iterable, Mapping
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.community.matching import Mechanism
from contracts.community.orders import Side
from contracts.community.records import Phase, RoundRecord
from contracts.community.rounds import find_bills, find_book, find_match, find_round
from tests.contracts.calls import Call
from tests.contracts.community.market import CLEARING, FEED_IN, GRID, HOMES, REQUESTS, ROUND, Market

STEPS: Mapping[Phase, Callable[[Market], Call]] = {
    Phase.DUE: Market.trigger,
    Phase.MATCHING: Market.match_call,
    Phase.ACCOUNTING: Market.settle_call,
}


def _due(market: Market) -> list[Call]:
    """The next step of a round, if it waits for the committee."""
    return [STEPS[market.phase](market)] if market.phase in STEPS else []


def _orders(market: Market, chance: Random) -> list[Call]:
    """Of some homes, at prices that often meet and are now and then out of bounds."""
    prices = [FEED_IN, 160_000, GRID, chance.randint(FEED_IN - 1_000, GRID + 1_000)]
    return [
        market.order(name, chance.choice([*Side]), chance.randint(1, 1_300), chance.choice(prices))
        for name in chance.sample(HOMES, chance.randint(0, len(HOMES)))
    ]


def _readings(market: Market, chance: Random) -> list[Call]:
    """Of some homes, for all periods that are over."""
    over = range(market.first, min(market.round.end, market.chain.view.period + 1))
    names = chance.sample(HOMES, chance.randint(0, len(HOMES)))
    return [market.meter(name, period, chance.randint(-1_250, 2_000)) for name in names for period in over]


def _out_of_turn(market: Market, chance: Random) -> list[Call]:
    step = chance.choice([Market.trigger, Market.match_call, Market.settle_call])
    return [step(market)] if market.round.process and chance.random() < 0.2 else []


class Community(RuleBasedStateMachine):
    """The steps of several consecutive rounds as they come; most are refused most of the time."""

    @initialize(mechanism=st.sampled_from(Mechanism), balance=st.sampled_from([10**7, 400_000, 0]))
    def found(self, mechanism: Mechanism, balance: int) -> None:
        changes = REQUESTS if mechanism is Mechanism.REQUESTS else {"mechanism": mechanism}
        self.market = Market(changes=changes, balance=balance)
        lead = self.market.parameters.windows.lead_slots
        self.market.run_to_slot(self.market.genesis.slot_of(ROUND) - lead)
        self.rounds = range(ROUND, ROUND + 3)

    def known(self) -> list[RoundRecord]:
        return [found for first in self.rounds if (found := find_round(self.market.sight, first))]

    def of_all(self, step: Callable[[Market], Iterable[Call]]) -> list[Call]:
        """The same step for every round that is known."""
        calls: list[Call] = []
        for record in self.known():
            self.market.first = record.first_period
            calls += step(self.market)
        return calls

    @rule(seed=st.integers(0, 2**20), is_asleep=st.sampled_from([False, False, False, True]))
    def slot(self, seed: int, is_asleep: bool) -> None:
        """What is due, unless the committee is asleep, and what others do, timely or not."""
        chance = Random(seed)
        self.market.send(*([] if is_asleep else self.of_all(_due)))
        for step in (_orders, _readings, _out_of_turn):
            self.market.send(*self.of_all(lambda market, step=step: step(market, chance)))
        if chance.random() < 0.2:
            name, takes_part = chance.choice(HOMES), chance.random() < 0.7
            self.market.send(self.market.opt(name, takes_part=takes_part))
        self.market.chain.make_block()

    @invariant()
    def money_is_conserved(self) -> None:
        assert self.market.money(self.rounds) == self.market.balance * len(HOMES)
        assert self.market.balance_of(CLEARING) == 0

    @invariant()
    def rounds_end_in_balance(self) -> None:
        for record in self.known():
            bills = find_bills(self.market.sight, record.first_period)
            if bills is None:
                continue
            assert sum(bill.traded_wh for bill in bills) == 0
            assert sum(bill.traded_nano for bill in bills) == 0
            assert sum(bill.grid_wh for bill in bills) == sum(bill.metered_wh for bill in bills)
            self.check_trades(record)

    def check_trades(self, record: RoundRecord) -> None:
        book = find_book(self.market.sight, record.first_period)
        match = find_match(self.market.sight, record.first_period)
        if book is None or match is None:
            return
        asks = {ask.home: ask for ask in book.asks}
        bids = {bid.home: bid for bid in book.bids}
        for trade in match.trades:
            assert asks[trade.seller].limit_ukwh <= trade.price_ukwh <= bids[trade.buyer].limit_ukwh
            assert FEED_IN <= trade.price_ukwh <= GRID

    def teardown(self) -> None:
        """However it went so far, everything that was opened can be settled, and no escrow stays."""
        self.market.run_to_slot(self.market.genesis.slot_of(self.rounds[-1]))
        while any(record.phase is not Phase.SETTLED for record in self.known()):
            self.market.try_all(*self.of_all(_due))
        self.check_every_period_is_billed_once()
        for name in HOMES:
            for first in self.rounds:
                assert self.market.escrow(name, first) == 0

    def check_every_period_is_billed_once(self) -> None:
        """By what its meter showed, and for the most that it can take where it showed nothing."""
        for place, home in enumerate(self.market.parameters.homes):
            for first in filter(home.takes_part, self.rounds):
                (bill,) = [
                    one for one in find_bills(self.market.sight, first) or () if one.home == home.address
                ]
                periods = range(first, first + home.interval_periods)
                shown = [net for at in periods if (net := self.market.shown(HOMES[place], at)) is not None]
                missing = home.interval_periods - len(shown)
                assert bill.missing == missing
                assert bill.metered_wh == sum(shown) + missing * home.unmetered_wh(900)


TestCommunity = Community.TestCase
TestCommunity.settings = settings(
    max_examples=8, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
