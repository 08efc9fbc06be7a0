"""Meters and readings, as every contract keeps and finds them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, cast

from contracts.arguments import Length, Range
from contracts.context import Context
from contracts.metering.errors import (
    AlreadyRead,
    EmptyReading,
    NothingToCorrect,
    PeriodNotOver,
    PeriodTooOld,
    UnknownMeter,
    VerifiedElsewhere,
)
from crypto.address import Address
from ledger.codec import Value
from ledger.quantities import EnergyWh, Period, PowerW, PriceUkwh

ENERGY_WH_MAX = 10**12
"""A terawatt-hour a quarter of an hour: more is a broken meter."""

POWER_W_MAX = 10**12
PERIODS_LATE_MAX = 7 * 96
"""How long after its period a reading is taken or corrected."""

PARTS_PER_MILLION = 10**6
MILLIKELVIN_MAX = 10**7
VOLTAGE_MV_MAX = 10**9
PRICE_UKWH_MAX = 10**9


class Carrier(StrEnum):
    """What a meter measures."""

    ELECTRICITY = "electricity"
    HEAT = "heat"
    COLD = "cold"
    GAS = "gas"


@dataclass(frozen=True, slots=True)
class Meter:
    """A registered meter: a device with its own address and certificate."""

    address: Address
    owner: Address
    """Whose energy it measures."""
    carrier: Carrier
    place: str
    """What it stands at, such as the name of a park's connection."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter saw in one period. None is missing, and never zero."""

    generated_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)] | None = None
    consumed_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)] | None = None
    charged_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)] | None = None
    """Into a storage, measured on the side of its connection."""
    discharged_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)] | None = None
    """Out of a storage, measured on the side of its connection."""
    imported_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)] | None = None
    """Taken from the bus or the grid over the metered connection."""
    exported_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)] | None = None
    """Given to the bus or the grid over the metered connection."""
    power_w: Annotated[PowerW, Range(-POWER_W_MAX, POWER_W_MAX)] | None = None
    """At the end of the period; of a storage, + is charging, else + is consumption."""
    state_of_charge_wh: Annotated[EnergyWh, Range(0, ENERGY_WH_MAX)] | None = None
    """At the end of the period."""
    state_of_health_ppm: Annotated[int, Range(0, PARTS_PER_MILLION)] | None = None
    """Of the capacity that the device had when new."""
    temperature_mk: Annotated[int, Range(0, MILLIKELVIN_MAX)] | None = None
    """Thousandths of a kelvin."""
    status: Annotated[str, Length(1, 32)] | None = None
    """What the equipment says of itself."""
    voltage_mv: Annotated[int, Range(0, VOLTAGE_MV_MAX)] | None = None
    """The mean magnitude at the connection, phase to neutral, mV."""
    reactive_varh: Annotated[int, Range(-ENERGY_WH_MAX, ENERGY_WH_MAX)] | None = None
    """+ into the network."""
    price_ukwh: Annotated[PriceUkwh, Range(-PRICE_UKWH_MAX, PRICE_UKWH_MAX)] | None = None
    """What the owner paid for energy in the period, or, where it gave some, was paid."""
    weather: Annotated[str, Length(1, 64)] | None = None
    """What it was like where the meter stands."""


READING_FIELDS = tuple(field.name for field in fields(Reading))
"""Their names, in order."""


@dataclass(frozen=True, slots=True)
class Energy:
    """What an owner's electricity meters saw; no storage throughput."""

    generated_wh: EnergyWh
    consumed_wh: EnergyWh


def meter(ctx: Context, address: Address) -> Meter:
    """The meter of this address. Raises UnknownMeter."""
    value = ctx.scope("metering").get(meter_key(address))
    if value is None:
        raise UnknownMeter(address)
    owner, carrier, place = cast(tuple[Address, str, str], value)
    return Meter(address, owner, Carrier(carrier), place)


def reading(ctx: Context, address: Address, period: Period) -> Reading | None:
    """What a meter saw in one period, as last corrected; None if it is missing."""
    value = ctx.scope("metering").get(reading_key(address, period))
    return None if value is None else decode_reading(value)


