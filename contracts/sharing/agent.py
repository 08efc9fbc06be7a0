"""A committee member's agent: checks what was dealt to it, complains, and opens with its fellows.

It holds a share of everybody's curve, so what it may give away is narrow: nothing before the chain has fixed
whose curves are opened; then its share of their sum (or of each curve, where each is opened), and only to the
members of the round, over their own connections. Shares are never written to the chain or to a log.

All it knows it reads from the chain again after a restart: shares are decrypted and checked anew, its own
sums are sent again, and those of its fellows asked for.
"""

from collections.abc import Iterator
from typing import cast

from contracts.agent import (
    Action,
    BlockCommitted,
    Compute,
    Computed,
    Event,
    MessageReceived,
    Note,
    SendMessage,
    SetTimer,
    SubmissionFailed,
    Submit,
    TimerFired,
    View,
)
from contracts.sharing.dealing import (
    Combined,
    bad_dealers,
    combine,
    complaint_arguments,
    decode_share,
    decrypt_share,
)
from contracts.sharing.messages import SHARE_TOPIC, WANT_TOPIC, ShareMessage, WantMessage
from contracts.sharing.records import (
    ACTIVE_KEY,
    SHARING,
    Opening,
    Phase,
    dealing_key,
    decode_dealing,
    decode_progress,
    decode_round,
    progress_key,
    round_key,
    shares_key,
)
from contracts.sharing.work import SUM, Work
from crypto.address import Address
from crypto.field import encode_scalars
from crypto.group import Point
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.errors import DecodeError

RESEND_TIMER = "sharing/resend"


