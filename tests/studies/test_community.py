"""The simulated community: the contract's trades and bills, the same in every run, and nobody pays twice."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from contracts.community.matching import Mechanism
from contracts.community.orders import Side
from contracts.community.rounds import find_book
from contracts.dispatch.model import Tariff
from ledger.quantities import Period, PowerW
from studies.community_data import PERIODS, SyntheticCommunity, synthetic_types
from studies.community_rules import Foresight, Rules, Storing
from studies.community_simulation import (
    FEED_IN_UKWH,
    GRID_UKWH,
    HOME_BATTERY,
    PEAK_UKWH,
    Round,
    Simulation,
)
from tests.contracts.chain import address
from tests.contracts.community.market import HOMES, ROUND, Market, home

TYPES = synthetic_types(1)
BEFORE = 96 + 16 * 4
"""Quarter hours until four in the afternoon of the second day: the sun still shines, and it is peak time."""

ROUNDS = 6
SPACING = 16
"""Periods between the rounds that the chain plays, so that each is over before the next."""


class Neighbours(SyntheticCommunity):
    """The homes of the tests' chain."""

    @property
    def names(self) -> list[str]:  # type: ignore[override]
        return [address(name) for name in HOMES]


@pytest.mark.parametrize("mechanism", [Mechanism.AUCTION, Mechanism.PAIRING])
def test_the_chain_trades_and_bills_what_the_simulation_does(mechanism: Mechanism) -> None:
    """With forecasts that fail, and batteries that sell."""
    community = Neighbours(len(HOMES), 60, 5, TYPES)
    simulation = Simulation(community, Rules(mechanism, Foresight.YESTERDAY, Storing.SHARED))
    for _ in range(BEFORE):
        begun = simulation.begin()
        simulation.finish(begun, *simulation.orders(begun), b"before")
    market = _market(community, mechanism)
    traded = 0
    for place in range(ROUNDS):
        begun = simulation.begin()
        market.first = _period(begun, place)
        traded += _play(market, simulation, begun)
    assert traded > 0


def _play(market: Market, simulation: Simulation, begun: Round) -> int:
    """One round on the chain, by the simulation's orders and readings; the energy that was traded."""
    names = {address(name): name for name in HOMES}
    asks, bids = simulation.orders(begun)
    calls = [
        market.order(names[home_], side, int(energy), int(limit))
        for side, orders in ((Side.ASK, asks), (Side.BID, bids))
        for home_, energy, limit in zip(orders.names, orders.energy_wh, orders.limit_ukwh, strict=True)  # type: ignore[arg-type]
    ]
    market.trade(*calls)
    book = find_book(market.sight, market.first)
    assert book is not None
    assert book.band == begun.band
    bills = simulation.finish(begun, asks, bids, book.seed)
    metered = {HOMES[place]: int(net) for place, net in zip(begun.homes, bills.metered_wh, strict=True)}
    market.deliver(**{name: (net, 0, 0, 0) for name, net in metered.items()})
    market.settle()
    for place, number in enumerate(begun.homes):
        bill = market.bills[HOMES[number]]
        assert (bill.grid_wh, bill.amount) == (bills.grid_wh[place], bills.amount[place])
    assert len(market.bills) == len(begun.homes)
    return market.match.traded_wh


def _market(community: Neighbours, mechanism: Mechanism) -> Market:
    homes = [
        replace(home(name), export_w=PowerW(20_000), import_w=PowerW(20_000), interval_periods=int(size))
        for name, size in zip(HOMES, community.interval_periods, strict=True)
    ]
    changes: dict[str, Any] = {
        "mechanism": mechanism,
        "homes": tuple(homes),
        "tariff": Tariff((PEAK_UKWH,) * 96, (FEED_IN_UKWH,) * 96),
    }
    return Market(changes=changes)


def _period(begun: Round, place: int) -> Period:
    """Where the chain plays a round: with the same place within the hour."""
    return Period(ROUND + SPACING * place + begun.number % 4)


@pytest.fixture(scope="module")
def runs() -> dict[Storing, Simulation]:
    """Two days of 300 homes, 40 in 100 of which generate."""
    done = {}
    for storing in Storing:
        done[storing] = Simulation(SyntheticCommunity(300, 40, 1, TYPES), Rules(storing=storing))
        done[storing].run(2)
    return done


@pytest.mark.parametrize("storing", Storing)
def test_what_homes_do_not_pay_each_other_they_pay_the_grid(
    runs: dict[Storing, Simulation], storing: Storing
) -> None:
    """To within the rounding of each bill, half a millionth."""
    ledger = runs[storing].ledger
    hours = np.array(GRID_UKWH)
    grid_nano = int((ledger.grid_wh * hours).sum() - ledger.fed_in_wh.sum() * FEED_IN_UKWH)
    assert abs(int(ledger.paid.sum()) * 1_000 - grid_nano) <= 500 * 300 * 2 * 96


@pytest.mark.parametrize("storing", Storing)
def test_everybody_does_at_least_as_well_as_with_a_utility_alone(
    runs: dict[Storing, Simulation], storing: Storing
) -> None:
    """With perfect foresight and a battery of its own: not one home pays more, but for the roundings."""
    ledger = runs[storing].ledger
    if storing is Storing.OWN:
        assert (ledger.paid <= ledger.central + 2 * 96).all()
    assert ledger.paid.sum() < ledger.central.sum() < ledger.original.sum()


def test_energy_is_given_taken_and_traded_in_balance(runs: dict[Storing, Simulation]) -> None:
    ledger = runs[Storing.OWN].ledger
    assert (ledger.needed_wh == ledger.grid_wh + ledger.traded_wh).all()


def test_the_same_seed_gives_the_same_community_and_another_gives_another() -> None:
    def paid(seed: int) -> list[int]:
        return Simulation(SyntheticCommunity(40, 50, seed, TYPES), Rules()).run(1).paid.tolist()

    assert paid(3) == paid(3)
    assert paid(3) != paid(4)


def test_a_community_has_the_share_of_generators_that_was_asked_for() -> None:
    community = SyntheticCommunity(200, 35, 1, TYPES)
    day = community.day(3)
    assert community.generates.sum() == 70
    assert (day.generated_wh.sum(axis=1) > 0).tolist() == community.generates.tolist()
    assert (day.load_wh > 0).all()
    assert np.array_equal(day.load_wh, community.day(3).load_wh)
    assert day.generated_wh.max() <= 1_250
    assert 10_000 < day.load_wh.sum(axis=1).mean() < 25_000


def test_a_home_that_errs_sells_no_stored_energy_that_it_has_not() -> None:
    """It offers what it expects to have stored, and its battery gives what it has."""
    rules = Rules(foresight=Foresight.YESTERDAY, storing=Storing.SHARED)
    simulation = Simulation(SyntheticCommunity(100, 60, 1, TYPES), rules)
    differing = 0
    for _ in range(2 * PERIODS):
        begun = simulation.begin()
        differing += int((begun.stored_wh > begun.spare_wh).sum())
        simulation.finish(begun, *simulation.orders(begun), b"")
        held_mwh = simulation.held_mwh
        assert ((held_mwh >= 0) & (held_mwh <= HOME_BATTERY.full_mwh)).all()
    assert differing > 0
