"""T: the ENO asks for a change of injection, by an alarm on the chain or by instruction."""

from collections.abc import Sequence

from contracts.context import Context
from contracts.metering import readings
from contracts.response.events import (
    active_events,
    calendar_of,
    check_eno,
    count_events,
    count_resources,
    get_event,
    get_resources,
    put_event,
)
from contracts.response.network import NPU, Network
from contracts.response.parameters import Calendar, Parameters
from contracts.response.records import (
    ACTIVE_KEY,
    EVENTS_KEY,
    Alarm,
    EventRecord,
    Forecast,
    Phase,
    encode_record,
    forecast_key,
    meter_key,
)
from contracts.response.refusals import (
    BeyondCapacity,
    Misshapen,
    NoAlarm,
    NoTarget,
    NotConcerned,
    Overlapping,
    TooFar,
    TooLong,
    TooManyEvents,
    TooSoon,
    WrongProcess,
)
from contracts.response.resources import Resource
from ledger.quantities import Period, PowerW

ACTIVE_MAX = 8
"""Events under way at once: what the chain follows in every slot is bounded."""


def trigger(
    ctx: Context,
    target_w: PowerW,
    first_period: Period,
    periods: int,
    forecast: Forecast,
    alarm: Alarm | None,
) -> None:
    """Open an event. Raises ResponseError."""
    check_eno(ctx)
    calendar, number = calendar_of(ctx), count_events(ctx)
    if ctx.process != ctx.tx_id:
        raise WrongProcess(number)
    if target_w == 0:
        raise NoTarget
    _check_periods(ctx, calendar, first_period, periods)
    if alarm is not None:
        _check_alarm(ctx, calendar.parameters, alarm, target_w)
    resources = get_resources(ctx, count_resources(ctx))
    ctx.charge("item", periods * (2 * len(calendar.parameters.network.buses) + len(resources)))
    _check_forecast(calendar.parameters, forecast, periods, len(resources))
    record = EventRecord(
        number=number,
        phase=Phase.QUOTING,
        since=ctx.slot,
        process=ctx.tx_id,
        alarm=alarm,
        target_w=target_w,
        first_period=first_period,
        periods=periods,
        resources=len(resources),
        invited=_invited(resources, target_w, periods * ctx.genesis.period_s),
    )
    _open(ctx, record, forecast)


def _open(ctx: Context, record: EventRecord, forecast: Forecast) -> None:
    put_event(ctx, record)
    ctx.put(forecast_key(record.number), encode_record(forecast))
    ctx.put(EVENTS_KEY, record.number + 1)
    ctx.put(ACTIVE_KEY, (*active_events(ctx), record.number))
    ctx.emit(
        "triggered",
        event=record.number,
        process=record.process,
        target_w=record.target_w,
        first_period=record.first_period,
        periods=record.periods,
        invited=record.invited,
    )


def _check_periods(ctx: Context, calendar: Calendar, first_period: Period, periods: int) -> None:
    """That the event is short enough, leaves time for its deadlines and not too much, and has its periods for
    itself."""
    if periods > calendar.parameters.periods_max:
        raise TooLong(periods, calendar.parameters.periods_max)
    window = calendar.first_periods(ctx.slot)
    if first_period < window.start:
        raise TooSoon(first_period, Period(window.start))
    if first_period >= window.stop:
        raise TooFar(first_period, Period(window[-1]))
    active = active_events(ctx)
    if len(active) >= ACTIVE_MAX:
        raise TooManyEvents(ACTIVE_MAX)
    for event in active:
        other = get_event(ctx, event)
        if first_period < other.end and other.first_period < first_period + periods:
            raise Overlapping(event, other.first_period, other.end)


def _check_alarm(ctx: Context, parameters: Parameters, alarm: Alarm, target_w: PowerW) -> None:
    """That a reading of this market is on the chain, new enough, and outside the band on the side from which
    the target leads back."""
    if ctx.get(meter_key(alarm.meter)) is None:
        raise NotConcerned(alarm.meter, "a meter of this market")
    if alarm.period < ctx.period - parameters.alarm_periods:
        raise NoAlarm(alarm.meter, alarm.period, "it is too long ago")
    reading = readings.reading(ctx, alarm.meter, alarm.period)
    if reading is None or reading.voltage_mv is None:
        raise NoAlarm(alarm.meter, alarm.period, "it does not say a voltage")
    side = voltage_side(parameters.network, reading.voltage_mv)
    if side == 0:
        raise NoAlarm(alarm.meter, alarm.period, f"{reading.voltage_mv} mV are within the band")
    if side * target_w > 0:
        raise NoAlarm(alarm.meter, alarm.period, f"{target_w} W would lead further out of the band")


def voltage_side(network: Network, voltage_mv: int) -> int:
    """1: above the network's band, -1: below it, 0: within."""
    voltage = voltage_mv * NPU
    if voltage > network.highest_npu * network.nominal_mv:
        return 1
    return -1 if voltage < network.lowest_npu * network.nominal_mv else 0


def _check_forecast(parameters: Parameters, forecast: Forecast, periods: int, resources: int) -> None:
    buses = len(parameters.network.buses)
    _check_rows("background_w", forecast.background_w, periods, buses)
    _check_rows("background_var", forecast.background_var, periods, buses)
    _check_rows("baseline_w", forecast.baseline_w, periods, resources)


def _check_rows(field: str, rows: Sequence[Sequence[int]], periods: int, width: int) -> None:
    if len(rows) != periods:
        raise Misshapen(field, len(rows), periods)
    for row in rows:
        if len(row) != width:
            raise Misshapen(field, len(row), width)


def _invited(resources: Sequence[Resource], target_w: PowerW, duration_s: int) -> int:
    """How many resources can respond. Raises BeyondCapacity if that is not enough."""
    sign = 1 if target_w > 0 else -1
    capacities = [resource.capacity_w(sign, duration_s) for resource in resources]
    if abs(target_w) > sum(capacities):
        raise BeyondCapacity(target_w, sum(capacities))
    return sum(capacity > 0 for capacity in capacities)
