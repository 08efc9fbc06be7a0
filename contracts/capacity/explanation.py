"""Why was my bid (not) matched? An answer from the revealed book, which is public, and its proof.

The proof is of one clearing and one curve: the two totals that fix the price's interval, and for each step
which side of the price it is on. At the margin there are besides the shares' one ratio and, where lots
decided, their order. Nobody else's curve is told; whoever doubts the totals adds up the book, which is public
from the reveal on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.capacity.clearing import Cleared, Curve, lot
from contracts.capacity.refusals import NotInBook
from ledger.quantities import EnergyWh, PriceUkwh


class Reason(StrEnum):
    """Why a step trades what it does."""

    NO_TRADE = "no ask meets a bid"
    BETTER = "better than the price: in full"
    MARGINAL = "at the margin: shared in proportion"
    WORSE = "worse than the price: nothing"


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What became of one step of the curve."""

    quantity_wh: EnergyWh
    price_ukwh: PriceUkwh
    traded_wh: EnergyWh
    reason: Reason


@dataclass(frozen=True, slots=True)
class Margin:
    """How the margin was shared on this side."""

    price_ukwh: PriceUkwh
    offered_wh: EnergyWh
    """By all at the margin."""
    shared_wh: EnergyWh
    """Of it, what trades."""
    lot: str
    """SHA-256(seed || name) of the asker, as hexadecimal digits; empty where no lots were drawn."""
    place: int
    """The asker's place among those between whom lots decided, from 0; -1 if it was none of them."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer."""

    name: str
    price_ukwh: PriceUkwh | None
    """None: nothing was traded."""
    lowest_ukwh: PriceUkwh | None
    highest_ukwh: PriceUkwh | None
    supply_wh: EnergyWh
    """Asked for at the lowest price or less."""
    demand_wh: EnergyWh
    """Bid for above the lowest price: less than the supply, and at any lower price more."""
    steps: tuple[StepAnswer, ...]
    margin: Margin | None
    """None: nothing of the curve is at the margin."""


def explain(
    asks: Sequence[Curve], bids: Sequence[Curve], seed: bytes, cleared: Cleared | None, name: str
) -> Explanation:
    """Why the curve of `name` trades what it does, from the revealed book and what it came to. Raises
    NotInBook."""
    own = next((curve for curve in (*asks, *bids) if curve.name == name), None)
    if own is None:
        raise NotInBook(name)
    if cleared is None:
        steps = [StepAnswer(s.quantity_wh, s.price_ukwh, EnergyWh(0), Reason.NO_TRADE) for s in own.steps]
        return Explanation(name, None, None, None, _wh(asks), _wh(bids), tuple(steps), None)
    lowest, is_ask = cleared.lowest_ukwh, any(curve is own for curve in asks)
    side, traded = (asks, cleared.sold) if is_ask else (bids, cleared.bought)
    answers = _steps(own, lowest, traded[side.index(own)], is_ask=is_ask)
    has_margin = any(answer.reason is Reason.MARGINAL for answer in answers)
    return Explanation(
        name=name,
        price_ukwh=cleared.price_ukwh,
        lowest_ukwh=lowest,
        highest_ukwh=cleared.highest_ukwh,
        supply_wh=EnergyWh(_at_most(asks, lowest)),
        demand_wh=EnergyWh(_wh(bids) - _at_most(bids, lowest)),
        steps=answers,
        margin=_margin(side, cleared, seed, name, is_ask=is_ask) if has_margin else None,
    )


def _steps(own: Curve, lowest: int, traded_wh: int, *, is_ask: bool) -> tuple[StepAnswer, ...]:
    answers = []
    for step in own.steps:
        reason = Reason.BETTER if (step.price_ukwh < lowest) is is_ask else Reason.WORSE
        if step.price_ukwh == lowest:
            reason = Reason.MARGINAL
        part = min(traded_wh, step.quantity_wh)
        traded_wh -= part
        answers.append(StepAnswer(step.quantity_wh, step.price_ukwh, EnergyWh(part), reason))
    return tuple(answers)


def _margin(side: Sequence[Curve], cleared: Cleared, seed: bytes, name: str, *, is_ask: bool) -> Margin:
    lowest = cleared.lowest_ukwh
    at_wh = sum(step.quantity_wh for curve in side for step in curve.steps if step.price_ukwh == lowest)
    better = _at_most(side, lowest) - at_wh if is_ask else _wh(side) - _at_most(side, lowest)
    place = cleared.order.index(name) if name in cleared.order else -1
    return Margin(
        price_ukwh=lowest,
        offered_wh=EnergyWh(at_wh),
        shared_wh=EnergyWh(cleared.traded_wh - better),
        lot=lot(seed, name).hex() if place >= 0 else "",
        place=place,
    )


def _wh(curves: Sequence[Curve]) -> EnergyWh:
    return EnergyWh(sum(step.quantity_wh for curve in curves for step in curve.steps))


def _at_most(curves: Sequence[Curve], price: int) -> int:
    return sum(step.quantity_wh for curve in curves for step in curve.steps if step.price_ukwh <= price)
