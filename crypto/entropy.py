"""Where secret numbers come from: the caller's source of random bytes, as an argument.

A test hands in a seeded stream, a node the system's generator, an agent a stream expanded from its key, so
that it makes the same secrets again after a restart.
"""

import hashlib
from collections.abc import Callable

Entropy = Callable[[int], bytes]
"""Given a number of bytes, returns that many which nobody else can guess; never the same bytes twice."""


def expand(seed: bytes) -> Entropy:
    """An endless stream from one secret seed of 32 bytes or more (SHAKE-256 of seed and counter)."""
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(seed + drawn.to_bytes(8, "big")).digest(count)

    return draw


def hedge(entropy: Entropy, statement: bytes) -> Entropy:
    """A stream that depends on what it is used for as well.

    A nonce used for two statements gives a secret away; bound to the statement, it stays safe even where a
    restarted agent draws the same bytes again.
    """
    return expand(hashlib.sha512(entropy(32) + statement).digest())
