"""A day in one piece: what was planned for each period, by whichever plan was in force, and what was
metered."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import chain

from contracts.context import Context
from contracts.dispatch.days import find_plan, process_id, tariff_of
from contracts.dispatch.model import Flows, Plan, Series, Tariff
from contracts.dispatch.parameters import Calendar
from contracts.dispatch.problems import Forecasts, get_problem, opened_forecasts
from contracts.dispatch.records import DayRecord, PlanRecord
from contracts.dispatch.settlement import Metered, Readings
from contracts.dispatch.verification import metered_wh
from crypto.address import Address
from ledger.quantities import Period

IDLE = -1
"""Stands for the round of forecasts where no plan was in force."""


@dataclass(frozen=True, slots=True)
class Book:
    """Series over the whole day; zeros where no plan was in force."""

    tariff: Tariff
    """As the contracts have it: of the plan in force, or where there was none the grid's own."""
    plan: Plan
    bus_ukwh: Series
    """The bus's price (`pooled`)."""
    rounds: Series
    """The round of forecasts that each period's plan rests on, or IDLE."""
    forecasts: Forecasts
    metered: Metered


@dataclass(frozen=True, slots=True)
class _Piece:
    """Consecutive periods of a day in which one plan, or none, was in force."""

    start: int
    """Its first period, counted from the day's."""
    count: int
    plan: PlanRecord | None
    tariff: Tariff
    """What the plan was made and its contracts concluded for; without a plan that of the day."""

    @property
    def round(self) -> int:
        return self.plan.round if self.plan else IDLE

    def of(self, series: Series) -> Series:
        """The piece's part of a series that begins with it; an empty series is zeros."""
        return series[: self.count] if series else (0,) * self.count


def read_book(ctx: Context, calendar: Calendar, record: DayRecord) -> Book:
    """Everything about a day that its settlement rests on."""
    parameters = calendar.parameters
    pieces = tuple(_pieces(ctx, calendar, record))
    sites = 1 if parameters.model == "pooled" else len(parameters.parks) + 1
    *parks, storage, connection = (_readings(ctx, calendar, record, meter) for meter in parameters.meters)
    return Book(
        tariff=Tariff(
            _joined(piece.of(piece.tariff.buy_ukwh) for piece in pieces),
            _joined(piece.of(piece.tariff.sell_ukwh) for piece in pieces),
        ),
        plan=Plan(tuple(_flows(pieces, site) for site in range(sites))),
        bus_ukwh=_joined(piece.of(piece.plan.bus_ukwh if piece.plan else ()) for piece in pieces),
        rounds=_joined((piece.round,) * piece.count for piece in pieces),
        forecasts=_forecasts(ctx, calendar, record, pieces),
        metered=Metered(tuple(parks), storage, connection),
    )


def _pieces(ctx: Context, calendar: Calendar, record: DayRecord) -> Iterator[_Piece]:
    first, end = calendar.first(record.day), calendar.end(record.day)
    starts = [segment.first_period for segment in record.segments]
    idle_until = starts[0] if starts else end
    if idle_until > first:
        tariff = tariff_of(ctx, calendar.parameters, record.day)
        yield _Piece(0, idle_until - first, None, tariff)
    for segment, start, until in zip(record.segments, starts, (*starts, end)[1:], strict=True):
        plan = find_plan(ctx, record.day, segment.revision)
        tariff = get_problem(ctx, calendar.parameters, record.day, segment.revision).tariff
        yield _Piece(start - first, until - start, plan, tariff)


def _flows(pieces: tuple[_Piece, ...], site: int) -> Flows:
    def whole(field: str) -> Series:
        return _joined(
            piece.of(getattr(piece.plan.sites[site], field) if piece.plan else ()) for piece in pieces
        )

    return Flows(**{field.name: whole(field.name) for field in fields(Flows)})


def _forecasts(ctx: Context, calendar: Calendar, record: DayRecord, pieces: tuple[_Piece, ...]) -> Forecasts:
    """The opened forecasts on which the plans rested, each for its periods."""
    nothing = (0,) * ctx.genesis.periods_per_day
    parks = len(calendar.parameters.parks) if calendar.parameters.model == "paper" else 0
    known = {IDLE: Forecasts(nothing, ((nothing, nothing),) * parks)}
    for piece in pieces:
        if piece.round not in known:
            number = piece.round
            known[number] = opened_forecasts(ctx, calendar.parameters, process_id(record), number)

    def whole(curves: Iterable[Series]) -> Series:
        return _joined(
            curve[piece.start : piece.start + piece.count]
            for piece, curve in zip(pieces, curves, strict=True)
        )

    used = [known[piece.round] for piece in pieces]
    return Forecasts(
        whole(forecast.net_wh for forecast in used),
        tuple(
            (
                whole(forecast.parks[number][0] for forecast in used),
                whole(forecast.parks[number][1] for forecast in used),
            )
            for number in range(parks)
        ),
    )


def _readings(ctx: Context, calendar: Calendar, record: DayRecord, meter: Address) -> Readings:
    periods = range(calendar.first(record.day), calendar.end(record.day))
    return tuple(metered_wh(ctx, meter, Period(period)) for period in periods)


def _joined(parts: Iterable[Series]) -> Series:
    return tuple(chain.from_iterable(parts))
