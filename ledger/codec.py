"""Canonical msgpack: one value has one encoding, and only that one is decoded.

The msgpack specification without floats and extension types, with the shortest integers and lengths, and
with the keys of a map as text in the order of their code points. Arrays are tuples in Python.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import msgpack

from ledger.errors import Malformed, NotCanonical, NotEncodable, Oversized

Value: TypeAlias = "bool | int | bytes | str | tuple[Value, ...] | Mapping[str, Value] | None"
"""What can be put on the chain; integers from -2^63 to 2^64 - 1."""

DEPTH_MAX = 16
ITEMS_MAX = 4_096

_SCALARS = frozenset({type(None), bool, int, bytes, str})
_pack = msgpack.Packer(autoreset=True).pack


def encode(value: Value) -> bytes:
    """The one encoding of `value`. Raises NotEncodable for a type or an integer that has none."""
    return _packed(_ordered(value, DEPTH_MAX))


def decode(data: bytes, *, max_bytes: int, max_depth: int = DEPTH_MAX, max_items: int = ITEMS_MAX) -> Value:
    """The value that `data` encodes canonically; maps come as dicts.

    `max_items` bounds each array and map, since a hostile header of five bytes may claim four billion.
    Raises Oversized, Malformed or NotCanonical.
    """
    if len(data) > max_bytes:
        raise Oversized(len(data), max_bytes)
    try:
        value: Value = msgpack.unpackb(data, use_list=False, max_array_len=max_items, max_map_len=max_items)
    except (ValueError, TypeError) as error:
        raise Malformed("value", str(error) or "it nests too deeply") from None
    if type(value) not in _SCALARS:
        _check_encodable(value, max_depth)
    if _pack(value) != data:
        raise NotCanonical("a shorter form, or a map without repeated keys, is the canonical one")
    return value


def _check_encodable(value: Any, depth: int) -> None:
    """Raises NotCanonical for what packs to the bytes it came from, and yet `encode` would never write."""
    kind = type(value)
    if depth == 0:
        raise NotCanonical("it nests too deeply")
    if kind is dict:
        _check_keys(value)
        value = value.values()
    elif kind is not tuple:
        raise NotCanonical(f"{kind.__name__} has no encoding")
    for item in value:
        if type(item) not in _SCALARS:
            _check_encodable(item, depth - 1)


def _check_keys(table: dict[Any, Any]) -> None:
    # msgpack has let through text and bytes; keys that can be ordered are all of one kind.
    keys = list(table)
    try:
        ordered = sorted(keys)
    except TypeError:
        ordered = []
    if ordered != keys or (keys and type(keys[0]) is not str):
        raise NotCanonical("the keys of a map are not text in order")


def _packed(ordered: Any) -> bytes:
    try:
        return cast(bytes, _pack(ordered))
    except OverflowError:
        raise NotEncodable("an integer is outside -2^63 .. 2^64 - 1") from None
    except UnicodeEncodeError:
        raise NotEncodable("a text holds half of a surrogate pair") from None


def _ordered(value: Any, depth: int) -> Any:
    """`value` with all maps in key order, or NotEncodable."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if depth == 0:
        raise NotEncodable("it nests too deeply")
    if kind is tuple:
        return tuple([item if type(item) in _SCALARS else _ordered(item, depth - 1) for item in value])
    if isinstance(value, Mapping):
        if not all(type(key) is str for key in value):
            raise NotEncodable("a key of a map is not text")
        return {key: _ordered(value[key], depth - 1) for key in sorted(value)}
    raise NotEncodable(f"{kind.__name__} has no encoding")