class SharingMember:
    """The agent of one committee member; `key` signs, `encryption` decrypts what was dealt to it."""

    kind = "sharing"

    def __init__(self, key: PrivateKey, encryption: PrivateKey) -> None:
        self.address = key.address
        self._key = key
        self._encryption = encryption
        self._view: View | None = None
        self._work: dict[str, Work] = {}
        self._warned_of: set[Address] = set()
        self._is_timer_set = False

    def step(self, event: Event, now: int) -> tuple[Action, ...]:
        """What to do about `event`."""
        if isinstance(event, BlockCommitted):
            self._view = event.view
            return tuple(self._follow(event.view, now))
        if self._view is None:
            return ()
        return tuple(self._react(self._view, event, now))

    def _react(self, view: View, event: Event, now: int) -> Iterator[Action]:
        match event:
            case MessageReceived(sender, topic, body) if topic in (SHARE_TOPIC, WANT_TOPIC):
                yield from self._take_message(view, sender, topic, body, now)
            case Computed(tag, result, error) if tag.startswith("sharing/"):
                yield from self._take_result(view, tag, result, error)
            case SubmissionFailed("sharing", action):
                yield from self._look_again(action)
            case TimerFired(name) if name == RESEND_TIMER:
                yield from self._resend(view, now)

    def _follow(self, view: View, now: int) -> Iterator[Action]:
        """Bring what is known in line with the chain, and do what each running round needs."""
        active = cast(tuple[str, ...], view.get(SHARING, ACTIVE_KEY) or ())
        for ended in [identifier for identifier in self._work if identifier not in active]:
            del self._work[ended]
        for identifier in active:
            if identifier not in self._work:
                yield from self._begin(view, identifier)
            if identifier in self._work:
                yield from self._look_at(view, self._work[identifier])
        if self._work and not self._is_timer_set:
            self._is_timer_set = True
            yield SetTimer(RESEND_TIMER, now + view.genesis.timers.resend_ms)

    def _look_at(self, view: View, work: Work) -> Iterator[Action]:
        """A new block: go on, and ask for what should have come since the one before."""
        had_sent = work.has_sent
        work.progress = decode_progress(view.get(SHARING, progress_key(work.opened.id)))
        yield from self._advance(view, work)
        if had_sent and work.can_open:
            yield from self._ask(work)

    def _begin(self, view: View, identifier: str) -> Iterator[Action]:
        """Take up a round, if the member holds shares in it."""
        opened = decode_round(view.get(SHARING, round_key(identifier)))
        if self.address not in opened.members:
            return
        number = opened.members.index(self.address) + 1
        if opened.keys[number - 1] != self._encryption.public_key:
            yield Note("warning", "shares are encrypted to another key than mine", {"round": identifier})
            return
        progress = decode_progress(view.get(SHARING, progress_key(identifier)))
        self._work[identifier] = Work(opened, progress, number)

    def _advance(self, view: View, work: Work) -> Iterator[Action]:
        yield from self._check_new_shares(view, work)
        if work.progress.phase is Phase.DEALING:
            yield from self._complain(view, work)
        elif work.can_open:
            yield from self._open(view, work)

    def _check_new_shares(self, view: View, work: Work) -> Iterator[Action]:
        """Decrypt what was dealt since, and have it checked against the commitments, all together."""
        dealt = []
        for dealer in work.progress.standing:
            if dealer in work.shares or dealer in work.bad or dealer in work.checking:
                continue
            sealed = dealt_share(view, work, dealer)
            share = decrypt_share(
                self._encryption, view.genesis.hash, work.opened, dealer, work.number, sealed
            )
            if share is None:
                work.bad.add(dealer)
                continue
            work.checking[dealer] = share
            dealt.append((dealer, dealt_commitments(view, work, dealer), share))
        if dealt:
            # Nobody else knows the shares, so no dealer can foresee the weights of the check.
            seed = self._key.derive("sharing/check", b"".join(encode_scalars(share) for _, _, share in dealt))
            yield Compute(f"sharing/check {work.opened.id}", bad_dealers, (work.number, tuple(dealt), seed))

    def _complain(self, view: View, work: Work) -> Iterator[Action]:
        for dealer in work.progress.standing:
            if dealer not in work.bad or dealer in work.complained:
                continue
            work.complained.add(dealer)
            sealed = dealt_share(view, work, dealer)
            yield Note("warning", "a dealer gave a bad share", {"round": work.opened.id, "dealer": dealer})
            yield Submit(
                SHARING,
                "complain",
                complaint_arguments(
                    self._encryption, view.genesis.hash, work.opened, dealer, work.number, sealed
                ),
            )

    def _open(self, view: View, work: Work) -> Iterator[Action]:
        """The dealers are fixed: give the fellows what they need, put together what came, and submit it."""
        if not work.has_sent:
            work.has_sent = True
            yield from self._send_to_all(work)
        for target in work.targets:
            yield from self._combine(view, work, target)
            yield from self._submit(view, work, target)

    def _send_to_all(self, work: Work) -> Iterator[Action]:
        if any(work.own(target) is None for target in work.targets):
            # The time to complain is over; whoever finds a bad share now can only stay silent.
            yield Note("warning", "a share is bad, so that I cannot help to open", {"round": work.opened.id})
        for fellow in work.opened.members:
            if fellow != self.address:
                yield from self._send_to(work, fellow)

    def _send_to(self, work: Work, fellow: Address) -> Iterator[Action]:
        for target in work.targets:
            share = work.own(target)
            if share is not None:
                message = ShareMessage(work.opened.id, target, encode_scalars(share))
                yield SendMessage(fellow, SHARE_TOPIC, message.encode())

    def _combine(self, view: View, work: Work, target: str) -> Iterator[Action]:
        shares = work.gathered(target)
        if target in work.openings or target in work.combining or len(shares) < work.opened.threshold:
            return
        work.combining.add(target)
        dealt = tuple(dealt_commitments(view, work, dealer) for dealer in work.dealers_of(target))
        tag = f"sharing/combine {work.opened.id} {target}"
        yield Compute(tag, combine, (dealt, shares, work.opened.threshold))

    def _submit(self, view: View, work: Work, target: str) -> Iterator[Action]:
        combined = work.openings.get(target)
        if combined is None or combined.opening is None or target in work.submitted:
            return
        if view.slot < work.ready_slot.setdefault(target, view.slot) + work.turn(target):
            return
        work.submitted.add(target)
        arguments: dict[str, Value] = {
            "process": work.opened.process,
            "number": work.opened.number,
            "dealer": target or None,
            "opening": encode_scalars(combined.opening),
            "members": tuple(work.opened.members[member - 1] for member in combined.members),
        }
        yield Submit(SHARING, "open", arguments)

    def _take_message(
        self, view: View, sender: Address, topic: str, body: bytes, now: int
    ) -> Iterator[Action]:
        """A fellow's share, or a fellow's wish for one's own; anything else is dropped."""
        if not any(sender in work.opened.members for work in self._work.values()):
            return
        try:
            message = ShareMessage.decode(body) if topic == SHARE_TOPIC else WantMessage.decode(body)
        except DecodeError as error:
            yield from self._warn("a message does not decode", sender, str(error))
            return
        work = self._work.get(message.round)
        if work is None or sender not in work.opened.members or sender == self.address:
            return
        member = work.opened.members.index(sender) + 1
        if isinstance(message, WantMessage):
            yield from self._answer(view, work, sender, member, now)
        else:
            yield from self._take_share(view, work, sender, member, message)

    def _answer(self, view: View, work: Work, fellow: Address, member: int, now: int) -> Iterator[Action]:
        patience_ms = view.genesis.timers.resend_ms // 2
        if work.can_open and now - work.answered_ms.get(member, -patience_ms) >= patience_ms:
            work.answered_ms[member] = now
            yield from self._send_to(work, fellow)

    def _take_share(
        self, view: View, work: Work, sender: Address, member: int, message: ShareMessage
    ) -> Iterator[Action]:
        expected = (SUM,) if work.opened.opening is Opening.SUM else work.opened.dealers
        share = decode_share(work.opened, message.share)
        if share is None or message.target not in expected:
            yield from self._warn("a share is malformed", sender, f"round {work.opened.id}")
            return
        if (message.target, member) in work.liars:
            return
        work.received.setdefault(message.target, {})[member] = share
        if work.can_open and message.target in work.targets:
            yield from self._combine(view, work, message.target)

    def _warn(self, text: str, sender: Address, reason: str) -> Iterator[Action]:
        """Once of each fellow, which could have a log written as fast as it sends."""
        if sender not in self._warned_of:
            self._warned_of.add(sender)
            yield Note("warning", text, {"sender": sender, "reason": reason})

    def _take_result(self, view: View, tag: str, result: object, error: str) -> Iterator[Action]:
        what, identifier, *target = tag.removeprefix("sharing/").split(" ")
        work = self._work.get(identifier)
        if work is None:
            return
        if error:
            yield Note("error", "a computation failed", {"round": identifier, "reason": error})
            work.checking.clear()
            work.combining.clear()
        elif what == "check":
            work.keep_checked(cast(tuple[str, ...], result))
            yield from self._advance(view, work)
        else:
            yield from self._take_combined(view, work, target[0], cast(Combined, result))

    def _take_combined(self, view: View, work: Work, target: str, combined: Combined) -> Iterator[Action]:
        work.combining.discard(target)
        for member in combined.wrong:
            work.received.get(target, {}).pop(member, None)
            work.liars.add((target, member))
            fields = {"round": work.opened.id, "member": work.opened.members[member - 1]}
            yield Note("warning", "a member sent a wrong share", fields)
        if combined.opening is None:
            yield from self._combine(view, work, target)
            return
        work.openings[target] = combined
        yield from self._submit(view, work, target)

    def _look_again(self, action: str) -> Iterator[Action]:
        """What was refused is looked at again with the next block: most often a fellow was faster."""
        for work in self._work.values():
            (work.complained if action == "complain" else work.submitted).clear()
        yield Note("debug", "a submission failed and will be looked at again", {"action": action})

    def _resend(self, view: View, now: int) -> Iterator[Action]:
        """Ask fellows for what is missing; the timer runs as long as a round does."""
        self._is_timer_set = bool(self._work)
        if self._work:
            yield SetTimer(RESEND_TIMER, now + view.genesis.timers.resend_ms)
        for work in self._work.values():
            if work.can_open:
                yield from self._ask(work)

    def _ask(self, work: Work) -> Iterator[Action]:
        for member, fellow in enumerate(work.opened.members, start=1):
            if fellow != self.address and work.lacks(member):
                yield SendMessage(fellow, WANT_TOPIC, WantMessage(work.opened.id).encode())


def dealt_share(view: View, work: Work, dealer: Address) -> bytes:
    """What a dealer encrypted to the member."""
    shares = cast(tuple[bytes, ...], view.get(SHARING, shares_key(work.opened.id, dealer)))
    return shares[work.number - 1]


def dealt_commitments(view: View, work: Work, dealer: Address) -> tuple[Point, ...]:
    """What a dealer committed to."""
    return decode_dealing(view.get(SHARING, dealing_key(work.opened.id, dealer))).commitments
