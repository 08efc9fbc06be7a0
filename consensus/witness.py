"""What each member signed at one height, to hold its next votes against (ledger.evidence)."""

from typing import Final

from ledger.ballots import Kind, SignedBallot
from ledger.evidence import is_contradiction
from ledger.quantities import Round

BALLOTS_KEPT: Final = 8
"""Of each kind, those of a member's latest rounds."""


class Witness:
    """Votes whose signatures were checked, however they came: by themselves, or as proof in others."""

    def __init__(self) -> None:
        self._ballots: dict[int, dict[tuple[Kind, Round], SignedBallot]] = {}
        self._liars: set[int] = set()

    def hear(self, member: int, vote: SignedBallot) -> SignedBallot | None:
        """An earlier vote of this member that contradicts this one; for each member once."""
        if member in self._liars:
            return None
        ballots = self._ballots.setdefault(member, {})
        if ballots.get((vote.ballot.kind, vote.ballot.round)) == vote:
            return None  # said again, as most are
        for earlier in ballots.values():
            if is_contradiction(earlier.ballot, vote.ballot):
                self._liars.add(member)
                del self._ballots[member]
                return earlier
        _keep(ballots, vote)
        return None

    def __len__(self) -> int:
        """All that is kept."""
        return sum(map(len, self._ballots.values()))


def _keep(ballots: dict[tuple[Kind, Round], SignedBallot], vote: SignedBallot) -> None:
    kind = vote.ballot.kind
    ballots[kind, vote.ballot.round] = vote
    rounds = [round_ for other, round_ in ballots if other is kind]
    if len(rounds) > BALLOTS_KEPT:
        del ballots[kind, min(rounds)]
