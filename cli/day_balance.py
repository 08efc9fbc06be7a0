"""A settled day on a node's chain: the energy that its meters saw, and the money that changed hands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from cli.describe import Names
from cli.dispatch_day import DispatchDay
from contracts.dispatch.records import bill_key, settlement_key
from contracts.metering.readings import Reading
from ledger.quantities import Period

MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Energy:
    """What one meter saw over the day, in Wh; balanced if as much came as went in every single period."""

    place: str
    generated_wh: int
    imported_wh: int
    consumed_wh: int
    exported_wh: int
    readings: int
    balanced: bool


@dataclass(frozen=True, slots=True)
class StorageDay:
    """The storage from the day's start to its end, in Wh, as its meter saw it."""

    start_wh: int
    end_wh: int
    lowest_wh: int
    highest_wh: int
    charged_wh: int
    discharged_wh: int


@dataclass(frozen=True, slots=True)
class Money:
    """What each party paid (+) or received (-), in the currency, and whether nothing was lost or made."""

    bills: Mapping[str, float]
    loss_account: float
    sum_of_changes: float
    balanced: bool


def park_energies(day: DispatchDay) -> tuple[Energy, ...]:
    """Each park's meter: generated + imported = consumed + exported."""
    names = Names(day.sight.genesis)
    return tuple(
        energy(
            names[park.address],
            [reading for period in day.periods if (reading := day.sight.reading(park.meter, period))],
        )
        for park in day.parameters.parks
    )


def energy(place: str, seen: list[Reading]) -> Energy:
    columns = [
        (r.generated_wh or 0, r.imported_wh or 0, r.consumed_wh or 0, r.exported_wh or 0) for r in seen
    ]
    generated, imported, consumed, exported = (
        map(sum, zip(*columns, strict=True)) if columns else (0, 0, 0, 0)
    )
    balanced = all(made + came == used + went for made, came, used, went in columns)
    return Energy(place, generated, imported, consumed, exported, len(seen), balanced and bool(seen))


def bus_energy(day: DispatchDay) -> Energy:
    """The bus: its connection carries what the parks and the storage take together.

    The storage's discharge counts as generated, its charge as consumed; the parks' connections likewise.
    """
    full = [flows for period in day.periods if (flows := bus_flows(day, period))]
    generated, imported, consumed, exported = map(sum, zip(*full, strict=True)) if full else (0, 0, 0, 0)
    balanced = all(made + came == used + went for made, came, used, went in full)
    return Energy("bus", generated, imported, consumed, exported, len(full), balanced and bool(full))


def bus_flows(day: DispatchDay, period: Period) -> tuple[int, int, int, int] | None:
    """Given to the bus, imported, taken from the bus, exported; None if a reading is missing."""
    parameters = day.parameters
    seen = [day.sight.reading(meter, period) for meter in parameters.meters]
    if None in seen:
        return None
    *parks, storage, bus = cast(list[Reading], seen)
    return (
        sum(park.exported_wh or 0 for park in parks) + (storage.discharged_wh or 0),
        bus.imported_wh or 0,
        sum(park.imported_wh or 0 for park in parks) + (storage.charged_wh or 0),
        bus.exported_wh or 0,
    )


def storage_day(day: DispatchDay) -> StorageDay:
    """The storage's state of charge by its meter; before its first reading, what the genesis says."""
    meter, periods = day.parameters.storage_meter, day.periods
    before = day.sight.reading(meter, Period(periods[0] - 1))
    start = before.state_of_charge_wh if before else None
    seen = [reading for period in periods if (reading := day.sight.reading(meter, period))]
    charges = [reading.state_of_charge_wh or 0 for reading in seen]
    return StorageDay(
        start_wh=day.parameters.initial_charge_wh if start is None else start,
        end_wh=charges[-1],
        lowest_wh=min(charges),
        highest_wh=max(charges),
        charged_wh=sum(reading.charged_wh or 0 for reading in seen),
        discharged_wh=sum(reading.discharged_wh or 0 for reading in seen),
    )


def money(day: DispatchDay, change: int) -> Money:
    """The day's bills, and by how much all balances and escrows have changed since the genesis."""
    names, record = Names(day.sight.genesis), day.record
    bills = {party: day.sight.get(bill_key(record.day, party)) for party in day.parameters.parties}
    settlement = cast(Mapping[str, int], day.sight.get(settlement_key(record.day)))
    amounts = {party: cast(Mapping[str, int], bill)["amount"] for party, bill in bills.items() if bill}
    return Money(
        bills={names[party]: amount / MILLION for party, amount in amounts.items()},
        loss_account=settlement["loss"] / MILLION,
        sum_of_changes=change / MILLION,
        balanced=change == 0 and sum(amounts.values()) + settlement["loss"] == 0,
    )
