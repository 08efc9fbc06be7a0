"""The Fiat-Shamir challenge: a hash of all that a proof speaks of stands in for the verifier's question."""

import hashlib

from crypto.field import ORDER


def transcript(purpose: str, *parts: bytes) -> bytes:
    """The parts, each after its length, so that no two statements have one transcript."""
    framed = (len(part).to_bytes(8, "big") + part for part in (purpose.encode("ascii"), *parts))
    return b"gridquorum/proof/" + b"".join(framed)


def challenge(purpose: str, *parts: bytes) -> int:
    """A scalar that nobody can choose without choosing the statement."""
    return int.from_bytes(hashlib.sha512(transcript(purpose, *parts)).digest(), "big") % ORDER
