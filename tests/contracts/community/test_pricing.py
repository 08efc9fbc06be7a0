"""The suggested price: by scarcity and by what was paid, and never outside the band."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contracts.community.matching import Mechanism, match
from contracts.community.orders import Book
from contracts.community.pricing import PERMILLE, Suggestion, Turnover, Weights, suggest, turnover
from tests.contracts.community.books import BAND, ENERGIES, FEED_IN, GRID, book, books, order

SCARCITY_ALONE, AVERAGE_ALONE = Weights(PERMILLE, PERMILLE), Weights(0, 0)


def rounds(*numbers: tuple[int, int, int, int]) -> list[Turnover]:
    return [Turnover(*of_one) for of_one in numbers]  # type: ignore[arg-type]


def test_without_a_past_it_is_the_middle_of_the_band() -> None:
    middle = (FEED_IN + GRID) // 2
    assert suggest([], BAND, Weights(300, 700)) == Suggestion(middle, middle)  # type: ignore[arg-type]


def test_scarcity_lifts_it_to_the_grid_s_price_and_plenty_lowers_it_to_the_feed_in() -> None:
    scarce, plenty = rounds((0, 500, 0, 0)), rounds((500, 0, 0, 0))
    assert suggest(scarce, BAND, SCARCITY_ALONE).bid_ukwh == GRID
    assert suggest(plenty, BAND, SCARCITY_ALONE).bid_ukwh == FEED_IN
    assert suggest(rounds((300, 100, 0, 0)), BAND, SCARCITY_ALONE).ask_ukwh == 137_500


def test_scarcity_is_that_of_the_newest_round() -> None:
    assert suggest(rounds((500, 0, 0, 0), (0, 500, 0, 0)), BAND, SCARCITY_ALONE).ask_ukwh == GRID


def test_the_average_goes_by_energy_over_all_recent_rounds() -> None:
    recent = rounds((1, 1, 300, 300 * 120_000), (1, 1, 100, 100 * 200_000), (1, 1, 0, 0))
    assert suggest(recent, BAND, AVERAGE_ALONE).ask_ukwh == 140_000


def test_each_side_has_its_own_weights() -> None:
    recent = rounds((0, 100, 100, 100 * 150_000))
    assert suggest(recent, BAND, Weights(0, PERMILLE)) == Suggestion(150_000, GRID)  # type: ignore[arg-type]
    assert suggest(recent, BAND, Weights(500, 0)) == Suggestion(200_000, 150_000)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(ENERGIES, ENERGIES, ENERGIES, st.integers(0, 10**12)), max_size=5),
    st.integers(0, PERMILLE),
    st.integers(0, PERMILLE),
)
def test_it_stays_within_the_band(past: list[tuple[int, int, int, int]], ask: int, bid: int) -> None:
    suggested = suggest(rounds(*past), BAND, Weights(ask, bid))
    assert FEED_IN <= suggested.ask_ukwh <= GRID
    assert FEED_IN <= suggested.bid_ukwh <= GRID


def test_a_turnover_counts_the_orders_that_traded_and_what_was_traded() -> None:
    drawn = book([order("s", 300, 120_000)], [order("b", 200, 160_000), order("c", 900, 110_000)])
    done = match(Mechanism.AUCTION, drawn)
    assert turnover(drawn, done) == Turnover(300, 200, 200, 200 * 120_000)  # type: ignore[arg-type]


@given(books(), st.sampled_from(Mechanism), ENERGIES, st.booleans())
def test_an_order_that_trades_nothing_moves_no_suggestion(
    drawn: Book, mechanism: Mechanism, energy_wh: int, is_ask: bool
) -> None:
    idle = order("idle", energy_wh, GRID if is_ask else FEED_IN)
    more = replace(drawn, asks=(*drawn.asks, idle)) if is_ask else replace(drawn, bids=(*drawn.bids, idle))
    without, with_it = match(mechanism, drawn), match(mechanism, more)
    if without.trades == with_it.trades:
        assert turnover(more, with_it) == turnover(drawn, without)


def test_a_round_without_trades_says_nothing() -> None:
    drawn = book([order("s", 300, 180_000)], [order("b", 200, 160_000)])
    assert turnover(drawn, match(Mechanism.AUCTION, drawn)) is None
