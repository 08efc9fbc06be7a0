"""V: what a home's meter saw in a period, once."""

from typing import cast

from contracts import tdva
from contracts.community.homes import SECONDS_PER_HOUR, Home
from contracts.community.records import Phase, metered_key
from contracts.community.refusals import Implausible, IncompleteReading, NotConcerned, NotNow
from contracts.community.rounds import check_process, find_metering_home, get_metered, get_round
from contracts.context import Context
from contracts.metering import readings
from contracts.metering.readings import Reading
from ledger.quantities import EnergyWh, Period

FIELDS = ("imported_wh", "exported_wh")
"""What the settlement needs of every reading: the flows over the home's connection."""

IMPLAUSIBLE_TIMES = 4
"""A connection may carry more than it is certified for; so many times that is a broken meter."""


def take_reading(ctx: Context, period: Period, reading: Reading) -> None:
    """The sender, a home's meter, verifies a period of the home's interval.

    Raises CommunityError, MeteringError, or VerifiedTwice.
    """
    found = find_metering_home(ctx, ctx.sender)
    if found is None:
        raise NotConcerned(ctx.sender, "the meter of a home of this market")
    number, home = found
    record = get_round(ctx, home.interval_of(period))
    check_process(ctx, record)
    if record.phase is not Phase.RUNNING or number >= record.homes:
        raise NotNow(record.first_period, record.phase, "no readings of this meter are taken")
    _check_reading(ctx, home, reading)
    tdva.verify(ctx, ctx.sender, period)
    readings.confirm(ctx, ctx.sender, period, reading)
    net_wh = EnergyWh(cast(int, reading.imported_wh) - cast(int, reading.exported_wh))
    metered = get_metered(ctx, record.first_period, number)
    ctx.put(metered_key(record.first_period, number), (metered.net_wh + net_wh, metered.readings + 1))
    ctx.emit("verified", round=record.first_period, home=home.address, period=period, net_wh=net_wh)


def _check_reading(ctx: Context, home: Home, reading: Reading) -> None:
    for field, rating_w in zip(FIELDS, (home.import_w, home.export_w), strict=True):
        energy_wh = getattr(reading, field)
        if energy_wh is None:
            raise IncompleteReading(ctx.sender, field)
        most_wh = IMPLAUSIBLE_TIMES * max(rating_w, 1) * ctx.genesis.period_s // SECONDS_PER_HOUR
        if energy_wh > most_wh:
            raise Implausible(ctx.sender, field, energy_wh, EnergyWh(most_wh))
