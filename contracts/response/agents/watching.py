"""The ENO's watch over its network: when to ask for a response, and for which (solving/choosing.py).

It asks where a meter saw a voltage outside the band and the forecast shows that limits will be broken in the
day to come; or where it is instructed to. An alarm is answered by one event, until that has run; and nobody
is asked twice for one period, whatever became of the event that had it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from contracts.agent import Action, Compute, Computed, Note, Submit
from contracts.dispatch.agents.sight import Errands
from contracts.metering.readings import decode_reading, reading_key
from contracts.response.agents.sight import Sight
from contracts.response.agents.sources import Instruct, Instruction, Outlook
from contracts.response.events import count_events, count_resources, get_event, get_resources
from contracts.response.parameters import RESPONSE
from contracts.response.records import Alarm, Forecast, Phase
from contracts.response.resources import Resource
from contracts.response.solving.choosing import Choice, choose_event
from contracts.response.trigger import voltage_side
from ledger.codec import Value
from ledger.quantities import Period
from ledger.stage import Stage

CHOOSE: Final = "response/choose"
AHEAD_PERIODS: Final = 96
"""How far the ENO looks for periods to ask for."""
LEEWAY_SLOTS: Final = 2
"""How long a trigger may take to the chain and still be in time for its first period."""
ANSWERING: Final = (Phase.QUOTING, Phase.AGREEING, Phase.DISPATCHING, Phase.SCHEDULED, Phase.RUNNING)
EVENTS_LOOKED_AT: Final = 16
"""The latest events, whose periods are taken."""


class Watch:
    """What the ENO asks for."""

    def __init__(self, outlook: Outlook, instruct: Instruct) -> None:
        self._outlook = outlook
        self._instruct = instruct
        self._considered: tuple[Alarm, Forecast, Period] | None = None
        """The alarm that was last looked into, with the forecast from which period on."""
        self._missed: set[Instruction] = set()
        """The instructions that came too late."""

    def follow(self, sight: Sight, errands: Errands) -> Iterator[Action]:
        """After a block: an instruction comes first, then an alarm."""
        standing = self._instruct(sight.view)
        yield from self._note_missed(sight, standing)
        instruction = find_instruction(sight, standing)
        if instruction is not None:
            forecast = self._forecast(sight, instruction.during)
            if forecast is not None:
                yield from self._ask(sight, errands, instruction.target_w, instruction.during, forecast, None)
            return
        alarm = None if is_answered(sight) else find_alarm(sight)
        if alarm is not None and (self._considered is None or self._considered[0] != alarm):
            yield from self._consider(sight, alarm)

    def take(self, sight: Sight, computed: Computed, errands: Errands) -> Iterator[Action]:
        """What was chosen for the alarm, or that there is nothing to ask for."""
        if computed.error:
            yield Note("error", "nothing was chosen for the alarm", {"reason": computed.error})
        if self._considered is None or computed.error:
            return
        (alarm, forecast, first), choice = self._considered, computed.result
        if choice is None:
            yield Note("info", "the forecast shows nothing to ask for", {"meter": alarm.meter})
            return
        periods = range(first + choice.first, first + choice.first + choice.periods)
        if not taken_periods(sight) & {*periods}:
            part = _part(forecast, choice)
            yield from self._ask(sight, errands, choice.target_w, periods, part, alarm)

    def _note_missed(self, sight: Sight, standing: Sequence[Instruction]) -> Iterator[Action]:
        """Say once of an instruction that it can be followed no more."""
        self._missed &= {*standing}
        earliest, taken = sight.calendar.earliest_period(sight.view.slot + 1), taken_periods(sight)
        for each in standing:
            if each in self._missed:
                continue
            if sight.view.period < each.first_period < earliest and not taken & {*each.during}:
                self._missed.add(each)
                fields = {"first_period": each.first_period, "earliest": earliest}
                yield Note("error", "an instruction came too late", fields)

    def _consider(self, sight: Sight, alarm: Alarm) -> Iterator[Action]:
        """Have a target chosen for the periods from the first on that is early enough and free."""
        earliest = sight.calendar.earliest_period(sight.view.slot + LEEWAY_SLOTS)
        taken = taken_periods(sight)
        first = next(period for period in range(earliest, earliest + len(taken) + 1) if period not in taken)
        ahead = range(first, first + AHEAD_PERIODS)
        free = range(first, next((period for period in ahead if period in taken), ahead.stop))
        forecast = self._forecast(sight, free)
        if forecast is None:
            return
        self._considered = alarm, forecast, Period(first)
        parameters, resources = sight.calendar.parameters, certified(sight)
        arguments = (parameters.network, resources, forecast, parameters.periods_max, sight.genesis.period_s)
        yield Compute(CHOOSE, choose_event, arguments)

    def _forecast(self, sight: Sight, periods: Sequence[int]) -> Forecast | None:
        """What is expected of all these periods; None if of one nothing is."""
        points = [self._outlook(sight.view, Period(period)) for period in periods]
        known = [point for point in points if point is not None]
        if len(known) < len(points):
            return None
        return Forecast(
            tuple(point.background_w for point in known),
            tuple(point.background_var for point in known),
            tuple(point.baseline_w for point in known),
        )

    def _ask(
        self,
        sight: Sight,
        errands: Errands,
        target_w: int,
        periods: range,
        forecast: Forecast,
        alarm: Alarm | None,
    ) -> Iterator[Action]:
        """T. Until it is on the chain, there are as many events as there were."""
        if not errands.is_due(sight.view.slot, "trigger", count_events(sight)):
            return
        arguments: dict[str, Value] = {
            "target_w": target_w,
            "first_period": periods.start,
            "periods": len(periods),
            "forecast": asdict(forecast),
            "alarm": None if alarm is None else asdict(alarm),
        }
        yield Submit(RESPONSE, "trigger", arguments, Stage.TRIGGER)


def find_instruction(sight: Sight, standing: Sequence[Instruction]) -> Instruction | None:
    """The first that can be followed: early enough, not too early, and of periods that are free."""
    if not standing:
        return None
    window, taken = sight.calendar.first_periods(sight.view.slot + 1), taken_periods(sight)
    free = [each for each in standing if each.first_period in window and not taken & {*each.during}]
    return min(free, key=lambda each: each.first_period, default=None)


def find_alarm(sight: Sight) -> Alarm | None:
    """The newest reading that is an alarm still."""
    parameters = sight.calendar.parameters
    meters = [resource.meter for resource in certified(sight)]
    for period in range(sight.view.period - 1, sight.view.period - parameters.alarm_periods, -1):
        for meter in meters:
            value = sight.view.get("metering", reading_key(meter, Period(period)))
            voltage_mv = None if value is None else decode_reading(value).voltage_mv
            if voltage_mv is not None and voltage_side(parameters.network, voltage_mv):
                return Alarm(meter, Period(period))
    return None


def is_answered(sight: Sight) -> bool:
    """Whether an event is on its way that answers alarms."""
    return any(record.phase in ANSWERING for record in sight.events())


def certified(sight: Sight) -> tuple[Resource, ...]:
    return get_resources(sight, count_resources(sight))


def taken_periods(sight: Sight) -> set[int]:
    """The periods of the latest events, those that are over too."""
    count = count_events(sight)
    events = [get_event(sight, event) for event in range(max(0, count - EVENTS_LOOKED_AT), count)]
    return {period for record in events for period in range(record.first_period, record.end)}


def _part(forecast: Forecast, choice: Choice) -> Forecast:
    """The forecast of the periods of a choice alone."""
    during = slice(choice.first, choice.first + choice.periods)
    return Forecast(
        forecast.background_w[during], forecast.background_var[during], forecast.baseline_w[during]
    )
