"""A cache of verified signatures: nothing is verified twice."""

import hashlib

from crypto.keys import verify


class SignatureCache:
    """Remembers good signatures, the newest `capacity` of them; bad ones are checked anew each time.

    A gossiped transaction is verified on arrival and known when its block comes. Only what verified is
    remembered, so that no flood of bad signatures pushes the good ones out.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a signature cache needs room for one entry, not {capacity}")
        self._capacity = capacity
        self._known: dict[bytes, None] = {}

    def __len__(self) -> int:
        return len(self._known)

    def verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        """As crypto.keys.verify, unless it is known to be good. Raises BadSignature or BadKey."""
        entry = _entry(public_key, signature, message)
        if entry not in self._known:
            verify(public_key, signature, message)
            self._keep(entry)

    def knows(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Whether this very signature over this very message was found good before."""
        return _entry(public_key, signature, message) in self._known

    def remember(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        """Take a signature as good that the caller has verified elsewhere, such as in another process."""
        self._keep(_entry(public_key, signature, message))

    def _keep(self, entry: bytes) -> None:
        self._known[entry] = None
        if len(self._known) > self._capacity:
            del self._known[next(iter(self._known))]


def _entry(public_key: bytes, signature: bytes, message: bytes) -> bytes:
    # Lengths go in too, or bytes could move from one field to the next and keep the digest.
    lengths = len(public_key).to_bytes(4, "big") + len(signature).to_bytes(4, "big")
    return hashlib.sha256(lengths + public_key + signature + message).digest()
