"""The prices that the contract suggests before a round: by what is scarce, and by what was paid lately
(CE-SDT, eqs. 5 and 6).

The paper prints neither its weights nor what brings energy and price to one unit. Here scarcity, the share
of demand in all that was offered and asked for by those who traded, becomes a price within the band, and the
two weights add up to one; the buyers' suggestion and the sellers' have weights of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from contracts.arguments import Range
from contracts.community.orders import Band, Book, Match, total_wh
from ledger.quantities import EnergyWh, PriceUkwh, divide_half_even

PERMILLE = 1_000

Weight = Annotated[int, Range(0, PERMILLE)]


@dataclass(frozen=True, slots=True)
class Turnover:
    """What a round amounted to; offered and wanted by who traded."""

    offered_wh: EnergyWh
    wanted_wh: EnergyWh
    traded_wh: EnergyWh
    nano: int
    """What all that was traded cost, in billionths of the currency."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a seller should ask and a buyer bid, by what is known."""

    ask_ukwh: PriceUkwh
    bid_ukwh: PriceUkwh


@dataclass(frozen=True, slots=True)
class Weights:
    """How much scarcity counts, in thousandths; the rest is for the average price."""

    ask_permille: Weight
    bid_permille: Weight


def turnover(book: Book, match: Match) -> Turnover | None:
    """What a matched round amounted to, of the orders that traded: one that risks nothing says nothing. None
    if none did."""
    sellers, buyers = {trade.seller for trade in match.trades}, {trade.buyer for trade in match.trades}
    offered = total_wh([ask for ask in book.asks if ask.home in sellers])
    wanted = total_wh([bid for bid in book.bids if bid.home in buyers])
    return Turnover(EnergyWh(offered), EnergyWh(wanted), match.traded_wh, match.nano) if sellers else None


def suggest(recent: Sequence[Turnover], band: Band, weights: Weights) -> Suggestion:
    """The suggested prices after the rounds `recent`, the newest last, for one with this band."""
    scarcity = _scarcity_price(recent, band)
    average = _average_price(recent, band, scarcity)

    def weighed(permille: int) -> PriceUkwh:
        return PriceUkwh(divide_half_even(permille * scarcity + (PERMILLE - permille) * average, PERMILLE))

    return Suggestion(weighed(weights.ask_permille), weighed(weights.bid_permille))


def _scarcity_price(recent: Sequence[Turnover], band: Band) -> int:
    """From the feed-in price, where hardly anybody wants energy, to the grid's, where hardly anybody offers
    any; in the middle where nothing was traded yet."""
    offered, wanted = (recent[-1].offered_wh, recent[-1].wanted_wh) if recent else (1, 1)
    total = offered + wanted
    return band.feed_in_ukwh + divide_half_even((band.grid_ukwh - band.feed_in_ukwh) * wanted, total)


def _average_price(recent: Sequence[Turnover], band: Band, otherwise: int) -> int:
    """Of what was traded in the recent rounds, by energy, within this round's band."""
    traded = sum(one.traded_wh for one in recent)
    if traded == 0:
        return otherwise
    return band.nearest(divide_half_even(sum(one.nano for one in recent), traded))
