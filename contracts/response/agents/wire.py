"""How agents' messages are written: an array of a dataclass's fields, each bounded by its annotation.

Whatever comes from a fellow is hostile until it was read: its bytes are bounded before they are decoded, and
every field is checked as the argument of an action is (contracts.arguments).
"""

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import ClassVar, Self, get_type_hints

from contracts.arguments import Check, check_arguments, checks_of
from contracts.errors import ArgumentError
from ledger.codec import decode, encode
from ledger.errors import Malformed
from ledger.fields import as_tuple


class Message:
    """Base of the messages: frozen dataclasses of integers, bytes and tuples of them."""

    __slots__ = ()

    TOPIC: ClassVar[str]
    BYTES_MAX: ClassVar[int]

    def encode(self) -> bytes:
        return encode(tuple(getattr(self, name) for name in _checks(type(self))))

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises DecodeError."""
        checks = _checks(cls)
        fields = as_tuple(decode(body, max_bytes=cls.BYTES_MAX), cls.TOPIC, len(checks))
        try:
            return cls(**check_arguments(checks, dict(zip(checks, fields, strict=True))))
        except ArgumentError as error:
            raise Malformed(cls.TOPIC, str(error)) from None


@cache
def _checks(message: type[Message]) -> Mapping[str, Check]:
    hints = get_type_hints(message, include_extras=True)
    return checks_of({field.name: hints[field.name] for field in dataclasses.fields(message)})  # type: ignore[arg-type]
