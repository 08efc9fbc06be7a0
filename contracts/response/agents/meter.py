"""A meter device: one reading of every period; of an event's periods as V, of all others on its own."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from contracts.agent import Action, Submit
from contracts.metering.readings import reading_key
from contracts.response.agents.member import ResponseMember
from contracts.response.agents.sight import Sight
from contracts.response.agents.sources import Measure
from contracts.response.parameters import RESPONSE
from contracts.response.records import EventRecord, Phase
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period
from ledger.stage import Stage

PERIODS_LOOKED_AT: Final = 8
"""The last ones, of which a reading may be missing still."""


class ResponseMeter(ResponseMember):
    """The agent of one meter; what it sees comes from `measure`."""

    kind = "response-meter"

    def __init__(self, key: PrivateKey, measure: Measure) -> None:
        super().__init__(key)
        self._measure = measure

    def follow(self, sight: Sight, now: int) -> Iterator[Action]:
        running = [record for record in sight.events() if record.phase in (Phase.RUNNING, Phase.METERING)]
        for period in range(sight.view.period - PERIODS_LOOKED_AT, sight.view.period):
            if sight.view.get("metering", reading_key(self.address, Period(period))) is None:
                event = next((each for each in running if each.first_period <= period < each.end), None)
                yield from self._read(sight, Period(period), event)

    def _read(self, sight: Sight, period: Period, event: EventRecord | None) -> Iterator[Action]:
        reading = self._measure(sight.view, period)
        if reading is None:
            return
        # In the state a missing field is left out; a transaction says of each that it is missing.
        arguments: dict[str, Value] = {"period": period, "reading": asdict(reading)}
        if event is None or event.dispatch is None:
            submit = Submit("metering", "report", arguments)
        else:
            named: dict[str, Value] = {"event": event.number, **arguments}
            submit = Submit(RESPONSE, "meter", named, Stage.VERIFICATION, (event.dispatch,))
        if self._errands.is_due(sight.view.slot, submit.action, period):
            yield submit
