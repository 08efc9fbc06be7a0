"""The detector: facts in, block by block; alerts out. It has no clock, no file and no chance.

Readings come late and in any order, so a period is judged once: when all that deliver have delivered, or when
nothing of it is taken any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import singledispatchmethod
from typing import Any, Final, cast

from contracts.metering.readings import Reading, decode_reading, encode_reading
from crypto.address import Address
from explorer.alerts.alert import Alert
from explorer.alerts.facts import (
    BlockMade,
    Equivocated,
    Expected,
    ExpectedNoMore,
    Fact,
    Pardoned,
    Rated,
    ReadingAbsent,
    ReadingsDue,
    ReadingTaken,
    StorageReported,
    StorageTold,
)
from explorer.alerts.latch import Moment, Terms, turn
from explorer.alerts.memory import Key, Memory
from explorer.alerts.rules import balance, committee, forecast, frozen, impossible, silence, storage
from explorer.alerts.rules.period import Period, Taken, net_wh
from explorer.alerts.settings import Settings
from explorer.alerts.verdict import Verdict
from ledger.codec import Value

RULES: Final[Mapping[str, Terms]] = {
    forecast.RULE: Terms(open_after=1, close_after=4),
    storage.ENERGY: Terms(open_after=1, close_after=4),
    storage.TOLD: Terms(open_after=1, close_after=4),
    storage.REPORT: Terms(open_after=1, close_after=4),
    frozen.RULE: Terms(open_after=1, close_after=2),
    impossible.RULE: Terms(open_after=1, close_after=4),
    silence.RULE: Terms(open_after=1, close_after=2),
    balance.RULE: Terms(open_after=2, close_after=4),
    committee.MISSING: Terms(open_after=1, close_after=4),
    committee.ROUNDS: Terms(open_after=1, close_after=4),
    committee.LATE: Terms(open_after=1, close_after=4),
    committee.EQUIVOCATION: Terms(open_after=1, close_after=1),
}
"""When each rule's alerts open and close."""

PERIOD_RULES: Final = (forecast, storage, frozen, impossible, silence, balance)
"""In the order in which they judge a period."""

ROSTER_PERIODS: Final = 8
"""A meter that delivered within so many periods is waited for."""

GAP_PERIODS: Final = 96
"""Periods without a single reading are judged for a day; a chain that rested longer does not judge them."""

HELD_PERIODS: Final = 16
"""Net energies that are remembered of each meter, for orders of several periods. An order of more has no
verdict."""

AHEAD_PERIODS: Final = 192
"""How far ahead of the newest reading expectations are kept: a day that is planned, and the one that runs."""


