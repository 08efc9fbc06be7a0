"""A seat's meter: one reading of every interval that runs, while it is taken."""

from collections.abc import Callable, Iterator
from dataclasses import asdict

from contracts.agent import Action, Submit, View
from contracts.metering.readings import Reading, reading_key
from contracts.pool.agents.member import PoolMember
from contracts.pool.agents.sight import Sight
from contracts.pool.parameters import POOL
from contracts.pool.records import IntervalRecord, Phase
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period
from ledger.stage import Stage

Measure = Callable[[View, Period], Reading | None]
"""What a meter saw in a period; None if it saw nothing."""


class PoolMeter(PoolMember):
    """The agent of one meter; what it sees comes from `measure`."""

    kind = "pool-meter"

    def __init__(self, key: PrivateKey, measure: Measure) -> None:
        super().__init__(key)
        self._measure = measure

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        for record in sight.intervals():
            if record.phase is Phase.METERING:
                yield from self._read(sight, record)

    def _read(self, sight: Sight, record: IntervalRecord) -> Iterator[Action]:
        if record.standing is None or sight.view.get("metering", reading_key(self.address, record.period)):
            return
        reading = self._measure(sight.view, record.period)
        if reading is not None and self._errands.is_due(sight.slot, "meter", record.period):
            arguments: dict[str, Value] = {"period": record.period, "reading": asdict(reading)}
            yield Submit(POOL, "meter", arguments, Stage.VERIFICATION, (record.standing,))
