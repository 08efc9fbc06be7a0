"""A verdict: how far one period of one subject is beyond a rule's threshold."""

from dataclasses import dataclass

from explorer.alerts.alert import Evidence, Severity, Subject

THRESHOLD = 1_000
"""Strengths are in thousandths of a rule's threshold."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of a subject in one period, or block. No verdict is no opinion: data are missing."""

    rule: str
    subject: Subject
    at: int
    """The period, or for rules about the chain the height."""
    strength: int
    """In thousandths of the threshold; from 1,000 on it is bad."""
    severity: Severity
    title: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_bad(self) -> bool:
        return self.strength >= THRESHOLD
