"""One machine, its peers played by the test."""

from dataclasses import dataclass, field
from typing import TypeVar

from consensus.actions import Action, Append, Build, Check, Decide, Rewrite, Send
from consensus.config import Config
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
from consensus.messages import Commit, Message, Prepare, Prepared, Proposal, RoundChange, Vote
from consensus.own_votes import Certificate
from consensus.vote_log import VoteLog, new_log, recover
from crypto.hashing import Digest
from ledger.committee import Committee
from ledger.quantities import Height, Round, Slot
from tests.consensus.committee import CHAIN, ToyBlock, committee_of, config_of, head_at, signed

A = TypeVar("A")
SLOT_MS = 1_000
HEAD_SLOT = 100
OPEN_MS = (HEAD_SLOT + 1) * SLOT_MS
"""When the slot of the first height opens."""

H = Height(1)
R0, R1, R2 = Round(0), Round(1), Round(2)
PARENT = Digest(bytes(32))


@dataclass
class Solo:
    """A started machine at height 1; with rotation, member (1 + r) % n proposes in round r."""

    members: int = 4
    place: int = 0
    now: int = OPEN_MS
    log: VoteLog | None = None
    is_started: bool = True
    actions: tuple[Action, ...] = ()
    committee: Committee = field(init=False)
    config: Config = field(init=False)
    machine: Machine = field(init=False)

    def __post_init__(self) -> None:
        self.committee = committee_of(self.members)
        self.config = config_of(self.committee, self.place, SLOT_MS)
        if self.log is None:
            image = new_log(CHAIN, self.key, rejoining=False)
            self.log = recover(image, image, CHAIN, self.key)
        self.machine = Machine(self.config, head_at(0, HEAD_SLOT, self.committee), self.log)
        if self.is_started:
            self.step(Started())

    @property
    def key(self) -> bytes:
        return self.committee.public_keys[self.place]

    def step(self, event: Event) -> tuple[Action, ...]:
        self.actions = self.machine.step(event, self.now)
        return self.actions

    def fire(self, timer: Timer) -> tuple[Action, ...]:
        return self.step(TimerFired(timer))

    def hear(self, *messages: Message, sender: int | None = None) -> tuple[Action, ...]:
        """Messages come from the members that signed them; returns the actions of all."""
        actions: tuple[Action, ...] = ()
        for message in messages:
            place = sender if sender is not None else getattr(message, "member", 0)
            address = self.committee.validators[place].address
            actions += self.step(MessageReceived(address, message))
        self.actions = actions
        return actions

    def advance(self, height: int = 1, slot: int = HEAD_SLOT + 1) -> tuple[Action, ...]:
        return self.step(HeadAdvanced(head_at(height, slot, self.committee)))

    def build(self) -> tuple[Action, ...]:
        """Answer the last Build."""
        (build,) = self.did(Build)
        block = self.block(self.place, build.round, build.slot)
        return self.step(BlockBuilt(build.height, build.round, block.digest, block.raw))

    def check(self, valid: bool = True) -> tuple[Action, ...]:
        """Answer the last Check."""
        (check,) = self.did(Check)
        return self.step(BlockChecked(check.height, check.digest, valid))

    def restarted(self, now: int | None = None) -> "Solo":
        """The same validator after a crash, from what its log held on disk."""
        image = self.machine.state.log.rewrite()
        log = recover(image, image, CHAIN, self.key)
        return Solo(members=self.members, place=self.place, log=log, now=now or self.now)

    def did(self, kind: type[A]) -> list[A]:
        return [action for action in self.actions if isinstance(action, kind)]

    def sent(self, kind: type[A]) -> list[A]:
        return [send.message for send in self.did(Send) if isinstance(send.message, kind)]

    def wrote_before_sending(self) -> bool:
        kinds = [type(action) for action in self.actions]
        writes = [place for place, kind in enumerate(kinds) if kind in {Append, Rewrite}]
        sends = [place for place, kind in enumerate(kinds) if kind in {Send, Decide}]
        return not sends or (bool(writes) and max(writes) < min(sends))

    # What the others say.

    def block(self, proposer: int, round: int = 0, slot: int = HEAD_SLOT + 1, nonce: int = 0) -> ToyBlock:
        address = self.committee.validators[proposer].address
        return ToyBlock(H, Round(round), Slot(slot), address, PARENT, nonce)

    def sign(self, vote: Vote, member: int) -> Vote:
        return signed(vote, self.committee, member)

    def proposal(self, block: ToyBlock, round: int = 0, **proof: object) -> Proposal:
        vote = Proposal(H, Round(round), block.digest, block.raw, **proof)  # type: ignore[arg-type]
        return signed(vote, self.committee, (H + round) % self.members)

    def prepares(self, block: ToyBlock, round: int, *members: int) -> tuple[Prepare, ...]:
        vote = Prepare(H, Round(round), block.digest)
        return tuple([signed(vote, self.committee, member) for member in members])

    def commits(self, block: ToyBlock, round: int, *members: int) -> tuple[Commit, ...]:
        vote = Commit(H, Round(round), block.digest)
        return tuple([signed(vote, self.committee, member) for member in members])

    def certificate(self, block: ToyBlock, round: int, *members: int) -> Certificate:
        return Certificate(Prepared(Round(round), block.digest), self.prepares(block, round, *members))

    def round_changes(
        self, round: int, *members: int, lock: Certificate | None = None
    ) -> tuple[RoundChange, ...]:
        claim = (None, ()) if lock is None else (lock.prepared, lock.prepares)
        vote = RoundChange(H, Round(round), *claim)
        return tuple([signed(vote, self.committee, member) for member in members])


def bare(votes: tuple[RoundChange, ...]) -> tuple[RoundChange, ...]:
    return tuple([vote.bare() for vote in votes])
