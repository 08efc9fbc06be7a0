"""Claims that a key signed a message, and a cache of those that are true: nothing is verified twice."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeAlias

from crypto.errors import CryptoError
from crypto.hashing import Digest, sha256
from crypto.keys import verify_digest

Claim: TypeAlias = tuple[bytes, bytes, Digest]
"""Public key, signature, digest of the message."""


def good_claims(claims: Iterable[Claim]) -> list[Claim]:
    """Those that are true; what a worker process does of the verification of a block."""
    good = []
    for claim in claims:
        try:
            verify_digest(*claim)
        except CryptoError:
            continue
        good.append(claim)
    return good


class SignatureCache:
    """Remembers good signatures, the newest `capacity` of them; bad ones are checked anew each time.

    A gossiped transaction is verified on arrival and known when its block comes. Only what verified is
    remembered, so that no flood of bad signatures pushes the good ones out.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a signature cache needs room for one entry, not {capacity}")
        self._capacity = capacity
        # A plain dict would look for its oldest entry in the places of all that it has dropped before.
        self._known: OrderedDict[Claim, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        """As crypto.keys.verify, unless it is known to be good. Raises BadSignature or BadKey."""
        self.check((public_key, signature, sha256(message)))

    def check(self, claim: Claim) -> None:
        """Verify a claim, unless it is known to be good. Raises BadSignature or BadKey."""
        if claim not in self._known:
            verify_digest(*claim)
            self.remember(claim)

    def knows(self, claim: Claim) -> bool:
        """Whether this very claim was found good before."""
        return claim in self._known

    def remember(self, claim: Claim) -> None:
        """Take a claim as good that the caller has verified elsewhere, such as in another process."""
        self._known[claim] = None
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)
