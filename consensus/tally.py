"""The votes of one height that have come in, of each member a bounded number."""

from collections.abc import Callable
from typing import Final, TypeVar

from consensus.messages import Commit, Prepare, RoundChange, Vote
from crypto.hashing import Digest
from ledger.quantities import Round

ROUNDS_KEPT: Final = 8
"""Rounds of which a member's prepares and commits are kept, the latest ones."""

V = TypeVar("V", Prepare, Commit)


class Tally:
    """Votes whose signatures were checked. What a member sends can only push out what it sent itself."""

    def __init__(self) -> None:
        self._prepares: dict[int, dict[Round, Prepare]] = {}
        self._commits: dict[int, dict[Round, Commit]] = {}
        self._round_changes: dict[int, RoundChange] = {}

    def add(self, vote: Vote) -> None:
        """Count a vote, unless its member cast one before that it contradicts. A proposal is not counted."""
        match vote:
            case Prepare():
                _add(self._prepares.setdefault(vote.member, {}), vote)
            case Commit():
                _add(self._commits.setdefault(vote.member, {}), vote)
            case RoundChange():
                self._add_round_change(vote)

    def _add_round_change(self, vote: RoundChange) -> None:
        """A member's latest stands for all its earlier ones."""
        last = self._round_changes.get(vote.member)
        if last is None or last.round < vote.round:
            self._round_changes[vote.member] = vote

    def prepares(self, round: Round, digest: Digest) -> tuple[Prepare, ...]:
        """Those for one block in one round, by members that rise."""
        return _matching(self._prepares, round, digest)

    def commits(self, round: Round, digest: Digest) -> tuple[Commit, ...]:
        """Those for one block in one round, by members that rise."""
        return _matching(self._commits, round, digest)

    def round_changes(self, round: Round) -> tuple[RoundChange, ...]:
        """Those for exactly this round, by members that rise."""
        return self._where(lambda vote: vote.round == round)

    def support(self, round: Round) -> int:
        """How many members have given up all rounds before this one."""
        return len(self._where(lambda vote: vote.round >= round))

    def reached_by(self, members: int) -> Round:
        """The highest round to which this many members have changed; 0 if there are fewer."""
        rounds = sorted((vote.round for vote in self._round_changes.values()), reverse=True)
        return rounds[members - 1] if len(rounds) >= members else Round(0)

    def __len__(self) -> int:
        """All that is kept."""
        prepares = sum(len(votes) for votes in self._prepares.values())
        commits = sum(len(votes) for votes in self._commits.values())
        return prepares + commits + len(self._round_changes)

    def _where(self, holds: Callable[[RoundChange], bool]) -> tuple[RoundChange, ...]:
        return tuple([vote for _, vote in sorted(self._round_changes.items()) if holds(vote)])


def _add(votes: dict[Round, V], vote: V) -> None:
    votes.setdefault(vote.round, vote)
    if len(votes) > ROUNDS_KEPT:
        del votes[min(votes)]


def _matching(votes: dict[int, dict[Round, V]], round: Round, digest: Digest) -> tuple[V, ...]:
    cast = [by_round[round] for _, by_round in sorted(votes.items()) if round in by_round]
    return tuple([vote for vote in cast if vote.digest == digest])
