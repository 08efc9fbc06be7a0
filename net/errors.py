"""Why a connection is refused or dropped."""

from crypto.address import Address


class NetError(Exception):
    """Base of every error of this package."""


class Refused(NetError):
    """Base of why a connection is not opened; nobody is at fault for good."""


class OtherVersion(Refused):
    """The two ends share no version of the protocol."""

    def __init__(self, ours: tuple[int, ...], theirs: tuple[int, ...]) -> None:
        super().__init__(f"the peer speaks versions {theirs} of the protocol, this node {ours}")
        self.ours = ours
        self.theirs = theirs


class OtherChain(Refused):
    """The peer has another genesis."""

    def __init__(self, ours: bytes, theirs: bytes) -> None:
        super().__init__(f"the peer is on chain {theirs.hex()}, this node on {ours.hex()}")
        self.ours = ours
        self.theirs = theirs


class NotAdmitted(Refused):
    """The certificate is good, but its holder is no member of the chain, or has another key there."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(f"{address} is not admitted: {reason}")
        self.address = address
        self.reason = reason


class BackedOff(Refused):
    """The peer misbehaved, and its time out is not over."""

    def __init__(self, address: Address, seconds_left: float) -> None:
        super().__init__(f"{address} misbehaved and waits for another {seconds_left:.0f} s")
        self.address = address
        self.seconds_left = seconds_left


class TooManyHandshakes(Refused):
    """The member connects again and again; each time takes work."""

    def __init__(self, address: Address) -> None:
        super().__init__(f"{address} connects too often")
        self.address = address


class TooManyPeers(Refused):
    """As many peers are connected as the configuration allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} peers are connected, which is the limit")
        self.limit = limit


class NoHandshake(Refused):
    """The peer closed the connection, was silent, or began with something else than a handshake."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no handshake: {reason}")
        self.reason = reason


class Misbehaviour(NetError):
    """Base of why a peer is dropped and backed off: what it sent no honest node sends."""


class BadFrame(Misbehaviour):
    """Bytes that are no frame of this protocol."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a frame: {reason}")
        self.reason = reason


class OverQuota(Misbehaviour):
    """More frames or bytes in a time, or in a frame, than a peer may send."""

    def __init__(self, what: str, limit: int, per: str = "second") -> None:
        super().__init__(f"more than {limit} {what} a {per}")
        self.what = what
        self.limit = limit


class Unasked(Misbehaviour):
    """An answer to no question, or not an answer to the one that was asked."""

    def __init__(self, what: str) -> None:
        super().__init__(f"unasked: {what}")
        self.what = what


class BadContent(Misbehaviour):
    """A well-formed frame whose content does not verify."""

    def __init__(self, what: str, cause: Exception) -> None:
        super().__init__(f"{what} does not verify: {cause}")
        self.what = what
        self.cause = cause
