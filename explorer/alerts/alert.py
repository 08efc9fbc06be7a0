"""An alert: one fault of one subject, from the moment it showed until it no longer does."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, cast

from crypto.hashing import sha256
from ledger.codec import Value, encode

ID_BYTES = 12


class Severity(StrEnum):
    """How soon somebody should look."""

    INFO = "info"
    """Worth knowing: a day that turned out other than forecast."""
    WARNING = "warning"
    """Somebody should look today: data or a device are not what they should be."""
    CRITICAL = "critical"
    """Somebody should look now: energy, money or the committee's safety is at stake."""


class Kind(StrEnum):
    """What an alert is about."""

    METER = "meter"
    """By the meter's address."""
    MARKET = "market"
    """By the contract's name."""
    VALIDATOR = "validator"
    """By its address."""
    COMMITTEE = "committee"
    """The chain as a whole."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose fault it is."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number that the alert rests on."""

    name: str
    value: int
    unit: str
    """`Wh`, `W`, `permille`, `periods`, `blocks` ...; "" for a bare number."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule found; the same blocks give the same alerts with the same ids."""

    id: str
    rule: str
    severity: Severity
    subject: Subject
    title: str
    """A sentence. It names no text that came from outside."""
    evidence: tuple[Evidence, ...]
    """At the worst of it."""
    first_period: int | None
    """None where it is about the chain and not about energy."""
    last_period: int | None
    first_height: int
    """The block with which it was found."""
    last_height: int
    """The newest block that still showed it."""
    opened_slot: int
    closed_slot: int | None
    """None as long as it is open."""
    count: int
    """Periods, or blocks, that showed it."""
    openings: int
    """1, and one more for each time that it came back within a day. An acknowledgement is of one opening."""
    strength: int
    """The worst, in thousandths of the rule's threshold."""
    link: str
    """The explorer's route to the cause, from `#` on."""

    @property
    def is_open(self) -> bool:
        return self.closed_slot is None


def alert_id(chain: bytes, rule: str, subject: Subject, first: int) -> str:
    """The name of an alert: 24 hexadecimal digits over chain, rule, subject, first period or height."""
    parts = encode((chain, rule, subject.kind.value, subject.name, first))
    return sha256(b"gridquorum/alert\x00" + parts)[:ID_BYTES].hex()


def encode_alert(alert: Alert) -> Mapping[str, Value]:
    """An alert as a map of plain values."""
    subject = {"kind": alert.subject.kind.value, "name": alert.subject.name}
    fields = {**asdict(alert), "severity": alert.severity.value, "subject": subject}
    return cast(Mapping[str, Value], fields)


def decode_alert(value: Value) -> Alert:
    """Inverse of `encode_alert`."""
    fields = dict(cast(Mapping[str, Any], value))
    subject = Subject(Kind(fields["subject"]["kind"]), fields["subject"]["name"])
    evidence = tuple([Evidence(**row) for row in fields["evidence"]])
    return Alert(
        **{**fields, "severity": Severity(fields["severity"]), "subject": subject, "evidence": evidence}
    )
