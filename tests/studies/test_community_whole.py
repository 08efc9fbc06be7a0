"""The same homes and days, simulated and on a chain with agents: the same orders, trades and bills."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pytest

from contracts.agent import View
from contracts.community.accounting import positions
from contracts.community.agents.clerk import CommunityClerk
from contracts.community.agents.home import CommunityHome
from contracts.community.agents.meter import CommunityMeter
from contracts.community.agents.sources import Seen
from contracts.community.matching import Mechanism
from contracts.community.orders import Book, Order
from contracts.community.parameters import Windows
from contracts.community.records import Phase
from contracts.community.rounds import find_book, find_match
from contracts.community.settlement import NOTHING_TRADED
from contracts.community.solving import vector
from contracts.community.solving.battery import PERMILLE, Battery
from contracts.community.solving.hems import Household, Schedule
from contracts.dispatch.model import Tariff
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period
from studies.community_data import PERIODS, PERIODS_PER_HOUR, Day
from studies.community_rules import Foresight, Rules
from studies.community_simulation import FEED_IN_UKWH, GRID_UKWH, Round, Simulation
from tests.contracts.chain import FIRST_PERIOD, VALIDATORS, address, key_of
from tests.contracts.community.market import HOMES, Market, home
from tests.contracts.hosts import Hosts

ROUNDS = 14
"""Over midnight."""

ZERO = FIRST_PERIOD // PERIODS * PERIODS - PERIODS
"""The period with which the simulation begins, a day before the chain's."""

NO_BATTERY = Battery(0, 0, PERMILLE, PERMILLE, 0)
ORDERS, MATCHES = 2, 2


class Twins:
    """Homes that the simulation and the agents play."""

    names = tuple(map(address, HOMES))
    generates = np.array([True, False, False, True, True])
    interval_periods = np.array([1, 1, 2, 1, 4])
    eagerness_permille = np.array([300, 500, 0, 1_000, 720])

    def day(self, number: int) -> Day:
        chance = np.random.default_rng([11, number])
        shape = (len(HOMES), PERIODS)
        return Day(
            chance.integers(50, 700, shape),
            chance.integers(100, 1_100, shape) * self.generates[:, np.newaxis],
        )


class Devices:
    """One home's: they remember a day, so that agents expect what yesterday was."""

    def __init__(self, number: int) -> None:
        self._number = number

    def household(self, view: View, first_period: Period) -> Household:
        return Household(NO_BATTERY)

    def seen(self, view: View, period: Period) -> Seen | None:
        return self._seen(period) if view.period - PERIODS <= period < view.period else None

    def held_wh(self, view: View) -> EnergyWh:
        return EnergyWh(0)

    def follow(self, first_period: Period, periods: int, schedule: Schedule) -> None:
        pass

    def measure(self, view: View, period: Period) -> Reading:
        seen = self._seen(period)
        net_wh = seen.load_wh - seen.generated_wh
        return Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))

    def _seen(self, period: int) -> Seen:
        day, place = divmod(period - ZERO, PERIODS)
        of_all = Twins().day(day)
        load, generated = (column[self._number, place] for column in (of_all.load_wh, of_all.generated_wh))
        return Seen(EnergyWh(int(load)), EnergyWh(int(generated)))


class Played:
    """Both, round by round."""

    def __init__(self, mechanism: Mechanism) -> None:
        self.mechanism = mechanism
        self.windows = Windows(ORDERS, 2 if mechanism is Mechanism.REQUESTS else 0, MATCHES, 2, 10_000)
        self.first = FIRST_PERIOD + self.windows.lead_slots

    @cached_property
    def market(self) -> Market:
        """The chain, its rounds settled."""
        hours = tuple(GRID_UKWH[place // PERIODS_PER_HOUR] for place in range(PERIODS))
        homes = [
            replace(home(name), interval_periods=int(size))
            for name, size in zip(HOMES, Twins.interval_periods, strict=True)
        ]
        market = Market(
            changes={
                "mechanism": self.mechanism,
                "windows": self.windows,
                "homes": tuple(homes),
                "tariff": Tariff(hours, (FEED_IN_UKWH,) * PERIODS),
            },
        )
        agents = [
            agent
            for number, name in enumerate(HOMES)
            for agent in (
                CommunityHome(key_of(name), Devices(number), int(Twins.eagerness_permille[number])),
                CommunityMeter(key_of(f"{name}-meter"), Devices(number).measure),
            )
        ]
        hosts = Hosts(market.chain, [*agents, *(CommunityClerk(key_of(name)) for name in VALIDATORS)])
        hosts.run_to(market.genesis.slot_of(self.first + ROUNDS) + 12)
        return market

    @cached_property
    def simulation(self) -> Simulation:
        """As far as the chain's first round; before that nobody finds anybody to trade with."""
        rules = Rules(self.mechanism, Foresight.YESTERDAY, lag_rounds=ORDERS + self.windows.offer_slots + 2)
        simulation = Simulation(Twins(), rules, NO_BATTERY)
        for _ in range(self.first - ZERO):
            begun = simulation.begin()
            asks, bids = simulation.orders(begun)
            dear, mean = (np.full_like(side.limit_ukwh, at) for side, at in ((asks, 10**7), (bids, 0)))
            simulation.finish(begun, replace(asks, limit_ukwh=dear), replace(bids, limit_ukwh=mean), b"")
        return simulation


@pytest.mark.parametrize("mechanism", Mechanism)
def test_a_simulated_round_is_the_chain_s(mechanism: Mechanism) -> None:
    played = Played(mechanism)
    traded_wh = 0
    for first in range(played.first, played.first + ROUNDS):
        played.market.first = Period(first)
        assert played.market.phase is Phase.SETTLED
        begun = played.simulation.begin()
        asks, bids = played.simulation.orders(begun)
        book = find_book(played.market.sight, first)
        assert book is not None
        assert (begun.band, begun.suggestion) == (book.band, played.market.round.suggestion)
        assert (orders(asks), orders(bids)) == ({*book.asks}, {*book.bids})
        check_bills(played.market, begun, book, played.simulation.finish(begun, asks, bids, book.seed))
        traded_wh += played.market.match.traded_wh
    assert traded_wh > 1_000


def check_bills(market: Market, begun: Round, book: Book, bills: vector.Bills) -> None:
    """That every home traded the same, for the same money, and is billed the same for the same readings."""
    match = find_match(market.sight, market.first)
    assert match is not None
    assert len(market.bills) == len(begun.homes)
    for place, number in enumerate(begun.homes):
        bill = market.bills[HOMES[number]]
        position = positions(match).get(bill.home, NOTHING_TRADED)
        assert (bill.traded_wh, bill.traded_nano) == (position.bought_wh, position.nano)
        assert bill.traded_wh == bills.metered_wh[place] - bills.grid_wh[place]
        assert bill.missing == 0
        assert (bill.metered_wh, bill.grid_wh, bill.amount) == (
            bills.metered_wh[place],
            bills.grid_wh[place],
            bills.amount[place],
        )


def orders(side: vector.Orders) -> set[Order]:
    """As a round's book has them."""
    rows = zip(side.names, side.energy_wh.tolist(), side.limit_ukwh.tolist(), strict=True)
    return {Order(*row) for row in rows}