def record(ctx: Context, address: Address, period: Period, seen: Reading) -> None:
    """Take the one reading of a meter for a period. Raises MeteringError with nothing changed."""
    _check(ctx, address, period, seen)
    if reading(ctx, address, period) is not None:
        raise AlreadyRead(address, period)
    _keep(ctx, address, period, seen, Reading())
    ctx.scope("metering").emit("read", meter=address, period=period, **encode_reading(seen))


def confirm(ctx: Context, address: Address, period: Period, seen: Reading) -> None:
    """What a market's verification names: the reading that stands already, or the one that is taken by it.

    So a meter that reports by itself too early has taken nothing from anybody; but one market alone settles
    what a meter saw in a period, or the same energy could be sold twice. Raises MeteringError with nothing
    changed: VerifiedElsewhere, or AlreadyRead where another reading stands.
    """
    metering, key = ctx.scope("metering"), market_key(address, period)
    market = metering.get(key)
    if market not in (None, ctx.contract):
        raise VerifiedElsewhere(address, period, str(market))
    if reading(ctx, address, period) != seen:
        record(ctx, address, period, seen)
    metering.put(key, ctx.contract)


def correct(ctx: Context, address: Address, period: Period, seen: Reading, reason: str) -> None:
    """Replace the reading of a period, openly. Raises MeteringError with nothing changed."""
    _check(ctx, address, period, seen)
    before = reading(ctx, address, period)
    if before is None:
        raise NothingToCorrect(address, period)
    _keep(ctx, address, period, seen, before)
    ctx.scope("metering").emit(
        "corrected",
        meter=address,
        period=period,
        reason=reason,
        before=encode_reading(before),
        after=encode_reading(seen),
    )


def energy_of_day(ctx: Context, owner: Address, day: int) -> Energy:
    """What an owner's meters saw in one UTC day, as far as they have told."""
    value = ctx.scope("metering").get(day_key(owner, day))
    return Energy(*cast(tuple[EnergyWh, EnergyWh], value or (0, 0)))


def meter_key(address: str) -> str:
    """Where metering keeps a meter."""
    return f"meter/{address}"


def reading_key(address: str, period: Period) -> str:
    """Where metering keeps a reading."""
    return f"reading/{address}/{period}"


def market_key(address: str, period: Period) -> str:
    """Where metering keeps which contract's verification a reading has served."""
    return f"market/{address}/{period}"


def day_key(owner: str, day: int) -> str:
    """Where metering keeps an owner's energy of a day."""
    return f"day/{owner}/{day}"


def encode_reading(seen: Reading) -> dict[str, Value]:
    """A reading as the state keeps it: what is missing is left out."""
    return {name: value for name in READING_FIELDS if (value := getattr(seen, name)) is not None}


def decode_reading(value: Value) -> Reading:
    """The reading that the state keeps as `value`."""
    return Reading(**cast(Mapping[str, Value], value))  # type: ignore[arg-type]


def _check(ctx: Context, address: Address, period: Period, seen: Reading) -> None:
    meter(ctx, address)
    if period >= ctx.period:
        raise PeriodNotOver(period, ctx.period)
    oldest = Period(ctx.period - PERIODS_LATE_MAX)
    if period < oldest:
        raise PeriodTooOld(period, oldest)
    if not encode_reading(seen):
        raise EmptyReading(address, period)


def _keep(ctx: Context, address: Address, period: Period, seen: Reading, before: Reading) -> None:
    metering = ctx.scope("metering")
    metering.put(reading_key(address, period), encode_reading(seen))
    device = meter(ctx, address)
    if device.carrier is not Carrier.ELECTRICITY:
        return
    day = ctx.genesis.day(period)
    total = energy_of_day(ctx, device.owner, day)
    generated = total.generated_wh + (seen.generated_wh or 0) - (before.generated_wh or 0)
    consumed = total.consumed_wh + (seen.consumed_wh or 0) - (before.consumed_wh or 0)
    metering.put(day_key(device.owner, day), (generated, consumed))
