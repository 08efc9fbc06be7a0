"""The dispatcher: triggers what is due, solves what is to be planned, settles what is over.

Every validator may run one. They take turns by their place in the committee, a slot each, so that one does
the work and the next does it if that one fails; what a slower one submits too does no harm.
"""

from collections.abc import Iterator
from dataclasses import asdict

from contracts.agent import Action, Compute, Computed, Event, Note, Submit
from contracts.dispatch.accounting import declaring_until
from contracts.dispatch.agents.participant import Participant
from contracts.dispatch.agents.sight import Sight
from contracts.dispatch.days import find_attempt, find_day, find_plan
from contracts.dispatch.parameters import DISPATCH
from contracts.dispatch.plans import is_time_left
from contracts.dispatch.problems import decode_problem
from contracts.dispatch.records import (
    Attempt,
    Cause,
    DayRecord,
    Phase,
    declared_key,
    decode_weights,
    problem_key,
    verifications_key,
    weights_key,
)
from contracts.dispatch.solver import Solution, solve
from contracts.sharing.records import SHARING, decode_progress, progress_key, round_id
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.quantities import Day, Slot
from ledger.stage import Stage

SOLVE = "dispatch/solve "

LAST_CHANCE_SLOTS = 2
"""So shortly before plans are no longer taken, every dispatcher solves that sees none."""


class Dispatcher(Participant):
    """The agent of one validator, or of an energy network operator."""

    kind = "dispatcher"

    def __init__(self, key: PrivateKey) -> None:
        super().__init__(key)
        self._sight: Sight | None = None

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about `event`."""
        if isinstance(event, Computed) and event.tag.startswith(SOLVE):
            return tuple(self._take_solution(event))
        return super().step(event, now)

    def follow(self, sight: Sight) -> Iterator[Action]:
        self._sight = sight
        for record in sight.days():
            attempt = find_attempt(sight, record.day)
            yield from self._trigger(sight, record, attempt)
            if attempt is not None:
                yield from self._solve(sight, record, attempt)
            if record.phase is Phase.DECLARING:
                yield from self._settle(sight, record)

    def _is_turn(self, sight: Sight, since: int) -> bool:
        """Whether it is this one's slot: the committee takes turns, then whoever else has a dispatcher."""
        committee = sight.committee
        place = committee.index(self.address) if self.address in committee else len(committee)
        return (sight.view.slot - since) % (len(committee) + 1) == place

    def _trigger(self, sight: Sight, record: DayRecord, attempt: Attempt | None) -> Iterator[Action]:
        is_dealing = attempt is not None and not attempt.has_problem
        is_offered = record.phase in (Phase.FORECASTING, Phase.PLANNING)
        for cause in record.causes:
            if cause is Cause.FORECASTS and is_dealing:
                continue
            if is_offered and not is_time_left(sight.calendar, record.day, cause, Slot(sight.view.slot + 1)):
                continue
            if not self._is_turn(sight, record.since):
                continue
            if self._errands.is_due(sight.view.slot, "trigger", record.day, cause, record.revision):
                links = () if record.process is None else (record.process,)
                arguments = {"day": record.day, "cause": cause.value}
                yield Submit(DISPATCH, "trigger", arguments, Stage.TRIGGER, links)

    def _solve(self, sight: Sight, record: DayRecord, attempt: Attempt) -> Iterator[Action]:
        if not attempt.has_problem or sight.view.slot >= attempt.closes:
            return
        is_planned = find_plan(sight, record.day, attempt.revision) is not None
        is_last_chance = sight.view.slot + LAST_CHANCE_SLOTS >= attempt.closes
        if is_planned or not (is_last_chance or self._is_turn(sight, attempt.since)):
            return
        if self._errands.is_due(sight.view.slot, "plan", record.day, attempt.revision):
            calendar = sight.calendar
            kept = sight.get(problem_key(record.day, attempt.revision))
            problem = decode_problem(calendar.parameters, sight.genesis.period_s, kept)
            tag = f"{SOLVE}{record.day} {attempt.revision}"
            yield Compute(tag, solve, (problem, calendar.parameters.gap))

    def _take_solution(self, computed: Computed) -> Iterator[Action]:
        day, revision = map(int, computed.tag.removeprefix(SOLVE).split(" "))
        if computed.error:
            yield Note("warning", "no plan was found", {"day": day, "reason": computed.error})
            return
        record = find_day(self._sight, day) if self._sight else None
        attempt = find_attempt(self._sight, Day(day)) if self._sight else None
        if record is None or attempt is None or attempt.revision != revision:
            return
        solution: Solution = computed.result
        in_force = tuple(segment.dispatch for segment in record.segments[-1:])
        arguments: dict[str, Value] = {
            "day": day,
            "revision": revision,
            "plan": asdict(solution.plan),
            "certificate": asdict(solution.certificate),
        }
        yield Submit(DISPATCH, "plan", arguments, Stage.DISPATCH, (attempt.trigger, *in_force))

    def _settle(self, sight: Sight, record: DayRecord) -> Iterator[Action]:
        due = declaring_until(sight.calendar, record)
        is_ready = sight.view.slot >= due or self._all_declared(sight, record)
        if record.standing is None or not is_ready or not self._is_turn(sight, record.since):
            return
        if self._errands.is_due(sight.view.slot, "settle", record.day):
            arguments = {"day": record.day, "verifications": sight.get(verifications_key(record.day))}
            yield Submit(DISPATCH, "settle", arguments, Stage.ACCOUNTING, (record.standing,))

    def _all_declared(self, sight: Sight, record: DayRecord) -> bool:
        if record.process is None:
            return False
        for row in decode_weights(sight.get(weights_key(record.day))):
            progress = sight.view.get(SHARING, progress_key(round_id(record.process, row.round)))
            for park in decode_progress(progress).standing:
                if sight.get(declared_key(record.day, row.round, park)) is None:
                    return False
        return True
