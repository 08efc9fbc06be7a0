"""Made energy on a made chain, as the API tells of it: plans, readings, readings, storage."""

import math
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from tests.explorer.web.made_chain import PARKS, PERIOD_S, Chain, Document, address, digest

DAYS = 30
SPAN = 96
COUNTS = {
    "transactions": 2_411,
    "processes": 5,
    "running": 1,
    "members": 11,
    "validators": 4,
    "meters": 4,
    "readings": 11_136,
}
STORAGES = ("Shared Storage", PARKS[0])
"""Who own one."""
GAP = range(40, 46)
"""Periods of the newest day without readings."""


def wave(period: int, phase: float, size: float) -> float:
    return size * max(0.0, math.sin(2 * math.pi * (period % SPAN) / SPAN - phase))


@cache
def flows(period: int) -> dict[str, int | None]:
    chance = Random(period)
    generation = wave(period, math.pi / 2, 42_000)
    load = 14_000 + wave(period, math.pi, 16_000) + chance.uniform(-900, 900)
    net = load - generation
    charge, discharge = max(0.0, min(9_000, -net)), max(0.0, min(6_000, net / 2))
    balance = net + charge - discharge
    return {
        "generation": int(generation),
        "load": int(load),
        "charge": int(charge),
        "discharge": int(discharge),
        "buy": int(max(0.0, balance)),
        "sell": int(max(0.0, -balance)),
    }


@cache
def factor(period: int, key: str) -> float:
    """By which what is metered differs from the plan."""
    return Random(f"{period}/{key}").uniform(0.93, 1.07)


