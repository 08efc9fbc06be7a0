"""A district's day in the pool market, by the contract's own mathematics: cycles, pool, storages, bills.

Every quarter hour and carrier is an interval of its own; storages alone carry something from one to the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.bids import Offer
from contracts.pool.cycle import Book, Outcome, Rules, Scenario, Trade, run_cycle
from contracts.pool.lots import Lot, chargeable_wh, stored_wh, take_over
from contracts.pool.matching import Ranking
from contracts.pool.parameters import CarrierTerms
from contracts.pool.settlement import Bill, Position, settle
from crypto.address import Address
from ledger.quantities import EnergyWh
from studies.pool_case import COMMISSION, CYCLES, IDLE_CYCLES, QUARTERS, PoolCase

QUARTERS_AN_HOUR: Final = 4

DELIVERED: Final = (0.6, 0.95)
"""Between which shares of its trade somebody who fails gives or takes."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One quarter hour of one carrier."""

    quarter: int
    carrier: Carrier
    offers: Sequence[tuple[Side, Offer]]
    outcomes: Sequence[Outcome]
    """By cycle."""
    stored: Sequence[Trade]
    """What the storage took over of the pool."""
    expired_wh: int
    bills: Sequence[Bill]
    welfare: int
    """Value of what was bought less cost of what was sold for it, as bid; nano of the currency."""
    optimum: int
    """The same, if all offers met at once, the keenest first: no trade without storage has more."""

    @property
    def trades(self) -> tuple[Trade, ...]:
        """Of all cycles."""
        return tuple([trade for outcome in self.outcomes for trade in outcome.trades])


@dataclass(frozen=True, slots=True)
class Day:
    """A played day."""

    case: PoolCase
    ranking: Ranking
    intervals: Sequence[Interval]


def play(case: PoolCase, ranking: Ranking, advance: Callable[[int], None] = lambda _: None) -> Day:
    """All quarter hours in turn; the same case gives the same day."""
    stock = {terms.carrier: EnergyWh(0) for terms in case.terms}
    intervals = []
    for quarter in range(QUARTERS):
        for terms in case.terms:
            interval, stock[terms.carrier] = _play(case, ranking, quarter, terms, stock[terms.carrier])
            intervals.append(interval)
        advance(quarter + 1)
    return Day(case, ranking, intervals)


def storage_of(carrier: Carrier) -> Address:
    """The name of the district's storage for a carrier."""
    return Address(f"{carrier.value}-storage")


def best_welfare(offers: Sequence[tuple[Side, Offer]]) -> int:
    """The greatest that there is: the cheapest supply to the keenest demand while both gain."""
    asks = sorted([offer for side, offer in offers if side is Side.ASK], key=lambda ask: ask.limit_ukwh)
    bids = sorted([offer for side, offer in offers if side is Side.BID], key=lambda bid: -bid.limit_ukwh)
    welfare, ask, bid = 0, 0, 0
    left, wanted = [one.energy_wh for one in asks], [one.energy_wh for one in bids]
    while ask < len(asks) and bid < len(bids) and asks[ask].limit_ukwh <= bids[bid].limit_ukwh:
        energy = min(left[ask], wanted[bid])
        welfare += energy * (bids[bid].limit_ukwh - asks[ask].limit_ukwh)
        left[ask], wanted[bid] = EnergyWh(left[ask] - energy), EnergyWh(wanted[bid] - energy)
        ask, bid = ask + (left[ask] == 0), bid + (wanted[bid] == 0)
    return welfare


def _play(
    case: PoolCase, ranking: Ranking, quarter: int, terms: CarrierTerms, stock: EnergyWh
) -> tuple[Interval, EnergyWh]:
    """One interval, and what the storage holds after it."""
    offers, carrier = case.offers(quarter, terms.carrier), terms.carrier
    rules = Rules(ranking, COMMISSION, IDLE_CYCLES, terms.pool_ukwh)
    store = storage_of(carrier)
    most_wh = EnergyWh(case.storage_w // QUARTERS_AN_HOUR)
    offered = min(stock, most_wh)
    lot = Lot(store, offered, terms.stored_ukwh, terms.stored_ukwh, offered, is_stored=True)
    book, outcomes = Book(lots=(lot,) if offered else ()), []
    for cycle in range(CYCLES):
        asks = [offer for side, offer in offers if side is Side.ASK and offer.since == cycle]
        bids = [offer for side, offer in offers if side is Side.BID and offer.since == cycle]
        book = replace(book, asks=(*book.asks, *asks), bids=(*book.bids, *bids))
        outcomes.append(run_cycle(book, rules, cycle))
        book = outcomes[-1].after
    kept = stock - offered + sum(lot.left_wh for lot in book.lots if lot.is_stored)
    pooled = [lot for lot in book.lots if not lot.is_stored]
    room_wh = chargeable_wh(case.storage_wh - kept, terms.efficiency_permille)
    taken = take_over([lot.left_wh for lot in pooled], min(room_wh, most_wh))
    stored = [
        Trade(Scenario.STORED, lot.address, store, energy, lot.price_ukwh)
        for lot, energy in zip(pooled, taken, strict=True)
        if energy
    ]
    trades = [trade for outcome in outcomes for trade in outcome.trades]
    interval = Interval(
        quarter,
        carrier,
        offers,
        outcomes,
        stored,
        expired_wh=sum(lot.left_wh for lot in pooled) - sum(taken),
        bills=_bills(case, quarter, terms, [*trades, *stored]),
        welfare=_welfare(offers, trades),
        optimum=best_welfare(offers),
    )
    return interval, EnergyWh(kept + stored_wh(sum(taken), terms.efficiency_permille))


def _welfare(offers: Sequence[tuple[Side, Offer]], trades: Sequence[Trade]) -> int:
    """What is stored costs what the storage asks for it."""
    limits = {offer.address: offer.limit_ukwh for _, offer in offers}
    return sum(
        trade.energy_wh * (limits[trade.buyer] - limits.get(trade.seller, trade.price_ukwh))
        for trade in trades
    )


def _bills(case: PoolCase, quarter: int, terms: CarrierTerms, trades: Sequence[Trade]) -> list[Bill]:
    """Of everybody who traded; some give or take less than they traded."""
    chance = Random(f"{case.seed}/{quarter}/{terms.carrier.value}/delivery")  # noqa: S311 (a study's data, not a secret)
    failing = {party.name for party in case.parties if party.fails}
    positions: dict[Address, Position] = {}
    for trade in trades:
        positions[trade.seller] = positions.get(trade.seller, Position()).sell(trade)
        positions[trade.buyer] = positions.get(trade.buyer, Position()).buy(trade)
    bills = []
    for name in sorted(positions):
        share = chance.uniform(*DELIVERED) if name in failing else 1.0
        net_wh = positions[name].bought_wh - positions[name].sold_wh
        bills.append(
            settle(name, terms.carrier, positions[name], EnergyWh(round(net_wh * share)), terms.band)
        )
    return bills
