"""What is signed beside blocks and transactions: the authority's statements, and votes as evidence.

Statements are signed here as they come, so that what is behind the signature gets to see them.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from crypto.hashing import Digest, domain
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.ballots import Ballot, Kind, SignedBallot
from ledger.certification import (
    CERTIFICATION,
    REASONS,
    REVOCATION,
    Certification,
    Revocation,
    check_certification,
    check_revocation,
)
from ledger.codec import decode, encode
from ledger.errors import BadEvidence, BadStatement, DecodeError
from ledger.evidence import check_contradiction
from ledger.quantities import Height, Round, Slot
from tests.fuzz.target import Broken, Target, judges, reads

CHAIN, BLOCK = Digest(bytes(range(32))), Digest(b"\x07" * 32)
AUTHORITY, MEMBER = PrivateKey.from_secret(1_001), PrivateKey.from_secret(1_002)
SIGNATURES = SignatureCache(1_000)

S = TypeVar("S")


def read_certification(data: bytes) -> Certification:
    return _checked(check_certification, CERTIFICATION, data)


def read_revocation(data: bytes) -> Revocation:
    return _checked(check_revocation, REVOCATION, data)


def _checked(check: Callable[..., S], purpose: str, data: bytes) -> S:
    signature = AUTHORITY.sign(domain(purpose, CHAIN) + data)
    return check(data, signature, CHAIN, AUTHORITY.public_key, SIGNATURES)


def certifications() -> Iterator[bytes]:
    validity = (Slot(1_000), Slot(2**40))
    yield Certification(
        CHAIN, MEMBER.address, MEMBER.public_key, "Org", ("owner", "validator"), 2, *validity
    ).encode()


def revocations() -> Iterator[bytes]:
    yield Revocation(CHAIN, MEMBER.address, 2, REASONS[0]).encode()


def ballots() -> Iterator[bytes]:
    height, round_ = Height(7), Round(3)
    for ballot in (
        Ballot(Kind.PROPOSAL, height, round_, BLOCK, proof=Digest(bytes(32))),
        Ballot(Kind.PREPARE, height, round_, BLOCK),
        Ballot(Kind.COMMIT, height, round_, BLOCK),
        Ballot(Kind.ROUND_CHANGE, height, round_, BLOCK, locked=Round(0)),
    ):
        yield SignedBallot(ballot, bytes(64)).raw


class Unchecked(SignatureCache):
    """Takes every signature for good."""

    def verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        """It is."""


def pairs() -> Iterator[bytes]:
    yield from (encode((first, second)) for first in ballots() for second in ballots())


def judge_pair(data: bytes) -> None:
    """Two votes contradict each other whichever comes first, and none contradicts itself."""
    match decode(data, max_bytes=len(data)):
        case (bytes(first), bytes(second)):
            verdicts = {_contradicts(first, second), _contradicts(second, first)}
            if len(verdicts) > 1 or _contradicts(first, first) or _contradicts(second, second):
                raise Broken(f"the verdict on {first.hex()} and {second.hex()} depends on their order")


def _contradicts(first: bytes, second: bytes) -> bool:
    try:
        check_contradiction(first, second, CHAIN, MEMBER.public_key, Unchecked(1))
    except BadEvidence:
        return False
    return True


TARGETS = {
    "certification": Target(reads(read_certification, Certification.encode, BadStatement), certifications),
    "revocation": Target(reads(read_revocation, Revocation.encode, BadStatement), revocations),
    "ballot": Target(reads(SignedBallot.decode, lambda ballot: ballot.raw, DecodeError), ballots),
    "evidence": Target(judges(judge_pair, DecodeError), pairs),
}
