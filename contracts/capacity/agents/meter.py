"""A device's meter: one reading of every period; of a window's periods as V, of all others on its own."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from contracts.agent import Action, Submit
from contracts.capacity.agents.member import CapacityMember
from contracts.capacity.agents.sight import Sight
from contracts.capacity.agents.sources import Measure
from contracts.capacity.fulfilment import find_sold
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import Phase, Standing, WindowRecord
from contracts.metering.readings import reading_key
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period
from ledger.stage import Stage

PERIODS_LOOKED_AT: Final = 8
"""The last ones, of which a reading may be missing still; of a window's own periods all are."""


class CapacityMeter(CapacityMember):
    """The agent of one meter; what it sees comes from `measure`."""

    kind = "capacity-meter"

    def __init__(self, key: PrivateKey, measure: Measure) -> None:
        super().__init__(key)
        self._measure = measure

    def follow(self, sight: Sight) -> Iterator[Action]:
        sold = [record for record in sight.windows() if self._delivers_in(sight, record)]
        now = sight.view.period
        wanted: dict[int, WindowRecord | None] = dict.fromkeys(range(now - PERIODS_LOOKED_AT, now))
        for record in sold:
            wanted |= dict.fromkeys(range(record.first_period, min(record.end, now)), record)
        for period, window in wanted.items():
            if sight.view.get("metering", reading_key(self.address, Period(period))) is None:
                yield from self._read(sight, Period(period), window)

    def _read(self, sight: Sight, period: Period, window: WindowRecord | None) -> Iterator[Action]:
        reading = self._measure(sight.view, period)
        if reading is None or not self._errands.is_due(sight.slot, "read", period):
            return
        # In the state a missing field is left out; a transaction says of each that it is missing.
        arguments: dict[str, Value] = {"period": period, "reading": asdict(reading)}
        if window is None or window.dispatch is None:
            yield Submit("metering", "report", arguments)
        else:
            named: dict[str, Value] = {"window": window.number, **arguments}
            yield Submit(CAPACITY, "meter", named, Stage.VERIFICATION, (window.dispatch,))

    def _delivers_in(self, sight: Sight, record: WindowRecord) -> bool:
        """Whether a right on the device that it measures was paid for."""
        if record.phase not in (Phase.DELIVERING, Phase.METERING):
            return False
        sold = find_sold(sight, record, self.address)
        return any(right.standing is Standing.MINTED for _, right in sold)
