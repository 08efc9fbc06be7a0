"""What agents see of the response contract's state."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from contracts.agent import View
from contracts.response.events import active_events, calendar_of, get_event
from contracts.response.parameters import RESPONSE, Calendar
from contracts.response.process import due
from contracts.response.records import EventRecord
from ledger.codec import Value
from ledger.genesis import Genesis


@dataclass(frozen=True)
class Sight:
    """A committed state as events.py reads it."""

    view: View

    @property
    def genesis(self) -> Genesis:
        return self.view.genesis

    @cached_property
    def calendar(self) -> Calendar:
        return calendar_of(self)

    def get(self, key: str) -> Value:
        return self.view.get(RESPONSE, key)

    def events(self) -> Iterator[EventRecord]:
        """Those that are not over, oldest first."""
        return (get_event(self, event) for event in active_events(self))

    def slots_left(self, record: EventRecord) -> int:
        """How many more slots take what the event's phase awaits; the next block is in the first of them."""
        deadline = due(self.calendar, record)
        return 0 if deadline is None else max(0, deadline - self.view.slot)
