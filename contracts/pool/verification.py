"""V: what a seat's meter saw in an interval, once."""

from typing import Final, cast

from contracts import tdva
from contracts.community.homes import SECONDS_PER_HOUR
from contracts.community.orders import ENERGY_WH_MAX
from contracts.context import Context
from contracts.metering import readings
from contracts.metering.readings import Reading
from contracts.pool.agreements import Kind
from contracts.pool.intervals import (
    Seat,
    calendar_of,
    check_process,
    find_metering_seat,
    find_standing,
    get_interval,
    get_seat,
)
from contracts.pool.records import Phase, metered_key
from contracts.pool.refusals import Implausible, IncompleteReading, NotConcerned, NotNow, TooLate
from ledger.quantities import EnergyWh, Period

FIELDS: Final = ("imported_wh", "exported_wh")
"""What the settlement needs of every reading: the flows over the connection."""

IMPLAUSIBLE_TIMES: Final = 4
"""A connection may carry more than is agreed on; so many times that is a broken meter."""


def take_reading(ctx: Context, period: Period, reading: Reading) -> None:
    """The sender, a seat's meter, verifies an interval. Raises PoolError, MeteringError or VerifiedTwice."""
    number = find_metering_seat(ctx, ctx.sender)
    if number is None:
        raise NotConcerned(ctx.sender, "a meter of this market")
    record = get_interval(ctx, period)
    check_process(ctx, record)
    if record.phase is not Phase.RUNNING or number >= record.seats:
        raise NotNow(period, record.phase, "no reading of this meter is taken")
    due = calendar_of(ctx).reading_due(period)
    if ctx.slot > due:
        raise TooLate(f"the reading of period {period}", due, ctx.slot)
    seat = get_seat(ctx, number)
    _check_reading(ctx, seat, reading)
    tdva.verify(ctx, ctx.sender, period)
    readings.record(ctx, ctx.sender, period, reading)
    net_wh = cast(int, reading.imported_wh) - cast(int, reading.exported_wh)
    ctx.put(metered_key(period, number), net_wh)
    ctx.emit("verified", period=period, party=seat.party, carrier=seat.carrier.value, net_wh=net_wh)


def _check_reading(ctx: Context, seat: Seat, reading: Reading) -> None:
    most_wh = _plausible_wh(ctx, seat)
    for field in FIELDS:
        energy_wh = getattr(reading, field)
        if energy_wh is None:
            raise IncompleteReading(ctx.sender, field)
        if energy_wh > most_wh:
            raise Implausible(ctx.sender, field, energy_wh, most_wh)


def _plausible_wh(ctx: Context, seat: Seat) -> EnergyWh:
    """By the largest of the seat's agreements; by what no seat can have, if none stands any more."""
    limits_wh = []
    for kind in (Kind.SUPPLY, Kind.USE, Kind.STORAGE):
        agreement = find_standing(ctx, kind, seat.party, seat.carrier)
        if agreement is not None:
            is_power = kind is not Kind.STORAGE
            seconds = ctx.genesis.period_s if is_power else SECONDS_PER_HOUR
            limits_wh.append(agreement.limit * seconds // SECONDS_PER_HOUR)
    most_wh = min(max(limits_wh, default=ENERGY_WH_MAX), ENERGY_WH_MAX)
    return EnergyWh(IMPLAUSIBLE_TIMES * max(most_wh, 1))
