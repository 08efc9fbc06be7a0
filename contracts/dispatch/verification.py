"""Metered verification of a day: one reading a meter and period, its absence, and what readings give away.

A park's meter says what it generated, consumed, imported and exported; the storage's what was charged and
discharged and its state of charge; the bus's what was imported and exported.
"""

from typing import cast

from contracts import tdva
from contracts.context import Context
from contracts.dispatch.days import (
    active_days,
    calendar_of,
    call_for_trigger,
    check_process,
    find_attempt,
    find_day,
    get_day,
    process_id,
    told_wh,
)
from contracts.dispatch.parameters import Calendar, Parameters
from contracts.dispatch.records import (
    ANOMALY_KEY,
    CHARGE_KEY,
    Cause,
    DayRecord,
    absent_key,
    anomalies_key,
    verified_key,
)
from contracts.dispatch.refusals import Implausible, IncompleteReading, NotConcerned, TooLate, Unbalanced
from contracts.dispatch.storage import PERMILLE
from contracts.metering import readings
from contracts.metering.readings import Reading
from crypto.address import Address
from ledger.quantities import EnergyWh, Period

PARK_FIELDS = ("generated_wh", "consumed_wh", "imported_wh", "exported_wh")
STORAGE_FIELDS = ("charged_wh", "discharged_wh", "state_of_charge_wh")
BUS_FIELDS = ("imported_wh", "exported_wh")

ANOMALY_SPACING_PERIODS = 8
"""An anomaly that lasts calls for a new plan no more often, or it alone would use up the day's revisions."""


def take_reading(ctx: Context, period: Period, reading: Reading) -> None:
    """The sender, a meter of this market, verifies a period: once, complete, in balance and in time."""
    calendar = calendar_of(ctx)
    record = get_day(ctx, ctx.genesis.day(period))
    check_process(ctx, record)
    due = calendar.reading_due(period)
    if ctx.slot > due:
        raise TooLate(f"the reading of period {period}", due, ctx.slot)
    _check_reading(calendar.parameters, ctx.sender, period, reading)
    tdva.verify(ctx, ctx.sender, period)
    readings.confirm(ctx, ctx.sender, period, reading)
    ctx.put(verified_key(period, ctx.sender), net_wh(reading))
    if ctx.sender == calendar.parameters.storage_meter:
        _keep_charge(ctx, period, cast(int, reading.state_of_charge_wh))
        _inspect_storage(ctx, calendar.parameters, record, period, reading)


def note_absences(ctx: Context, calendar: Calendar) -> None:
    """In every slot: the readings of one period are no longer taken, so record what did not come."""
    period = Period(ctx.period - calendar.parameters.windows.reading_slots - 1)
    record = find_day(ctx, ctx.genesis.day(period)) if ctx.genesis.day(period) in active_days(ctx) else None
    if record is None or record.process is None:
        return
    absent = tuple(
        meter
        for meter in calendar.parameters.meters
        if tdva.verification(ctx, process_id(record), meter, period) is None
    )
    if not absent:
        _inspect_balance(ctx, calendar.parameters, period)
        return
    ctx.put(absent_key(period), absent)
    ctx.emit("absent", day=record.day, period=period, meters=absent)
    if calendar.parameters.storage_meter in absent:
        _anomaly(ctx, period, "the storage's meter is silent")


def net_wh(reading: Reading) -> EnergyWh:
    """What a reading says went in less what went out: consumed by a park, charged, or imported by the bus."""
    if reading.charged_wh is not None and reading.discharged_wh is not None:
        return EnergyWh(reading.charged_wh - reading.discharged_wh)
    return EnergyWh((reading.imported_wh or 0) - (reading.exported_wh or 0))


def metered_wh(ctx: Context, meter: Address, period: Period) -> EnergyWh | None:
    """The net energy that a meter verified; None if its reading is missing.

    Not what metering keeps: there a meter may report or correct anything, unchecked and at any time.
    """
    return cast(EnergyWh | None, ctx.get(verified_key(period, meter)))


