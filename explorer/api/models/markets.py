"""What the index tells of markets."""

from typing import Literal

from explorer.api.models.base import Aged, Count, Hex, Listed, Model


class RoundItem(Model):
    """A round of a market, as far as it has come."""

    round: int
    label: str | None
    phase: str | None
    period: int | None
    price_ukwh: int | None
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
    """All markets of this chain."""

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
    """What went from whom to whom; null is the market itself."""

    seller: str | None
    buyer: str | None
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
    traded_wh: int | None
    process: Hex | None
    asks: list[tuple[int, int]]
    bids: list[tuple[int, int]]
    clearing: ClearingDocument | None
    orders: list[OrderItem]
    trades: list[TradeItem]
