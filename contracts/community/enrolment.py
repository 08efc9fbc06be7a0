"""Enrolling homes: those that the genesis begins with, and those that move in later; opting out."""

from typing import cast

from contracts.community.homes import HOMES_MAX, Home, encode_home
from contracts.community.parameters import Calendar, parameters_of
from contracts.community.records import (
    HOMES_KEY,
    INTERVALS_KEY,
    SETTLING_KEY,
    home_key,
    meter_key,
    number_key,
    opted_out_key,
)
from contracts.community.refusals import NotConcerned, UnfitHome
from contracts.community.rounds import calendar_of, count_homes, get_number, interval_lengths
from contracts.context import Context
from contracts.membership import members
from contracts.metering import readings
from contracts.steps import transaction_steps_max

STEPS_A_HOME = 1_000
"""To settle a home takes less, whatever it pays, owes or is paid."""

STEPS_A_READING = 70
"""To read a verification and to forget it takes less."""


def enroll(ctx: Context, home: Home) -> None:
    """The grid company certifies one more home. Raises NotConcerned, UnfitHome, UnknownMember or
    UnknownMeter."""
    if ctx.sender != parameters_of(ctx.genesis).grid:
        raise NotConcerned(ctx.sender, "the grid company of this market")
    keep(ctx, home)
    ctx.emit("enrolled", **encode_home(home))


def keep(ctx: Context, home: Home) -> None:
    """Write down a home under the next number. Raises UnfitHome, UnknownMember or UnknownMeter."""
    number = count_homes(ctx)
    members.member(ctx, home.address)
    readings.meter(ctx, home.meter)
    if number == HOMES_MAX:
        raise UnfitHome(home.address, f"a market has {HOMES_MAX} homes at the most")
    if ctx.get(number_key(home.address)) is not None:
        raise UnfitHome(home.address, "its owner has a home already")
    if ctx.get(meter_key(home.meter)) is not None:
        raise UnfitHome(home.address, "its meter is that of another home")
    _check_interval(calendar_of(ctx), home)
    ctx.put(SETTLING_KEY, _budget(ctx, home))
    ctx.put(home_key(number), encode_home(home))
    ctx.put(number_key(home.address), number)
    ctx.put(meter_key(home.meter), number)
    ctx.put(HOMES_KEY, number + 1)
    if home.interval_periods not in (known := interval_lengths(ctx)):
        ctx.put(INTERVALS_KEY, tuple(sorted((*known, home.interval_periods))))


def opt(ctx: Context, takes_part: bool) -> None:
    """The sender's home trades from now on, or leaves it (CE-SDT, 3.1). Orders that stand go on standing."""
    number = get_number(ctx, ctx.sender)
    if takes_part:
        ctx.delete(opted_out_key(number))
    else:
        ctx.put(opted_out_key(number), ctx.slot)
    ctx.emit("opted", home=ctx.sender, takes_part=takes_part)


def _budget(ctx: Context, newest: Home) -> int:
    """Steps that settling takes with one more home; what fits no transaction would never be settled."""
    steps = cast(int, ctx.get(SETTLING_KEY) or 0) + STEPS_A_HOME + newest.interval_periods * STEPS_A_READING
    most = transaction_steps_max(ctx.genesis.limits)
    if steps > most:
        reason = f"to settle all could then take {steps} steps, and a transaction {most} at the most"
        raise UnfitHome(newest.address, reason)
    return steps


def _check_interval(calendar: Calendar, home: Home) -> None:
    """An interval has one tariff, and days are made of intervals."""
    periods, size = calendar.genesis.periods_per_day, home.interval_periods
    if periods % size:
        raise UnfitHome(home.address, f"a day of {periods} periods is not made of intervals of {size}")
    for first in range(0, periods, size):
        if len({calendar.band(period) for period in range(first, first + size)}) > 1:
            raise UnfitHome(home.address, f"the tariff changes within its interval from period {first} on")