def _check_reading(parameters: Parameters, meter: Address, period: Period, reading: Reading) -> None:
    if meter not in parameters.meters:
        raise NotConcerned(meter, "a meter of this market")
    is_park = any(park.meter == meter for park in parameters.parks)
    needed = PARK_FIELDS if is_park else STORAGE_FIELDS if meter == parameters.storage_meter else BUS_FIELDS
    for field in needed:
        energy_wh = getattr(reading, field)
        if energy_wh is None:
            raise IncompleteReading(meter, field)
        if energy_wh > parameters.reading_wh_max:
            raise Implausible(meter, field, energy_wh, parameters.reading_wh_max)
    if is_park:
        came = cast(int, reading.generated_wh) + cast(int, reading.imported_wh)
        went = cast(int, reading.consumed_wh) + cast(int, reading.exported_wh)
        if came != went:
            raise Unbalanced(meter, period, EnergyWh(came - went))


def _keep_charge(ctx: Context, period: Period, charge_wh: int) -> None:
    """The newest reading counts, in whatever order they come."""
    known_until, _ = cast(tuple[int, int], ctx.get(CHARGE_KEY))
    if period >= known_until:
        ctx.put(CHARGE_KEY, (period + 1, charge_wh))


def _inspect_storage(
    ctx: Context, parameters: Parameters, record: DayRecord, period: Period, reading: Reading
) -> None:
    """Whether the storage is out of its bounds, does other than told, or gains energy from nowhere."""
    storage, tolerance_wh = parameters.storage, parameters.tolerance_wh
    charge_wh = cast(int, reading.state_of_charge_wh)
    lowest_wh = storage.energy_wh * storage.lowest_permille // PERMILLE
    highest_wh = storage.energy_wh * storage.highest_permille // PERMILLE
    if not lowest_wh - tolerance_wh <= charge_wh <= highest_wh + tolerance_wh:
        _anomaly(ctx, period, f"it holds {charge_wh} Wh, outside {lowest_wh} to {highest_wh}")
    did_wh, told = net_wh(reading), told_wh(ctx, period)
    if abs(did_wh - told) > tolerance_wh:
        _anomaly(ctx, period, f"it took {did_wh} Wh and was told {told}")
    before = readings.reading(ctx, parameters.storage_meter, Period(period - 1))
    if before is None or before.state_of_charge_wh is None:
        return
    gained = storage.gain * cast(int, reading.charged_wh) - storage.draw * cast(int, reading.discharged_wh)
    expected_wh = before.state_of_charge_wh + gained // storage.units_per_wh
    if abs(charge_wh - expected_wh) > tolerance_wh:
        _anomaly(ctx, period, f"it holds {charge_wh} Wh where its flows leave {expected_wh}")


def _inspect_balance(ctx: Context, parameters: Parameters, period: Period) -> None:
    """Whether the parks and the storage add up to the bus's connection, in the model that has one."""
    if parameters.model != "pooled":
        return
    *behind, connection = (metered_wh(ctx, meter, period) or 0 for meter in parameters.meters)
    residual_wh = connection - sum(behind)
    if abs(residual_wh) > parameters.tolerance_wh:
        _note_anomaly(ctx, period, f"the bus does not balance by {residual_wh} Wh")


def _anomaly(ctx: Context, period: Period, what: str) -> None:
    """Record an anomaly of the storage, and call for a re-dispatch at once unless one is under way or an
    anomaly has called for one just before."""
    _note_anomaly(ctx, period, what)
    current = find_day(ctx, ctx.genesis.day(ctx.period))
    called = cast(Period | None, ctx.get(ANOMALY_KEY))
    is_soon = called is not None and ctx.period < called + ANOMALY_SPACING_PERIODS
    if current is None or is_soon or find_attempt(ctx, current.day) is not None:
        return
    ctx.put(ANOMALY_KEY, ctx.period)
    call_for_trigger(ctx, current, Cause.STORAGE)


def _note_anomaly(ctx: Context, period: Period, what: str) -> None:
    known = cast(tuple[str, ...], ctx.get(anomalies_key(period)) or ())
    ctx.put(anomalies_key(period), (*known, what))
    ctx.emit("anomaly", period=period, what=what)
