"""Why a bid was matched in a cycle, or was not: read off the cycle's public outcome, which the chain proves.

Bids are public once they are posted, so that an answer may name the price that decided. It names nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.community.orders import Side
from contracts.metering.readings import Carrier
from contracts.pool.bids import Offer
from contracts.pool.cycle import Outcome, Scenario
from contracts.pool.records import cycle_key
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh


class Reason(StrEnum):
    """What decided about the part of an offer that was not traded in a cycle."""

    FULL = "all of it was traded"
    POOLED = "no consumer was left for it, and the rest is in the pool"
    NOBODY = "the other side had nothing"
    PRICE = "nobody of the other side was at or within its limit"
    OUTRANKED = "all of the other side at or within its limit traded with who ranks before it"


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer to one bidder, with where its proof is to be had."""

    side: Side
    offered_wh: EnergyWh
    """What was left of it when the cycle began."""
    traded_wh: EnergyWh
    limit_ukwh: PriceUkwh
    rank: int
    """Its place on its side; the first is 1."""
    reason: Reason
    best_ukwh: PriceUkwh | None
    """The best price that there was on the other side; None if there was none."""
    key: str
    """Where the chain keeps the outcome: a proof of it against the state root proves the answer, which
    anybody finds again with `explain`."""


def explain(
    period: int, cycle: int, carrier: Carrier, outcome: Outcome, address: Address
) -> Explanation | None:
    """What became of somebody's offer in a cycle; None if it had none."""
    for side, offers in ((Side.ASK, outcome.before.asks), (Side.BID, outcome.before.bids)):
        for rank, offer in enumerate(offers, start=1):
            if offer.address == address:
                traded_wh, prices = _traded_wh(outcome, side, address), _others(outcome, side, address)
                best = (max if side is Side.ASK else min)(prices, default=None)
                reason = _reason(outcome, side, offer, traded_wh, best)
                key = cycle_key(period, cycle, carrier.value)
                limit = offer.limit_ukwh
                return Explanation(side, offer.left_wh, traded_wh, limit, rank, reason, best, key)
    return None


def _reason(
    outcome: Outcome, side: Side, offer: Offer, traded_wh: int, best_ukwh: PriceUkwh | None
) -> Reason:
    if traded_wh == offer.left_wh:
        return Reason.FULL
    if offer.address in outcome.pooled:
        return Reason.POOLED
    if best_ukwh is None:
        return Reason.NOBODY
    is_within = best_ukwh >= offer.limit_ukwh if side is Side.ASK else best_ukwh <= offer.limit_ukwh
    return Reason.OUTRANKED if is_within else Reason.PRICE


def _others(outcome: Outcome, side: Side, address: Address) -> Sequence[PriceUkwh]:
    """At what the other side could be had: for consumers lots of others too."""
    if side is Side.ASK:
        return [bid.limit_ukwh for bid in outcome.before.bids]
    asks = [ask.limit_ukwh for ask in outcome.before.asks]
    return asks + [lot.price_ukwh for lot in outcome.before.lots if lot.address != address]


def _traded_wh(outcome: Outcome, side: Side, address: Address) -> EnergyWh:
    """Of the offer; what is sold of the pool was asked for before."""
    if side is Side.BID:
        return EnergyWh(sum(trade.energy_wh for trade in outcome.trades if trade.buyer == address))
    direct = [trade for trade in outcome.trades if trade.scenario is Scenario.DIRECT]
    return EnergyWh(sum(trade.energy_wh for trade in direct if trade.seller == address))
