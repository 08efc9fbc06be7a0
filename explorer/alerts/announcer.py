"""What is new of alerts since somebody was told: what opened, got worse or closed, not its every period."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from explorer.index.queries.alerts import SEVERITIES, Alert, State


class Turn(StrEnum):
    """What happened to an alert."""

    OPENED = "opened"
    REOPENED = "reopened"
    """The fault came back; an acknowledgement of its last opening is of no use."""
    WORSENED = "worsened"
    """It is of a higher severity now."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class News:
    """One line for people."""

    turn: Turn
    alert: Alert


TOLD_MAX: Final = 10_000
"""Open alerts that are remembered; more than a chain of a thousand meters has of all rules."""


class Announcer:
    """Remembers of each open alert what was told of it."""

    def __init__(self, known: Iterable[Alert] = ()) -> None:
        """`known` are open, and were told of before."""
        self._told: dict[str, tuple[int, str]] = {alert.id: _mark(alert) for alert in known}

    def knows(self, alert: Alert) -> bool:
        """Whether it was told of, and not that it closed."""
        return alert.id in self._told

    def news(self, changed: Iterable[Alert]) -> tuple[News, ...]:
        """What is new of alerts that changed, in their order."""
        found = [(self._turn(alert), alert) for alert in changed]
        return tuple(News(turn, alert) for turn, alert in found if turn is not None)

    def _turn(self, alert: Alert) -> Turn | None:
        told = self._told.get(alert.id)
        if alert.state is State.CLOSED:
            self._told.pop(alert.id, None)
            return Turn.CLOSED
        if len(self._told) < TOLD_MAX:
            self._told[alert.id] = _mark(alert)
        if told is None:
            return Turn.OPENED if alert.openings == 1 else Turn.REOPENED
        openings, severity = told
        if alert.openings > openings:
            return Turn.REOPENED
        is_worse = SEVERITIES.index(alert.severity) > SEVERITIES.index(severity)
        return Turn.WORSENED if is_worse else None


def _mark(alert: Alert) -> tuple[int, str]:
    return alert.openings, alert.severity
