"""A community that runs by itself: homes that schedule and order, meters, and the committee's clerks."""

from dataclasses import replace
from functools import cache

import pytest

from contracts.agent import View
from contracts.community.agents.clerk import CommunityClerk
from contracts.community.agents.home import CommunityHome
from contracts.community.agents.meter import CommunityMeter
from contracts.community.agents.sources import Seen
from contracts.community.matching import Mechanism
from contracts.community.records import Phase
from contracts.community.rounds import find_book, find_match, find_round, oldest_open
from contracts.community.solving.battery import Battery
from contracts.community.solving.hems import Appliance, Household, Schedule
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period
from tests.contracts.chain import VALIDATORS, key_of
from tests.contracts.community.market import HOMES, REQUESTS, ROUND, Market
from tests.contracts.hosts import Hosts

BATTERY = Battery(
    energy_wh=1_000, power_w=2_000, charge_permille=950, discharge_permille=950, reserve_permille=0
)
SUNNY = ("elm", "ivy")
LAST = ROUND + 6


class Devices:
    """A home whose days are all the same: a load, and for some the sun around the clock."""

    def __init__(self, name: str) -> None:
        self.name, self.place = name, HOMES.index(name)
        self.held: dict[int, int] = {}
        """What the battery was told to hold at the end of periods, and does."""

    def household(self, view: View, first_period: Period) -> Household:
        washer = Appliance(energy_wh=200, power_w=800, first=2, end=10, usual=4, disutility_ukwh=10_000)
        return Household(BATTERY, (washer,) if self.name == "gum" else ())

    def seen(self, view: View, period: Period) -> Seen | None:
        return Seen(EnergyWh(100 + 50 * self.place), EnergyWh(800 if self.name in SUNNY else 0))

    def held_wh(self, view: View) -> EnergyWh:
        over = [period for period in self.held if period < view.period]
        return EnergyWh(self.held[max(over)] if over else BATTERY.energy_wh if self.name in SUNNY else 0)

    def follow(self, first_period: Period, periods: int, schedule: Schedule) -> None:
        self.held |= dict(enumerate(schedule.held_wh[:periods], first_period))

    def measure(self, view: View, period: Period) -> Reading:
        seen = self.seen(view, period)
        assert seen is not None
        net_wh = seen.load_wh - seen.generated_wh
        return Reading(imported_wh=EnergyWh(max(0, net_wh)), exported_wh=EnergyWh(max(0, -net_wh)))


class Leaking(Devices):
    """A battery that lasts for many rounds, and is suddenly empty."""

    empty_from = ROUND - 3

    def household(self, view: View, first_period: Period) -> Household:
        return Household(replace(BATTERY, energy_wh=10_000))

    def held_wh(self, view: View) -> EnergyWh:
        return EnergyWh(0) if view.period >= self.empty_from else EnergyWh(10_000)


class Blind(Devices):
    """Devices that have seen nothing yet."""

    def seen(self, view: View, period: Period) -> Seen | None:
        return None


def run(mechanism: Mechanism = Mechanism.AUCTION, silent: tuple[str, ...] = ()) -> tuple[Market, Hosts]:
    """Until the rounds before LAST are settled."""
    market = Market(changes=REQUESTS if mechanism is Mechanism.REQUESTS else {"mechanism": mechanism})
    homes = [CommunityHome(key_of(name), Devices(name)) for name in HOMES]
    meters = [CommunityMeter(key_of(f"{name}-meter"), Devices(name).measure) for name in HOMES]
    clerks = [CommunityClerk(key_of(name)) for name in VALIDATORS]
    agents = [agent for agent in (*homes, *meters, *clerks) if agent.address not in map(_address, silent)]
    hosts = Hosts(market.chain, [*agents])
    hosts.run_to(market.genesis.slot_of(LAST) + 8)
    return market, hosts


def _address(name: str) -> str:
    return key_of(name).address


@cache
def usual_run(mechanism: Mechanism) -> tuple[Market, Hosts]:
    return run(mechanism)


@pytest.mark.parametrize("mechanism", Mechanism)
def test_rounds_are_opened_matched_metered_and_settled(mechanism: Mechanism) -> None:
    market, hosts = usual_run(mechanism)
    for first in range(ROUND, LAST):
        record = find_round(market.sight, first)
        assert record is not None
        assert record.phase is Phase.SETTLED
        match = find_match(market.sight, first)
        assert match is not None
        assert match.traded_wh > 0
    assert not hosts.noted("failed")
    assert market.money(range(ROUND - 12, LAST + 30)) == market.balance * len(HOMES)


