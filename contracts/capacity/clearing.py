"""Uniform-price clearing of step curves, in exact integers (Ren et al., eqs. 13-22).

S(p) is what is asked at p or less, D(p) what is bid for at p or more; S(p-) and D(p+) leave out what is at p
itself. The least price at which supply covers what is bid above it,

    lowest = the least p >= 0 with S(p) >= D(p+),        traded = min(S(lowest), D(lowest)),

and `highest`, the greatest p with S(p-) <= D(p), are the ends of the prices at which all are content. Asks
below `lowest` and bids above it trade in full; at it one side at most does not, and shares pro rata by
largest remainder. Equal remainders are ordered by hash(seed || name): never by who came first.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Final

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


@dataclass(frozen=True, slots=True)
class Step:
    """So much at so much a kWh."""

    quantity_wh: Annotated[EnergyWh, Range(1, QUANTITY_WH_MAX)]
    price_ukwh: Annotated[PriceUkwh, Range(0, PRICE_UKWH_MAX)]


@dataclass(frozen=True, slots=True)
class Curve:
    """One participant's steps: an ask's prices never fall, a bid's never rise."""

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
    supply, demand = _Ladder(asks), _Ladder(bids)
    prices = range(PRICE_UKWH_MAX + 1)
    lowest = bisect_left(prices, True, key=lambda p: supply.up_to(p) >= demand.above(p))
    traded = min(supply.up_to(lowest), demand.since(lowest))
    if traded == 0:
        return None
    highest = bisect_left(prices, True, key=lambda p: supply.below(p) > demand.since(p)) - 1
    sold, asks_order = _share(asks, lowest, traded - supply.below(lowest), seed, is_ask=True)
    bought, bids_order = _share(bids, lowest, traded - demand.above(lowest), seed, is_ask=False)
    return Cleared(
        PriceUkwh(lowest),
        PriceUkwh(highest),
        PriceUkwh(choice(lowest, highest)),
        EnergyWh(traded),
        sold,
        bought,
        asks_order + bids_order,
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


class _Ladder:
    """What one side offers up to a price, and above it."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        offered_wh: dict[int, int] = {}
        for curve in curves:
            for step in curve.steps:
                price = step.price_ukwh
                offered_wh[price] = offered_wh.get(price, 0) + step.quantity_wh
        self._prices = sorted(offered_wh)
        self._sums_wh = [0, *accumulate(map(offered_wh.__getitem__, self._prices))]

    def below(self, price: int) -> int:
        return self._sums_wh[bisect_left(self._prices, price)]

    def up_to(self, price: int) -> int:
        return self._sums_wh[bisect_right(self._prices, price)]

    def since(self, price: int) -> int:
        return self._sums_wh[-1] - self.below(price)

    def above(self, price: int) -> int:
        return self._sums_wh[-1] - self.up_to(price)


def _share(
    curves: Sequence[Curve], price: int, rest: int, seed: bytes, *, is_ask: bool
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """What each curve trades: all that is better than the price, and of `rest` its part at it; the lots."""
    traded: list[int] = []
    marginal: dict[int, int] = {}
    for number, curve in enumerate(curves):
        inside = 0
        for step in curve.steps:
            if step.price_ukwh == price:
                marginal[number] = marginal.get(number, 0) + step.quantity_wh
            elif (step.price_ukwh < price) is is_ask:
                inside += step.quantity_wh
        traded.append(inside)
    offered = sum(marginal.values())
    remainders: dict[int, int] = {}
    for number, at_price in marginal.items():
        part, remainders[number] = divmod(at_price * rest, offered)
        traded[number] += part
    lots = {number: curves[number].name for number in marginal}
    winners, order = _by_remainder(remainders, lots, sum(remainders.values()) // max(1, offered), seed)
    for number in winners:
        traded[number] += 1
    return tuple(traded), order


def _by_remainder(
    remainders: Mapping[int, int], names: Mapping[int, str], count: int, seed: bytes
) -> tuple[list[int], tuple[str, ...]]:
    """The `count` of the largest remainders; and, where lots decided who is the last, their order."""
    ranked = sorted(remainders, key=remainders.__getitem__, reverse=True)
    if count == 0 or remainders[ranked[count - 1]] != remainders[ranked[count]]:
        return ranked[:count], ()
    tied = remainders[ranked[count]]
    ahead = [number for number in ranked[:count] if remainders[number] > tied]
    drawn = [number for number in ranked if remainders[number] == tied]
    drawn.sort(key=lambda number: lot(seed, names[number]))
    return ahead + drawn[: count - len(ahead)], tuple([names[number] for number in drawn])


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
