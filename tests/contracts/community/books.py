"""Books of orders for tests: by hand, and at random."""

from hypothesis import strategies as st

from contracts.community.orders import Band, Book, Order, Reply
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh

FEED_IN, GRID = 100_000, 250_000
BAND = Band(PriceUkwh(FEED_IN), PriceUkwh(GRID))
SEED = b"a seed that nobody chose"


def order(home: str, energy_wh: int, limit_ukwh: int, *replies: tuple[str, int]) -> Order:
    made = tuple(Reply(Address(request), PriceUkwh(price)) for request, price in replies)
    return Order(Address(home), EnergyWh(energy_wh), PriceUkwh(limit_ukwh), made)


def book(asks: list[Order], bids: list[Order], seed: bytes = SEED) -> Book:
    return Book(tuple(asks), tuple(bids), BAND, seed)


ENERGIES = st.integers(1, 5_000)
LIMITS = st.one_of(st.integers(FEED_IN, GRID), st.sampled_from([FEED_IN, 150_000, 151_000, GRID]))
"""Some prices come up again and again, or there would be no ties."""


@st.composite
def books(draw: st.DrawFn, homes_max: int = 9) -> Book:
    """Some sellers and some buyers; the sellers answer all requests."""

    def side(name: str) -> list[Order]:
        drawn = draw(st.lists(st.tuples(ENERGIES, LIMITS), max_size=homes_max))
        return [order(f"{name}{number}", *terms) for number, terms in enumerate(drawn)]

    return book(side("seller"), side("buyer"), draw(st.binary(min_size=4, max_size=4)))


@st.composite
def books_with_replies(draw: st.DrawFn) -> Book:
    """Some sellers answer chosen requests alone."""
    drawn = draw(books())
    requests = [bid.home for bid in drawn.bids]
    if not requests:
        return drawn
    replies = st.lists(
        st.builds(Reply, st.sampled_from(requests), LIMITS.map(PriceUkwh)),
        max_size=3,
        unique_by=lambda reply: reply.request,
    ).map(tuple)
    asks = [Order(ask.home, ask.energy_wh, ask.limit_ukwh, draw(replies)) for ask in drawn.asks]
    return Book(tuple(asks), drawn.bids, drawn.band, drawn.seed)
