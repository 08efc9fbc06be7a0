"""What agents see of the dispatch contract's state, and what they still have under way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from contracts.agent import Action, Submit, View
from contracts.dispatch.days import active_days, calendar_of, get_day, get_schedule
from contracts.dispatch.parameters import DISPATCH, Calendar
from contracts.dispatch.records import DayRecord, confirmed_key, trade_key
from contracts.membership import schedule
from contracts.metering.readings import Reading, decode_reading, reading_key
from crypto.address import Address
from ledger.codec import Value
from ledger.genesis import Genesis
from ledger.quantities import Period, Slot

PATIENCE_SLOTS = 8
"""How long a submission may be under way before it is made again; its host resends it meanwhile."""

TRIES_MAX = 5
"""How often one thing is tried: what fails that often needs a person."""

REMEMBERED_SLOTS = 1_000


@dataclass(frozen=True, slots=True)
class Sight:
    """A committed state as days.py reads it."""

    view: View

    @property
    def genesis(self) -> Genesis:
        return self.view.genesis

    @property
    def calendar(self) -> Calendar:
        return calendar_of(self)

    @property
    def committee(self) -> tuple[Address, ...]:
        """Who decides on the next block."""
        scheduled = cast(schedule.Schedule, self.view.get("membership", schedule.KEY))
        return schedule.at(scheduled, self.view.height + 1)

    def get(self, key: str) -> Value:
        return self.view.get(DISPATCH, key)

    def days(self) -> tuple[DayRecord, ...]:
        """The days whose processes run, oldest first."""
        return tuple(get_day(self, day) for day in active_days(self))

    def metered_periods(self, record: DayRecord) -> range:
        """The periods of a day that are over, and whose readings are taken still in the next block."""
        calendar = self.calendar
        taken = self.view.period + 1 - calendar.parameters.windows.reading_slots
        return range(max(calendar.first(record.day), taken), min(calendar.end(record.day), self.view.period))

    def reading(self, meter: Address, period: Period) -> Reading | None:
        """What a meter saw in a period, if it is on the chain."""
        value = self.view.get("metering", reading_key(meter, period))
        return None if value is None else decode_reading(value)


@dataclass(slots=True)
class _Errand:
    """Something that was submitted: when, how often, and whether it may be on its way still."""

    slot: Slot
    tries: int
    is_under_way: bool


@dataclass(slots=True)
class Errands:
    """What was submitted and is not seen on the chain yet, so that nothing is submitted with every block."""

    _known: dict[tuple[object, ...], _Errand] = field(default_factory=dict)

    def is_due(self, slot: Slot, action: str, *what: object) -> bool:
        """Whether to submit this now; if so, it is under way from now on."""
        for old in [name for name, errand in self._known.items() if errand.slot < slot - REMEMBERED_SLOTS]:
            del self._known[old]
        errand = self._known.setdefault((action, *what), _Errand(slot, 0, is_under_way=False))
        if errand.tries >= TRIES_MAX or (errand.is_under_way and slot < errand.slot + PATIENCE_SLOTS):
            return False
        errand.slot, errand.tries, errand.is_under_way = slot, errand.tries + 1, True
        return True

    def failed(self, action: str) -> None:
        """A submission of this action failed: what the chain still wants is due again with the next block."""
        for name, errand in self._known.items():
            if name[0] == action:
                errand.is_under_way = False


def confirmations(sight: Sight, errands: Errands, party: Address) -> Iterator[Action]:
    """Confirm the contracts that a party has, where it has not."""
    for record in sight.days():
        revision = record.segments[-1].revision if record.segments else 0
        schedule = get_schedule(sight, record.day, revision)
        if schedule is None or sight.get(trade_key(record.day, revision, 0)) is None:
            continue
        if sight.view.slot >= schedule.answer_until or sight.get(confirmed_key(record.day, revision, party)):
            continue
        if errands.is_due(sight.view.slot, "confirm", record.day, revision):
            yield Submit(DISPATCH, "confirm", {"day": record.day, "revision": revision})
