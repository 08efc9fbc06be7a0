"""What a response is paid: an oracle in fractions, and the bounds that must hold whatever a meter shows."""

from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from contracts.response.quotes import Quote, Segment
from contracts.response.settlement import energy_wh, full_payment, settle

QUOTE = Quote((Segment(0, 4_000, 100_000), Segment(4_000, 10_000, 300_000)), 10**6)
"""0.10 a kWh for the first 4 kW, 0.30 for the next 6."""

PERIOD_S = 900


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    count = draw(st.integers(1, 5))
    ends = [0, *accumulate(draw(st.lists(st.integers(1, 9_999), min_size=count, max_size=count)))]
    prices = sorted(draw(st.lists(st.integers(0, 10**7), min_size=count, max_size=count)))
    rows = zip(pairwise(ends), prices, strict=True)
    return Quote(tuple(Segment(first, last, price) for (first, last), price in rows), 10**9)


@st.composite
def responses(draw: st.DrawFn) -> tuple[Quote, int, list[int | None]]:
    """A quote, what was accepted of it, and what the meter shows by period."""
    quote = draw(quotes())
    response_w = draw(st.integers(1, quote.segments[-1].last_w))
    planned_wh = energy_wh(response_w, PERIOD_S)
    shown = st.one_of(st.none(), st.integers(-planned_wh - 9, 2 * planned_wh + 9), st.just(planned_wh))
    return quote, response_w, draw(st.lists(shown, min_size=1, max_size=4))


def worth(quote: Quote, response_w: int, part: Fraction) -> Fraction:
    """What a part of a response of one period is worth, filled from the cheapest segment on; in amounts."""
    power_w, total = part * response_w, Fraction(0)
    for segment in quote.segments:
        width_w = max(Fraction(0), min(power_w, Fraction(segment.last_w)) - segment.first_w)
        total += width_w * segment.price_ukwh * PERIOD_S / 3_600 / 1_000
    return total


def part_of(seen: int | None, planned_wh: int, planned_ws: int) -> Fraction:
    """Which part of a period's plan was delivered."""
    if seen is None:
        return Fraction(0)
    return Fraction(1) if seen >= planned_wh else Fraction(max(0, seen) * 3_600, planned_ws)


@given(responses(), st.integers(0, 3_000))
def test_a_payment_is_the_quoted_worth_less_the_penalty_rounded_down(
    case: tuple[Quote, int, list[int | None]], short_permille: int
) -> None:
    quote, response_w, shown = case
    outcome = settle(quote, response_w, shown, PERIOD_S, short_permille)
    planned_wh = energy_wh(response_w, PERIOD_S)
    parts = [part_of(seen, planned_wh, response_w * PERIOD_S) for seen in shown]
    last_ukwh = [price for _, price in quote.pieces(response_w)][-1]
    short_wh = sum((1 - part) * response_w * PERIOD_S / 3_600 for part in parts)
    due = sum(worth(quote, response_w, part) for part in parts)
    due -= short_wh * last_ukwh * short_permille / 10**6
    assert outcome.payment == due.numerator // due.denominator


@given(responses(), st.integers(0, 3_000))
def test_nobody_is_paid_more_than_the_quote_or_for_more_than_the_plan(
    case: tuple[Quote, int, list[int | None]], short_permille: int
) -> None:
    quote, response_w, shown = case
    outcome = settle(quote, response_w, shown, PERIOD_S, short_permille)
    full = full_payment(quote, response_w, PERIOD_S * len(shown))
    assert outcome.payment <= full
    assert 0 <= outcome.delivered_wh <= outcome.planned_wh
    assert outcome.short_wh == outcome.planned_wh - outcome.delivered_wh
    assert outcome.over_wh >= 0
    assert outcome.absent == shown.count(None)
    generous = [max(seen or 0, energy_wh(response_w, PERIOD_S)) for seen in shown]
    assert settle(quote, response_w, generous, PERIOD_S, short_permille).payment == full


@given(responses(), st.integers(0, 3_000), st.integers(0, 3))
def test_to_deliver_more_never_pays_less(
    case: tuple[Quote, int, list[int | None]], short_permille: int, place: int
) -> None:
    quote, response_w, shown = case
    better = list(shown)
    better[place % len(shown)] = (better[place % len(shown)] or 0) + 1
    before = settle(quote, response_w, shown, PERIOD_S, short_permille).payment
    assert settle(quote, response_w, better, PERIOD_S, short_permille).payment >= before


def test_delivery_fills_the_cheapest_segment_first() -> None:
    """Half of 8 kW over an hour is worth what the first 4 kW cost."""
    outcome = settle(QUOTE, 8_000, [1_000] * 4, PERIOD_S, 0)
    assert outcome.payment == 400_000
    assert full_payment(QUOTE, 8_000, 4 * PERIOD_S) == 1_600_000


def test_what_one_period_has_over_does_not_fill_another() -> None:
    assert settle(QUOTE, 8_000, [4_000, 0], PERIOD_S, 0).payment == 400_000


def test_a_shortfall_costs_a_share_of_the_last_accepted_price() -> None:
    outcome = settle(QUOTE, 8_000, [None], PERIOD_S, 1_500)
    assert outcome.payment == -2 * 450_000
    assert (outcome.short_wh, outcome.absent) == (2_000, 1)


def test_an_energy_that_is_no_whole_watt_hour_is_paid_in_full_all_the_same() -> None:
    """1 W for a quarter hour is planned as 0 Wh: whoever shows no less has delivered it."""
    dear = Quote((Segment(0, 10, 10**9),), 10**6)
    assert energy_wh(1, PERIOD_S) == 0
    assert settle(dear, 1, [0], PERIOD_S, 1_000).payment == full_payment(dear, 1, PERIOD_S) == 250_000
    assert settle(dear, 1, [-1], PERIOD_S, 1_000).payment == -250_000
    assert settle(dear, 1, [None], PERIOD_S, 1_000).payment == -250_000
