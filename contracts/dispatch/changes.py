"""News that call for planning a day anew: prices, forecasts, what connections may carry (Liu and Ai 2024,
Table 3)."""

from contracts.context import Context
from contracts.dispatch.days import active_days, calendar_of, call_for_trigger, find_day, get_day, tariff_of
from contracts.dispatch.model import Series
from contracts.dispatch.records import BUS_LIMITS_KEY, Cause, limits_key, prices_key
from contracts.dispatch.refusals import BadSeries, NotConcerned
from ledger.quantities import Day, Period, PowerW

DAYS_AHEAD_MAX = 31
"""How far ahead prices can be set."""


def change_prices(ctx: Context, first_period: Period, buy_ukwh: Series, sell_ukwh: Series) -> None:
    """The grid's prices of some periods of one day, none of which has begun."""
    calendar = calendar_of(ctx)
    if ctx.sender != calendar.parameters.grid:
        raise NotConcerned(ctx.sender, "the grid of this market")
    day = ctx.genesis.day(first_period)
    start = first_period - calendar.first(day)
    if len(buy_ukwh) != len(sell_ukwh) or start + len(buy_ukwh) > ctx.genesis.periods_per_day:
        raise BadSeries("prices", "they are to be as many to buy as to sell, within one day")
    if not ctx.period < first_period < ctx.period + DAYS_AHEAD_MAX * ctx.genesis.periods_per_day:
        raise BadSeries("first_period", f"{first_period} has begun, or is too far ahead")
    tariff = tariff_of(ctx, calendar.parameters, day)
    changed = (
        _replaced(tariff.buy_ukwh, start, buy_ukwh),
        _replaced(tariff.sell_ukwh, start, sell_ukwh),
    )
    ctx.put(prices_key(day), changed)
    ctx.emit("prices_changed", day=day, first_period=first_period, buy_ukwh=buy_ukwh, sell_ukwh=sell_ukwh)
    if (record := find_day(ctx, day)) is not None:
        call_for_trigger(ctx, record, Cause.PRICES)


def announce_forecasts(ctx: Context, day: Day) -> None:
    """The sender, a park of this market, has a new forecast for a day, which it will deal once all are
    asked to."""
    if calendar_of(ctx).parameters.park(ctx.sender) is None:
        raise NotConcerned(ctx.sender, "a park of this market")
    record = get_day(ctx, day)
    ctx.emit("forecasts_changed", day=day, by=ctx.sender)
    call_for_trigger(ctx, record, Cause.FORECASTS)


def change_limits(ctx: Context, import_w: PowerW, export_w: PowerW) -> None:
    """What a connection may carry from now on: the grid says it of the bus, a park of its own (`paper`
    alone)."""
    parameters = calendar_of(ctx).parameters
    is_park = parameters.model == "paper" and parameters.park(ctx.sender) is not None
    if not is_park and ctx.sender != parameters.grid:
        raise NotConcerned(ctx.sender, "the operator of a connection that limits the plan")
    ctx.put(limits_key(ctx.sender) if is_park else BUS_LIMITS_KEY, (import_w, export_w))
    ctx.emit("limits_changed", by=ctx.sender, import_w=import_w, export_w=export_w)
    for day in active_days(ctx):
        call_for_trigger(ctx, get_day(ctx, day), Cause.REQUIREMENTS)


def _replaced(values: Series, start: int, part: Series) -> Series:
    return (*values[:start], *part, *values[start + len(part) :])
