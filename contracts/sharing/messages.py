"""What committee members say to each other to open a round. Never on the chain."""

from dataclasses import dataclass

from crypto.field import SCALAR_BYTES
from crypto.pedersen import WIDTH_MAX
from ledger.codec import decode, encode
from ledger.fields import as_bytes, as_text, as_tuple

SHARE_TOPIC = "sharing/share"
WANT_TOPIC = "sharing/want"

NAME_BYTES_MAX = 256
SHARE_BYTES_MAX = (WIDTH_MAX + 1) * SCALAR_BYTES


@dataclass(frozen=True, slots=True)
class ShareMessage:
    """The sender's share of what is opened: of the sum, or of one dealer's curve."""

    round: str
    target: str
    """Empty for the sum, else the dealer's address."""
    share: bytes

    def encode(self) -> bytes:
        return encode((self.round, self.target, self.share))

    @classmethod
    def decode(cls, body: bytes) -> "ShareMessage":
        """Raises DecodeError."""
        fields = as_tuple(decode(body, max_bytes=SHARE_BYTES_MAX + NAME_BYTES_MAX), "share message", 3)
        round_, target, share = fields
        return cls(as_text(round_, "round"), as_text(target, "target"), as_bytes(share, "share"))


@dataclass(frozen=True, slots=True)
class WantMessage:
    """The sender lacks shares of this round, and asks for them."""

    round: str

    def encode(self) -> bytes:
        return encode((self.round,))

    @classmethod
    def decode(cls, body: bytes) -> "WantMessage":
        """Raises DecodeError."""
        (round_,) = as_tuple(decode(body, max_bytes=NAME_BYTES_MAX), "want message", 1)
        return cls(as_text(round_, "round"))
