"""What can be forged with the keys of some members of a committee, and with what was heard."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from consensus.justification import highest_prepared
from consensus.messages import Commit, Message, Prepare, Prepared, Proposal, RoundChange, Status, Vote
from consensus.state import State
from crypto.hashing import Digest, sha256
from ledger.committee import Committee
from ledger.quantities import Height, Round, Slot
from tests.consensus.committee import ToyBlock, signed
from tests.consensus.hearsay import Hearsay
from tests.consensus.scenario import Tactic

LIE_MAX = 1_000
"""By how much heights and rounds are told too high."""
FLOOD_ROUNDS = 10
ENDORSED_MAX = 2
ABSTAINS = 0.1
"""Chance of a round in which liars endorse nothing: what it nearly prepared, they may prepare later."""
FLAWED = 0.25
"""Of the blocks of liars."""

Claim = tuple[Prepared | None, tuple[Prepare, ...]]


@dataclass(frozen=True)
class Forger:
    """Forges in one member's name, at the height and round of an honest validator that it looks at."""

    me: int
    """The member."""
    accomplices: tuple[int, ...]
    """All members whose keys it has, also its own."""
    state: State
    """What the honest validator knows."""
    parent: Digest
    slot_now: int
    heard: Hearsay
    dice: random.Random

    def lies(self, tactic: Tactic) -> list[Message]:
        """Some messages, each in its own right."""
        forge: dict[Tactic, Callable[[], list[Message]]] = {
            Tactic.ENDORSE: self.endorse,
            Tactic.PROPOSE: self.propose,
            Tactic.CHANGE_ROUND: self.change_round,
            Tactic.REPLAY: self.replay,
            Tactic.MISLEAD: self.mislead,
            Tactic.FLOOD: self.flood,
        }
        return forge[tactic]()

    @property
    def height(self) -> Height:
        return self.state.height

    @property
    def round(self) -> Round:
        return self.state.round.number

    @property
    def committee(self) -> Committee:
        return self.state.committee

    # Tactics.

    def endorse(self) -> list[Message]:
        """Votes for what others prepared or proposed lately, and for the round that they changed to."""
        others = {
            of: votes for of, votes in self.heard.prepares.items() if votes.keys() - {*self.accomplices}
        }
        latest = {*list(others)[-ENDORSED_MAX:], *list(self.heard.proposed)[-1:]}
        if random.Random(f"{self.height} {self.round}").random() < ABSTAINS:
            latest = set()
        votes: list[Vote] = [
            kind(self.height, Round(round_), digest)
            for round_, digest in sorted(latest)
            for kind in (Prepare, Commit)
        ]
        ahead = [round_ for round_ in self.heard.changes if round_ - self.round in (0, 1)]
        votes += [RoundChange(self.height, Round(round_), None) for round_ in sorted(ahead)[-1:]]
        return [signed(vote, self.committee, self.me) for vote in votes]

    def propose(self) -> list[Message]:
        """In its turn, now or next: two new blocks in round 0, and later all that might pass."""
        rounds = [round_ for round_ in (self.round, self.round + 1) if self._may_propose(round_)]
        if not rounds:
            return []
        if rounds[0] == 0:
            return [self._proposal(0, ((), (), None)) for _ in range(2)]
        ways = [self._defy, self._show_oldest, self._lie, self._lie, self._alter, self._leave_out]
        if not self._is_locked(rounds[0]):
            ways.append(self._hide)
        return [self._proposal(rounds[0], way(rounds[0])) for way in self.dice.sample(ways, len(ways))]

    def change_round(self) -> list[Message]:
        """Two round changes, for this round or a later one."""
        ahead = self.dice.choice((0, 0, 1, 1, 2, LIE_MAX))
        return [self._change(max(1, self.round + ahead), self.me) for _ in range(2)]

    def replay(self) -> list[Message]:
        """Something that anyone said before, in this member's own name or not."""
        return self.dice.sample(self.heard.said, min(3, len(self.heard.said)))

    def mislead(self) -> list[Message]:
        """Tell of what does not exist."""
        far = self.dice.choice((1, 2, LIE_MAX))
        digest = sha256(self.dice.randbytes(4))
        commit = Commit(Height(self.height + far), Round(0), digest)
        return [
            Status(Height(self.height + far), Round(far)),
            Status(self.height, Round(self.round + far)),
            signed(commit, self.committee, self.me),
        ]

    def flood(self) -> list[Message]:
        """Votes in many rounds."""
        first = self.round + self.dice.randint(0, LIE_MAX)
        return [
            signed(kind(self.height, Round(round_), sha256(bytes([round_ % 256]))), self.committee, self.me)
            for round_ in range(first, first + FLOOD_ROUNDS)
            for kind in (Prepare, Commit)
        ]

    # What they are made of.

    def _may_propose(self, round_: int) -> bool:
        if self.state.at.head.proposer(Round(round_)) != self.me:
            return False
        return round_ == 0 or len(self._changes(round_)) >= self.committee.quorum or self.dice.random() < 0.1

    def _proposal(self, round_: int, justified: "Justified") -> Proposal:
        votes, prepares, digest = justified
        block = None if digest is None else self.heard.blocks.get(digest)
        if digest is None or block is None:
            fresh = self._block(round_)
            digest, block = fresh.digest, fresh.raw
        bare = tuple([vote.bare() for vote in votes])
        return signed(
            Proposal(self.height, Round(round_), digest, block, bare, prepares), self.committee, self.me
        )

    def _hide(self, round_: int) -> "Justified":
        """Of all round changes those with the oldest locks: which is allowed."""
        votes = sorted(self._changes(round_), key=_locked)
        chosen = tuple(sorted(votes[: self.committee.quorum], key=lambda vote: vote.member))
        binding = highest_prepared(chosen)
        if binding is None:
            return chosen, (), None
        return chosen, next(vote.prepares for vote in chosen if vote.prepared == binding), binding.digest

    def _defy(self, round_: int) -> "Justified":
        """A new block, whatever the round changes say."""
        return self._changes(round_), (), None

    def _leave_out(self, round_: int) -> "Justified":
        """A new block, with less than a quorum of round changes."""
        return self._changes(round_)[: self.dice.randint(0, self.committee.quorum - 1)], (), None

    def _show_oldest(self, round_: int) -> "Justified":
        """The block of the oldest certificate that there is."""
        self._join_prepares()
        certificates = self.heard.certificates(self.committee.quorum, round_)
        if not certificates:
            return self._changes(round_), (), None
        oldest = certificates[0]
        claim = RoundChange(self.height, Round(round_), oldest.prepared, oldest.prepares)
        votes = self._changes_with(signed(claim, self.committee, self.me))
        return votes, oldest.prepares, oldest.prepared.digest

    def _lie(self, round_: int) -> "Justified":
        """An accomplice claims that another block was prepared in the last round."""
        digest = self._any_digest(round_)
        prepares = self._prepares_for(digest, round_ - 1)
        lie = RoundChange(self.height, Round(round_), Prepared(Round(round_ - 1), digest), prepares)
        return self._changes_with(signed(lie, self.committee, self.me)), prepares, digest

    def _alter(self, round_: int) -> "Justified":
        """The locks of others are left out of what they signed."""
        votes = [
            vote if vote.member in self.accomplices else replace(vote, prepared=None)
            for vote in self._changes(round_)
        ]
        return tuple(votes), (), None

    def _changes(self, round_: int) -> tuple[RoundChange, ...]:
        """What all members said of a round; accomplices say what they like."""
        votes = dict(self.heard.changes[round_])
        for member in self.accomplices:
            nothing = RoundChange(self.height, Round(round_), None)
            votes[member] = signed(nothing, self.committee, member)
        return tuple([vote for _, vote in sorted(votes.items())])

    def _changes_with(self, own: RoundChange) -> tuple[RoundChange, ...]:
        others = [vote for vote in self._changes(own.round) if vote.member != self.me]
        return tuple(sorted([own, *others], key=lambda vote: vote.member))

    def _change(self, round_: int, member: int) -> RoundChange:
        prepared, prepares = self.dice.choice((self._no_claim, self._true_claim, self._false_claim))(round_)
        return signed(RoundChange(self.height, Round(round_), prepared, prepares), self.committee, member)

    def _no_claim(self, _round: int) -> Claim:
        return None, ()

    def _true_claim(self, round_: int) -> Claim:
        """Any certificate that there is, also a stale one."""
        self._join_prepares()
        certificates = self.heard.certificates(self.committee.quorum, round_)
        if not certificates:
            return None, ()
        certificate = self.dice.choice(certificates)
        return certificate.prepared, certificate.prepares

    def _false_claim(self, round_: int) -> Claim:
        digest, claimed = self._any_digest(round_), self.dice.randrange(round_)
        return Prepared(Round(claimed), digest), self._prepares_for(digest, claimed)

    def _prepares_for(self, digest: Digest, claimed: int) -> tuple[Prepare, ...]:
        """Whatever prepares there are for a block, of any round, and those of accomplices for this one."""
        votes: dict[int, Prepare] = {}
        for round_, prepared in sorted(self.heard.prepares):
            if prepared == digest:
                votes |= self.heard.prepares[round_, digest]
        for member in self.accomplices:
            votes[member] = signed(Prepare(self.height, Round(claimed), digest), self.committee, member)
        proof = [vote for _, vote in sorted(votes.items())]
        return tuple(proof) if self.dice.random() < 0.5 else (proof[0],) * self.committee.quorum

    def _join_prepares(self) -> None:
        """Accomplices prepare whatever lacks them."""
        for (round_, digest), votes in self.heard.prepares.items():
            for member in set(self.accomplices) - votes.keys():
                votes[member] = signed(Prepare(self.height, Round(round_), digest), self.committee, member)

    def _is_locked(self, round_: int) -> bool:
        return any(vote.prepared is not None for vote in self.heard.changes[round_].values())

    def _any_digest(self, round_: int) -> Digest:
        """Of a block that was proposed, or of a new one."""
        known = list(self.heard.blocks)
        return self.dice.choice(known) if known and self.dice.random() < 0.5 else self._block(round_).digest

    def _block(self, round_: int) -> ToyBlock:
        """A new one, which is mostly valid."""
        head = self.state.at.head
        address = self.committee.validators[self.me].address
        slot = Slot(max(head.slot + 1, self.slot_now))
        nonce = self.dice.getrandbits(32)
        block = ToyBlock(self.height, Round(round_), slot, address, self.parent, nonce)
        flaws: tuple[dict[str, object], ...] = (
            {"parent": Digest(bytes(32))},
            {"slot": slot + self.dice.choice((10, LIE_MAX))},
            {"round": Round(round_ + 1)},
            {"change": 10**6},
        )
        if self.dice.random() < FLAWED:
            block = replace(block, **self.dice.choice(flaws))  # type: ignore[arg-type]
        self.heard.blocks[block.digest] = block.raw
        return block


Justified = tuple[tuple[RoundChange, ...], tuple[Prepare, ...], Digest | None]
"""Round changes, prepares, and the block that they speak for; None for a new one."""


def _locked(vote: RoundChange) -> int:
    """The round of its lock; -1 for none."""
    return -1 if vote.prepared is None else vote.prepared.round
