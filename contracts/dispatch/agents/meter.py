"""A meter device: one reading of every period of a day that runs, while it is taken."""

from collections.abc import Iterator
from dataclasses import asdict

from contracts.agent import Action, Submit
from contracts.dispatch.agents.participant import Participant
from contracts.dispatch.agents.sight import Sight
from contracts.dispatch.agents.sources import Measure
from contracts.dispatch.parameters import DISPATCH
from contracts.dispatch.records import DayRecord
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period
from ledger.stage import Stage


class MeterAgent(Participant):
    """The agent of one meter; what it sees comes from `measure`."""

    kind = "meter"

    def __init__(self, key: PrivateKey, measure: Measure) -> None:
        super().__init__(key)
        self._measure = measure

    def follow(self, sight: Sight) -> Iterator[Action]:
        for record in sight.days():
            yield from self._read(sight, record)

    def _read(self, sight: Sight, record: DayRecord) -> Iterator[Action]:
        standing = record.standing
        if standing is None:
            return
        for period in sight.metered_periods(record):
            if sight.reading(self.address, Period(period)) is not None:
                continue
            reading = self._measure(sight.view, Period(period))
            if reading is None or not self._errands.is_due(sight.view.slot, "meter", period):
                continue
            # In the state a missing field is left out; a transaction says of each that it is missing.
            arguments: dict[str, Value] = {"period": period, "reading": asdict(reading)}
            yield Submit(DISPATCH, "meter", arguments, Stage.VERIFICATION, (standing,))
