"""V: what each resource's meter saw in a period of an event, once."""

from typing import cast

from contracts import tdva
from contracts.context import Context
from contracts.metering import readings
from contracts.metering.readings import Reading
from contracts.response.events import calendar_of, check_process, get_event
from contracts.response.records import EventRecord, Phase, meter_key, verified_key
from contracts.response.refusals import IncompleteReading, NotConcerned, NotNow, TooLate, WrongPeriod
from ledger.quantities import Period

FIELDS = ("imported_wh", "exported_wh")
"""What the settlement needs of every reading: the flows over the resource's connection."""


def take_reading(ctx: Context, event: int, period: Period, reading: Reading) -> None:
    """The sender, the meter of a resource of this event, verifies a period of it. Raises ResponseError,
    MeteringError, or VerifiedTwice."""
    record = get_event(ctx, event)
    check_process(ctx, record)
    number = _resource(ctx, record)
    if not record.first_period <= period < record.end:
        raise WrongPeriod(period, record.first_period, record.end)
    if record.phase not in (Phase.RUNNING, Phase.METERING):
        raise NotNow(event, record.phase, "no readings are taken")
    due = calendar_of(ctx).reading_due(period)
    if ctx.slot > due:
        raise TooLate(f"the reading of period {period}", due, ctx.slot)
    for field in FIELDS:
        if getattr(reading, field) is None:
            raise IncompleteReading(ctx.sender, field)
    tdva.verify(ctx, ctx.sender, period)
    readings.confirm(ctx, ctx.sender, period, reading)
    injection_wh = cast(int, reading.exported_wh) - cast(int, reading.imported_wh)
    ctx.put(verified_key(event, number, period), injection_wh)
    ctx.emit("verified", event=event, resource=number, period=period, injection_wh=injection_wh)


def _resource(ctx: Context, record: EventRecord) -> int:
    """The resource that the sender measures."""
    number = cast(int | None, ctx.get(meter_key(ctx.sender)))
    if number is None or number >= record.resources:
        raise NotConcerned(ctx.sender, f"the meter of a resource of event {record.number}")
    return number
