"""What a committee promises, watched from outside while it runs."""

from consensus.machine import Machine
from consensus.messages import Commit, Message, Prepare, Proposal, RoundChange, Status
from consensus.tally import ROUNDS_KEPT
from consensus.witness import BALLOTS_KEPT
from crypto.address import Address
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.ballots import Ballot
from ledger.committee import Committee
from ledger.evidence import is_contradiction
from ledger.quantities import Height
from ledger.seals import Seals, check_seals
from tests.consensus.committee import CHAIN, LOG_BYTES_MAX, ToyBlock, toy_verify

VOTE_KINDS = (Proposal, Prepare, Commit, RoundChange)


class Violation(AssertionError):
    """The protocol did what it promises never to do."""


class ToySignatures(SignatureCache):
    """What checks seals, with toy keys."""

    def verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        toy_verify(public_key, signature, message)


class Watch:
    """Raises Violation at the first broken promise."""

    def __init__(self, committee: Committee) -> None:
        self.committee = committee
        self.built: set[Digest] = set()
        self.decided: dict[Height, Digest] = {}
        self.signed: dict[tuple[Address, Height], set[Ballot]] = {}

    def on_decided(self, block: ToyBlock, digest: Digest, seals: Seals) -> None:
        """One block a height, and one that was proposed, with a quorum of seals."""
        if block.digest != digest or digest not in self.built:
            raise Violation(f"a block is decided on at height {block.height} that nobody proposed")
        if self.decided.setdefault(block.height, digest) != digest:
            raise Violation(f"two blocks are decided on at height {block.height}")
        check_seals(seals, self.committee, CHAIN, block.height, digest, ToySignatures(1))

    def on_sent(self, sender: Address, message: Message) -> None:
        """Nobody ever contradicts itself, crash or no crash: no two votes are evidence."""
        if isinstance(message, Status):
            return
        ballot, signed = message.ballot, self.signed.setdefault((sender, message.height), set())
        if ballot in signed:
            return
        for earlier in signed:
            if is_contradiction(earlier, ballot):
                raise Violation(f"{sender} contradicts itself: {earlier}, {ballot}")
        signed.add(ballot)

    def on_step(self, machine: Machine, log: bytes) -> None:
        """Everything kept is bounded."""
        state, members = machine.state, len(self.committee)
        if len(state.at.tally) > members * (2 * ROUNDS_KEPT + 1):
            raise Violation(f"{len(state.at.tally)} votes are kept")
        if len(state.at.witness) > members * len(VOTE_KINDS) * BALLOTS_KEPT:
            raise Violation(f"{len(state.at.witness)} ballots are kept")
        if sum(map(len, state.early.values())) > members * len(VOTE_KINDS):
            raise Violation("too many early messages are kept")
        if len(log) > 3 * LOG_BYTES_MAX:
            raise Violation(f"the vote log has {len(log)} bytes")
