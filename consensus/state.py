"""What a validator knows while it works on one height: data that the handlers read and change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial

from consensus.actions import Action, Append, Evidence, Fetch, Report, Rewrite
from consensus.block_info import Candidate
from consensus.config import Config
from consensus.events import ChainHead
from consensus.justification import Judge
from consensus.messages import Message, Prepare, Proposal, RoundChange
from consensus.own_votes import Certificate
from consensus.tally import Tally
from consensus.vote_log import VoteLog
from consensus.witness import Witness
from crypto.address import Address
from crypto.hashing import Digest
from ledger.ballots import SignedBallot
from ledger.committee import Committee
from ledger.quantities import Height, Round
from ledger.seals import Seals


class Phase(Enum):
    """How far the round has come."""

    AWAITING = "awaiting a proposal"
    CHECKING = "checking the proposal's block"
    PREPARING = "prepared; awaiting a quorum of prepares"
    COMMITTING = "committed; awaiting a quorum of commits"
    FETCHING = "decided; the block is being fetched"
    DECIDED = "decided; the block is being stored"


@dataclass(frozen=True, slots=True)
class Justification:
    """Why one may propose in a round: as in a Proposal."""

    round_changes: tuple[RoundChange, ...] = ()
    prepares: tuple[Prepare, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A quorum committed to a block in one round."""

    digest: Digest
    seals: Seals


@dataclass(slots=True)
class RoundState:
    """What is known in one round, and forgotten with it."""

    number: Round
    phase: Phase = Phase.AWAITING
    is_timed: bool = False
    """Whether its timer runs."""
    accepted: Candidate | None = None
    """The proposer's block."""
    building: Justification | None = None
    """Of the block that the host builds for one's own proposal."""


@dataclass(slots=True)
class HeightState:
    """What is known at one height, and forgotten with it."""

    head: ChainHead
    """The block below."""
    round: RoundState
    tally: Tally = field(default_factory=Tally)
    witness: Witness = field(default_factory=Witness)
    is_open: bool = False
    """Whether the slot has opened on one's own clock."""
    certificate: Certificate | None = None
    """Of the latest round in which this validator saw a quorum of prepares: its lock."""
    held: Proposal | None = None
    """A proposal that came before the slot opened."""
    fetching: Fetch | None = None
    """A block that was committed or prepared without being here, and is asked for."""
    fetched: Candidate | None = None
    decision: Decision | None = None


@dataclass(slots=True)
class State:
    """One validator's part in the committee, as of now."""

    config: Config
    log: VoteLog
    at: HeightState
    before: Judge | None = None
    """Of the votes of the height below: one that comes late may contradict what its member signed there."""
    early: dict[Address, dict[type[Message], Message]] = field(default_factory=dict)
    """Of the next height: the last message of each kind from each member."""
    answered: set[Address] = field(default_factory=set)
    """Members that were told one's own state since the last tick of RESEND."""
    ahead: set[Address] = field(default_factory=set)
    """Members that were found to be ahead since then."""
    heads: dict[Address, Height] = field(default_factory=dict)
    """First told by the others while this key rejoins."""
    is_rewrite_due: bool = False
    frames: list[bytes] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    """What the step has come to so far."""

    @property
    def committee(self) -> Committee:
        """Of the height."""
        return self.at.head.committee

    @property
    def round(self) -> RoundState:
        """That this validator takes part in."""
        return self.at.round

    @property
    def height(self) -> Height:
        """That the committee works on."""
        return Height(self.at.head.height + 1)

    @property
    def me(self) -> int | None:
        """One's own place in the committee."""
        return self.committee.index_of(self.config.address)

    @property
    def judge(self) -> Judge:
        """Of this height's votes."""
        hear = partial(self._hear, self.committee, self.at.witness)
        return Judge(self.config.chain, self.at.head, self.config.verify, hear)

    @property
    def is_my_turn(self) -> bool:
        """Whether one's own proposal is awaited in this round."""
        return self.at.head.proposer(self.round.number) == self.me

    def block(self, digest: Digest) -> bytes | None:
        """A block of this height, if it is here."""
        for candidate in (self.round.accepted, self.at.fetched):
            if candidate is not None and candidate.digest == digest:
                return candidate.block
        return self.log.votes.block(digest)

    def _hear(self, committee: Committee, witness: Witness, member: int, vote: SignedBallot) -> None:
        earlier = witness.hear(member, vote)
        if earlier is not None:
            self.do(Evidence(committee.validators[member].address, earlier.raw, vote.raw))

    def do(self, *actions: Action) -> None:
        """Ask the host for something."""
        self.actions.extend(actions)

    def report(self, kind: str, fields: Mapping[str, int | str] | None = None) -> None:
        """Tell logs and metrics."""
        place = {"height": self.height, "round": self.round.number}
        self.do(Report(kind, {**place, **(fields or {})}))

    def take_actions(self) -> tuple[Action, ...]:
        """What the step has come to: all of it is flushed at once, before anything is sent."""
        actions = (*self._writes(), *self.actions)
        self.frames, self.actions = [], []
        return actions

    def _writes(self) -> tuple[Action, ...]:
        if self.is_rewrite_due or self.log.grown_bytes > self.config.log_bytes_max:
            self.is_rewrite_due = False
            return (Rewrite(self.log.rewrite()),)
        return (Append(b"".join(self.frames)),) if self.frames else ()
