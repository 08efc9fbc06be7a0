"""The clerk: opens windows by their schedule, has them cleared, and settles them.

Every validator may run one. They take turns by their place in the committee, a slot each, so that one does
the work and the next does it if that one fails; what a slower one submits too does no harm.
"""

from collections.abc import Iterator

from contracts.agent import Action, Submit
from contracts.capacity.agents.member import CapacityMember
from contracts.capacity.agents.sight import Sight
from contracts.capacity.agents.sources import Schedule
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.records import Phase, WindowRecord
from contracts.capacity.windows import calendar_of, find_span
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.committee import faulty_of
from ledger.quantities import Slot
from ledger.stage import Stage


class CapacityClerk(CapacityMember):
    """The agent of one validator; which windows there ought to be comes from `schedule`."""

    kind = "capacity-clerk"

    def __init__(self, key: PrivateKey, schedule: Schedule) -> None:
        super().__init__(key)
        self._schedule = schedule

    def follow(self, sight: Sight) -> Iterator[Action]:
        yield from self._open(sight)
        for record in sight.windows():
            if record.phase is Phase.CLEARING and self._is_due(sight, record.since, "clear", record.number):
                yield Submit(CAPACITY, "clear", {"window": record.number}, Stage.DISPATCH, (record.process,))
            elif record.phase is Phase.ACCOUNTING:
                yield from self._settle(sight, record)

    def _open(self, sight: Sight) -> Iterator[Action]:
        calendar, faulty = calendar_of(sight), faulty_of(len(sight.committee))
        earliest = calendar.earliest_period(sight.slot + 1, faulty)
        under_way = list(sight.windows())
        own = sum(record.opener == self.address for record in under_way)
        each, most = calendar.windows_each(faulty), calendar.parameters.windows_max
        room = max(0, min(each - own, most - len(under_way)))
        wanted = [
            plan
            for plan in self._schedule(sight.view)
            if plan.first_period >= earliest and find_span(sight, plan.first_period, plan.periods) is None
        ]
        for plan in wanted[:room]:
            if self._is_due(sight, Slot(0), "open", plan):
                arguments: dict[str, Value] = {"first_period": plan.first_period, "periods": plan.periods}
                yield Submit(CAPACITY, "open", arguments, Stage.TRIGGER)

    def _settle(self, sight: Sight, record: WindowRecord) -> Iterator[Action]:
        if record.dispatch is None or record.verifications is None:
            return
        if self._is_due(sight, record.since, "settle", record.number):
            arguments: dict[str, Value] = {"window": record.number, "verifications": record.verifications}
            yield Submit(CAPACITY, "settle", arguments, Stage.ACCOUNTING, (record.dispatch,))

    def _is_due(self, sight: Sight, since: Slot, action: str, *what: object) -> bool:
        """Whether it is this one's slot, and the errand not under way: the committee takes turns from when
        something fell due, then whoever else has a clerk."""
        committee = sight.committee
        place = committee.index(self.address) if self.address in committee else len(committee)
        is_turn = (sight.slot - since) % (len(committee) + 1) == place
        return is_turn and self._errands.is_due(sight.slot, action, *what)
