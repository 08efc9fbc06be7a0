"""What a day of demand response came to, in numbers: a row an event, and the whole day.

Energies are what the dispatches move, costs what the quotes ask for it. Iterations are those of ADMM, sweeps
those of the security check. A message goes from one participant, bus or the ENO to another and carries a
price, an answer, currents or voltages; its bytes are this payload, not what a connection adds to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.response.quotes import SECONDS_PER_HOUR
from contracts.response.resources import Kind
from studies.response import Day, Outcome
from studies.response_event import QUARTER_S, Event

NANO: Final = 10**9
KILO: Final = 1_000


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event."""

    begin: str
    minutes: int
    target_kw: float
    rounds: int
    """Optimisations with a check each; each further one keeps more cuts."""
    cuts: int
    iterations: int
    cost_cny: float
    curtailed_kwh: float
    """Of generation."""
    shifted_kwh: float
    """By loads and storage."""
    alone_cost_cny: float | None
    """If those near the fault mend it alone; None if they cannot."""
    alone_curtailed_kwh: float | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole day."""

    network: str
    seed: int
    buses: int
    participants: int
    generation_percent: int
    """Of what was published: it is grown until a limit breaks."""
    events: int
    unanswered: int
    cost_cny: float
    alone_cost_cny: float | None
    curtailed_kwh: float
    alone_curtailed_kwh: float | None
    shifted_kwh: float
    highest_before_pu: float
    highest_after_pu: float
    lowest_after_pu: float
    rounds: int
    iterations: int
    sweeps: int
    messages: int
    bytes: int


def rows_of(day: Day) -> list[EventRow]:
    """The events, in order."""
    return [_row(day, outcome) for outcome in day.outcomes]


def _row(day: Day, outcome: Outcome) -> EventRow:
    event, alone = outcome.event, outcome.alone_w
    minutes_in = event.quarters.start * QUARTER_S // 60
    return EventRow(
        begin=f"{minutes_in // 60:02}:{minutes_in % 60:02}",
        minutes=len(event.quarters) * QUARTER_S // 60,
        target_kw=event.target_w / KILO,
        rounds=len(event.rounds),
        cuts=len(event.demand.cuts),
        iterations=sum(each.optimum.iterations for each in event.rounds),
        cost_cny=_cost_cny(event, event.response_w),
        curtailed_kwh=_curtailed_kwh(day, event, event.response_w),
        shifted_kwh=_hours(event) * sum(event.response_w) / KILO
        - _curtailed_kwh(day, event, event.response_w),
        alone_cost_cny=None if alone is None else _cost_cny(event, alone),
        alone_curtailed_kwh=None if alone is None else _curtailed_kwh(day, event, alone),
        outcome=event.reason or "proven",
    )


def summary_of(day: Day) -> Summary:
    """Sums over the events; of what those near the fault would do alone, over those that have an answer, and
    none if they could not."""
    rows = rows_of(day)
    answered = [row for row, each in zip(rows, day.outcomes, strict=True) if each.event.answer is not None]
    rounds = [each for outcome in day.outcomes for each in outcome.event.rounds]
    return Summary(
        network=day.case.name,
        seed=day.seed,
        buses=len(day.case.network.buses),
        participants=len(day.case.resources),
        generation_percent=day.case.generation_percent,
        events=len(rows),
        unanswered=len(rows) - len(answered),
        cost_cny=sum(row.cost_cny for row in rows),
        alone_cost_cny=_sum([row.alone_cost_cny for row in answered]),
        curtailed_kwh=sum(row.curtailed_kwh for row in rows),
        alone_curtailed_kwh=_sum([row.alone_curtailed_kwh for row in answered]),
        shifted_kwh=sum(row.shifted_kwh for row in rows),
        highest_before_pu=float(day.before_pu.max()),
        highest_after_pu=float(day.after_pu.max()),
        lowest_after_pu=float(day.after_pu.min()),
        rounds=len(rounds),
        iterations=sum(each.optimum.iterations for each in rounds),
        sweeps=sum(each.check.rounds for each in rounds),
        messages=sum(each.optimum.messages + each.check.messages for each in rounds),
        bytes=sum(each.optimum.bytes + each.check.bytes for each in rounds),
    )


def _hours(event: Event) -> float:
    return len(event.quarters) * QUARTER_S / SECONDS_PER_HOUR


def _cost_cny(event: Event, response_w: Sequence[int]) -> float:
    return event.demand.cost_nano_h(response_w) * _hours(event) / NANO


def _curtailed_kwh(day: Day, event: Event, response_w: Sequence[int]) -> float:
    """What generation gives less."""
    if event.target_w > 0:
        return 0.0
    rows = zip(day.case.resources, response_w, strict=True)
    return _hours(event) * sum(each_w for each, each_w in rows if each.kind is Kind.GENERATION) / KILO


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
