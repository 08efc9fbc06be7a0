"""A day of the dispatch market, read from a node's committed state."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from contracts.dispatch.contract import Dispatch

from cli.errors import CommandError
from cli.plan_file import PlanFile
from contracts.arguments import check_arguments
from contracts.dispatch.certificate import Certificate
from contracts.dispatch.model import Plan, Problem
from contracts.dispatch.parameters import DISPATCH, Parameters, parameters_of
from contracts.dispatch.problems import decode_problem
from contracts.dispatch.records import (
    DayRecord,
    PlanRecord,
    day_key,
    decode_day,
    decode_plan,
    plan_key,
    problem_key,
)
from ledger.quantities import Day
from ledger.store import Store
from node.chain import HeadView

EPOCH = date(1970, 1, 1)
DAYS_BACK_MAX = 400


@dataclass(frozen=True, slots=True)
class DispatchDay:
    """What the chain knows of one day."""

    view: HeadView
    day: Day
    record: DayRecord

    @property
    def date(self) -> str:
        """The UTC day."""
        return (EPOCH + timedelta(days=self.day)).isoformat()

    @property
    def parameters(self) -> Parameters:
        return parameters_of(self.view.genesis)

    def revision(self) -> int:
        """The newest revision that is in force. Raises CommandError if the storage idles."""
        if not self.record.segments:
            reason = self.record.idle_reason or f"the day is {self.record.phase.value}"
            raise CommandError(f"no plan stands for {self.date}: {reason}")
        return self.record.segments[-1].revision

    def plan(self, revision: int) -> PlanRecord:
        """A plan in force."""
        return decode_plan(self._kept(plan_key(self.day, revision)))

    def problem(self, revision: int) -> Problem:
        """What the plans of a revision solve."""
        kept = self._kept(problem_key(self.day, revision))
        return decode_problem(self.parameters, self.view.genesis.period_s, kept)

    def plan_file(self, store: Store, revision: int) -> PlanFile:
        """The plan in force with the certificate that it came with, from the transaction on the chain."""
        record = self.plan(revision)
        arguments = store.transaction(record.tx_id).transaction.arguments
        typed = check_arguments(Dispatch.actions()["plan"].checks, arguments)
        gap = self.parameters.gap if record.is_proven else self.parameters.unproven_gap
        return PlanFile(
            self.problem(revision), cast(Plan, typed["plan"]), cast(Certificate, typed["certificate"]), gap
        )

    def _kept(self, key: str):  # type: ignore[no-untyped-def]
        return self.view.get(DISPATCH, key)


def find_day(store: Store, text: str = "") -> DispatchDay:
    """The day of that date, or the newest that the chain knows. Raises CommandError."""
    view = HeadView(store.genesis, store.head)
    if text:
        return read_day(view, parse_day(text))
    newest = store.genesis.day(view.period) + 1
    for day in range(newest, newest - DAYS_BACK_MAX, -1):
        if view.get(DISPATCH, day_key(day)) is not None:
            return read_day(view, Day(day))
    raise CommandError("no day has been planned on this chain yet")


def read_day(view: HeadView, day: Day) -> DispatchDay:
    value = view.get(DISPATCH, day_key(day))
    if value is None:
        raise CommandError(f"the chain knows nothing of a dispatch on {EPOCH + timedelta(days=day)}")
    return DispatchDay(view, day, decode_day(value))


def parse_day(text: str) -> Day:
    try:
        return Day((date.fromisoformat(text) - EPOCH).days)
    except ValueError:
        raise CommandError(f"{text!r} is not a date such as 2016-06-08") from None
