"""Storages over periods: the shared one of a dispatch as its plans and its controller have it, all others as
their meters do."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from explorer.index.queries.curves import POINTS, Curves, Quantity, Thinning, choose_range, read_curves
from explorer.index.queries.descriptions import description
from explorer.index.queries.meters import meters
from explorer.index.readers.capacity import DELIVERED, RESERVED
from explorer.index.readers.dispatch import MARKET, STORAGE
from explorer.index.readers.storages import reserved_subject, storage_subject

CHARGE: Final = ("Wh", "line", Thinning.LAST)
POWER: Final = ("W", "step", Thinning.MEAN)
ENERGY: Final = ("Wh", "bar", Thinning.SUM)
SHARED: Final = (
    ("soc_planned", "State of charge, planned", *CHARGE, "plan_soc_wh"),
    ("soc", "State of charge, metered", *CHARGE, "soc_wh"),
    ("told", "Told", *POWER, "told_w"),
    ("reported", "Reported by the controller", *POWER, "reported_w"),
    ("available", "Power it can give", "W", "step", Thinning.LAST, "available_w"),
    ("charge", "Charged", *ENERGY, "charge_wh"),
    ("discharge", "Discharged", *ENERGY, "discharge_wh"),
)
OWN: Final = (
    ("soc", "State of charge, metered", *CHARGE, "state_of_charge_wh"),
    ("reported", "Power, metered", *POWER, "power_w"),
    ("charge", "Charged", *ENERGY, "charged_wh"),
    ("discharge", "Discharged", *ENERGY, "discharged_wh"),
)


@dataclass(frozen=True, slots=True)
class StorageLimits:
    """Between which a storage is kept, as its market has it."""

    power_w: int
    energy_wh: int
    lowest_wh: int
    highest_wh: int


def usual_storage(connection: Connection) -> str | None:
    """The meter of the shared storage, or of the first by address; None on a chain without any."""
    shared: str | None = description(connection, MARKET).get("storage_meter")
    if shared is not None:
        return shared
    first = meters(connection, is_storage=True, limit=1).items
    return first[0].address if first else None


def storage_limits(connection: Connection, meter: str) -> StorageLimits | None:
    """Of the storage behind a meter; None where no market knows them."""
    known = description(connection, storage_subject(meter))
    return StorageLimits(**known) if known else None


def storage(
    connection: Connection,
    meter: str,
    from_period: int | None = None,
    to_period: int | None = None,
    points: int = POINTS,
) -> Curves:
    """Charge, power and energy, and what capacity rights reserve and were given.

    What is reserved ahead is known beyond what is metered: it is there where a range begins somewhere and has
    no end.
    """
    is_shared = meter == description(connection, MARKET).get("storage_meter")
    subject, known = (STORAGE, SHARED) if is_shared else (meter, OWN)
    reserved = reserved_subject(meter)
    subjects = [subject] if from_period is None else [subject, reserved]
    chosen = choose_range(connection, subjects, from_period, to_period, points)
    quantities = [
        *(Quantity(*each[:5], subject, each[5]) for each in known),
        Quantity("reserved", "Reserved by capacity rights", "Wh", "step", Thinning.LAST, reserved, RESERVED),
        Quantity("delivered", "Delivered for capacity rights", *ENERGY, meter, DELIVERED),
    ]
    return read_curves(connection, quantities, chosen)
