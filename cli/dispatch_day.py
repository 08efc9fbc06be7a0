"""A day of the dispatch market, read from a node's committed state."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from cli.errors import CommandError, ExitCode
from cli.plan_file import PlanFile
from contracts.arguments import check_arguments
from contracts.dispatch import days
from contracts.dispatch.agents.sight import Sight
from contracts.dispatch.certificate import Certificate
from contracts.dispatch.contract import Dispatch
from contracts.dispatch.model import Plan, Problem
from contracts.dispatch.parameters import Parameters
from contracts.dispatch.problems import decode_problem
from contracts.dispatch.records import DayRecord, PlanRecord, problem_key
from ledger.quantities import Day, Period
from ledger.store import Store
from node.chain import HeadView

EPOCH = date(1970, 1, 1)
DAYS_BACK_MAX = 400


@dataclass(frozen=True, slots=True)
class DispatchDay:
    """What the chain knows of one day."""

    sight: Sight
    record: DayRecord

    @property
    def date(self) -> str:
        """The UTC day."""
        return date_of(self.record.day)

    @property
    def parameters(self) -> Parameters:
        return self.sight.calendar.parameters

    @property
    def periods(self) -> tuple[Period, ...]:
        """The day's energy periods."""
        calendar = self.sight.calendar
        return tuple(map(Period, range(calendar.first(self.record.day), calendar.end(self.record.day))))

    def first_revision(self) -> int:
        """The revision that was planned the day before. Raises CommandError if there is none."""
        self.newest_revision()
        return self.record.segments[0].revision

    def newest_revision(self) -> int:
        """The revision that came into force last. Raises CommandError if the storage idles."""
        if not self.record.segments:
            reason = self.record.idle_reason or f"the day is {self.record.phase.value}"
            raise CommandError(f"no plan stands for {self.date}: {reason}")
        return self.record.segments[-1].revision

    def plan(self, revision: int) -> PlanRecord:
        """A plan in force. Raises CommandError."""
        found = days.find_plan(self.sight, self.record.day, revision)
        if found is None:
            raise CommandError(f"no plan of revision {revision} stands for {self.date}")
        return found

    def problem(self, revision: int) -> Problem:
        """What the plans of a revision solve."""
        kept = self.sight.get(problem_key(self.record.day, revision))
        return decode_problem(self.parameters, self.sight.genesis.period_s, kept)

    def plan_file(self, store: Store, revision: int) -> PlanFile:
        """A plan in force with the certificate that it came with, from its transaction on the chain."""
        record = self.plan(revision)
        arguments = store.transaction(record.tx_id).transaction.arguments
        typed = check_arguments(Dispatch.actions()["plan"].checks, arguments)
        gap = self.parameters.gap if record.is_proven else self.parameters.unproven_gap
        plan, certificate = cast(Plan, typed["plan"]), cast(Certificate, typed["certificate"])
        return PlanFile(self.problem(revision), plan, certificate, gap)


def find_day(store: Store, text: str = "") -> DispatchDay:
    """The day of that date, or the newest that has a plan. Raises CommandError."""
    sight = Sight(HeadView(store.genesis, store.head))
    if text:
        return read_day(sight, parse_day(text))
    newest = store.genesis.day(sight.view.period) + 1
    for day in range(newest, newest - DAYS_BACK_MAX, -1):
        record = days.find_day(sight, day)
        if record is not None and record.segments:
            return DispatchDay(sight, record)
    raise CommandError("no plan stands for any day of this chain yet")


def read_day(sight: Sight, day: Day) -> DispatchDay:
    """A day by its number. Raises CommandError if it has not fallen due."""
    record = days.find_day(sight, day)
    if record is None:
        raise CommandError(f"the chain knows nothing of a dispatch on {date_of(day)}")
    return DispatchDay(sight, record)


def date_of(day: Day) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()


def parse_day(text: str) -> Day:
    try:
        return Day((date.fromisoformat(text) - EPOCH).days)
    except ValueError:
        raise CommandError(f"{text!r} is not a date such as 2016-06-08", code=ExitCode.USAGE) from None
