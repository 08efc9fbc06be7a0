"""What the index tells of markets."""

from typing import Literal

from pydantic import Field

from explorer.api.models.base import Aged, Count, Hex, Listed, Model


class PriceItem(Model):
    """What was sold of a carrier, at which price on average."""

    carrier: str
    price_ukwh: int
    traded_wh: int


class RoundItem(Model):
    """A round of a market, as far as it has come."""

    round: int
    label: str | None
    phase: str | None
    period: int | None
    price_ukwh: int | None = Field(description="The one price of all; null where there is none, or not yet")
    prices: list[PriceItem] = Field(description="By carrier, of a market whose bills tell them")
    traded_wh: int | None
    orders: Count
    process: Hex | None


class RoundList(Listed):
    """Rounds, the newest first."""

    items: list[RoundItem]


class MarketItem(Model):
    """A market that this chain has."""

    contract: str
    title: str
    rounds: Count
    last: RoundItem | None


class MarketList(Aged):
    """All markets of this chain that have a book."""

    items: list[MarketItem]


class OrderItem(Model):
    """What somebody would trade; null prices are sealed."""

    party: str | None
    side: Literal["buy", "sell"]
    price_ukwh: int | None
    quantity_wh: int
    matched_wh: int | None
    is_mine: bool


class TradeItem(Model):
    """What went from whom to whom; of a market without pairs, one of them is `the market`, and the price the
    mean."""

    seller: str
    buyer: str
    price_ukwh: int | None
    quantity_wh: int


class ClearingDocument(Model):
    """Where supply met demand, and between which prices it could have."""

    price_ukwh: int
    quantity_wh: int
    lowest: int | None
    highest: int | None


class BookDocument(Aged):
    """One round: its curves as (price, Wh cumulated up to it), and at most 2,000 orders."""

    round: int
    label: str | None
    phase: str | None
    period: int | None
    price_ukwh: int | None
    prices: list[PriceItem]
    traded_wh: int | None
    process: Hex | None
    carriers: list[str] = Field(description="That there are orders of; none where a market has one alone")
    carrier: str | None = Field(description="Of these curves, orders and trades")
    asks: list[tuple[int, int]]
    bids: list[tuple[int, int]]
    clearing: ClearingDocument | None
    orders: list[OrderItem]
    trades: list[TradeItem]
