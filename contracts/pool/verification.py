"""V: what a seat's meter saw in an interval, once."""

from typing import Final, cast

from contracts import tdva
from contracts.context import Context
from contracts.metering import readings
from contracts.metering.readings import Reading
from contracts.pool.intervals import (
    Seat,
    calendar_of,
    check_process,
    find_metering_seat,
    get_interval,
    get_seat,
)
from contracts.pool.records import Phase, metered_key
from contracts.pool.refusals import Implausible, IncompleteReading, NotConcerned, NotNow
from ledger.quantities import Period

FIELDS: Final = ("imported_wh", "exported_wh")
"""What the settlement needs of every reading: the flows over the connection."""


def take_reading(ctx: Context, period: Period, reading: Reading) -> None:
    """The sender, a seat's meter, verifies an interval. Raises PoolError, MeteringError or VerifiedTwice."""
    number = find_metering_seat(ctx, ctx.sender)
    if number is None:
        raise NotConcerned(ctx.sender, "a meter of this market")
    record = get_interval(ctx, period)
    check_process(ctx, record)
    if record.phase is not Phase.METERING or number >= record.seats:
        raise NotNow(period, record.phase, "no reading of this meter is taken")
    if ctx.get(metered_key(period, number)) is not None:
        raise NotNow(period, record.phase, "the meter that this one replaces has been read")
    seat = get_seat(ctx, number)
    _check_reading(ctx, seat, reading)
    tdva.verify(ctx, ctx.sender, period)
    readings.confirm(ctx, ctx.sender, period, reading)
    net_wh = cast(int, reading.imported_wh) - cast(int, reading.exported_wh)
    ctx.put(metered_key(period, number), net_wh)
    ctx.emit("verified", period=period, party=seat.party, carrier=seat.carrier.value, net_wh=net_wh)


def _check_reading(ctx: Context, seat: Seat, reading: Reading) -> None:
    most_wh = calendar_of(ctx).reading_wh_max(seat.power_w)
    for field in FIELDS:
        energy_wh = getattr(reading, field)
        if energy_wh is None:
            raise IncompleteReading(ctx.sender, field)
        if energy_wh > most_wh:
            raise Implausible(ctx.sender, field, energy_wh, most_wh)
