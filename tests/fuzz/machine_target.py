"""A validator's machine among peers that all lie: whatever they send, it never contradicts itself.

An input is a row of steps: an array is a message from its member, a number fires a timer, and nil restarts
the machine from its log. All signatures are taken for good but those of the machine's own key.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Final

from consensus.actions import Action, Append, Build, Check, Decide, Rewrite, Send
from consensus.events import (
    BlockBuilt,
    BlockChecked,
    Event,
    HeadAdvanced,
    MessageReceived,
    Started,
    Timer,
    TimerFired,
)
from consensus.machine import Machine
from consensus.messages import Message, Status, message_of
from consensus.vote_log import new_log, recover
from ledger.ballots import Ballot
from ledger.codec import Value, decode, encode
from ledger.errors import DecodeError, Malformed
from ledger.evidence import is_contradiction
from tests.consensus.committee import CHAIN, LOG_BYTES_MAX, committee_of, config_of, head_at, toy_verify
from tests.consensus.solo import HEAD_SLOT, OPEN_MS, SLOT_MS, Solo, bare
from tests.fuzz.target import Broken, Target, judges

BYTES_MAX: Final = 2**16
STEPS_MAX: Final = 24
TIMERS: Final = tuple(Timer)
STEP_MS: Final = 700


class Lone:
    """The machine, with a disk and a host that does what it asks."""

    def __init__(self) -> None:
        self.committee = committee_of(4)
        self.key = self.committee.public_keys[0]
        self.now_ms = OPEN_MS
        self.image = new_log(CHAIN, self.key, rejoining=False)
        self.head = head_at(0, HEAD_SLOT, self.committee)
        self.cast: list[Ballot] = []
        self.restart()

    def restart(self) -> None:
        config = replace(config_of(self.committee, 0, SLOT_MS), verify=self._verify)
        self.machine = Machine(config, self.head, recover(self.image, self.image, CHAIN, self.key))
        self.step(Started())

    def step(self, event: Event) -> None:
        self.now_ms += STEP_MS
        for action in self.machine.step(event, self.now_ms):
            self._perform(action)
        if len(self.image) > 3 * LOG_BYTES_MAX + len(self.cast) * BYTES_MAX:
            raise Broken(f"the vote log has {len(self.image)} bytes")

    def _perform(self, action: Action) -> None:
        match action:
            case Append(frames):
                self.image += frames
            case Rewrite(image):
                self.image = image
            case Send(message):
                self._keep(message)
            case Build(height, round_, slot):
                block = Solo(is_started=False).block(0, round_, slot)
                self.step(BlockBuilt(height, round_, block.digest, block.raw))
            case Check(height, digest):
                self.step(BlockChecked(height, digest, valid=True))
            case Decide(height):
                self.head = head_at(height, HEAD_SLOT + height, self.committee)
                self.step(HeadAdvanced(self.head))

    def _keep(self, message: object) -> None:
        if not isinstance(message, Status):
            self.cast.append(message.ballot)  # type: ignore[attr-defined]

    def _verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        if public_key == self.key:
            toy_verify(public_key, signature, message)


def drive(data: bytes) -> None:
    steps = decode(data, max_bytes=BYTES_MAX)
    if not isinstance(steps, tuple):
        return
    lone = Lone()
    for step in steps[:STEPS_MAX]:
        take_step(lone, step)
    for first, second in combinations(lone.cast, 2):
        if is_contradiction(first, second):
            raise Broken(f"it signs {first} and {second}")


def take_step(lone: Lone, step: Value) -> None:
    if step is None:
        lone.restart()
    elif isinstance(step, int):
        lone.step(TimerFired(TIMERS[step % len(TIMERS)]))
    else:
        try:
            message = message_of(step)
        except Malformed:
            return
        member = getattr(message, "member", 1) % len(lone.committee)
        lone.step(MessageReceived(lone.committee.validators[member or 1].address, message))


def plays() -> Iterator[bytes]:
    """A decided height, a locked round that is left, and a proposal of the lock."""
    solo = Solo()
    block = solo.block(1)
    lock = solo.certificate(block, 0, 1, 2, 3)
    others = (1, 2, 3)
    prepared = (solo.proposal(block), *lock.prepares)
    changes = solo.round_changes(1, *others, lock=lock)
    again = solo.proposal(block, 1, round_changes=bare(changes), prepares=lock.prepares)
    messages: tuple[Message, ...]
    for messages in (
        (*prepared, *solo.commits(block, 0, *others)),
        (*prepared, *changes, again, *solo.prepares(block, 1, *others), *solo.commits(block, 1, *others)),
        (*prepared, *solo.round_changes(5, *others), *solo.round_changes(7, *others)),
    ):
        values = [message.to_value() for message in messages]
        yield encode((*values[:4], 1, None, *values[4:], 2))
        yield encode((0, 1, *values))


TARGETS = {"machine": Target(judges(drive, DecodeError), plays, bytes_max=16_384, share=4)}
