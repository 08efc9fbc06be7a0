"""Seals: the signatures by which a committee commits to a block.

A seal is the signature of a COMMIT message, over (domain "commit", height, round, block hash). A block is
final with a quorum of them, all of one round.
"""

from dataclasses import dataclass

from crypto.errors import BadKey, BadSignature
from crypto.hashing import Digest
from crypto.keys import SIGNATURE_BYTES
from crypto.signatures import SignatureCache
from ledger.ballots import Ballot, Kind
from ledger.codec import Value
from ledger.committee import Committee
from ledger.errors import BadSeal, TooFewSeals
from ledger.fields import as_bytes, as_count, as_tuple
from ledger.quantities import Height, Round


@dataclass(frozen=True, slots=True)
class Seal:
    """One validator's commitment."""

    member: int
    """The signer's place in the committee."""
    signature: bytes


@dataclass(frozen=True, slots=True)
class Seals:
    """Commitments to one block, in the order of the members, each at most once."""

    round: Round
    seals: tuple[Seal, ...]

    def to_value(self) -> Value:
        """An array of the round and of pairs."""
        return (self.round, tuple([(seal.member, seal.signature) for seal in self.seals]))

    @classmethod
    def from_value(cls, value: Value) -> "Seals":
        """Inverse of `to_value`. Raises Malformed."""
        round_, seals = as_tuple(value, "seals", 2)
        return cls(
            Round(as_count(round_, "round of seals")), tuple(_seal(seal) for seal in as_tuple(seals, "seals"))
        )


NO_SEALS = Seals(Round(0), ())
"""What the genesis has in the place of seals."""


def seal_message(chain: Digest, height: int, round: int, block_hash: Digest) -> bytes:
    """What a COMMIT signs."""
    return Ballot(Kind.COMMIT, Height(height), Round(round), block_hash).statement(chain)


def check_seals(
    seals: Seals,
    committee: Committee,
    chain: Digest,
    height: Height,
    block_hash: Digest,
    signatures: SignatureCache,
) -> None:
    """That a quorum of the committee committed to the block in one round. Raises TooFewSeals or BadSeal.

    All seals must be good, not just a quorum of them, so that nothing unsigned travels along.
    """
    if len(seals.seals) < committee.quorum:
        raise TooFewSeals(height, len(seals.seals), committee.quorum)
    message = seal_message(chain, height, seals.round, block_hash)
    before = -1
    for seal in seals.seals:
        if not before < seal.member < len(committee):
            raise BadSeal(height, seal.member, "members must rise, each at most once, within the committee")
        try:
            signatures.verify(committee.public_keys[seal.member], seal.signature, message)
        except (BadSignature, BadKey) as error:
            raise BadSeal(height, seal.member, error.reason) from None
        before = seal.member


def _seal(value: Value) -> Seal:
    member, signature = as_tuple(value, "seal", 2)
    return Seal(as_count(member, "member"), as_bytes(signature, "seal", SIGNATURE_BYTES))
