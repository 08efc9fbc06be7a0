"""A meter device: one reading of every period, as V of an event that runs, else on its own."""

from collections.abc import Iterator
from dataclasses import asdict

from contracts.agent import Action, Submit, View
from contracts.metering.readings import reading_key
from contracts.response.agents.member import ResponseMember
from contracts.response.agents.sources import Measure
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period


class ResponseMeter(ResponseMember):
    """The agent of one meter; what it sees comes from `measure`."""

    kind = "response-meter"

    def __init__(self, key: PrivateKey, measure: Measure) -> None:
        super().__init__(key)
        self._measure = measure

    def follow(self, view: View, now: int) -> Iterator[Action]:
        period = Period(view.period - 1)
        if view.get("metering", reading_key(self.address, period)) is not None:
            return
        reading = self._measure(view, period)
        if reading is None or not self._errands.is_due(view.slot, "report", period):
            return
        arguments: dict[str, Value] = {"period": period, "reading": asdict(reading)}
        yield Submit("metering", "report", arguments)
