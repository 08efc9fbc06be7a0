"""Meters and what they saw."""

from collections.abc import Mapping
from typing import cast

from explorer.index import tables
from explorer.index.readers.reader import Happening, Reader
from explorer.index.rows import Rows
from explorer.index.series import CORRECTED
from ledger.codec import Value
from ledger.genesis import Genesis

OF_STORAGE = frozenset({"charged_wh", "discharged_wh", "state_of_charge_wh"})
"""What a storage's meter alone tells."""
UNKNOWN = "unknown"
"""The carrier of a meter that was registered in a block that is not held."""
SUMMED = ("generated_wh", "consumed_wh", "charged_wh", "discharged_wh", "imported_wh", "exported_wh")


def totals(carrier: str) -> str:
    """The subject of the sums over all meters of a carrier."""
    return f"total/{carrier}"


def begin(rows: Rows, genesis: Genesis) -> None:
    meters = cast(Mapping[str, Mapping[str, str]], genesis.contracts["metering"].get("meters", {}))
    for address, meter in meters.items():
        rows.put(tables.meters, address=address, **meter)


def registered(rows: Rows, seen: Happening) -> None:
    fields = seen.fields
    rows.put(
        tables.meters,
        address=fields["meter"],
        owner=fields["owner"],
        carrier=fields["carrier"],
        place=fields["place"],
    )


def read(rows: Rows, seen: Happening) -> None:
    meter, period = cast(str, seen.fields["meter"]), cast(int, seen.fields["period"])
    quantities = _quantities(seen.fields)
    rows.put_points(meter, period, quantities)
    rows.lift(tables.meters, address=meter, last_period=period)
    if not OF_STORAGE.isdisjoint(quantities):
        rows.put(tables.meters, address=meter, is_storage=True)
    rows.add(tables.meters, address=meter, readings=1)
    rows.add_points(_totals(rows, seen, meter), period, {"readings": 1, **_summed(quantities)})


def corrected(rows: Rows, seen: Happening) -> None:
    meter, period = cast(str, seen.fields["meter"]), cast(int, seen.fields["period"])
    before = _quantities(cast(Mapping[str, Value], seen.fields["before"]))
    after = _quantities(cast(Mapping[str, Value], seen.fields["after"]))
    missing = dict.fromkeys(before.keys() - after.keys())
    rows.put_points(meter, period, {**missing, **after, CORRECTED: 1})
    changed = [name for name in SUMMED if name in before or name in after]
    change = {name: after.get(name, 0) - before.get(name, 0) for name in changed}
    rows.add_points(_totals(rows, seen, meter), period, change)


def _totals(rows: Rows, seen: Happening, meter: str) -> str:
    """Of the carrier of a meter, which may be new."""
    carrier = seen.past.carrier(meter)
    if carrier is None:
        carrier = (rows.find(tables.meters, address=meter) or {}).get("carrier")
    return totals(carrier or UNKNOWN)


def _quantities(fields: Mapping[str, Value]) -> dict[str, int]:
    """What is a number in a reading; a status and the weather are words."""
    return {
        name: value
        for name, value in fields.items()
        if isinstance(value, int) and name not in ("meter", "period")
    }


def _summed(quantities: Mapping[str, int]) -> dict[str, int]:
    return {name: quantities[name] for name in SUMMED if name in quantities}


READER = Reader(
    "metering", events={"registered": registered, "read": read, "corrected": corrected}, begin=begin
)
