"""Markets, their rounds, and the curves of one round."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, and_, func, select

from explorer.index import tables
from explorer.index.queries.page import LIMIT, Page, bounded, cut, read_cursor
from explorer.index.readers.market import NANO_PER_AMOUNT
from ledger.quantities import divide_half_even

ORDERS_MAX: Final = 2_000
"""Of one answer: more steps than a screen has lines."""

Steps = tuple[tuple[int, int], ...]
"""(price in ukwh, Wh cumulated up to this price)."""


@dataclass(frozen=True, slots=True)
class Price:
    """What was sold of a carrier in a round, at which price on average."""

    carrier: str
    price_ukwh: int
    traded_wh: int


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a market, as far as it has come."""

    round: int
    label: str | None
    phase: str | None
    period: int | None
    """The first that it is about."""
    price_ukwh: int | None
    """The one price of all; None where there is none, or not yet."""
    prices: tuple[Price, ...]
    """Of a market whose bills tell them."""
    traded_wh: int | None
    orders: int
    process: bytes | None


@dataclass(frozen=True, slots=True)
class Market:
    """A market that this chain has."""

    contract: str
    title: str
    rounds: int
    last: Round | None
    """The newest in which something was traded, or the newest."""


@dataclass(frozen=True, slots=True)
class Order:
    """A step of what somebody would trade."""

    party: str | None
    side: str
    price_ukwh: int | None
    """None as long as it is sealed."""
    quantity_wh: int
    matched_wh: int | None
    """None as long as nobody knows."""
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Trade:
    """What went from whom to whom; without a pair, one of them is the market."""

    seller: str
    buyer: str
    price_ukwh: int | None
    quantity_wh: int


@dataclass(frozen=True, slots=True)
class Clearing:
    """Where supply met demand, and between which prices it could have."""

    price_ukwh: int
    quantity_wh: int
    lowest: int | None
    highest: int | None


@dataclass(frozen=True, slots=True)
class Book:
    """One round, of one carrier where it has several: at most ORDERS_MAX of its orders, the dearest bids and
    the cheapest asks first."""

    round: Round
    carriers: tuple[str, ...]
    """That there are orders of; none where the market has one alone."""
    carrier: str | None
    """Of this book."""
    asks: Steps
    bids: Steps
    clearing: Clearing | None
    orders: tuple[Order, ...]
    trades: tuple[Trade, ...]


def markets(connection: Connection) -> tuple[Market, ...]:
    """All of this chain, by name."""
    table = tables.market_names
    rows = connection.execute(select(table).order_by(table.c.title)).all()
    return tuple(_market(connection, row.contract, row.title) for row in rows)


def has_market(connection: Connection, contract: str) -> bool:
    """Whether this chain has it."""
    table = tables.market_names
    return connection.execute(select(table).where(table.c.contract == contract)).first() is not None


def rounds(
    connection: Connection, contract: str, *, cursor: str | None = None, limit: int = LIMIT
) -> Page[Round]:
    """Rounds of a market, the newest first. Raises BadCursor."""
    table, place = tables.market_rounds, read_cursor(cursor, int)
    query = select(table).where(table.c.contract == contract)
    if place is not None:
        query = query.where(table.c.round < place[0])
    rows = connection.execute(query.order_by(table.c.round.desc()).limit(limit + 1)).all()
    return cut(_rounds(connection, contract, rows), limit, lambda item: (item.round,))


def book(
    connection: Connection,
    contract: str,
    number: int,
    party: str | None = None,
    carrier: str | None = None,
) -> Book | None:
    """A round with its orders and trades, of the first carrier if none is named; None if the market has no
    such round."""
    table, number = tables.market_rounds, bounded(number)
    query = select(table).where(and_(table.c.contract == contract, table.c.round == number))
    row = connection.execute(query).first()
    if row is None:
        return None
    carriers = _carriers(connection, contract, number)
    shown = carrier if carrier is not None or not carriers else carriers[0]
    here = contract, number, shown
    asks, bids = (_orders(connection, *here, side, party) for side in ("sell", "buy"))
    is_cleared = row.price_ukwh is not None and row.traded_wh is not None
    return Book(
        round=_rounds(connection, contract, [row])[0],
        carriers=carriers,
        carrier=shown,
        asks=_steps(asks),
        bids=_steps(bids),
        clearing=Clearing(row.price_ukwh, row.traded_wh, row.lowest_ukwh, row.highest_ukwh)
        if is_cleared
        else None,
        orders=(*asks, *bids),
        trades=_trades(connection, *here),
    )


