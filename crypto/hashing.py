"""SHA-256 digests, and the domains that keep one purpose's signatures from serving another."""

import hashlib
from typing import NewType

Digest = NewType("Digest", bytes)
"""32 bytes of SHA-256."""

DIGEST_BYTES = 32


def sha256(data: bytes) -> Digest:
    """SHA-256 (FIPS 180-4) of `data`."""
    return Digest(hashlib.sha256(data).digest())


def domain(purpose: str, chain: Digest) -> bytes:
    """The prefix of everything signed: what it is for, and the genesis hash of the chain it is for.

    `purpose` is short ASCII text without NUL, chosen by the code and never by a peer.
    """
    return b"gridquorum/" + purpose.encode("ascii") + b"\x00" + chain
