"""What meters, plans and controllers told over some days, and what the detector makes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from contracts.metering.readings import Reading
from crypto.address import Address
from explorer.alerts.alert import Alert
from explorer.alerts.detector import Detector
from explorer.alerts.facts import (
    Expected,
    Fact,
    ReadingAbsent,
    ReadingsDue,
    ReadingTaken,
    StorageReported,
    StorageTold,
)
from explorer.alerts.settings import Settings

LATE_SHARE = 0.02
"""Of the readings, how many come a block or more late."""


@dataclass
class Trace:
    """Everything that is told of each period, before it is said in which block."""

    settings: Settings
    market: str
    first: int
    periods: int
    readings: dict[str, dict[int, Reading]] = field(default_factory=dict)
    expected: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    """By meter and last period: (periods, Wh)."""
    told_w: dict[int, int] = field(default_factory=dict)
    reported_w: dict[int, int] = field(default_factory=dict)
    storage: str = ""

    @property
    def span(self) -> range:
        return range(self.first, self.first + self.periods)

    def change(self, meter: str, period: int, **fields: int) -> None:
        """The meter says other than it would."""
        self.readings[meter][period] = replace(self.readings[meter][period], **fields)

    def detect(self, seed: int, detector: Detector | None = None) -> dict[str, Alert]:
        """All alerts by id, as they are in the end. One block a period; a few readings come late."""
        found: dict[str, Alert] = {}
        known = detector or Detector(self.settings)
        for height, facts in enumerate(self.blocks(seed), start=1):
            now = self.first + height
            found |= {alert.id: alert for alert in known.observe(height, now, now, facts)}
            known.changes()
        return found

    def blocks(self, seed: int) -> Iterator[list[Fact]]:
        """The facts of each block; in block n the period n - 1 is just over."""
        chance = np.random.default_rng([seed, 99])
        late: dict[int, list[Fact]] = {}
        waits = self.settings.late_periods
        for period in range(self.first, self.first + self.periods + waits + 1):
            facts = late.pop(period, [])
            for fact in self._told(period):
                delay = int(chance.integers(1, waits)) if chance.random() < LATE_SHARE else 0
                (late.setdefault(period + delay, []) if delay else facts).append(fact)
            missing = self._missing(period - waits) if self.market == "dispatch" else []
            yield [*self._before(period), *facts, *missing]

    def _before(self, period: int) -> Iterator[Fact]:
        """What the chain itself tells, which is never late."""
        if period not in self.span:
            return
        if self.market != "dispatch":
            yield ReadingsDue(self.market, period)
        for meter, ends in self.expected.items():
            if period in ends:
                periods, energy_wh = ends[period]
                yield Expected(Address(meter), period - periods + 1, periods, energy_wh)
        if period in self.told_w:
            yield StorageTold(Address(self.storage), period, self.told_w[period])

    def _told(self, period: int) -> Iterator[Fact]:
        for meter, rows in self.readings.items():
            if period in rows:
                yield ReadingTaken(Address(meter), period, self.market, rows[period])
        if period in self.reported_w:
            yield StorageReported(Address(self.storage), period, self.reported_w[period])

    def _missing(self, period: int) -> list[Fact]:
        return [
            ReadingAbsent(Address(meter), period, self.market)
            for meter, rows in self.readings.items()
            if period in self.span and period not in rows
        ]