class Detector:
    """One chain's alerts, from its first block or from what is remembered on."""

    def __init__(self, settings: Settings, memory: Memory | None = None) -> None:
        self._settings = settings
        self._memory = memory or Memory()
        if self._memory.get("begun", "") is None:
            self._memory.put("begun", "", True)
            for rated in settings.ratings:
                self._take(rated)

    def observe(self, height: int, slot: int, period: int, facts: Iterable[Fact]) -> tuple[Alert, ...]:
        """Take in what one block says; `period` is the energy period of its slot.

        Returns the alerts that opened, went on or closed, each as it now is.
        """
        moment = Moment(self._settings.chain, height, slot)
        verdicts: list[Verdict] = []
        for fact in facts:
            verdicts += self._take(fact)
        changed: dict[str, Alert] = {}
        for verdict in (*verdicts, *self._judge(period)):
            alert = turn(self._memory, RULES[verdict.rule], moment, verdict)
            if alert is not None:
                changed[alert.id] = alert
        return tuple(changed.values())

    def changes(self) -> Mapping[Key, Value]:
        """What is to be kept, so that a detector with it goes on from here; None is to be forgotten."""
        return self._memory.changes()

    @singledispatchmethod
    def _take(self, fact: Fact) -> Iterable[Verdict]:
        raise TypeError(f"no rule knows {fact}")

    @_take.register
    def _(self, fact: ReadingTaken) -> Iterable[Verdict]:
        judged = cast(int | None, self._memory.get("judged", ""))
        if judged is None or fact.period > judged:
            self._note("readings", fact.period, fact.meter, (fact.market, encode_reading(fact.reading)))
        self._await(fact.meter, fact.period)
        return ()

    @_take.register
    def _(self, fact: ReadingAbsent) -> Iterable[Verdict]:
        self._note("absent", fact.period, fact.meter, fact.market)
        return ()

    @_take.register
    def _(self, fact: ReadingsDue) -> Iterable[Verdict]:
        self._note("due", fact.period, fact.market, True)
        return ()

    @_take.register
    def _(self, fact: Expected) -> Iterable[Verdict]:
        if fact.periods <= HELD_PERIODS:
            last = fact.first_period + fact.periods - 1
            self._note("expected", last, fact.meter, (fact.periods, fact.net_wh))
        return ()

    @_take.register
    def _(self, fact: ExpectedNoMore) -> Iterable[Verdict]:
        for period in range(fact.first_period, fact.first_period + AHEAD_PERIODS):
            self._memory.put(f"expected/{period}", fact.meter, None)
        return ()

    @_take.register
    def _(self, fact: StorageTold) -> Iterable[Verdict]:
        self._note("told", fact.period, fact.meter, fact.power_w)
        return ()

    @_take.register
    def _(self, fact: StorageReported) -> Iterable[Verdict]:
        self._note("reported", fact.period, fact.meter, fact.power_w)
        self._await(f"controller of {fact.meter}", fact.period)
        return ()

    @_take.register
    def _(self, fact: Rated) -> Iterable[Verdict]:
        self._memory.put("rated", fact.meter, (fact.import_w, fact.export_w))
        return ()

    @_take.register
    def _(self, fact: BlockMade) -> Iterable[Verdict]:
        return tuple(committee.judge(fact, self._memory))

    @_take.register
    def _(self, fact: Equivocated) -> Iterable[Verdict]:
        self._memory.put(committee.EQUIVOCATION, fact.validator, fact.height)
        return (committee.contradiction(fact.validator, fact.height, is_standing=True),)

    @_take.register
    def _(self, fact: Pardoned) -> Iterable[Verdict]:
        height = cast(int | None, self._memory.get(committee.EQUIVOCATION, fact.validator))
        if height is None:
            return ()
        self._memory.put(committee.EQUIVOCATION, fact.validator, None)
        return (committee.contradiction(fact.validator, height, is_standing=False),)

    def _note(self, part: str, period: int, name: str, value: Value) -> None:
        """Remember a fact of a period until the period is judged; too late is nothing."""
        judged = cast(int | None, self._memory.get("judged", ""))
        if judged is None or period > judged:
            self._memory.put(f"{part}/{period}", name, value)

    def _await(self, name: str, period: int) -> None:
        newest = cast(int | None, self._memory.get("roster", name))
        self._memory.put("roster", name, period if newest is None else max(newest, period))

    def _judge(self, now: int) -> Iterator[Verdict]:
        """Verdicts of the periods that can be judged by now, oldest first."""
        judged = cast(int | None, self._memory.get("judged", ""))
        first = self._first(now) if judged is None else judged + 1
        if first < now - GAP_PERIODS:
            first = now - GAP_PERIODS
            self._skip(first)
        for number in range(first, now):
            if not self._is_over(number, now):
                return
            yield from self._judge_period(number)
            self._memory.put("judged", "", number)

    def _skip(self, first: int) -> None:
        """Forget what was told of the periods before `first`, which are never judged."""
        for part in self._memory.parts():
            name, _, period = part.partition("/")
            if name in _PARTS and int(period) < first:
                self._forget(part)

    def _first(self, now: int) -> int:
        """The oldest period of which there is a reading; before the first reading, nothing is judged."""
        oldest = now - self._settings.late_periods - 1
        return next((number for number in range(oldest, now) if self._names("readings", number)), now)

    def _is_over(self, number: int, now: int) -> bool:
        if now > number + self._settings.late_periods:
            return True
        delivered = self._names("readings", number) | {
            f"controller of {meter}" for meter in self._names("reported", number)
        }
        awaited = {
            name for name, newest in self._memory.of("roster") if cast(int, newest) >= number - ROSTER_PERIODS
        }
        return bool(awaited) and awaited <= delivered

    def _names(self, part: str, period: int) -> set[str]:
        return {name for name, _ in self._memory.of(f"{part}/{period}")}

    def _judge_period(self, number: int) -> Iterator[Verdict]:
        period = self._period(number)
        for rule in PERIOD_RULES:
            yield from rule.judge(period, self._memory)
        for meter, taken in period.readings.items():
            self._hold(meter, number, taken.reading)

    def _hold(self, meter: str, number: int, reading: Reading) -> None:
        net = net_wh(reading)
        rows = cast(tuple[tuple[int, int], ...], self._memory.get("net", meter) or ())
        if net is not None:
            self._memory.put("net", meter, (*rows, (number, net))[-HELD_PERIODS:])

    def _period(self, number: int) -> Period:
        """All facts of a period, which are then forgotten."""
        facts = {part: self._forget(f"{part}/{number}") for part in _PARTS}
        return Period(
            number=number,
            settings=self._settings,
            readings={
                meter: Taken(market, decode_reading(reading))
                for meter, (market, reading) in facts["readings"].items()
            },
            expected=facts["expected"],
            told_w=facts["told"],
            reported_w=facts["reported"],
            absent=facts["absent"],
            due=frozenset(facts["due"]),
            ratings={
                meter: Rated(Address(meter), *cast(tuple[int, int], value))
                for meter, value in self._memory.of("rated")
            },
        )

    def _forget(self, part: str) -> dict[str, Any]:
        found = dict(self._memory.of(part))
        for name in found:
            self._memory.put(part, name, None)
        return found


_PARTS: Final = ("readings", "expected", "told", "reported", "absent", "due")
