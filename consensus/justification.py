"""What a vote must prove: signatures, certificates, and why a block may be proposed after round 0.

The rules of QBFT (Moniz, "The Istanbul BFT Consensus Algorithm", 2020, with its corrections): the signature
of a round change covers what it claims to have prepared, and a proposal shows the proof of the highest claim.
"""

from collections.abc import Callable
from dataclasses import dataclass

from consensus.errors import BadMessage
from consensus.events import ChainHead
from consensus.messages import Prepare, Prepared, Proposal, RoundChange, Vote
from crypto.errors import CryptoError
from crypto.hashing import Digest
from ledger.ballots import SignedBallot
from ledger.committee import Committee
from ledger.quantities import Height


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the votes of one height. All checks raise BadMessage."""

    chain: Digest
    head: ChainHead
    """The block below."""
    verify: Callable[[bytes, bytes, bytes], None]
    hear: Callable[[int, SignedBallot], None]
    """Is told of every vote that a member has signed, also of those that are proof in others."""

    @property
    def height(self) -> Height:
        """Of the votes."""
        return Height(self.head.height + 1)

    @property
    def committee(self) -> Committee:
        """Who votes."""
        return self.head.committee

    def check_signature(self, vote: Vote) -> None:
        """That the member which the vote names has signed it."""
        if vote.member >= len(self.committee):
            raise BadMessage(_name(vote), f"the committee has no member {vote.member}")
        key = self.committee.public_keys[vote.member]
        ballot = vote.ballot
        try:
            self.verify(key, vote.signature, ballot.statement(self.chain))
        except CryptoError as error:
            raise BadMessage(_name(vote), str(error)) from None
        self.hear(vote.member, SignedBallot(ballot, vote.signature))

    def check_round_change(self, vote: RoundChange) -> None:
        """That its member signed it, and that what it claims to have prepared was prepared."""
        self.check_signature(vote)
        if vote.prepared is None:
            _require(not vote.prepares, vote, "it proves what it does not claim")
        else:
            _require(vote.prepared.round < vote.round, vote, "it claims a round that is yet to come")
            self.check_certificate(vote.prepared, vote.prepares)

    def check_certificate(self, prepared: Prepared, prepares: tuple[Prepare, ...]) -> None:
        """That a quorum prepared this block in this round."""
        quorum = self.committee.quorum
        if len(prepares) < quorum:
            raise BadMessage("certificate", f"{len(prepares)} prepares, {quorum} make a quorum")
        expected = (self.height, prepared.round, prepared.digest)
        for prepare in prepares:
            found = (prepare.height, prepare.round, prepare.digest)
            _require(found == expected, prepare, "it is for another block")
        _check_rising(prepares)
        for prepare in prepares:
            self.check_signature(prepare)

    def check_proposal(self, proposal: Proposal) -> Prepared | None:
        """That it is its member's turn, and that the proposal is justified.

        Returns what was prepared before and binds the proposer, or None if it was free to build a block.
        """
        turn = self.head.proposer(proposal.round)
        _require(proposal.member == turn, proposal, f"it is the turn of member {turn}")
        self.check_signature(proposal)
        if proposal.round == 0:
            _require(not proposal.round_changes and not proposal.prepares, proposal, "round 0 needs no proof")
            return None
        return self._binding(proposal)

    def _binding(self, proposal: Proposal) -> Prepared | None:
        votes = proposal.round_changes
        quorum = self.committee.quorum
        _require(len(votes) >= quorum, proposal, f"{len(votes)} round changes, {quorum} make a quorum")
        _check_rising(votes)
        for vote in votes:
            is_for_it = (vote.height, vote.round) == (proposal.height, proposal.round)
            _require(is_for_it and not vote.prepares, vote, "it does not justify this proposal")
            self.check_signature(vote)
        binding = highest_prepared(votes)
        if binding is None:
            _require(not proposal.prepares, proposal, "it proves what nobody claims")
            return None
        prepared = Prepared(binding.round, proposal.digest)
        _require(prepared in [vote.prepared for vote in votes], proposal, "another block was prepared before")
        _require(binding.round < proposal.round, proposal, "it claims a round that is yet to come")
        self.check_certificate(prepared, proposal.prepares)
        return prepared


def highest_prepared(votes: tuple[RoundChange, ...]) -> Prepared | None:
    """The claim of the latest round, which binds whoever proposes on these votes."""
    claims = [vote.prepared for vote in votes if vote.prepared is not None]
    return max(claims, key=lambda prepared: prepared.round, default=None)


def _check_rising(votes: tuple[Prepare, ...] | tuple[RoundChange, ...]) -> None:
    members = [vote.member for vote in votes]
    if members != sorted({*members}):
        raise BadMessage("proof", "its members must rise, each at most once")


def _require(holds: bool, vote: Vote, reason: str) -> None:
    if not holds:
        raise BadMessage(_name(vote), reason)


def _name(vote: Vote) -> str:
    return f"{type(vote).__name__} at height {vote.height}, round {vote.round}"
