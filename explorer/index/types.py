"""Columns that take whatever a chain may hold: hostile text, and integers beyond the database's."""

import json
from typing import Any

from sqlalchemy import BigInteger, Dialect, TypeDecorator
from sqlalchemy import Text as SqlText
from sqlalchemy.types import TypeEngine

WHOLE_MAX = 2**63 - 1


class Text(TypeDecorator[str]):
    """Text as people named things, for every database: PostgreSQL refuses NUL, and nobody reads lone halves
    of characters; both become the sign for what cannot be shown. In the order of its code points, whatever
    language a database would sort by."""

    impl = SqlText
    cache_ok = True
    python_type = str

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(SqlText(collation=collation))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else legible(value)


class Whole(TypeDecorator[int]):
    """A quantity; what 64 bits cannot hold is missing."""

    impl = BigInteger
    cache_ok = True
    python_type = int

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        return value if value is not None and abs(value) <= WHOLE_MAX else None


class Document(TypeDecorator[Any]):
    """A JSON document in ASCII; bytes are hexadecimal."""

    impl = SqlText
    cache_ok = True
    python_type = object

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), default=bytes.hex)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def legible(text: str) -> str:
    """Without the characters that a database cannot keep."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
