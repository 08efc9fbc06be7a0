"""A played day as tables: the hours, all revealed bids, all rights, and what everybody has to show for it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from studies.capacity import Day, RightOutcome


@dataclass(frozen=True, slots=True)
class HourRow:
    """One window; prices ukwh, energies kWh, welfare in the currency."""

    hour: int
    asks: int
    bids: int
    lowest_ukwh: int | None
    highest_ukwh: int | None
    price_ukwh: int | None
    traded_kwh: float
    delivered_kwh: float
    rights: int
    lots: int
    """Between how many lots decided."""
    welfare: float
    gap_ppm: float
    """To the linear program's optimum."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole day."""

    owners: int
    buyers: int
    windows_traded: int
    traded_kwh: float
    delivered_kwh: float
    paid: float
    refunded: float
    slashed: float
    welfare: float
    rights: int
    rights_short: int


def hours_of(day: Day) -> list[HourRow]:
    """A row for each hour."""
    rows = []
    for window in day.windows:
        cleared = window.cleared
        gap = abs(window.optimum - window.welfare) / window.optimum if window.optimum else 0.0
        rows.append(
            HourRow(
                hour=window.hour,
                asks=len(window.asks),
                bids=len(window.bids),
                lowest_ukwh=cleared.lowest_ukwh if cleared else None,
                highest_ukwh=cleared.highest_ukwh if cleared else None,
                price_ukwh=cleared.price_ukwh if cleared else None,
                traded_kwh=cleared.traded_wh / 1e3 if cleared else 0.0,
                delivered_kwh=sum(right.delivered_wh for right in window.rights) / 1e3,
                rights=len(window.rights),
                lots=len(cleared.order) if cleared else 0,
                welfare=window.welfare / 1e9,
                gap_ppm=gap * 1e6,
            )
        )
    return rows


def summary_of(day: Day) -> Summary:
    """The sums."""
    rights, hours = rights_of(day), hours_of(day)
    return Summary(
        owners=len(day.case.owners),
        buyers=len(day.case.buyers),
        windows_traded=sum(row.price_ukwh is not None for row in hours),
        traded_kwh=sum(row.traded_kwh for row in hours),
        delivered_kwh=sum(row.delivered_kwh for row in hours),
        paid=sum(right.paid for right in rights) / 1e6,
        refunded=sum(right.refunded for right in rights) / 1e6,
        slashed=sum(right.slashed for right in rights) / 1e6,
        welfare=sum(row.welfare for row in hours),
        rights=len(rights),
        rights_short=sum(right.delivered_wh < right.quantity_wh for right in rights),
    )


def rights_of(day: Day) -> list[RightOutcome]:
    """All rights of the day."""
    return [right for window in day.windows for right in window.rights]


def write_tables(day: Day, directory: Path) -> list[Path]:
    """bids.csv, trades.csv and bills.csv, into a directory that is there."""
    bids = [
        {"hour": window.hour, "side": side, "name": curve.name, "step": place, **asdict(step)}
        for window in day.windows
        for side, curves in (("sell", window.asks), ("buy", window.bids))
        for curve in curves
        for place, step in enumerate(curve.steps)
    ]
    trades = [{**asdict(right), "streamed": " ".join(map(str, right.streamed))} for right in rights_of(day)]
    tables = {"bids.csv": bids, "trades.csv": trades, "bills.csv": _bills(day)}
    return [_write(directory / name, rows) for name, rows in tables.items()]


def _bills(day: Day) -> list[dict[str, Any]]:
    """By trader: energy and money of the day; + is received. All of it adds up to nothing."""
    names = [owner.name for owner in day.case.owners] + [buyer.name for buyer in day.case.buyers]
    bills = {name: {"name": name, "sold_wh": 0, "bought_wh": 0, "amount": 0} for name in names}
    for right in rights_of(day):
        received = right.paid - right.slashed
        seller, buyer = bills[right.obligor], bills[right.holder]
        seller["sold_wh"] += right.delivered_wh  # type: ignore[operator]
        seller["amount"] += received  # type: ignore[operator]
        buyer["bought_wh"] += right.delivered_wh  # type: ignore[operator]
        buyer["amount"] -= received  # type: ignore[operator]
    return list(bills.values())


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
