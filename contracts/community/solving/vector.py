"""The contract's matching and settlement over arrays, for communities that no chain of a test could carry.

Energies and prices are whole numbers here too (int64), and every result is the contract's own, to the last
Wh and unit: tests/contracts/community/test_vector.py compares them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.capacity.clearing import PRICE_UKWH_MAX, lot, middle
from contracts.community.matching import Mechanism
from contracts.community.orders import Band
from contracts.community.pricing import Turnover
from contracts.community.settlement import NANO_PER_AMOUNT
from ledger.quantities import EnergyWh

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

LOT_BYTES = 8
"""Of a lot, enough to order homes by: two of 100,000 agree in them once in 10^9 rounds."""

ENERGY_WH_MAX = 10**10
"""Of all orders of one side together: what it costs, at the highest price that there is, fits an int64."""


@dataclass(frozen=True, slots=True)
class Orders:
    """One side of a round's book: equally long arrays, and the homes' names by which lots are drawn."""

    energy_wh: Integers
    limit_ukwh: Integers
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Traded:
    """What a round's mechanism made of its book, by order."""

    sold_wh: Integers
    earned_nano: Integers
    bought_wh: Integers
    paid_nano: Integers
    price_ukwh: int | None
    """The one price of an auction; None where there is none."""


@dataclass(frozen=True, slots=True)
class Bills:
    """What homes owe for an interval each; signs as in contracts.community.settlement."""

    metered_wh: Integers
    grid_wh: Integers
    amount: Integers


def match(mechanism: Mechanism, asks: Orders, bids: Orders, band: Band, seed: bytes) -> Traded:
    """The trades of a round in which every offer, if requests are matched, is to all of them."""
    for side in (asks, bids):
        if int(side.energy_wh.sum()) > ENERGY_WH_MAX:
            raise ValueError(f"all orders of one side come to more than {ENERGY_WH_MAX} Wh")
    return _MATCHERS[mechanism](asks, bids, band, seed)


def auction(asks: Orders, bids: Orders, band: Band, seed: bytes) -> Traded:
    """Pay-as-clear, as contracts.capacity.clearing has it."""
    supply, demand = _Ladder(asks), _Ladder(bids)
    breaks = np.unique(np.concatenate([[0], asks.limit_ukwh, bids.limit_ukwh]))
    covered = supply.up_to(breaks) >= demand.total_wh - demand.up_to(breaks)
    lowest = breaks[covered.argmax() : covered.argmax() + 1]
    better_bid_wh = demand.total_wh - int(demand.up_to(lowest)[0])
    traded = min(int(supply.up_to(lowest)[0]), demand.total_wh - int(demand.below(lowest)[0]))
    if traded == 0:
        return _nothing(asks, bids)
    price = band.nearest(middle(int(lowest[0]), _highest(supply, demand, breaks)))
    at = int(lowest[0])
    sold = _share(asks, asks.limit_ukwh < at, at, traded - int(supply.below(lowest)[0]), seed)
    bought = _share(bids, bids.limit_ukwh > at, at, traded - better_bid_wh, seed)
    return Traded(sold, sold * price, bought, bought * price, price)


def pairing(asks: Orders, bids: Orders, band: Band, seed: bytes) -> Traded:
    """Outermost first, at the ask, up to the first pair that fails. The bounds of all pairs are the sums of
    both sides in their orders, put together."""
    del band
    sellers = np.lexsort((_lots(asks.names, seed), asks.limit_ukwh))
    buyers = np.lexsort((_lots(bids.names, seed), -bids.limit_ukwh))
    sold_wh, bought_wh = asks.energy_wh[sellers].cumsum(), bids.energy_wh[buyers].cumsum()
    if not len(sold_wh) or not len(bought_wh):
        return _nothing(asks, bids)
    ends = np.unique(np.concatenate([sold_wh, bought_wh]))
    ends = ends[ends <= min(sold_wh[-1], bought_wh[-1])]
    energy = np.diff(ends, prepend=0)
    pairs = (
        sellers[np.searchsorted(sold_wh, ends - energy, side="right")],
        buyers[np.searchsorted(bought_wh, ends - energy, side="right")],
    )
    fails = asks.limit_ukwh[pairs[0]] > bids.limit_ukwh[pairs[1]]
    count = int(fails.argmax()) if fails.any() else len(ends)
    seller, buyer, energy = pairs[0][:count], pairs[1][:count], energy[:count]
    nano = energy * asks.limit_ukwh[seller]
    return Traded(
        _summed(energy, seller, asks),
        _summed(nano, seller, asks),
        _summed(energy, buyer, bids),
        _summed(nano, buyer, bids),
        None,
    )


