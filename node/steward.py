"""What a validator's node does on the chain by itself, with its own key: it reports who contradicted itself,
and shows that it follows the chain while it is to be admitted to the committee.

It is an agent like any other; what it is asked to do from outside is done at the next block.
"""

from collections import Counter
from dataclasses import asdict
from typing import Final, cast

from contracts.agent import Action, BlockCommitted, Event, Note, SubmissionFailed, Submit, View
from contracts.membership import proposals, schedule
from contracts.membership.changes import Admit
from contracts.membership.members import Standing, decode_member, member_key
from contracts.membership.synced import RECENT_BLOCKS, RECENT_KEY, synced_key
from crypto.address import Address
from crypto.hashing import Digest
from node.accusations import Accusation, Accusations

FRESH_BLOCKS: Final = RECENT_BLOCKS // 2
"""Shown anew after so many blocks, so that it is recent whenever somebody votes."""

ATTEMPTS_MAX: Final = 3
"""At a report that the chain refuses, though the validator is in good standing."""

REPORT: Final = "report_equivocation"
SHOW: Final = "show_synced"


class Steward:
    """The agent of a node that has a vote log."""

    kind = "steward"

    def __init__(self, address: Address, accusations: Accusations) -> None:
        self.address = address
        self._accusations = accusations
        self._reporting: Accusation | None = None
        self._attempts: Counter[Address] = Counter()
        self._showing: int | None = None
        """The height that a transaction under way shows."""
        self._is_asked = False

    def accuse(self, accusation: Accusation) -> None:
        """Have the chain judge this. Raises OSError."""
        self._accusations.add(accusation)

    def show_synced(self) -> None:
        """Show it at the next block, whether or not anybody has proposed to admit this node."""
        self._is_asked = True

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about an event."""
        match event:
            case BlockCommitted(view=view):
                return (*self._report(view), *self._show(view))
            case SubmissionFailed(action=action, error=error):
                return self._note_failure(action, error)
            case _:
                return ()

    def _report(self, view: View) -> tuple[Action, ...]:
        """One at a time, until all are judged."""
        for accusation in self._accusations:
            if not _is_in_good_standing(view, accusation.validator):
                self._settle(accusation)
        if self._reporting is None:
            self._reporting = next(iter(self._accusations), None)
            if self._reporting is not None:
                return (self._submission(self._reporting),)
        return ()

    def _settle(self, accusation: Accusation) -> None:
        self._accusations.settle(accusation.validator)
        del self._attempts[accusation.validator]
        if self._reporting == accusation:
            self._reporting = None

    def _submission(self, accusation: Accusation) -> Submit:
        return Submit("membership", REPORT, asdict(accusation))

    def _note_failure(self, action: str, error: str) -> tuple[Action, ...]:
        if action == SHOW:
            self._showing = None
        elif self._reporting is not None:
            return self._try_again(self._reporting, error)
        return ()

    def _try_again(self, accusation: Accusation, error: str) -> tuple[Action, ...]:
        self._attempts[accusation.validator] += 1
        if self._attempts[accusation.validator] < ATTEMPTS_MAX:
            self._reporting = None
            return ()
        self._settle(accusation)
        fields = {"validator": accusation.validator, "error": error}
        return (Note("warning", "the chain does not take evidence", fields),)

    def _show(self, view: View) -> tuple[Action, ...]:
        below, hashes = cast(tuple[int, tuple[Digest, ...]], view.get("membership", RECENT_KEY) or (-1, ()))
        shown = cast(int | None, view.get("membership", synced_key(self.address)))
        if self._has_seat(view) or (shown is not None and shown >= (self._showing or 0)):
            self._showing = None
        if shown is not None and shown > below - FRESH_BLOCKS:
            self._is_asked = False
        elif hashes and self._showing is None and self._is_candidate(view):
            self._showing = below
            return (Submit("membership", SHOW, {"height": below, "block": hashes[-1]}),)
        return ()

    def _has_seat(self, view: View) -> bool:
        scheduled = cast(schedule.Schedule, view.get("membership", schedule.KEY))
        return self.address in schedule.latest(scheduled)

    def _is_candidate(self, view: View) -> bool:
        if self._has_seat(view):
            return False
        entries = proposals.decode_entries(view.get("membership", proposals.OPEN_KEY))
        proposed = [entry.subject for entry in entries if entry.kind == Admit.kind]
        return self._is_asked or self.address in proposed


def _is_in_good_standing(view: View, address: Address) -> bool:
    value = view.get("membership", member_key(address))
    return value is not None and decode_member(address, value).standing is Standing.GOOD
