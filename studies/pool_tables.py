"""A played day of the pool market as tables: by carrier, all bids, all trades, and everybody's bill."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from contracts.metering.readings import Carrier
from contracts.pool.cycle import Scenario
from contracts.pool.records import Counters
from studies.pool import Day, Interval

WH_PER_KWH: Final = 1_000
NANO: Final = 10**9
PLATFORM: Final = "platform"


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """One carrier's day; energies kWh, money in the currency."""

    carrier: str
    direct_kwh: float
    pool_kwh: float
    """Sold by the pool, out of storages too."""
    stored_kwh: float
    """Taken over by a storage."""
    expired_kwh: float
    rest_kwh: float
    """What consumers lacked when cycles were over."""
    matched: int
    failed: int
    pooled: int
    pool_sales: int
    mean_price: float
    """Of what consumers bought, a kWh, without fees."""
    commission: float


@dataclass(frozen=True, slots=True)
class RankingRow:
    """What each ranking makes of the same offers, without storages."""

    carrier: str
    optimum: float
    """The greatest welfare, currency."""
    value_percent: float
    """Of it, by N * P."""
    price_percent: float
    """Of it, by P."""
    value_kwh: float
    price_kwh: float


def rows_of(day: Day) -> list[CarrierRow]:
    """A row for each carrier."""
    return [
        _row(terms.carrier, [one for one in day.intervals if one.carrier is terms.carrier])
        for terms in day.case.terms
    ]


def rankings_of(by_value: Day, by_price: Day) -> list[RankingRow]:
    """A row for each carrier, of two days of one case."""
    rows = []
    for terms in by_value.case.terms:
        value, price = (
            [one for one in day.intervals if one.carrier is terms.carrier] for day in (by_value, by_price)
        )
        optimum = sum(one.optimum for one in value)
        rows.append(
            RankingRow(
                terms.carrier.value,
                optimum / NANO,
                100 * sum(one.welfare for one in value) / optimum if optimum else 100.0,
                100 * sum(one.welfare for one in price) / optimum if optimum else 100.0,
                _kwh(value),
                _kwh(price),
            )
        )
    return rows


def write_tables(day: Day, directory: Path) -> list[Path]:
    """bids.csv, trades.csv and bills.csv, into a directory that is there."""
    bids = [
        {"quarter": one.quarter, "carrier": one.carrier.value, "side": side.value,
         "name": offer.address, "cycle": offer.since, "energy_wh": offer.energy_wh,
         "limit_ukwh": offer.limit_ukwh}
        for one in day.intervals
        for side, offer in one.offers
    ]  # fmt: skip
    trades = [
        {"quarter": one.quarter, "carrier": one.carrier.value, "cycle": cycle, **asdict(trade)}
        for one in day.intervals
        for cycle, made in enumerate([*[outcome.trades for outcome in one.outcomes], one.stored])
        for trade in made
    ]
    tables = {"bids.csv": bids, "trades.csv": trades, "bills.csv": bills_of(day)}
    return [_write(directory / name, rows) for name, rows in tables.items()]


def bills_of(day: Day) -> list[dict[str, Any]]:
    """By party: the day's energy and money, + is paid; the platform's is what all the others leave."""
    bills: dict[str, dict[str, Any]] = {}
    for one in day.intervals:
        for bill in one.bills:
            row = bills.setdefault(
                bill.address, {"name": bill.address, "traded_wh": 0, "network_wh": 0, "amount": 0}
            )
            row["traded_wh"] += bill.traded_wh
            row["network_wh"] += bill.network_wh
            row["amount"] += bill.amount
    rows = [bills[name] for name in sorted(bills)]
    total = {key: -sum(row[key] for row in rows) for key in ("traded_wh", "network_wh", "amount")}
    return [*rows, {"name": PLATFORM, **total}]


def _row(carrier: Carrier, intervals: Sequence[Interval]) -> CarrierRow:
    trades = [trade for one in intervals for trade in one.trades]
    counters = Counters()
    for one in intervals:
        for outcome in one.outcomes:
            counters = counters.add(outcome)
    bought_wh = sum(trade.energy_wh for trade in trades)
    by_scenario = {
        scenario: sum(trade.energy_wh for trade in trades if trade.scenario is scenario)
        for scenario in Scenario
    }
    return CarrierRow(
        carrier.value,
        by_scenario[Scenario.DIRECT] / WH_PER_KWH,
        by_scenario[Scenario.POOL] / WH_PER_KWH,
        sum(trade.energy_wh for one in intervals for trade in one.stored) / WH_PER_KWH,
        sum(one.expired_wh for one in intervals) / WH_PER_KWH,
        sum(bid.left_wh for one in intervals for bid in one.outcomes[-1].after.bids) / WH_PER_KWH,
        **asdict(counters),
        mean_price=sum(trade.nano for trade in trades) / bought_wh / 10**6 if bought_wh else 0.0,
        commission=sum(trade.seller_fee_nano + trade.buyer_fee_nano for trade in trades) / NANO,
    )


def _kwh(intervals: Sequence[Interval]) -> float:
    return sum(trade.energy_wh for one in intervals for trade in one.trades) / WH_PER_KWH


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