def turnover(asks: Orders, bids: Orders, traded: Traded) -> Turnover | None:
    """What a round amounted to, as contracts.community.pricing has it."""
    if not traded.sold_wh.any():
        return None
    return Turnover(
        EnergyWh(int(asks.energy_wh[traded.sold_wh > 0].sum())),
        EnergyWh(int(bids.energy_wh[traded.bought_wh > 0].sum())),
        EnergyWh(int(traded.sold_wh.sum())),
        int(traded.paid_nano.sum()),
    )


def settle(bought_wh: Integers, nano: Integers, metered_wh: Integers, band: Band) -> Bills:
    """The bills of homes whose readings all came: + bought, + paid, + taken."""
    grid_wh = metered_wh - bought_wh
    total = nano + grid_wh * np.where(grid_wh > 0, band.grid_ukwh, band.feed_in_ukwh)
    return Bills(metered_wh, grid_wh, _divided_half_even(total, NANO_PER_AMOUNT))


class _Ladder:
    """What one side offers up to prices, and below them."""

    def __init__(self, orders: Orders) -> None:
        order = np.argsort(orders.limit_ukwh, kind="stable")
        self._prices = orders.limit_ukwh[order]
        self._sums_wh = np.concatenate([[0], orders.energy_wh[order].cumsum()])
        self.total_wh = int(self._sums_wh[-1])

    def below(self, prices: Integers) -> Integers:
        found: Integers = self._sums_wh[np.searchsorted(self._prices, prices, side="left")]
        return found

    def up_to(self, prices: Integers) -> Integers:
        found: Integers = self._sums_wh[np.searchsorted(self._prices, prices, side="right")]
        return found


def _highest(supply: _Ladder, demand: _Ladder, breaks: Integers) -> int:
    """The greatest price at which what is offered below it finds buyers: before the first that has too much,
    which is a break or the price after one."""
    at = supply.below(breaks) > demand.total_wh - demand.below(breaks)
    after = supply.up_to(breaks) > demand.total_wh - demand.up_to(breaks)
    too_high = np.concatenate([breaks[at], breaks[after] + 1, [PRICE_UKWH_MAX + 1]])
    return int(too_high.min()) - 1


def _share(orders: Orders, is_better: Flags, price: int, rest: int, seed: bytes) -> Integers:
    """What each order trades: all that is better than the price, and of `rest` an equal part at it."""
    given: Integers = np.where(is_better, orders.energy_wh, 0)
    marginal = np.flatnonzero(orders.limit_ukwh == price)
    wanted = orders.energy_wh[marginal]
    level = _level(wanted, rest)
    given[marginal] = np.minimum(wanted, level)
    short = marginal[wanted > level]
    over = rest - int(given[marginal].sum())
    if over > 0:
        lots = _lots([orders.names[place] for place in short.tolist()], seed)
        given[short[np.argsort(lots)[:over]]] += 1
    return given


def _level(wanted: Integers, rest: int) -> int:
    """What everybody gets of `rest` who does not want less."""
    ascending = np.sort(wanted)
    passed_wh = ascending.cumsum() - ascending
    levels = (rest - passed_wh) // np.arange(len(wanted), 0, -1)
    short = np.flatnonzero(ascending > levels)
    return int(levels[short[0]]) if len(short) else rest


def _lots(names: Sequence[str], seed: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join([lot(seed, name)[:LOT_BYTES] for name in names]), dtype=">u8").astype(
        np.uint64
    )


def _summed(values: Integers, places: Integers, orders: Orders) -> Integers:
    sums = np.zeros(len(orders.names), dtype=np.int64)
    np.add.at(sums, places, values)
    return sums


def _nothing(asks: Orders, bids: Orders) -> Traded:
    none_sold, none_bought = np.zeros_like(asks.energy_wh), np.zeros_like(bids.energy_wh)
    return Traded(none_sold, none_sold, none_bought, none_bought, None)


def _divided_half_even(numerators: Integers, denominator: int) -> Integers:
    """As ledger.quantities.divide_half_even, for each."""
    quotients, remainders = np.divmod(numerators, denominator)
    doubled = 2 * remainders
    up = (doubled > denominator) | ((doubled == denominator) & (quotients % 2 == 1))
    rounded: Integers = quotients + up
    return rounded


_MATCHERS: Final[Mapping[Mechanism, Callable[[Orders, Orders, Band, bytes], Traded]]] = {
    Mechanism.AUCTION: auction,
    Mechanism.PAIRING: pairing,
    # Offers to all requests are pairs: the keenest request takes the cheapest offer.
    Mechanism.REQUESTS: pairing,
}
