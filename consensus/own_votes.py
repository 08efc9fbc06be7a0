"""What this validator has signed: the one place that says whether it may sign something more."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from consensus.block_info import Candidate
from consensus.messages import Commit, Prepare, Prepared, Proposal, RoundChange, Vote
from crypto.hashing import Digest
from ledger.quantities import Height, Round

GENESIS: Final = Height(0)

BLOCKS_KEPT: Final = 4
"""Blocks of the latest rounds in which one prepared; the one that one is locked on is kept besides."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """A PREPARE with its block, or a crash of all would leave a certificate for a block that nobody has."""

    vote: Prepare
    block: bytes


@dataclass(frozen=True, slots=True)
class Commitment:
    """A COMMIT with the quorum that it rests on, which later round changes must show."""

    vote: Commit
    prepares: tuple[Prepare, ...]


Cast: TypeAlias = Proposal | Preparation | Commitment | RoundChange
"""A vote of one's own, with all that must be on disk before it is sent."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Proof that a quorum prepared a block in a round: no other can have been decided before."""

    prepared: Prepared
    prepares: tuple[Prepare, ...]


@dataclass(slots=True)
class OwnVotes:
    """The votes that matter still: those of one height, the latest of each kind, and some blocks."""

    floor: Height | None
    """Nothing is signed at this height or below it; None: nothing at all, until it is known."""
    height: Height = GENESIS
    round_change: RoundChange | None = None
    proposal: Proposal | None = None
    preparations: dict[Round, Preparation] = field(default_factory=dict)
    """By rounds that rise."""
    commitment: Commitment | None = None

    def take(self, cast: Cast) -> None:
        """Remember a vote; those of lower heights no longer matter."""
        height = vote_of(cast).height
        if height < self.height:
            return
        if height > self.height:
            self.height = height
            self.round_change = self.proposal = self.commitment = None
            self.preparations = {}
        match cast:
            case RoundChange():
                self.round_change = cast
            case Proposal():
                self.proposal = cast
            case Preparation():
                self.preparations[cast.vote.round] = cast
                self._forget_blocks()
            case Commitment():
                self.commitment = cast

    def _forget_blocks(self) -> None:
        locked = None if self.commitment is None else self.commitment.vote.round
        for round_ in list(self.preparations)[:-BLOCKS_KEPT]:
            if round_ != locked:
                del self.preparations[round_]

    def objection(self, vote: Vote) -> str:
        """Why this vote must not be signed; empty if it may be."""
        if self.floor is None or vote.height <= self.floor or vote.height < self.height:
            return f"nothing more is signed at height {vote.height}"
        if vote.height > self.height:
            return ""
        if vote.round < self.round:
            return f"round {self.round} has begun"
        if type(vote) in [type(earlier) for earlier in self.in_round(vote.round)]:
            return "such a vote is signed already in this round"
        return ""

    @property
    def round(self) -> Round:
        """The latest in which there is a vote."""
        return max((vote.round for vote in self._latest), default=Round(0))

    def in_round(self, round: Round) -> tuple[Vote, ...]:
        """The votes of a round, in the order in which they are cast."""
        return tuple([vote for vote in self._latest if vote.round == round])

    @property
    def _latest(self) -> tuple[Vote, ...]:
        """The last of each kind."""
        preparations = list(self.preparations.values())
        casts = (self.round_change, self.proposal, *preparations[-1:], self.commitment)
        return tuple([vote_of(cast) for cast in casts if cast is not None])

    @property
    def certificate(self) -> Certificate | None:
        """Of the latest round in which this validator committed itself: its lock."""
        if self.commitment is None:
            return None
        vote = self.commitment.vote
        return Certificate(Prepared(vote.round, vote.digest), self.commitment.prepares)

    def preparation(self, digest: Digest) -> Preparation | None:
        """One's vote for a block, which is cast for valid blocks only."""
        return next((cast for cast in self.preparations.values() if cast.vote.digest == digest), None)

    def block(self, digest: Digest) -> bytes | None:
        """A block that this validator prepared or proposed, if it is kept still."""
        preparation = self.preparation(digest)
        if preparation is not None:
            return preparation.block
        if self.proposal is not None and self.proposal.digest == digest:
            return self.proposal.block
        return None

    def accepted(self, round: Round) -> Candidate | None:
        """The block that this validator prepared in a round."""
        preparation = self.preparations.get(round)
        return None if preparation is None else Candidate(preparation.vote.digest, preparation.block)

    def casts(self) -> tuple[Cast, ...]:
        """All of it, such that taking them in this order gives it again."""
        casts = (self.commitment, *self.preparations.values(), self.proposal, self.round_change)
        return tuple([cast for cast in casts if cast is not None])


def vote_of(cast: Cast) -> Vote:
    """What is sent of it."""
    return cast.vote if isinstance(cast, Preparation | Commitment) else cast
