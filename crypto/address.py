"""Addresses: Base58Check(version || SHA-256(compressed public key)[:20]).

Base58Check is Bitcoin's: the payload and the first four bytes of its double SHA-256, in base 58. An address
is handled as text and as nothing else.
"""

from typing import NewType

import base58

from crypto.errors import BadAddress
from crypto.hashing import sha256

Address = NewType("Address", str)
"""Base58Check text of an identity; made by `address_of` or checked by `parse_address`."""

VERSION = 38
"""The version byte which makes every address begin with G."""

HASH_BYTES = 20
LENGTH_MAX = 35
"""Base-58 digits of 25 bytes; what is longer is refused unread."""


def address_of(public_key: bytes) -> Address:
    """The address of a compressed public key (33 bytes)."""
    payload = bytes([VERSION]) + sha256(public_key)[:HASH_BYTES]
    return Address(base58.b58encode_check(payload).decode("ascii"))


def parse_address(text: str) -> Address:
    """`text` as an address. Raises BadAddress if a character, the length, version or checksum is wrong."""
    if len(text) > LENGTH_MAX:
        raise BadAddress(text, f"it is longer than {LENGTH_MAX} characters")
    try:
        payload = base58.b58decode_check(text.encode("ascii"))
    except UnicodeEncodeError:
        raise BadAddress(text, "it is not plain ASCII") from None
    except ValueError:
        raise BadAddress(text, "its checksum does not match; look for a mistyped character") from None
    if len(payload) != 1 + HASH_BYTES or payload[0] != VERSION:
        raise BadAddress(text, "it belongs to another kind of chain")
    # Base-58 decoders skip blanks around the text; one address has one spelling.
    if base58.b58encode_check(payload).decode("ascii") != text:
        raise BadAddress(text, "it is not spelled canonically")
    return Address(text)
