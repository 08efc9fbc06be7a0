"""The energy service provider's agent: the storage's controller, and party to the market's contracts."""

from collections.abc import Iterator

from contracts.agent import Action, Submit
from contracts.dispatch.agents.participant import Participant
from contracts.dispatch.agents.sight import Sight, confirmations
from contracts.dispatch.agents.sources import Operate
from contracts.dispatch.days import get_schedule
from contracts.dispatch.parameters import DISPATCH
from contracts.dispatch.records import DayRecord, Phase, acknowledged_key, result_key
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Period


class StorageController(Participant):
    """Acknowledges control signals and reports what the storage did; how it does it is `operate`'s."""

    kind = "storage"

    def __init__(self, key: PrivateKey, operate: Operate) -> None:
        super().__init__(key)
        self._operate = operate

    def follow(self, sight: Sight) -> Iterator[Action]:
        for record in sight.days():
            yield from self._acknowledge(sight, record)
            if record.phase in (Phase.RUNNING, Phase.METERING):
                yield from self._report(sight, record)
        yield from confirmations(sight, self._errands, self.address)

    def _acknowledge(self, sight: Sight, record: DayRecord) -> Iterator[Action]:
        revision = record.segments[-1].revision if record.segments else 0
        schedule = get_schedule(sight, record.day, revision)
        if schedule is None or sight.view.slot >= schedule.answer_until:
            return
        if sight.get(acknowledged_key(record.day, revision)) is not None:
            return
        if self._errands.is_due(sight.view.slot, "acknowledge", record.day, revision):
            yield Submit(DISPATCH, "acknowledge", {"day": record.day, "revision": revision})

    def _report(self, sight: Sight, record: DayRecord) -> Iterator[Action]:
        """The results of the periods that are just over."""
        for period in sight.metered_periods(record):
            if sight.get(result_key(period)) is not None:
                continue
            operation = self._operate(sight.view, Period(period))
            if operation is None or not self._errands.is_due(sight.view.slot, "report", period):
                continue
            arguments: dict[str, Value] = {
                "period": period,
                "power_w": operation.power_w,
                "available_w": operation.available_w,
                "status": operation.status,
            }
            yield Submit(DISPATCH, "report", arguments)
