"""What a home orders, given what it expects and what the contract suggests."""

from dataclasses import dataclass

from contracts.community.orders import Band, Side
from contracts.community.pricing import PERMILLE, Suggestion
from ledger.quantities import EnergyWh, PriceUkwh


@dataclass(frozen=True, slots=True)
class Terms:
    """An order to be."""

    side: Side
    energy_wh: EnergyWh
    limit_ukwh: PriceUkwh


def bid(expected_wh: int, suggestion: Suggestion, band: Band, eagerness_permille: int) -> Terms | None:
    """A seller goes from the suggested price towards the feed-in price, a buyer towards the grid's, as far as
    it is eager; `expected_wh` is + lacking, - over. None where nothing is to be traded."""
    if expected_wh == 0:
        return None
    if expected_wh < 0:
        room = suggestion.ask_ukwh - band.feed_in_ukwh
        limit = suggestion.ask_ukwh - room * eagerness_permille // PERMILLE
        return Terms(Side.ASK, EnergyWh(-expected_wh), PriceUkwh(limit))
    room = band.grid_ukwh - suggestion.bid_ukwh
    limit = suggestion.bid_ukwh + room * eagerness_permille // PERMILLE
    return Terms(Side.BID, EnergyWh(expected_wh), PriceUkwh(limit))
