"""What a resource is paid for an event: as it quoted, for what its meter shows, and never more.

Pure integers. Power times time is in watt-seconds (Ws), which is exact for every period; what it costs is in
ukwh * Ws, until the one rounding at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.response.quotes import SECONDS_PER_HOUR, Quote, cost_nano_h
from ledger.quantities import WH_PER_KWH, Amount, divide_half_even

PERMILLE = 1_000
WS_PER_KWH = SECONDS_PER_HOUR * WH_PER_KWH


@dataclass(frozen=True, slots=True)
class Outcome:
    """One resource's response over a whole event."""

    planned_wh: int
    delivered_wh: int
    """Of what was planned."""
    short_wh: int
    """What of the plan was not delivered."""
    over_wh: int
    """What was delivered beyond the plan, for which nobody pays."""
    absent: int
    """Periods without a reading, in which nothing counts as delivered."""
    payment: Amount
    """+ from the ENO to the owner, - the other way. Rounded down, so never above the quote."""


def energy_wh(power_w: int, period_s: int) -> int:
    """A constant power over one period, rounded half to even."""
    return divide_half_even(power_w * period_s, SECONDS_PER_HOUR)


def full_payment(quote: Quote, response_w: int, duration_s: int) -> Amount:
    """What a response costs that is delivered in full: its quote, rounded down."""
    return Amount(cost_nano_h(quote, response_w) * duration_s // WS_PER_KWH)


def settle(
    quote: Quote,
    response_w: int,
    responses_wh: Sequence[int | None],
    period_s: int,
    short_permille: int,
) -> Outcome:
    """The outcome of a response > 0, given what the meter shows of it in each period; None is absent.

    What was delivered is paid by the quote, period by period, from the cheapest segment on; what is short
    costs a share of the last accepted segment's price.
    """
    planned_wh = energy_wh(response_w, period_s)
    delivered_wh = [min(max(0, shown_wh or 0), planned_wh) for shown_wh in responses_wh]
    delivered_ws = [_delivered_ws(shown_wh, planned_wh, response_w * period_s) for shown_wh in responses_wh]
    earned = sum(_worth(quote, part_ws, period_s) for part_ws in delivered_ws)
    short_ws = response_w * period_s * len(responses_wh) - sum(delivered_ws)
    *_, (_, last_ukwh) = quote.pieces(response_w)
    owed = short_permille * last_ukwh * short_ws
    whole_wh = planned_wh * len(responses_wh)
    return Outcome(
        planned_wh=whole_wh,
        delivered_wh=sum(delivered_wh),
        short_wh=whole_wh - sum(delivered_wh),
        over_wh=sum(max(0, (shown_wh or 0) - planned_wh) for shown_wh in responses_wh),
        absent=sum(shown_wh is None for shown_wh in responses_wh),
        payment=Amount((earned * PERMILLE - owed) // (WS_PER_KWH * PERMILLE)),
    )


def _delivered_ws(shown_wh: int | None, planned_wh: int, planned_ws: int) -> int:
    """What was delivered in full is what was planned, however its Wh were rounded."""
    if shown_wh is None:
        return 0
    return planned_ws if shown_wh >= planned_wh else max(0, shown_wh) * SECONDS_PER_HOUR


def _worth(quote: Quote, energy_ws: int, period_s: int) -> int:
    """What energy costs that was delivered within one period, in ukwh * Ws."""
    worth = 0
    for segment in quote.segments:
        part_ws = min(energy_ws, (segment.last_w - segment.first_w) * period_s)
        worth += segment.price_ukwh * part_ws
        energy_ws -= part_ws
    return worth
