"""Who signed: heights in columns, validators in rows."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, case, func, select

from explorer.index import tables
from explorer.index.queries.blocks import committees, signers_of
from explorer.index.queries.members import names
from explorer.index.queries.page import bounded
from explorer.index.tables import STRETCH

COLUMNS_MAX: Final = 400
COLUMNS: Final = 120


@dataclass(frozen=True, slots=True)
class Column:
    """Some heights, one after another."""

    first: int
    last: int
    blocks: int
    """That are held."""
    late: int
    """That were not decided in the first round."""
    rounds: int
    """Sum of the rounds in which they were decided; 0 if each was decided at once."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who signed and proposed how many blocks of each column; rows in the order of `validators`."""

    validators: tuple[tuple[str, str], ...]
    """Address and name."""
    columns: tuple[Column, ...]
    signed: tuple[tuple[int, ...], ...]
    proposed: tuple[tuple[int, ...], ...]


class _Tally:
    """Counts by column, and by validator and column."""

    def __init__(self) -> None:
        self.blocks: Counter[int] = Counter()
        self.late: Counter[int] = Counter()
        self.rounds: Counter[int] = Counter()
        self.signed: dict[str, Counter[int]] = {}
        self.proposed: dict[str, Counter[int]] = {}

    def add_validator(self, address: str, column: int, signed: int, proposed: int) -> None:
        self.signed.setdefault(address, Counter())[column] += signed
        self.proposed.setdefault(address, Counter())[column] += proposed

    def add_blocks(self, column: int, blocks: int, late: int, rounds: int) -> None:
        self.blocks[column] += blocks
        self.late[column] += late
        self.rounds[column] += rounds


def attendance(
    connection: Connection, from_height: int | None, to_height: int | None, columns: int = COLUMNS
) -> Attendance:
    """Of two heights, each within the index; by default of the newest `columns` blocks.

    Where there are more heights than columns, a column is of several; from STRETCH on, of whole stretches,
    so that the first may begin before `from_height` and the last end after `to_height`.
    """
    highest = connection.execute(select(func.max(tables.blocks.c.height))).scalar() or 0
    last = min(bounded(to_height), highest) if to_height is not None else highest
    first = max(1, bounded(from_height) if from_height is not None else last - columns + 1)
    if last < first:
        return Attendance((), (), (), ())
    width = -(-(last - first + 1) // columns)
    if width < STRETCH:
        tally = _by_block(connection, first, last, width)
    else:
        first -= first % STRETCH
        last = min(highest, last - last % STRETCH + STRETCH - 1)
        # A stretch more, as the first column may have begun early.
        width = STRETCH * -(-(last - first + 1) // (columns * STRETCH))
        tally = _by_stretch(connection, first, last, width)
    return _attendance(connection, tally, first, last, width)


def _by_block(connection: Connection, first: int, last: int, width: int) -> _Tally:
    """Blocks that were made alike are counted by the database: they are nearly all."""
    table, tally = tables.blocks, _Tally()
    alike = (table.c.height - first) // width, table.c.proposer, table.c.signers, table.c.committee
    late = func.sum(case((table.c.round > 0, 1), else_=0))
    query = select(*alike, func.count(), late, func.sum(table.c.round))
    rows = connection.execute(query.where(table.c.height.between(first, last)).group_by(*alike)).all()
    known = committees(connection, {committee for _, _, _, committee, *_ in rows})
    for column, proposer, signers, committee, blocks, delayed, rounds in rows:
        tally.add_blocks(column, blocks, delayed, int(rounds))
        for address in known[committee]:
            tally.add_validator(address, column, 0, blocks if address == proposer else 0)
        for address in signers_of(signers, known[committee]):
            tally.add_validator(address, column, blocks, 0)
    return tally


def _by_stretch(connection: Connection, first: int, last: int, width: int) -> _Tally:
    tally, between = _Tally(), (first // STRETCH, last // STRETCH)
    table = tables.stretches
    for row in connection.execute(select(table).where(table.c.stretch.between(*between))):
        tally.add_blocks((row.stretch * STRETCH - first) // width, row.blocks, row.late, row.rounds)
    seats = tables.attendance
    for row in connection.execute(select(seats).where(seats.c.stretch.between(*between))):
        column = (row.stretch * STRETCH - first) // width
        tally.add_validator(row.address, column, row.signed, row.proposed)
    return tally


def _attendance(connection: Connection, tally: _Tally, first: int, last: int, width: int) -> Attendance:
    addresses = tuple(sorted(tally.signed))
    called = names(connection, addresses)
    addresses = tuple(sorted(addresses, key=lambda address: (called.get(address, ""), address)))
    count = -(-(last - first + 1) // width)
    return Attendance(
        validators=tuple((address, called.get(address, address)) for address in addresses),
        columns=tuple(
            Column(
                max(1, first + number * width),
                min(last, first + (number + 1) * width - 1),
                tally.blocks[number],
                tally.late[number],
                tally.rounds[number],
            )
            for number in range(count)
        ),
        signed=_grid(tally.signed, addresses, count),
        proposed=_grid(tally.proposed, addresses, count),
    )


def _grid(counts: dict[str, Any], addresses: tuple[str, ...], columns: int) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(counts[address][number] for number in range(columns)) for address in addresses)