class Energy:
    """Documents about energy. The newest period that is known is that of the chain's head."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @property
    def newest(self) -> int:
        return self.chain.period - self.chain.period % SPAN - 1

    def is_missing(self, period: int) -> bool:
        return period // SPAN == self.newest // SPAN and period % SPAN in GAP

    def metered(self, key: str) -> Callable[[int], int | None]:
        def value(period: int) -> int | None:
            if self.is_missing(period):
                return None
            known = flows(period)[key]
            return int(known * factor(period, key)) if known else known

        return value

    def planned(self, key: str) -> Callable[[int], int | None]:
        return lambda period: flows(period)[key]

    def dispatch(self, query: Any) -> Document:
        flows = ("buy", "sell", "charge", "discharge")
        curves = [
            *((f"plan_{key}", f"{key.title()}, planned", "Wh", "step", self.planned(key)) for key in flows),
            ("forecast", "Net load, forecast", "Wh", "step", self.planned("load")),
            *((key, key.title(), "Wh", "bar", self.metered(key)) for key in (*flows, "generation", "load")),
            ("price_buy", "Grid asks", "ukwh", "step", lambda p: 310_000 if 32 <= p % SPAN < 84 else 220_000),
            ("price_sell", "Grid pays", "ukwh", "step", lambda p: 82_000),
            ("price_bus", "Bus's internal price", "ukwh", "step", lambda p: 120_000 + 900 * (p % SPAN)),
            ("deviation", "Net import less plan", "Wh", "bar", self.deviation),
        ]
        sites = [self.chain.called(name) for name in ("park 1", "park 2", "storage")]
        return {**self.series(query, curves), "sites": sites}

    def deviation(self, period: int) -> int | None:
        buy, sell = self.metered("buy")(period), self.metered("sell")(period)
        planned = flows(period)
        if buy is None or sell is None:
            return None
        return buy - sell - (planned["buy"] or 0) + (planned["sell"] or 0)

    def storage(self, query: Any) -> Document:
        def charge(period: int) -> int | None:
            return (
                None
                if self.is_missing(period)
                else self.planned_charge(period) + Random(period).randrange(900)
            )

        def power(period: int) -> int:
            return 4 * ((flows(period)["charge"] or 0) - (flows(period)["discharge"] or 0))

        curves = [
            ("soc_planned", "State of charge, planned", "Wh", "line", self.planned_charge),
            ("soc", "State of charge, metered", "Wh", "line", charge),
            ("told", "Told", "W", "step", power),
            ("reported", "Reported by the controller", "W", "step", power),
            ("available", "Power it can give", "W", "step", lambda p: 40_000),
            ("charge", "Charged", "Wh", "bar", self.metered("charge")),
            ("discharge", "Discharged", "Wh", "bar", self.metered("discharge")),
            ("reserved", "Reserved by capacity rights", "Wh", "step", self.reserved),
            ("delivered", "Delivered for capacity rights", "Wh", "bar", self.delivered),
        ]
        limits = {
            "power_w": 40_000,
            "energy_wh": 200_000,
            "lowest_wh": 20_000,
            "highest_wh": 190_000,
        }
        meter = query.get("meter", address("Meter of the storage"))
        return {**self.series(query, curves), "meter": meter, "limits": limits}

    def reserved(self, period: int) -> int:
        return 30_000 if period % SPAN > 60 else 12_000

    def delivered(self, period: int) -> int | None:
        return 900 if period % SPAN > 70 else None

    def planned_charge(self, period: int) -> int:
        return 105_000 + int(80_000 * math.sin(2 * math.pi * (period % SPAN) / SPAN - 2.2))

    def readings(self, query: Any) -> Document:
        curves = [
            ("generated_wh", "Generated", "Wh", "bar", self.metered("generation")),
            ("consumed_wh", "Consumed", "Wh", "bar", self.metered("load")),
        ]
        document = self.series(query, curves)
        document["corrected"] = document["periods"][10:12]
        return document

    def series(self, query: Any, curves: Any) -> Document:
        last = min(int(query.get("to_period", self.newest)), self.newest)
        first = max(int(query.get("from_period", last - SPAN + 1)), self.newest - DAYS * SPAN)
        step = max(1, -(-(last - first + 1) // int(query.get("points", 400))))
        periods = list(range(first, last + 1, step))
        return {
            "from_period": first,
            "to_period": last,
            "step": step,
            "period_s": PERIOD_S,
            "periods": periods,
            "series": [self.curve(periods, step, *curve) for curve in curves],
            "corrected": [],
        }

    def curve(
        self, periods: list[int], step: int, key: str, name: str, unit: str, kind: str, value: Any
    ) -> Document:
        groups = [[value(p) for p in range(period, period + step)] for period in periods]
        known = [[v for v in group if v is not None] for group in groups]
        one: Any = sum if unit == "Wh" and kind != "line" and key != "reserved" else max
        document = {"key": key, "name": self.chain.called(name) if key == "plan_buy" else name}
        document |= {"unit": unit, "kind": kind, "values": [one(group) if group else None for group in known]}
        document["known"] = [len(group) for group in known]
        if step > 1:
            document["low"] = [min(group) if group else None for group in known]
            document["high"] = [max(group) if group else None for group in known]
        return document

    def days(self) -> list[Document]:
        last = self.newest // SPAN
        return [
            {
                "day": day,
                "phase": "settled" if day < last else "metering",
                "revision": 2,
                "cost_nano": 18_421_337_000_000,
                "process": digest("process", day % 4),
                "from_period": day * SPAN,
                "to_period": day * SPAN + SPAN - 1,
            }
            for day in range(last, last - 20, -1)
        ]

    def meters(self, query: Any) -> list[Document]:
        owners = {f"Meter of {park}": park for park in PARKS} | {"Meter of the storage": "Shared Storage"}
        return [
            {
                "address": address(meter),
                "owner": address(owner),
                "carrier": "electricity",
                "place": self.chain.called(f"{owner}, east gate"),
                "last_period": self.newest,
                "readings": 2_784,
                "is_storage": owner in STORAGES,
            }
            for meter, owner in owners.items()
            if "storage" not in query or owner in STORAGES
        ]

    def overview(self, alerts: dict[str, int]) -> Document:
        chain = self.chain
        return {
            "chain_name": chain.called("Elm Valley"),
            "counts": {**COUNTS, "blocks": chain.head},
            "from_period": self.newest - SPAN + 1,
            "to_period": self.newest,
            "energy": self.last_day(),
            "readings": 4 * (SPAN - len(GAP)),
            "readings_due": 4 * SPAN,
            "alerts": alerts,
            "processes": [process for process in chain.processes() if not process["is_settled"]],
            "blocks": chain.blocks(chain.head + 1, 10),
        }

    def last_day(self) -> Document:
        keys = {"generation": "generated", "load": "consumed", "buy": "imported", "sell": "exported"}
        keys |= {"charge": "charged", "discharge": "discharged"}
        periods = range(self.newest - SPAN + 1, self.newest + 1)
        return {f"{told}_wh": sum(self.metered(key)(p) or 0 for p in periods) for key, told in keys.items()}
