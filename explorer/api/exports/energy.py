"""What is exported by period: readings, plans, orders and trades."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table as SqlTable
from sqlalchemy import and_, select, tuple_

from explorer.api.exports.table import (
    FLAG,
    PART_ROWS,
    TEXT,
    TIME,
    WHOLE,
    Bounds,
    Part,
    Place,
    Row,
    Table,
    begin_ms,
    part_of,
)
from explorer.api.view import View
from explorer.index import tables
from explorer.index.queries.dispatch import FLOWS, site_names
from explorer.index.queries.readings import FIELDS
from explorer.index.readers.dispatch import site_subject
from explorer.index.series import CORRECTED, SPAN, read_points

PLANNED: Final = (*(flow[5] for flow in FLOWS if flow[0].startswith("plan_")), "forecast_wh")
DAYS_READ: Final = PART_ROWS // SPAN
"""Rows of the index that one part is made of."""


def _readings(view: View, bounds: Bounds, after: Place) -> Part:
    """Meter by meter, in the order of addresses. A place is (address, first period that is left)."""
    table, (address, begin) = tables.meters, after or ("", bounds.from_period)
    query = select(table.c.address).where(table.c.address >= address).order_by(table.c.address).limit(2)
    found = view.connection.execute(query).scalars().all()
    if not found:
        return Part((), None)
    if found[0] != address:
        begin = bounds.from_period
    end = min(bounds.to_period, _end_of(begin))
    rows = list(_reading_rows(view, found[0], begin, end))
    goes_on = _next_known(view, found[0], end, bounds)
    if goes_on is not None:
        return Part(rows, (found[0], goes_on))
    return Part(rows, (found[1], bounds.from_period) if len(found) > 1 else None)


def _reading_rows(view: View, meter: str, first: int, last: int) -> Iterator[Row]:
    for period, values in _periods(view, meter, first, last, FIELDS):
        is_corrected = bool(values.get(CORRECTED))
        yield meter, period, begin_ms(view, period), is_corrected, *(values.get(name) for name in FIELDS)


def _plans(view: View, bounds: Bounds, after: Place) -> Part:
    """Site by site. A place is (number of the site, first period that is left)."""
    names = site_names(view.connection)
    number, begin = after or (0, bounds.from_period)
    if number >= len(names):
        return Part((), None)
    end = min(bounds.to_period, _end_of(begin))
    subject = site_subject(names[number])
    rows = [
        (names[number], period, begin_ms(view, period), *(values.get(name) for name in PLANNED))
        for period, values in _periods(view, subject, begin, end, PLANNED)
    ]
    goes_on = _next_known(view, subject, end, bounds)
    if goes_on is not None:
        return Part(rows, (number, goes_on))
    return Part(rows, (number + 1, bounds.from_period) if number + 1 < len(names) else None)


def _periods(
    view: View, subject: str, first: int, last: int, fields: Any
) -> Iterator[tuple[int, Mapping[str, int | None]]]:
    """The periods of a subject in which one of the fields is known."""
    for begin, columns in read_points(view.connection, subject, first, last):
        known: dict[str, Sequence[int | None]] = {
            name: column for name, column in columns.items() if name in fields or name == CORRECTED
        }
        for place in range(max(0, first - begin), min(SPAN, last - begin + 1)):
            values = {name: column[place] for name, column in known.items()}
            if any(value is not None for name, value in values.items() if name != CORRECTED):
                yield begin + place, values


def _end_of(begin: int) -> int:
    """The last period of a part that begins there: a whole number of the index's rows."""
    return (begin // SPAN + DAYS_READ) * SPAN - 1


def _next_known(view: View, subject: str, end: int, bounds: Bounds) -> int | None:
    """The first period after `end` of which the index has a row; None if there is none within the bounds."""
    table = tables.series
    here = and_(table.c.subject == subject, table.c.span.between(end // SPAN + 1, bounds.to_period // SPAN))
    span = view.connection.execute(select(table.c.span).where(here).order_by(table.c.span).limit(1)).scalar()
    return None if span is None else span * SPAN


def _orders(view: View, bounds: Bounds, after: Place) -> Part:
    def row_of(row: Any) -> Row:
        head = row.contract, row.round, row.label, row.period, begin_ms(view, row.period), row.item
        return *head, row.carrier, row.party, row.side, row.price_ukwh, row.quantity_wh, row.matched_wh

    return _of_rounds(view, bounds, after, tables.market_orders, row_of)


def _trades(view: View, bounds: Bounds, after: Place) -> Part:
    def row_of(row: Any) -> Row:
        head = row.contract, row.round, row.label, row.period, begin_ms(view, row.period), row.item
        return *head, row.carrier, row.seller, row.buyer, row.price_ukwh, row.quantity_wh

    return _of_rounds(view, bounds, after, tables.market_trades, row_of)


def _of_rounds(view: View, bounds: Bounds, after: Place, table: SqlTable, row_of: Any) -> Part:
    """Rows of a table with the label and the period of their rounds."""
    rounds = tables.market_rounds
    same = and_(rounds.c.contract == table.c.contract, rounds.c.round == table.c.round)
    key = table.c.contract, table.c.round, table.c.item
    query = select(table, rounds.c.label, rounds.c.period).join(rounds, same).order_by(*key)
    query = query.where(rounds.c.period.between(bounds.from_period, bounds.to_period))
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    rows = view.connection.execute(query.limit(PART_ROWS)).all()
    return part_of(rows, row_of, lambda row: (row.contract, row.round, row.item))


ROUND: Final = (
    ("contract", TEXT),
    ("round", WHOLE),
    ("label", TEXT),
    ("period", WHOLE),
    ("period_begin_utc", TIME),
    ("item", TEXT),
    ("carrier", TEXT),
)
TABLES: Final = (
    Table(
        "readings",
        "What meters told, period by period",
        (
            ("meter", TEXT),
            ("period", WHOLE),
            ("period_begin_utc", TIME),
            ("corrected", FLAG),
            *((name, WHOLE) for name in FIELDS),
        ),
        _readings,
    ),
    Table(
        "plans",
        "What was planned for every site of the dispatch",
        (
            ("site", TEXT),
            ("period", WHOLE),
            ("period_begin_utc", TIME),
            *((name, WHOLE) for name in PLANNED),
        ),
        _plans,
    ),
    Table(
        "orders",
        "Orders of all markets; one that was taken back has a quantity of 0",
        (
            *ROUND,
            ("party", TEXT),
            ("side", TEXT),
            ("price_ukwh", WHOLE),
            ("quantity_wh", WHOLE),
            ("matched_wh", WHOLE),
        ),
        _orders,
    ),
    Table(
        "trades",
        "Trades of all markets; a right that became void has a quantity of 0",
        (*ROUND, ("seller", TEXT), ("buyer", TEXT), ("price_ukwh", WHOLE), ("quantity_wh", WHOLE)),
        _trades,
    ),
)