@pytest.mark.parametrize("mechanism", Mechanism)
def test_homes_trade_what_their_schedules_leave(mechanism: Mechanism) -> None:
    market, _ = usual_run(mechanism)
    book = find_book(market.sight, ROUND)
    assert book is not None
    assert {ask.home for ask in book.asks} == {_address(name) for name in SUNNY}
    (elm,) = [ask for ask in book.asks if ask.home == _address("elm")]
    assert elm.energy_wh == 700 + (450 if mechanism is Mechanism.REQUESTS else 0)
    assert {bid.energy_wh for bid in book.bids} == {150, 200, 250}


def test_a_battery_is_sold_once_however_many_rounds_are_under_way() -> None:
    market, _ = usual_run(Mechanism.AUCTION)
    sold = sold_from_battery(market)
    assert [*sold.values()][:3] == [500, 450, 0]
    assert sum(sold.values()) == 950


def test_what_a_battery_has_lost_meanwhile_is_not_sold() -> None:
    market = Market()
    devices = Leaking("elm")
    home = CommunityHome(key_of("elm"), devices)
    hosts = Hosts(market.chain, [home, *(CommunityClerk(key_of(name)) for name in VALIDATORS)])
    hosts.run_to(market.genesis.slot_of(LAST))
    sold = sold_from_battery(market)
    told = [first for first in sold if first - market.parameters.windows.lead_slots < devices.empty_from - 2]
    assert [sold[first] for first in told] == [500] * len(told)
    assert not any(sold[first] for first in sold if first > max(told) + 2)
    assert len(sold) > len(told) + 2 > 4


def sold_from_battery(market: Market) -> dict[int, int]:
    """What elm asked for in each round beyond what the sun left it."""
    books = {first: find_book(market.sight, first) for first in range(ROUND - 20, LAST)}
    return {
        first: ask.energy_wh - 700
        for first, found in books.items()
        for ask in (found.asks if found else ())
        if ask.home == _address("elm")
    }


def test_bills_say_what_the_meters_saw() -> None:
    market, _ = usual_run(Mechanism.AUCTION)
    bills = market.bills
    assert (bills["fir"].metered_wh, bills["elm"].metered_wh) == (150, -700)
    assert all(bill.missing == 0 for bill in bills.values())
    assert sum(bill.traded_wh for bill in bills.values()) == 0


def test_one_clerk_and_one_meter_that_fail_stop_nobody() -> None:
    market, _ = run(silent=("alder", "gum-meter"))
    assert market.phase is Phase.SETTLED
    assert market.bills["gum"].missing == 1
    assert market.bills["fir"].missing == 0


def test_a_clerk_that_was_restarted_settles_what_was_left() -> None:
    market, hosts = run(silent=VALIDATORS[1:])
    for agent in [agent for agent in hosts.agents if isinstance(agent, CommunityClerk)]:
        hosts.stop(agent)
    hosts.run_to(market.chain.head.slot + 12)
    waiting = oldest_open(market.sight)
    last = market.chain.view.period
    assert waiting < last - 10
    hosts.agents += [CommunityClerk(key_of(name)) for name in VALIDATORS]
    hosts.run_to(market.chain.head.slot + 24)
    assert oldest_open(market.sight) > last
    market.first = last
    assert market.bills["fir"].metered_wh == 150


def test_a_home_that_has_seen_nothing_leaves_it_to_the_grid() -> None:
    market = Market()
    home = CommunityHome(key_of("elm"), Blind("elm"))
    hosts = Hosts(market.chain, [home, *(CommunityClerk(key_of(name)) for name in VALIDATORS)])
    hosts.run_to(market.genesis.slot_of(ROUND))
    assert hosts.noted("too little was seen to forecast")
    book = find_book(market.sight, ROUND)
    assert book is not None
    assert not book.asks


def test_a_home_that_opted_out_orders_nothing() -> None:
    market = Market()
    market.take(market.opt("elm", takes_part=False))
    home = CommunityHome(key_of("elm"), Devices("elm"))
    hosts = Hosts(market.chain, [home, *(CommunityClerk(key_of(name)) for name in VALIDATORS)])
    hosts.run_to(market.genesis.slot_of(ROUND))
    assert not [sent for sender, sent in hosts.submissions if sender == home.address]
