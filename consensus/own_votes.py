"""What this validator has signed: the one place that says whether it may sign something more."""

from dataclasses import dataclass, field
from typing import Final

from consensus.messages import Commit, Prepare, Prepared, Proposal, RoundChange, Vote
from crypto.hashing import Digest
from ledger.quantities import Height, Round

GENESIS: Final = Height(0)

BLOCKS_KEPT: Final = 4
"""Blocks of the latest rounds in which one prepared; the one proven prepared is kept besides."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A vote of one's own, with what must be on disk before it is sent."""

    vote: Vote
    block: bytes | None = None
    """Of a PREPARE: the block, or a crash of all would leave a certificate for a block that nobody has."""
    prepares: tuple[Prepare, ...] = ()
    """Of a COMMIT: the quorum that it rests on, which later round changes must show."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Proof that a quorum prepared a block in a round: no other block can have been decided before it."""

    prepared: Prepared
    prepares: tuple[Prepare, ...]


@dataclass(slots=True)
class OwnVotes:
    """The votes that matter still: those of one height, the latest of each kind, and some blocks."""

    floor: Height | None
    """Nothing is signed at this height or below it; None: nothing at all, until it is known."""
    height: Height = GENESIS
    latest: dict[type[Vote], Cast] = field(default_factory=dict)
    prepares: dict[Round, Cast] = field(default_factory=dict)

    def take(self, cast: Cast) -> None:
        """Remember a vote; those of lower heights no longer matter."""
        vote = cast.vote
        if vote.height > self.height:
            self.height = vote.height
            self.latest, self.prepares = {}, {}
        self.latest[type(vote)] = cast
        if isinstance(vote, Prepare):
            self.prepares[vote.round] = cast
            self._forget_blocks()

    def _forget_blocks(self) -> None:
        certificate = self.certificate
        bound = None if certificate is None else certificate.prepared.round
        for round_ in sorted(self.prepares)[:-BLOCKS_KEPT]:
            if round_ != bound:
                del self.prepares[round_]

    def objection(self, vote: Vote) -> str:
        """Why this vote must not be signed; empty if it may be."""
        if self.floor is None:
            return "this key rejoins, and does not know yet from which height on it may sign"
        if vote.height <= self.floor or vote.height < self.height:
            return f"nothing more is signed at height {vote.height}"
        if vote.height > self.height:
            return ""
        if vote.round < self.round:
            return f"round {self.round} has begun"
        last = self.latest.get(type(vote))
        if last is not None and last.vote.round == vote.round:
            return "it has voted so in this round"
        return ""

    @property
    def round(self) -> Round:
        """The latest in which there is a vote."""
        return Round(max((cast.vote.round for cast in self.latest.values()), default=0))

    def in_round(self, round: Round) -> tuple[Vote, ...]:
        """The votes of a round, in the order in which they are cast."""
        order: tuple[type[Vote], ...] = (RoundChange, Proposal, Prepare, Commit)
        votes = [self.latest[kind].vote for kind in order if kind in self.latest]
        return tuple([vote for vote in votes if vote.round == round])

    @property
    def certificate(self) -> Certificate | None:
        """Of the latest round in which this validator committed itself."""
        cast = self.latest.get(Commit)
        if cast is None or not isinstance(cast.vote, Commit):
            return None
        return Certificate(Prepared(cast.vote.round, cast.vote.digest), cast.prepares)

    def block(self, digest: Digest) -> bytes | None:
        """A block that this validator prepared or proposed, if it is kept still."""
        for cast in self.prepares.values():
            if isinstance(cast.vote, Prepare) and cast.vote.digest == digest:
                return cast.block
        proposal = self.latest.get(Proposal)
        if proposal is not None and isinstance(proposal.vote, Proposal) and proposal.vote.digest == digest:
            return proposal.vote.block
        return None

    def casts(self) -> tuple[Cast, ...]:
        """All of it, such that taking them in this order gives it again."""
        commits = [self.latest[kind] for kind in (Commit,) if kind in self.latest]
        others = [self.latest[kind] for kind in (RoundChange, Proposal) if kind in self.latest]
        prepares = [self.prepares[round_] for round_ in sorted(self.prepares)]
        return (*commits, *prepares, *others)
