"""Evidence: two votes of one validator at one height that no honest one signs.

An honest validator writes a vote down before it sends it, and looks there before it signs another; so a
crash, a restart or a message sent again never makes it contradict itself. Two votes do where

- they are of one kind and one round, but not for the same: two blocks proposed, prepared or committed to, or
  two claims of what one is locked on. The justification of a proposal may differ;
- one is a COMMIT of round r, and the other a ROUND_CHANGE of a later round that hides it: its lock is older
  than r, or of r but on another block. Whoever commits is locked from then on, and the lock only moves on.

Any other two votes can be honest: above all, votes for two blocks in two rounds, since a quorum without a
lock frees whoever has one (Moniz, "The Istanbul BFT Consensus Algorithm", 2020, section 4).
"""

from crypto.errors import CryptoError
from crypto.hashing import Digest
from crypto.signatures import SignatureCache
from ledger.ballots import Ballot, Kind, SignedBallot
from ledger.errors import BadEvidence, DecodeError
from ledger.quantities import Height


def is_contradiction(first: Ballot, second: Ballot) -> bool:
    """Whether no honest validator signs both, whichever it signed first."""
    if first.height != second.height:
        return False
    if first.kind is second.kind:
        is_for_the_same = (first.digest, first.locked) == (second.digest, second.locked)
        return first.round == second.round and not is_for_the_same
    return _hides(first, second) or _hides(second, first)


def _hides(change: Ballot, commit: Ballot) -> bool:
    """Whether a ROUND_CHANGE lies about the lock that a COMMIT of an earlier round proves."""
    if (change.kind, commit.kind) != (Kind.ROUND_CHANGE, Kind.COMMIT) or change.round <= commit.round:
        return False
    if change.locked is None or change.locked < commit.round:
        return True
    return change.locked == commit.round and change.digest != commit.digest


def check_contradiction(
    raw_first: bytes, raw_second: bytes, chain: Digest, public_key: bytes, signatures: SignatureCache
) -> Height:
    """That whoever has this key contradicted itself on this chain; returns at which height.

    Both are signed ballots, in any order. It does not matter which committee the key was in, or whether it
    was in one: nobody honest signs such a pair anywhere. Raises BadEvidence.
    """
    try:
        first, second = SignedBallot.decode(raw_first), SignedBallot.decode(raw_second)
    except DecodeError as error:
        raise BadEvidence(str(error)) from None
    if not is_contradiction(first.ballot, second.ballot):
        raise BadEvidence("an honest validator may have signed both of these votes")
    try:
        for vote in (first, second):
            signatures.verify(public_key, vote.signature, vote.ballot.statement(chain))
    except CryptoError as error:
        raise BadEvidence(str(error)) from None
    return first.ballot.height
