"""Storages, whichever market they are in: how large they are, and what of them is reserved ahead."""

from explorer.index import tables
from explorer.index.rows import Rows


def put_storage(
    rows: Rows,
    meter: str,
    *,
    power_w: int,
    energy_wh: int,
    lowest_permille: int = 0,
    highest_permille: int = 1_000,
) -> None:
    """What is known of the storage behind a meter."""
    limits = {
        "power_w": power_w,
        "energy_wh": energy_wh,
        "lowest_wh": energy_wh * lowest_permille // 1_000,
        "highest_wh": energy_wh * highest_permille // 1_000,
    }
    rows.put(tables.descriptions, subject=storage_subject(meter), value=limits)
    mark_storage(rows, meter)


def mark_storage(rows: Rows, meter: str) -> None:
    """That it measures a storage."""
    rows.put(tables.meters, address=meter, is_storage=True)


def storage_subject(meter: str) -> str:
    """Of the description of a storage."""
    return f"storage/{meter}"


def reserved_subject(meter: str) -> str:
    """Of the series of what is reserved, which goes on beyond what is metered."""
    return f"reserved/{meter}"
