"""One cycle of one carrier's book: pairs, then what is idle into the pool, then the pool's sales. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from contracts.pool.bids import Offer
from contracts.pool.commission import Commission, fee_nano
from contracts.pool.lots import Lot, Sale, add_to_pool, rank_lots, sell
from contracts.pool.matching import Pair, Ranking, midpoint, pair, rank_asks, rank_bids
from crypto.address import Address
from ledger.quantities import EnergyWh, PriceUkwh


class Scenario(StrEnum):
    """Who sells to whom."""

    DIRECT = "direct"
    """1: a supplier to a consumer."""
    POOL = "pool"
    """2: the pool to a consumer."""
    STORED = "stored"
    """What the pool could not sell, to a storage, as the interval begins."""


@dataclass(frozen=True, slots=True)
class Trade:
    """Energy from one to another, what the buyer pays a kWh of it, and what the platform takes of each."""

    scenario: Scenario
    seller: Address
    buyer: Address
    energy_wh: EnergyWh
    price_ukwh: PriceUkwh
    seller_fee_nano: int = 0
    buyer_fee_nano: int = 0

    @property
    def nano(self) -> int:
        """What it costs without the fees."""
        return self.energy_wh * self.price_ukwh


@dataclass(frozen=True, slots=True)
class Book:
    """What stands of one carrier for one interval."""

    asks: tuple[Offer, ...] = ()
    bids: tuple[Offer, ...] = ()
    lots: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a cycle of one carrier goes by."""

    ranking: Ranking
    commission: Commission
    idle_cycles: int
    """After so many cycles what is idle enters the pool."""
    pool_ukwh: PriceUkwh


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cycle made of a book."""

    before: Book
    """In rank."""
    trades: tuple[Trade, ...]
    """In the order in which they came about."""
    pooled: tuple[Address, ...]
    """Whose supply entered the pool."""
    after: Book
    """What is left of it."""

    @property
    def supply_success(self) -> tuple[Address, ...]:
        """Who sold in scenario 1, once each, first to last."""
        return self._sellers(Scenario.DIRECT)

    @property
    def consumer_success(self) -> tuple[Address, ...]:
        """Who bought in scenario 1."""
        direct = [trade.buyer for trade in self.trades if trade.scenario is Scenario.DIRECT]
        return tuple(dict.fromkeys(direct))

    @property
    def pool_success(self) -> tuple[Address, ...]:
        """Whose lots were sold in scenario 2."""
        return self._sellers(Scenario.POOL)

    @property
    def rest(self) -> tuple[Address, ...]:
        """The consumers that still lack something."""
        return tuple([bid.address for bid in self.after.bids])

    def _sellers(self, scenario: Scenario) -> tuple[Address, ...]:
        return tuple(dict.fromkeys([trade.seller for trade in self.trades if trade.scenario is scenario]))


def run_cycle(book: Book, rules: Rules, cycle: int) -> Outcome:
    """The same trades in whatever order the offers came."""
    ranking = rules.ranking
    asks, bids = rank_asks(book.asks, ranking), rank_bids(book.bids, ranking)
    pairs = list(pair(asks, bids))
    sold, bought = [0] * len(asks), [0] * len(bids)
    for one in pairs:
        sold[one.ask] += one.energy_wh
        bought[one.bid] += one.energy_wh
    asks_left, bids_left = _less(asks, sold), _less(bids, bought)
    idle = [ask for ask in asks_left if _is_pooled(ask, rules, cycle)]
    lots = rank_lots(add_to_pool(book.lots, idle, rules.pool_ukwh))
    sales = list(sell(lots, bids_left))
    return Outcome(
        before=Book(tuple(asks), tuple(bids), tuple(lots)),
        trades=(
            *_direct(asks, bids, pairs, rules.commission),
            *_pooled(lots, bids, sales, rules.commission),
        ),
        pooled=tuple([ask.address for ask in idle]),
        after=_after([ask for ask in asks_left if not _is_pooled(ask, rules, cycle)], bids_left, lots, sales),
    )


def _is_pooled(ask: Offer, rules: Rules, cycle: int) -> bool:
    """Nobody's energy is pooled for less than it asks."""
    is_idle = cycle - ask.since + 1 >= rules.idle_cycles
    return ask.left_wh > 0 and is_idle and ask.limit_ukwh <= rules.pool_ukwh


def _direct(
    asks: Sequence[Offer], bids: Sequence[Offer], pairs: Sequence[Pair], commission: Commission
) -> list[Trade]:
    trades = []
    for one in pairs:
        ask, bid, energy = asks[one.ask], bids[one.bid], one.energy_wh
        price, rates = midpoint(ask, bid), commission.direct_permille
        seller_fee = fee_nano(rates, one.ask, energy * price, energy * (price - ask.limit_ukwh))
        buyer_fee = fee_nano(rates, one.bid, energy * price, energy * (bid.limit_ukwh - price))
        trades.append(Trade(Scenario.DIRECT, ask.address, bid.address, energy, price, seller_fee, buyer_fee))
    return trades


def _pooled(
    lots: Sequence[Lot], bids: Sequence[Offer], sales: Sequence[Sale], commission: Commission
) -> list[Trade]:
    trades = []
    for sale in sales:
        lot, bid, energy = lots[sale.lot], bids[sale.bid], sale.energy_wh
        price, rates = lot.price_ukwh, commission.pool_permille
        seller_fee = fee_nano(rates, sale.lot, energy * price, energy * (price - lot.limit_ukwh))
        buyer_fee = fee_nano(rates, sale.bid, energy * price, energy * (bid.limit_ukwh - price))
        trades.append(Trade(Scenario.POOL, lot.address, bid.address, energy, price, seller_fee, buyer_fee))
    return trades


def _less(offers: Sequence[Offer], traded: Sequence[int]) -> list[Offer]:
    """The same offers, less what was traded of each."""
    return [
        replace(offer, left_wh=EnergyWh(offer.left_wh - energy))
        for offer, energy in zip(offers, traded, strict=True)
    ]


def _after(asks: Sequence[Offer], bids: Sequence[Offer], lots: Sequence[Lot], sales: Sequence[Sale]) -> Book:
    """Without what is used up."""
    taken, got = [0] * len(lots), [0] * len(bids)
    for sale in sales:
        taken[sale.lot] += sale.energy_wh
        got[sale.bid] += sale.energy_wh
    lots = [replace(lot, left_wh=EnergyWh(lot.left_wh - wh)) for lot, wh in zip(lots, taken, strict=True)]
    return Book(
        tuple([ask for ask in asks if ask.left_wh]),
        tuple([bid for bid in _less(bids, got) if bid.left_wh]),
        tuple([lot for lot in lots if lot.left_wh]),
    )
