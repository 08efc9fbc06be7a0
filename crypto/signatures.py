"""A cache of verified signatures: nothing is verified twice."""

from crypto.hashing import Digest, sha256
from crypto.keys import verify_digest

_Entry = tuple[bytes, bytes, Digest]
"""Public key, signature, digest of the message."""


class SignatureCache:
    """Remembers good signatures, the newest `capacity` of them; bad ones are checked anew each time.

    A gossiped transaction is verified on arrival and known when its block comes. Only what verified is
    remembered, so that no flood of bad signatures pushes the good ones out.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"a signature cache needs room for one entry, not {capacity}")
        self._capacity = capacity
        self._known: dict[_Entry, None] = {}

    def __len__(self) -> int:
        return len(self._known)

    def verify(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        """As crypto.keys.verify, unless it is known to be good. Raises BadSignature or BadKey."""
        entry = public_key, signature, sha256(message)
        if entry not in self._known:
            verify_digest(*entry)
            self._keep(entry)

    def knows(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Whether this very signature over this very message was found good before."""
        return (public_key, signature, sha256(message)) in self._known

    def remember(self, public_key: bytes, signature: bytes, message: bytes) -> None:
        """Take a signature as good that the caller has verified elsewhere, such as in another process."""
        self._keep((public_key, signature, sha256(message)))

    def _keep(self, entry: _Entry) -> None:
        self._known[entry] = None
        if len(self._known) > self._capacity:
            del self._known[next(iter(self._known))]
