"""Scenario 1: suppliers signal, consumers accept, pairs trade at the midpoint (Jin, 5.2 (3), eqs. 1, 2).

Both sides are ranked by what was signed, never by who came first. Then, again and again: each supplier
signals to the first consumer in rank of whom something is left and whose bid covers its ask; each consumer
accepts the first supplier in rank that signalled to it; and they trade what both have left.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from heapq import heappop, heappush
from typing import Final, NamedTuple

from contracts.pool.bids import Offer
from ledger.quantities import EnergyWh, PriceUkwh

STEPS_AN_OFFER: Final = 12
"""To rank an offer, to signal, accept and write a trade down takes less, but for looking for whom to signal
to."""


class Ranking(StrEnum):
    """By what offers are ranked; a market's genesis fixes it."""

    VALUE = "value"
    """N * P, as the paper has it: large consumers first, small suppliers first."""
    PRICE = "price"
    """P: the keenest first."""


class Pair(NamedTuple):
    """Places in the ranks of asks and bids, and what they trade."""

    ask: int
    bid: int
    energy_wh: EnergyWh


def rank_asks(asks: Sequence[Offer], ranking: Ranking) -> list[Offer]:
    """Cheapest first: by N * P, or by P; then P, and who it is."""
    if ranking is Ranking.VALUE:
        return sorted(asks, key=lambda ask: (ask.value, ask.limit_ukwh, ask.address))
    return sorted(asks, key=lambda ask: (ask.limit_ukwh, ask.address))


def rank_bids(bids: Sequence[Offer], ranking: Ranking) -> list[Offer]:
    """Dearest first: by N * P, or by P; then P, and who it is."""
    if ranking is Ranking.VALUE:
        return sorted(bids, key=lambda bid: (-bid.value, -bid.limit_ukwh, bid.address))
    return sorted(bids, key=lambda bid: (-bid.limit_ukwh, bid.address))


def midpoint(ask: Offer, bid: Offer) -> PriceUkwh:
    """What a pair pays a kWh, rounded down."""
    return PriceUkwh((ask.limit_ukwh + bid.limit_ukwh) // 2)


def pair(asks: Sequence[Offer], bids: Sequence[Offer]) -> Iterator[Pair]:
    """The trades of two ranked sides, in the order in which they come about.

    Each uses up one of the two, so that there are fewer trades than offers. A supplier looks at each consumer
    once at the most: one of whom nothing is left, or whose bid is below the ask, stays so.
    """
    supply, demand = [ask.left_wh for ask in asks], [bid.left_wh for bid in bids]
    signals: list[list[int]] = [[] for _ in bids]
    looked = [0 for _ in asks]
    silent, called = [place for place, left in enumerate(supply) if left], list[int]()
    while silent or called:
        for ask in silent:
            looked[ask] = bid = _first(asks[ask].limit_ukwh, bids, demand, looked[ask])
            if bid < len(bids):
                called += [bid] if not signals[bid] else []
                heappush(signals[bid], ask)
        silent, accepting, called = [], sorted(called), []
        for bid in accepting:
            ask = signals[bid][0]
            energy = min(supply[ask], demand[bid])
            yield Pair(ask, bid, energy)
            supply[ask], demand[bid] = EnergyWh(supply[ask] - energy), EnergyWh(demand[bid] - energy)
            if not supply[ask]:
                heappop(signals[bid])
            if not demand[bid]:
                silent += signals[bid]
            elif signals[bid]:
                called.append(bid)


def _first(ask_ukwh: int, bids: Sequence[Offer], demand: Sequence[int], start: int) -> int:
    """The first consumer from `start` on to whom a supplier at this price signals; past the end: none."""
    place = start
    while place < len(bids) and not (demand[place] and ask_ukwh <= bids[place].limit_ukwh):
        place += 1
    return place
