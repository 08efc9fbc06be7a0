"""What one meter saw."""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from explorer.index.queries.curves import (
    POINTS,
    Curves,
    Quantity,
    Thinning,
    choose_range,
    read_curves,
)
from explorer.index.readers.capacity import DELIVERED

ENERGY: Final = ("Wh", "bar", Thinning.SUM)
STATE: Final = ("line", Thinning.LAST)
FIELDS: Final = {
    "generated_wh": ("Generated", *ENERGY),
    "consumed_wh": ("Consumed", *ENERGY),
    "charged_wh": ("Charged", *ENERGY),
    "discharged_wh": ("Discharged", *ENERGY),
    "imported_wh": ("Imported", *ENERGY),
    "exported_wh": ("Exported", *ENERGY),
    DELIVERED: ("Delivered for capacity rights", *ENERGY),
    "power_w": ("Power", "W", "line", Thinning.MEAN),
    "state_of_charge_wh": ("State of charge", "Wh", *STATE),
    "state_of_health_ppm": ("State of health", "ppm", *STATE),
    "temperature_mk": ("Temperature", "mK", "line", Thinning.MEAN),
    "voltage_mv": ("Voltage", "mV", "line", Thinning.MEAN),
    "reactive_varh": ("Reactive energy", "varh", "bar", Thinning.SUM),
    "price_ukwh": ("Price", "ukwh", "step", Thinning.MEAN),
}
"""Of a reading, in the order in which they are shown: name, unit, kind, thinning."""


def readings(
    connection: Connection,
    meter: str,
    from_period: int | None = None,
    to_period: int | None = None,
    points: int = POINTS,
) -> Curves:
    """All quantities that the meter told of in the range, and where a reading was corrected."""
    chosen = choose_range(connection, [meter], from_period, to_period, points)
    quantities = [Quantity(field, *FIELDS[field], meter, field) for field in FIELDS]
    found = read_curves(connection, quantities, chosen, corrected=meter)
    known = (curve for curve in found.curves if any(value is not None for value in curve.values))
    return replace(found, curves=tuple(known))
