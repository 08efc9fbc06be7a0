"""Uniform-price clearing of step curves, in exact integers (Ren et al., eqs. 13-22).

S(p) is what is asked at p or less, D(p) what is bid for at p or more; S(p-) and D(p+) leave out what is at p
itself. The least price at which supply covers what is bid above it,

    lowest = the least p with S(p) >= D(p+),        traded = min(S(lowest), D(lowest)),

and `highest`, the greatest p with S(p-) <= D(p), are the ends of the prices at which all are content. Asks
below `lowest` and bids above it trade in full; at it one side at most does not, and shares pro rata by
largest remainder. Equal remainders are ordered by hash(seed || name): never by who came first.

As D(p+) is the whole demand less what is bid for at p or less, both ends can be read off one list, of asks
and bids together by price: if the whole demand is n Wh, `lowest` is the price of its n-th Wh from below, and
`highest` of the Wh after that.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import Annotated, Final, NamedTuple

from contracts.arguments import Range
from contracts.capacity.clearing_errors import (
    BeyondCurve,
    LastBoughtBelowPrice,
    LastSoldAbovePrice,
    NextUnboughtAbovePrice,
    NextUnsoldBelowPrice,
    TotalsDiffer,
)
from crypto.hashing import sha256
from ledger.quantities import EnergyWh, PriceUkwh

PRICE_UKWH_MAX: Final = 10**8
"""A hundred units of the currency a kWh: several times the highest price cap of any market."""

QUANTITY_WH_MAX: Final = 10**12

BUCKET_BITS: Final = 14
BUCKETS: Final = (PRICE_UKWH_MAX >> BUCKET_BITS) + 1
"""Prices that differ in their last bits alone share a bucket; sorting is left for the bucket that matters."""


@dataclass(frozen=True, slots=True)
class Step:
    """So much at so much a kWh."""

    quantity_wh: Annotated[EnergyWh, Range(1, QUANTITY_WH_MAX)]
    price_ukwh: Annotated[PriceUkwh, Range(0, PRICE_UKWH_MAX)]


@dataclass(frozen=True, slots=True)
class Curve:
    """One participant's steps, one at least: an ask's prices never fall, a bid's never rise."""

    name: str
    """Whose it is; no two curves of one side have the same."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Cleared:
    """Who trades how much, and the prices that it can be for."""

    lowest_ukwh: PriceUkwh
    highest_ukwh: PriceUkwh
    price_ukwh: PriceUkwh
    """The one price, within the two."""
    traded_wh: EnergyWh
    sold: tuple[int, ...]
    """By ask, in the order in which they were given."""
    bought: tuple[int, ...]
    """By bid."""
    order: tuple[str, ...]
    """The lots that decided: whose remainders were equal where not all of them could have a Wh, first to
    last."""


Choice = Callable[[int, int], int]
"""Picks the price out of lowest .. highest."""


def seeded(seed: bytes) -> Choice:
    """The price that a public seed picks."""
    number = int.from_bytes(sha256(seed + b"price"), "big")
    return lambda lowest_ukwh, highest_ukwh: lowest_ukwh + number % (highest_ukwh - lowest_ukwh + 1)


def middle(lowest_ukwh: int, highest_ukwh: int) -> int:
    """The price that splits the interval, rounded down."""
    return (lowest_ukwh + highest_ukwh) // 2


def clear(asks: Sequence[Curve], bids: Sequence[Curve], seed: bytes, choice: Choice) -> Cleared | None:
    """The trade of greatest welfare, whatever order the curves come in; None if no ask meets a bid."""
    if not asks or not bids:
        return None
    lowest, highest = _interval(asks, bids)
    supply, demand = _Side(asks, lowest, is_ask=True), _Side(bids, lowest, is_ask=False)
    traded = min(supply.offered_wh, demand.offered_wh)
    if traded == 0:
        return None
    sold, bought = supply.share(traded, seed), demand.share(traded, seed)
    return Cleared(
        lowest_ukwh=PriceUkwh(lowest),
        highest_ukwh=PriceUkwh(highest),
        price_ukwh=PriceUkwh(choice(lowest, highest)),
        traded_wh=EnergyWh(traded),
        sold=sold.traded_wh,
        bought=bought.traded_wh,
        order=sold.order + bought.order,
    )


def check_kkt(asks: Sequence[Curve], bids: Sequence[Curve], cleared: Cleared) -> None:
    """That nobody could do better at the price, and the totals are equal (Karush, Kuhn and Tucker): proof
    that no other trade has a greater welfare, whoever found this one.

    Raises TotalsDiffer, BeyondCurve, LastSoldAbovePrice, NextUnsoldBelowPrice, LastBoughtBelowPrice or
    NextUnboughtAbovePrice.
    """
    price, totals = cleared.price_ukwh, (sum(cleared.sold), sum(cleared.bought))
    if totals != (cleared.traded_wh, cleared.traded_wh):
        raise TotalsDiffer(*totals, cleared.traded_wh)
    for ask, sold in zip(asks, cleared.sold, strict=True):
        last, following = _around(ask, sold)
        if last is not None and last > price:
            raise LastSoldAbovePrice(ask.name, last, price)
        if following is not None and following < price:
            raise NextUnsoldBelowPrice(ask.name, following, price)
    for bid, bought in zip(bids, cleared.bought, strict=True):
        last, following = _around(bid, bought)
        if last is not None and last < price:
            raise LastBoughtBelowPrice(bid.name, last, price)
        if following is not None and following > price:
            raise NextUnboughtAbovePrice(bid.name, following, price)


def work(curves: Sequence[Curve]) -> int:
    """Items to charge before `clear` and `check_kkt` of so many: a step is sorted, shared and checked."""
    return sum(4 + 4 * len(curve.steps) for curve in curves)


def _interval(asks: Sequence[Curve], bids: Sequence[Curve]) -> tuple[int, int]:
    """Lowest and highest, as the module says: only what is near them is sorted."""
    curves = (*asks, *bids)
    demand_wh = sum([step.quantity_wh for bid in bids for step in bid.steps])
    buckets_wh = [0] * BUCKETS
    for curve in curves:
        for step in curve.steps:
            buckets_wh[step.price_ukwh >> BUCKET_BITS] += step.quantity_wh
    sums_wh = list(accumulate(buckets_wh))
    first, last = bisect_left(sums_wh, demand_wh), bisect_right(sums_wh, demand_wh)
    near = [
        step for curve in curves for step in curve.steps if first <= step.price_ukwh >> BUCKET_BITS <= last
    ]
    near.sort(key=attrgetter("price_ukwh"))
    before_wh = sums_wh[first] - buckets_wh[first]
    sums_wh = list(accumulate([step.quantity_wh for step in near], initial=before_wh))
    lowest, highest = bisect_left(sums_wh, demand_wh) - 1, bisect_right(sums_wh, demand_wh) - 1
    return near[lowest].price_ukwh, near[highest].price_ukwh


class _Shares(NamedTuple):
    traded_wh: tuple[int, ...]
    order: tuple[str, ...]


class _Side:
    """One side's curves, cut at a price: what they offer better than it, and just at it."""

    def __init__(self, curves: Sequence[Curve], price: int, *, is_ask: bool) -> None:
        self._curves = curves
        self._better: list[int] = []
        self._marginal: dict[int, int] = {}
        for number, curve in enumerate(curves):
            better = 0
            for step in curve.steps:
                if step.price_ukwh == price:
                    self._marginal[number] = self._marginal.get(number, 0) + step.quantity_wh
                elif (step.price_ukwh < price) is is_ask:
                    better += step.quantity_wh
            self._better.append(better)
        self._marginal_wh = sum(self._marginal.values())
        self.offered_wh = sum(self._better) + self._marginal_wh

    def share(self, traded_wh: int, seed: bytes) -> _Shares:
        """Who trades what of `traded_wh`, which is not less than what is better than the price."""
        shares, remainders = list(self._better), {}
        rest_wh = traded_wh - sum(shares)
        for number, at_price in self._marginal.items():
            part, remainders[number] = divmod(at_price * rest_wh, self._marginal_wh)
            shares[number] += part
        winners, order = self._by_remainder(remainders, traded_wh - sum(shares), seed)
        for number in winners:
            shares[number] += 1
        return _Shares(tuple(shares), order)

    def _by_remainder(
        self, remainders: Mapping[int, int], count: int, seed: bytes
    ) -> tuple[list[int], tuple[str, ...]]:
        """The `count` of the largest remainders; and, where lots decided who is the last, their order."""
        ranked = sorted(remainders, key=remainders.__getitem__, reverse=True)
        if count == 0 or remainders[ranked[count - 1]] != remainders[ranked[count]]:
            return ranked[:count], ()
        tied = remainders[ranked[count]]
        ahead = [number for number in ranked[:count] if remainders[number] > tied]
        drawn = [number for number in ranked if remainders[number] == tied]
        drawn.sort(key=lambda number: lot(seed, self._curves[number].name))
        return ahead + drawn[: count - len(ahead)], tuple([self._curves[number].name for number in drawn])


def lot(seed: bytes, name: str) -> bytes:
    """What equals are ordered by."""
    return sha256(seed + name.encode())


def _around(curve: Curve, traded_wh: int) -> tuple[int | None, int | None]:
    """The prices of the last unit that is traded and of the next one that is not. Raises BeyondCurve."""
    offered_wh = sum(step.quantity_wh for step in curve.steps)
    if not 0 <= traded_wh <= offered_wh:
        raise BeyondCurve(curve.name, traded_wh, offered_wh)
    last = None
    for step in curve.steps:
        if traded_wh <= 0:
            return last, step.price_ukwh
        last = step.price_ukwh
        traded_wh -= step.quantity_wh
        if traded_wh < 0:
            return last, last
    return last, None