def _market(connection: Connection, contract: str, title: str) -> Market:
    table = tables.market_rounds
    count = select(func.count()).select_from(table).where(table.c.contract == contract)
    newest = select(table).where(table.c.contract == contract).order_by(table.c.round.desc()).limit(1)
    traded = newest.where(table.c.traded_wh > 0)
    row = connection.execute(traded).first() or connection.execute(newest).first()
    last = None if row is None else _rounds(connection, contract, [row])[0]
    return Market(contract, title, connection.execute(count).scalar() or 0, last)


def _rounds(connection: Connection, contract: str, rows: Sequence[Any]) -> list[Round]:
    numbers = [row.round for row in rows]
    counts = _order_counts(connection, contract, numbers)
    prices = _prices(connection, contract, numbers)
    return [_round(row, counts.get(row.round, 0), tuple(prices[row.round])) for row in rows]


def _prices(connection: Connection, contract: str, numbers: Sequence[int]) -> dict[int, list[Price]]:
    table, found = tables.market_carriers, defaultdict[int, list[Price]](list)
    here = and_(table.c.contract == contract, table.c.round.in_(numbers), table.c.traded_wh > 0)
    for row in connection.execute(select(table).where(here).order_by(table.c.carrier)):
        price_ukwh = divide_half_even(row.amount * NANO_PER_AMOUNT + row.nano, row.traded_wh)
        found[row.round].append(Price(row.carrier, price_ukwh, row.traded_wh))
    return found


def _carriers(connection: Connection, contract: str, number: int) -> tuple[str, ...]:
    column, table = tables.market_orders.c.carrier, tables.market_orders
    here = and_(table.c.contract == contract, table.c.round == number, column.is_not(None))
    return tuple(connection.execute(select(column).where(here).distinct().order_by(column)).scalars())


def _order_counts(connection: Connection, contract: str, numbers: Sequence[int]) -> dict[int, int]:
    """Orders that stand, by round."""
    table = tables.market_orders
    here = and_(table.c.contract == contract, table.c.round.in_(numbers), table.c.quantity_wh > 0)
    query = select(table.c.round, func.count()).where(here).group_by(table.c.round)
    return {number: count for number, count in connection.execute(query)}  # noqa: C416 - rows, not pairs


def _orders(
    connection: Connection,
    contract: str,
    number: int,
    carrier: str | None,
    side: str,
    party: str | None,
) -> tuple[Order, ...]:
    """The best for the other side first, sealed ones last."""
    table = tables.market_orders
    of_round = and_(table.c.contract == contract, table.c.round == number)
    here = and_(of_round, table.c.carrier.is_not_distinct_from(carrier), table.c.side == side)
    price = table.c.price_ukwh if side == "sell" else -table.c.price_ukwh
    order = table.c.price_ukwh.is_(None), price, table.c.item
    query = select(table).where(here, table.c.quantity_wh > 0).order_by(*order).limit(ORDERS_MAX // 2)
    return tuple(
        Order(
            row.party,
            row.side,
            row.price_ukwh,
            row.quantity_wh,
            row.matched_wh,
            is_mine=party is not None and row.party == party,
        )
        for row in connection.execute(query)
    )


def _steps(orders: Sequence[Order]) -> Steps:
    """The curve of orders that are sorted: a step a price."""
    priced = [order for order in orders if order.price_ukwh is not None]
    steps, total = [], 0
    for price, alike in groupby(priced, key=lambda order: order.price_ukwh):
        total += sum(order.quantity_wh for order in alike)
        steps.append((price or 0, total))
    return tuple(steps)


def _trades(connection: Connection, contract: str, number: int, carrier: str | None) -> tuple[Trade, ...]:
    table = tables.market_trades
    of_round = and_(table.c.contract == contract, table.c.round == number)
    here = and_(of_round, table.c.carrier.is_not_distinct_from(carrier), table.c.quantity_wh > 0)
    rows = connection.execute(select(table).where(here).order_by(table.c.item).limit(ORDERS_MAX))
    return tuple(Trade(row.seller, row.buyer, row.price_ukwh, row.quantity_wh) for row in rows)


def _round(row: Any, orders: int, prices: tuple[Price, ...]) -> Round:
    return Round(
        round=row.round,
        label=row.label,
        phase=row.phase,
        period=row.period,
        price_ukwh=row.price_ukwh,
        prices=prices,
        traded_wh=row.traded_wh,
        orders=orders,
        process=row.process,
    )
