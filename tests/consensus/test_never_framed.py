"""Whatever befalls honest validators, nothing that they ever signed is evidence against them."""

import random
from collections.abc import Iterable
from contextlib import suppress
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consensus.errors import BadMessage
from consensus.events import MessageReceived
from consensus.messages import Message, Proposal, RoundChange, Status, Vote, decode_message, encode_message
from consensus.vote_log import Entry, Floor, Opened, VoteLog
from ledger.ballots import Kind, SignedBallot
from ledger.errors import BadEvidence
from ledger.evidence import check_contradiction, is_contradiction
from tests.consensus.committee import BLOCK_BYTES_MAX, CHAIN, TIMERS
from tests.consensus.watch import ToySignatures, Violation
from tests.consensus.world import Actor, World

FATES = ("comes", "is lost", "comes twice", "comes late", "comes changed", "crashes", "crashes its sender")
"""What may become of a message, or whom it finds or leaves dead."""
fates = st.lists(st.tuples(st.sampled_from(FATES), st.integers(0, 500)), max_size=250)
"""With a number that says when, or where."""

HEIGHTS = 3
PATIENCE_MS = 20 * TIMERS.cap_ms


class Fates:
    """Has them come true in the order in which messages are sent, and collects all that anybody signed."""

    def __init__(self, world: World, drawn: list[tuple[str, int]]) -> None:
        self.world = world
        self.left = iter(drawn)
        self.signed: dict[bytes, set[SignedBallot]] = {key: set() for key in world.everyone.public_keys}
        world.is_tampered_with = True
        world.on_said = self._collect
        world.links = self._befall

    def _collect(self, actor: Actor, message: Message) -> None:
        for vote in votes_in(message):
            key = self.world.everyone.public_keys[vote.member]
            self.signed[key].add(SignedBallot(vote.ballot, vote.signature))

    def _befall(self, sender: Actor, receiver: Actor, message: Message | None) -> bool:
        if message is None:
            return True
        fate, number = next(self.left, ("comes", 0))
        match fate:
            case "comes twice" | "comes late":
                self._bring(sender, receiver, message, 37 * number)
            case "comes changed":
                self._change(sender, receiver, message, number)
            case "crashes":
                self._crash(receiver, number)
            case "crashes its sender":
                self._crash(sender, number)
        return fate in {"comes", "comes twice"}

    def _bring(self, sender: Actor, receiver: Actor, message: Message, delay_ms: int) -> None:
        event = MessageReceived(sender.address, message)
        self.world.after(delay_ms, lambda: self.world.step(receiver, event))

    def _change(self, sender: Actor, receiver: Actor, message: Message, number: int) -> None:
        raw = bytearray(encode_message(message))
        raw[number % len(raw)] ^= 1 + number % 255
        with suppress(BadMessage):
            self._bring(sender, receiver, decode_message(bytes(raw), BLOCK_BYTES_MAX), 10)

    def _crash(self, actor: Actor, number: int) -> None:
        """And leave the tail of one copy of its log torn off."""
        if actor.machine is not None:
            self.world.stop(actor)
            torn = number % 2
            actor.copies[torn] = actor.copies[torn][: -number or None]
            self.world.after(10 * number, lambda: self.world.start(actor))


def votes_in(message: Message) -> list[Vote]:
    """The message itself, and all that it carries as proof."""
    match message:
        case Status():
            return []
        case Proposal(round_changes=changes, prepares=prepares):
            return [message, *changes, *prepares]
        case RoundChange(prepares=prepares):
            return [message, *prepares]
        case _:
            return [message]


def live_through(drawn: list[tuple[str, int]]) -> Fates:
    """Raises Violation if one of the honest is heard to contradict itself."""
    world = World(4)
    lived = Fates(world, drawn)
    world.start()
    assert world.run(PATIENCE_MS, until=lambda: len(world.up) == 4 and world.have(HEIGHTS))
    return lived


@settings(max_examples=150, deadline=None)
@given(fates)
def test_nothing_that_the_honest_sign_is_evidence(drawn: list[tuple[str, int]]) -> None:
    lived = live_through(drawn)
    assert not lived.world.accused
    assert sum(map(len, lived.signed.values())) >= 3 * HEIGHTS
    for ballots in lived.signed.values():
        for first, second in combinations([vote.ballot for vote in ballots], 2):
            assert not is_contradiction(first, second)


def live_through_many() -> None:
    dice = random.Random("fates")
    for _ in range(30):
        live_through([(dice.choice(FATES), dice.randint(0, 500)) for _ in range(200)])


def test_many_long_misfortunes_are_survived() -> None:
    live_through_many()


def test_a_validator_that_forgets_its_votes_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    init = VoteLog.__init__

    def forgetful(log: VoteLog, opened: Opened, entries: Iterable[Entry]) -> None:
        init(log, opened, [entry for entry in entries if isinstance(entry, Floor)])

    monkeypatch.setattr(VoteLog, "__init__", forgetful)
    with pytest.raises(Violation, match="contradicts itself"):
        live_through_many()


@pytest.fixture(scope="module")
def archive() -> tuple[bytes, list[SignedBallot]]:
    """A key, and all that it signed at three heights of several rounds each; nearly as bad as it gets."""
    world = World(4)
    happening = Fates(world, [])
    world.is_valid = lambda block: block.round > 1
    world.start()
    assert world.run(PATIENCE_MS, until=lambda: world.have(HEIGHTS))
    key = world.everyone.public_keys[2]
    votes = sorted(happening.signed[key], key=lambda vote: vote.raw)
    assert {vote.ballot.kind for vote in votes} == {*Kind}
    return key, votes


@settings(max_examples=500)
@given(st.data())
def test_no_change_of_signed_votes_makes_them_evidence(
    archive: tuple[bytes, list[SignedBallot]], data: st.DataObject
) -> None:
    """Bytes changed, and signatures moved to other votes: what is signed is what was meant, or nothing."""
    key, votes = archive
    raws = []
    for _ in range(2):
        vote = data.draw(st.sampled_from(votes))
        signature = data.draw(st.sampled_from([vote, *votes])).signature
        raw = bytearray(SignedBallot(vote.ballot, signature).raw)
        for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=3)):
            raw[place] ^= data.draw(st.integers(1, 255))
        raws.append(bytes(raw))
    with pytest.raises(BadEvidence):
        check_contradiction(*raws, CHAIN, key, ToySignatures(1))
