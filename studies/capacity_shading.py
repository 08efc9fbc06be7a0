"""What shading gains: at one price for all, a bidder whose quantity moves the margin does better by lying.

The largest owner of a book asks more than its cost, or the largest buyer bids less than its value, while
all others bid truly; the gain is measured against its own truth, at the middle of the price's interval.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Final

from contracts.capacity.clearing import Curve, Step, clear, middle
from ledger.quantities import PriceUkwh
from studies.capacity import worth_of
from studies.capacity_case import book_of, make_case

SIZES: Final = (4, 8, 16, 32, 64, 128)
"""Owners, and as many buyers."""

BOOKS: Final = 12
"""For each size."""

SHADES: Final = tuple(range(0, 52, 4))
"""Percent."""

PEAK_HOUR: Final = 19
PERCENT: Final = 100
SEED: Final = b"shading"


@dataclass(frozen=True, slots=True)
class Row:
    """One size of market, means over its books; gains in percent of what is had by bidding truly."""

    traders: int
    seller_share: float
    """Of all that is offered, percent: the largest owner's."""
    seller_shade: float
    """By how much its best ask is above its cost, percent."""
    seller_gain: float
    buyer_share: float
    buyer_shade: float
    buyer_gain: float
    welfare_lost: float
    """By the larger of the two lies, percent of the optimum."""


def run(seed: int, advance: Callable[[int], None] = lambda _: None) -> list[Row]:
    """A row for every size."""
    rows = []
    for place, size in enumerate(SIZES, start=1):
        rows.append(best_lies(size, [peak_book(size, seed * 1_000 + number) for number in range(BOOKS)]))
        advance(place)
    return rows


def peak_book(size: int, seed: int) -> tuple[list[Curve], list[Curve]]:
    """The asks and bids of the evening, all batteries full."""
    case = make_case(size, size, seed)
    return book_of(case, PEAK_HOUR, [owner.device.usable_wh for owner in case.owners])


def best_lies(size: int, books: Sequence[tuple[list[Curve], list[Curve]]]) -> Row:
    """What the largest trader on either side gains at the most, on average over the books."""
    sold = [_best(asks, bids, is_ask=True) for asks, bids in books]
    bought = [_best(asks, bids, is_ask=False) for asks, bids in books]
    return Row(
        traders=2 * size,
        seller_share=mean(found.share for found in sold),
        seller_shade=mean(found.shade for found in sold),
        seller_gain=mean(found.gain for found in sold),
        buyer_share=mean(found.share for found in bought),
        buyer_shade=mean(found.shade for found in bought),
        buyer_gain=mean(found.gain for found in bought),
        welfare_lost=mean(max(one.lost, other.lost) for one, other in zip(sold, bought, strict=True)),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """The best lie of one bidder in one book, in percent."""

    share: float
    shade: float
    gain: float
    lost: float


def _best(asks: list[Curve], bids: list[Curve], *, is_ask: bool) -> _Found:
    side = asks if is_ask else bids
    place = max(range(len(side)), key=lambda number: _offered(side[number]))
    outcomes = {}
    for shade in SHADES:
        lie = list(side)
        lie[place] = _shaded(side[place], shade if is_ask else -shade)
        outcomes[shade] = _surplus(asks, bids, lie, place, is_ask=is_ask)
    truth, whole = outcomes[0]
    best = max(SHADES, key=lambda shade: (outcomes[shade][0], -shade))
    gain, left = outcomes[best]
    return _Found(
        share=PERCENT * _offered(side[place]) / sum(map(_offered, side)),
        shade=best,
        gain=PERCENT * (gain - truth) / truth if truth else 0.0,
        lost=PERCENT * (whole - left) / whole if whole else 0.0,
    )


def _surplus(
    asks: list[Curve], bids: list[Curve], lie: list[Curve], place: int, *, is_ask: bool
) -> tuple[int, int]:
    """The liar's gain, and the welfare, both by true costs and values; nano of the currency."""
    cleared = clear(lie, bids, SEED, middle) if is_ask else clear(asks, lie, SEED, middle)
    if cleared is None:
        return 0, 0
    costs = sum(map(worth_of, asks, cleared.sold))
    whole = sum(map(worth_of, bids, cleared.bought)) - costs
    if is_ask:
        sold = cleared.sold[place]
        return sold * cleared.price_ukwh - worth_of(asks[place], sold), whole
    bought = cleared.bought[place]
    return worth_of(bids[place], bought) - bought * cleared.price_ukwh, whole


def _offered(curve: Curve) -> int:
    return sum(step.quantity_wh for step in curve.steps)


def _shaded(curve: Curve, percent: int) -> Curve:
    steps = [
        Step(step.quantity_wh, PriceUkwh(step.price_ukwh * (PERCENT + percent) // PERCENT))
        for step in curve.steps
    ]
    return Curve(curve.name, tuple(steps))
