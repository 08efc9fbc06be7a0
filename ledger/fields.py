"""Decoded values read as what they must be; each function returns its argument or raises Malformed."""

from collections.abc import Mapping

from crypto.hashing import DIGEST_BYTES, Digest
from ledger.codec import Value
from ledger.errors import Malformed


def as_int(value: Value, name: str) -> int:
    """An integer of either sign; True and False are none."""
    if type(value) is not int:
        raise Malformed(name, "it is not an integer")
    return value


def as_count(value: Value, name: str) -> int:
    """An integer that is not negative."""
    # Not by way of as_int: three of these are in every transaction.
    if type(value) is not int:
        raise Malformed(name, "it is not an integer")
    if value < 0:
        raise Malformed(name, "it is negative")
    return value


def as_bool(value: Value, name: str) -> bool:
    """True or False."""
    if type(value) is not bool:
        raise Malformed(name, "it is neither true nor false")
    return value


def as_bytes(value: Value, name: str, length: int | None = None) -> bytes:
    """Bytes, `length` of them if it is given."""
    if type(value) is not bytes:
        raise Malformed(name, "it is not bytes")
    if length is not None and len(value) != length:
        raise Malformed(name, f"it has {len(value)} bytes, not {length}")
    return value


def as_digest(value: Value, name: str) -> Digest:
    """32 bytes."""
    return Digest(as_bytes(value, name, DIGEST_BYTES))


def as_text(value: Value, name: str) -> str:
    """Text."""
    if type(value) is not str:
        raise Malformed(name, "it is not text")
    return value


def as_tuple(value: Value, name: str, length: int | None = None) -> tuple[Value, ...]:
    """An array, of `length` items if it is given."""
    if type(value) is not tuple:
        raise Malformed(name, "it is not an array")
    if length is not None and len(value) != length:
        raise Malformed(name, f"it has {len(value)} items, not {length}")
    return value


def as_map(value: Value, name: str) -> Mapping[str, Value]:
    """A map with text keys."""
    if not isinstance(value, dict):
        raise Malformed(name, "it is not a map")
    return value
