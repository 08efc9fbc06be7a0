"""Hysteresis: one fault is one alert, however long it lasts and however often it flickers.

A rule opens an alert after so many bad verdicts in a row, and closes it after so many good ones. In between,
verdicts neither open nor close. A fault that comes back within a day opens the same alert again.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, cast

from explorer.alerts.alert import Alert, Kind, Severity, alert_id, decode_alert, encode_alert
from explorer.alerts.links import link_to
from explorer.alerts.memory import Memory
from explorer.alerts.verdict import Verdict
from ledger.codec import Value

PART: Final = "latch"
GOOD_BELOW: Final = 700
"""In thousandths of the threshold: between this and the threshold, what is open stays open."""

RETURNS_WITHIN: Final = 96
"""Periods, or blocks, after which a fault that comes back is another one."""

CHAIN_KINDS: Final = (Kind.VALIDATOR, Kind.COMMITTEE)
RANKS: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Terms:
    """When a rule's alerts open and close: verdicts in a row."""

    open_after: int
    close_after: int


@dataclass(frozen=True, slots=True)
class Latch:
    """Where one rule stands with one subject."""

    bad: int = 0
    good: int = 0
    first: int = 0
    """The first of the bad ones in a row."""
    alert: Alert | None = None
    """Open, or closed so lately that it may open again."""

    @property
    def is_open(self) -> bool:
        return self.alert is not None and self.alert.is_open


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in the chain a verdict is given."""

    chain: bytes
    """The genesis hash."""
    height: int
    slot: int


def is_open(memory: Memory, rule: str, subject: str) -> bool:
    """Whether an alert of this rule is open: then what is faulty is not learned from."""
    return _read(memory, rule, subject).is_open


def turn(memory: Memory, terms: Terms, moment: Moment, verdict: Verdict) -> Alert | None:
    """Take a verdict in; the alert that it opened, kept open or closed, if any."""
    if not verdict.is_bad and memory.get(f"{PART}/{verdict.rule}", verdict.subject.name) is None:
        return None
    latch = _read(memory, verdict.rule, verdict.subject.name)
    turned = _turned(latch, terms, moment, verdict)
    memory.put(f"{PART}/{verdict.rule}", verdict.subject.name, _encode(turned))
    return turned.alert if turned.alert != latch.alert else None


def _turned(latch: Latch, terms: Terms, moment: Moment, verdict: Verdict) -> Latch:
    if verdict.is_bad:
        first = latch.first if latch.bad else verdict.at
        latch = replace(latch, bad=latch.bad + 1, good=0, first=first)
        if latch.is_open:
            return replace(latch, alert=_worsened(cast(Alert, latch.alert), moment, verdict))
        return (
            replace(latch, alert=_opened(latch, moment, verdict)) if latch.bad >= terms.open_after else latch
        )
    if latch.is_open and verdict.strength >= GOOD_BELOW:
        return replace(latch, bad=0, good=0)
    latch = replace(latch, bad=0, good=latch.good + 1)
    if latch.is_open and latch.good >= terms.close_after:
        return replace(latch, alert=replace(cast(Alert, latch.alert), closed_slot=moment.slot))
    return latch


def _opened(latch: Latch, moment: Moment, verdict: Verdict) -> Alert:
    known = latch.alert
    if known is not None and verdict.at - _last(known) <= RETURNS_WITHIN:
        returned = replace(
            known, closed_slot=None, openings=known.openings + 1, count=known.count + latch.bad - 1
        )
        return _worsened(returned, moment, verdict)
    is_chain = verdict.subject.kind in CHAIN_KINDS
    return Alert(
        id=alert_id(moment.chain, verdict.rule, verdict.subject, latch.first),
        rule=verdict.rule,
        severity=verdict.severity,
        subject=verdict.subject,
        title=verdict.title,
        evidence=verdict.evidence,
        first_period=None if is_chain else latch.first,
        last_period=None if is_chain else verdict.at,
        first_height=latch.first if is_chain else moment.height,
        last_height=moment.height,
        opened_slot=moment.slot,
        closed_slot=None,
        count=latch.bad,
        openings=1,
        strength=verdict.strength,
        link=link_to(verdict.rule, verdict.subject, latch.first),
    )


def _worsened(alert: Alert, moment: Moment, verdict: Verdict) -> Alert:
    """One more that showed it; sentence and evidence are those of the worst."""
    seen = replace(
        alert,
        last_period=None if alert.last_period is None else verdict.at,
        last_height=moment.height,
        count=alert.count + 1,
        severity=max(alert.severity, verdict.severity, key=RANKS.index),
    )
    if verdict.strength <= alert.strength:
        return seen
    return replace(seen, title=verdict.title, evidence=verdict.evidence, strength=verdict.strength)


def _last(alert: Alert) -> int:
    return alert.last_height if alert.last_period is None else alert.last_period


def _read(memory: Memory, rule: str, subject: str) -> Latch:
    value = memory.get(f"{PART}/{rule}", subject)
    if value is None:
        return Latch()
    fields = dict(cast(Mapping[str, Any], value))
    alert = fields.pop("alert")
    return Latch(**fields, alert=None if alert is None else decode_alert(alert))


def _encode(latch: Latch) -> Value:
    """None if there is nothing to remember but good news."""
    if latch.alert is None and latch.bad == 0:
        return None
    plain = {name: value for name, value in asdict(latch).items() if name != "alert"}
    # How many good ones there were matters only until what is open has closed.
    plain["good"] = latch.good if latch.is_open else 0
    return {**plain, "alert": None if latch.alert is None else encode_alert(latch.alert)}
