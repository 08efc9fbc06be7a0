"""What the index tells of alerts."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from explorer.api.models.base import Aged, Count, Listed, Model

NOTE_MAX = 500


class EvidenceItem(Model):
    """One number that an alert rests on."""

    name: str
    value: int
    unit: str


class AcknowledgementDocument(Model):
    """Somebody knows."""

    by: str
    at_ms: int
    note: str


class AlertItem(Model):
    """One fault of one subject, from when it showed until it no longer does."""

    id: str
    rule: str
    severity: Literal["info", "warning", "critical"]
    subject_kind: str
    subject: str
    title: str
    evidence: list[EvidenceItem]
    first_period: int | None
    last_period: int | None
    first_height: Count
    last_height: Count
    opened_ms: int
    closed_ms: int | None
    count: Count
    openings: Count
    strength: int = Field(description="The worst, in thousandths of the rule's threshold")
    link: str
    state: Literal["open", "acknowledged", "closed"]
    acknowledgement: AcknowledgementDocument | None


class AlertList(Listed):
    """Alerts, newest first."""

    items: list[AlertItem]


class AlertDocument(AlertItem, Aged):
    """One alert."""


class AcknowledgeRequest(Model):
    """What is noted."""

    note: Annotated[str, StringConstraints(max_length=NOTE_MAX, strip_whitespace=True)] = ""
