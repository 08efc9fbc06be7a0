"""How agents' messages are written: an array of a dataclass's fields, each bounded by its annotation.

Whatever comes from a fellow is hostile until it was read: its bytes are bounded before they are decoded, and
every field is checked as the argument of an action is (contracts.arguments).
"""

from collections.abc import Mapping
from typing import ClassVar, Self

from contracts.arguments import Check, check_arguments, checks_of
from contracts.errors import ArgumentError
from ledger.codec import decode, encode
from ledger.errors import Malformed
from ledger.fields import as_tuple


class Message:
    """Base of the messages: frozen dataclasses of integers, bytes, addresses and tuples of them."""

    __slots__ = ()

    TOPIC: ClassVar[str]
    BYTES_MAX: ClassVar[int]
    CHECKS: ClassVar[Mapping[str, Check]]
    """By field, in the order in which they are written."""

    def __init_subclass__(cls) -> None:
        cls.CHECKS = checks_of(cls.__annotations__)

    def encode(self) -> bytes:
        return encode(tuple(getattr(self, name) for name in self.CHECKS))

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises DecodeError."""
        fields = as_tuple(decode(body, max_bytes=cls.BYTES_MAX), cls.TOPIC, len(cls.CHECKS))
        try:
            return cls(**check_arguments(cls.CHECKS, dict(zip(cls.CHECKS, fields, strict=True))))
        except ArgumentError as error:
            raise Malformed(cls.TOPIC, str(error)) from None
