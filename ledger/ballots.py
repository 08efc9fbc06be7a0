"""Ballots: what the signature of a validator's vote covers.

A vote travels with more than that (consensus.messages): a block, proofs that others signed. What its signer
can be held to is its ballot, and so that is what the chain knows of votes.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from crypto.hashing import Digest, domain
from crypto.keys import SIGNATURE_BYTES
from ledger.codec import Value, decode, encode
from ledger.errors import Malformed
from ledger.fields import as_bytes, as_count, as_digest, as_tuple
from ledger.quantities import Height, Round

BALLOT_BYTES_MAX: Final = 256
"""Of a signed ballot, encoded."""


class Kind(IntEnum):
    """The codes of the protocol page."""

    PROPOSAL = 1
    PREPARE = 2
    COMMIT = 3
    ROUND_CHANGE = 4


_PURPOSES: Final = {
    Kind.PROPOSAL: "proposal",
    Kind.PREPARE: "prepare",
    Kind.COMMIT: "commit",
    Kind.ROUND_CHANGE: "round change",
}


@dataclass(frozen=True, slots=True)
class Ballot:
    """One vote at one height, by nobody yet."""

    kind: Kind
    height: Height
    round: Round
    digest: Digest | None
    """Hash of the block that it is for; of a round change, of the block that one is locked on, if any."""
    locked: Round | None = None
    """Of a round change: the round in which a quorum prepared that block."""
    proof: Digest | None = None
    """Of a proposal: SHA-256 of its justification."""

    def statement(self, chain: Digest) -> bytes:
        """What is signed."""
        return domain(_PURPOSES[self.kind], chain) + encode(self.fields)

    @property
    def fields(self) -> tuple[Value, ...]:
        """Those that its kind has, in the order of the protocol page."""
        match self.kind:
            case Kind.PROPOSAL:
                return (self.height, self.round, self.digest, self.proof)
            case Kind.ROUND_CHANGE:
                return (self.height, self.round, self.locked, self.digest)
            case _:
                return (self.height, self.round, self.digest)


@dataclass(frozen=True, slots=True)
class SignedBallot:
    """A ballot and a signature; says nothing about who made it."""

    ballot: Ballot
    signature: bytes

    @property
    def raw(self) -> bytes:
        """Canonical msgpack: the code of the kind, the fields, the signature."""
        return encode((int(self.ballot.kind), *self.ballot.fields, self.signature))

    @classmethod
    def decode(cls, raw: bytes) -> "SignedBallot":
        """Inverse of `raw`, for bytes from anyone. Raises DecodeError."""
        values = as_tuple(decode(raw, max_bytes=BALLOT_BYTES_MAX), "ballot")
        if len(values) < 2:
            raise Malformed("ballot", "it has no signature")
        code, *fields, signature = values
        return cls(_ballot(as_count(code, "code"), fields), as_bytes(signature, "signature", SIGNATURE_BYTES))


def _ballot(code: int, fields: list[Value]) -> Ballot:
    match code, fields:
        case 1, [height, round_, digest, proof]:
            place, block = _place(height, round_), as_digest(digest, "digest")
            return Ballot(Kind.PROPOSAL, *place, block, proof=as_digest(proof, "proof"))
        case 2 | 3, [height, round_, digest]:
            return Ballot(Kind(code), *_place(height, round_), as_digest(digest, "digest"))
        case 4, [height, round_, None, None]:
            return Ballot(Kind.ROUND_CHANGE, *_place(height, round_), None)
        case 4, [height, round_, locked, digest]:
            lock = as_digest(digest, "digest"), Round(as_count(locked, "locked round"))
            return Ballot(Kind.ROUND_CHANGE, *_place(height, round_), *lock)
    raise Malformed("ballot", "it is of no known kind")


def _place(height: Value, round: Value) -> tuple[Height, Round]:
    return Height(as_count(height, "height")), Round(as_count(round, "round"))
