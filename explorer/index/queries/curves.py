"""Curves over the energy axis, thinned to what a screen can show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from sqlalchemy import Connection

from explorer.index.queries.page import bounded
from explorer.index.queries.position import position
from explorer.index.series import CORRECTED, SPAN, Row, extent, read_points
from ledger.quantities import divide_half_even

DAY_S: Final = 86_400
POINTS: Final = 400
POINTS_MAX: Final = 2_000

Column = list[int | None]
Formula = tuple[tuple[int, str], ...]
"""A sum of fields, each times a factor; missing where one of them is."""


class Thinning(StrEnum):
    """What stands for several periods."""

    MEAN = "mean"
    """Of powers and prices; with the lowest and the highest."""
    SUM = "sum"
    """Of energies; with those of the periods."""
    LAST = "last"
    """Of states; with the lowest and the highest."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One curve, and where its values are."""

    key: str
    name: str
    unit: str
    kind: str
    """bar, line or step."""
    thinning: Thinning
    subject: str
    field: "str | Formula"
    """In the rows of the subject."""
    sources: tuple[str, int] | None = None
    """Of a sum over several meters: the field that counts who told of a period, and how many there are."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The values of a quantity, one a point; None is missing."""

    key: str
    name: str
    unit: str
    kind: str
    values: tuple[int | None, ...]
    known: tuple[int, ...]
    """How many of each point's periods are known, and wholly; where it is less than the step, a point's value
    is of a part of them."""
    low: tuple[int | None, ...] | None = None
    """The least of the periods of each point, where a point has several."""
    high: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves over the same points."""

    from_period: int
    to_period: int
    """The last, inclusive; before `from_period` where nothing is known."""
    step: int
    """Periods a point."""
    periods: tuple[int, ...]
    """The first of each point."""
    curves: tuple[Curve, ...]
    corrected: tuple[int, ...] = ()
    """Points with a reading that was corrected."""


@dataclass(frozen=True, slots=True)
class Range:
    """Periods, both inclusive, in steps that give few enough points."""

    first: int
    last: int
    step: int

    @property
    def points(self) -> int:
        return -(-(self.last - self.first + 1) // self.step)

    @property
    def periods(self) -> tuple[int, ...]:
        return tuple(range(self.first, self.last + 1, self.step))


def choose_range(
    connection: Connection,
    subjects: Iterable[str],
    from_period: int | None,
    to_period: int | None,
    points: int = POINTS,
) -> Range:
    """What was asked for, within what is known; without an end the newest SPAN periods."""
    known = extent(connection, subjects)
    if known is None:
        first = bounded(from_period or 0)
        return Range(first, first - 1, 1)
    last = known[1] if to_period is None else min(bounded(to_period), known[1])
    first = max(last - SPAN + 1 if from_period is None else bounded(from_period), known[0])
    step = max(1, -(-(last - first + 1) // points))
    return Range(first, max(last, first - 1), _of_days(step, position(connection).period_s))


def _of_days(step: int, period_s: int) -> int:
    """At least so many periods, that days are a whole number of, or that are whole days: else points would
    have more and less of the sun in turn, and show waves that are none."""
    day = max(1, DAY_S // period_s)
    if step > day:
        return -(-step // day) * day
    return next(whole for whole in range(step, day + 1) if day % whole == 0)


def read_curves(
    connection: Connection, quantities: Sequence[Quantity], chosen: Range, corrected: str | None = None
) -> Curves:
    """The quantities over a range; `corrected` names the subject whose corrections are told.

    Work and memory grow with the rows of the range, one for SPAN periods of a subject.
    """
    wanted = [*quantities, *([_mark(corrected)] if corrected is not None else [])]
    thinned = [_Thinned(quantity, chosen) for quantity in wanted]
    for subject in dict.fromkeys(quantity.subject for quantity in wanted):
        of_subject = [curve for curve in thinned if curve.quantity.subject == subject]
        for begin, columns in _rows(connection, subject, chosen):
            for curve in of_subject:
                curve.take(begin, columns)
    marks = thinned.pop().values if corrected is not None else []
    return Curves(
        chosen.first,
        chosen.last,
        chosen.step,
        chosen.periods,
        tuple(curve.finished() for curve in thinned),
        tuple(period for period, mark in zip(chosen.periods, marks, strict=False) if mark),
    )


class _Thinned:
    """One curve while its rows come in, oldest first."""

    def __init__(self, quantity: Quantity, chosen: Range) -> None:
        self.quantity = quantity
        self._range = chosen
        self._counts = [0] * chosen.points
        self._known = [0] * chosen.points
        self.values: Column = [None] * chosen.points
        self._low: Column = [None] * chosen.points
        self._high: Column = [None] * chosen.points

    def take(self, begin: int, columns: Row) -> None:
        """The values of SPAN periods from `begin` on, point by point."""
        column = _column(columns, self.quantity.field)
        if column is None:
            return
        first, step = self._range.first, self._range.step
        period, end = max(begin, first), min(begin + SPAN, self._range.last + 1)
        while period < end:
            point = (period - first) // step
            until = min(end, first + (point + 1) * step)
            part = slice(period - begin, until - begin)
            known = _known(column[part])
            if known:
                self._add(point, known)
                self._known[point] += self._whole(columns, part, len(known))
            period = until

    def _add(self, point: int, known: Sequence[int]) -> None:
        before, low, high = self.values[point], self._low[point], self._high[point]
        if self.quantity.thinning is Thinning.LAST:
            self.values[point] = known[-1]
        else:
            self.values[point] = sum(known) + (before or 0)
        self._counts[point] += len(known)
        self._low[point] = min(known) if low is None else min(low, *known)
        self._high[point] = max(known) if high is None else max(high, *known)

    def _whole(self, columns: Row, part: slice, known: int) -> int:
        """How many of these periods all sources told of."""
        if self.quantity.sources is None:
            return known
        field, sources = self.quantity.sources
        return columns.get(field, ())[part].count(sources)

    def finished(self) -> Curve:
        """The curve; where a point has several periods, with their lowest and highest values."""
        is_thinned, quantity = self._range.step > 1, self.quantity
        return Curve(
            quantity.key,
            quantity.name,
            quantity.unit,
            quantity.kind,
            self._means() if quantity.thinning is Thinning.MEAN else tuple(self.values),
            tuple(self._known),
            tuple(self._low) if is_thinned else None,
            tuple(self._high) if is_thinned else None,
        )

    def _means(self) -> tuple[int | None, ...]:
        pairs = zip(self.values, self._counts, strict=True)
        return tuple(None if total is None else divide_half_even(total, count) for total, count in pairs)


def _rows(connection: Connection, subject: str, chosen: Range) -> Iterable[tuple[int, Row]]:
    if chosen.last < chosen.first:
        return ()
    return read_points(connection, subject, chosen.first, chosen.last)


def _column(columns: Row, field: str | Formula) -> Sequence[int | None] | None:
    if isinstance(field, str):
        return columns.get(field)
    if any(name not in columns for _, name in field):
        return None
    terms = [_times(factor, columns[name]) for factor, name in field]
    return [None if None in values else sum(values) for values in zip(*terms, strict=True)]


def _times(factor: int, values: Sequence[int | None]) -> Sequence[int | None]:
    return values if factor == 1 else [None if value is None else factor * value for value in values]


def _known(values: Sequence[int | None]) -> Sequence[int]:
    # To look for what is mostly not there is ten times as fast as to go through all.
    if None in values:
        return [value for value in values if value is not None]
    return cast(Sequence[int], values)


def _mark(subject: str) -> Quantity:
    """Where readings of a subject were corrected."""
    return Quantity(CORRECTED, CORRECTED, "", "bar", Thinning.SUM, subject, CORRECTED)
