"""The canonical encoding: one value, one encoding; everything else is refused, whatever the bytes."""

import struct
import tracemalloc
from types import MappingProxyType
from typing import Any

import msgpack
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.codec import Value, decode, encode
from ledger.errors import DecodeError, Malformed, NotCanonical, NotEncodable, Oversized

LIMIT = 2**16

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.binary(max_size=300)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=20).map(tuple) | st.dictionaries(keys, inner, max_size=20),
    max_leaves=40,
)


@given(values)
@settings(max_examples=300)
def test_decoding_is_the_inverse_of_encoding(value: Value) -> None:
    data = encode(value)
    assert decode(data, max_bytes=2**20, max_depth=64) == value
    assert encode(decode(data, max_bytes=2**20, max_depth=64)) == data


@given(st.binary(max_size=64))
@settings(max_examples=500)
@example(b"\xdd\xff\xff\xff\xff")
@example(b"\x91" * 2_000)
@example(b"\x81\xc0\xc0")
def test_hostile_bytes_are_refused_or_canonical(data: bytes) -> None:
    try:
        value = decode(data, max_bytes=LIMIT)
    except DecodeError:
        return
    assert encode(value) == data


@given(values, st.data())
@settings(max_examples=200)
def test_a_flipped_bit_never_decodes_to_the_same_value(value: Value, data: st.DataObject) -> None:
    good = encode(value)
    bit = data.draw(st.integers(0, 8 * len(good) - 1))
    flipped = bytearray(good)
    flipped[bit // 8] ^= 1 << bit % 8
    try:
        found = decode(bytes(flipped), max_bytes=2**20, max_depth=64)
    except DecodeError:
        return
    assert (type(found), found) != (type(value), value) or encode(found) != good


def test_the_order_of_a_maps_keys_does_not_matter() -> None:
    assert encode({"b": 1, "a": {"d": 1, "c": 2}}) == encode({"a": {"c": 2, "d": 1}, "b": 1})
    assert encode(MappingProxyType({"a": 1})) == encode({"a": 1})


NOT_CANONICAL = {
    "integer longer than needed": b"\xcc\x01",
    "negative integer longer than needed": b"\xd1\xff\xff",
    "text longer than needed": b"\xd9\x01a",
    "bytes longer than needed": b"\xc5\x00\x01a",
    "array longer than needed": b"\xdc\x00\x01\x01",
    "map longer than needed": b"\xde\x00\x01\xa1a\x01",
    "unsorted map": b"\x82\xa1b\x01\xa1a\x01",
    "repeated key": b"\x82\xa1a\x01\xa1a\x01",
    "float": b"\xcb" + struct.pack(">d", 1.5),
    "short float": b"\xca" + struct.pack(">f", 1.5),
    "timestamp": msgpack.packb(msgpack.Timestamp(1)),
    "extension type": msgpack.packb(msgpack.ExtType(5, b"data")),
    "key that is bytes": b"\x81\xc4\x01a\x01",
    "nested too deeply": b"\x91" * 17 + b"\x01",
}
MALFORMED = {
    "nothing": b"",
    "unused byte": b"\xc1",
    "cut off": b"\x92\x01",
    "something after it": b"\x01\x01",
    "text that is not UTF-8": b"\xa1\xff",
    "key that is an integer": b"\x81\x01\x01",
    "key that is a map": b"\x81\x81\xa1a\x01\x01",
    "key that is an array": b"\x81\x91\x01\x01",
    "array of four billion": b"\xdd\xff\xff\xff\xff",
    "map of four billion": b"\xdf\xff\xff\xff\xff",
    "bottomless": b"\x91" * 5_000,
}


@pytest.mark.parametrize("name", NOT_CANONICAL)
def test_other_encodings_are_refused(name: str) -> None:
    with pytest.raises(NotCanonical):
        decode(NOT_CANONICAL[name], max_bytes=LIMIT)


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_bytes_are_refused(name: str) -> None:
    with pytest.raises(Malformed):
        decode(MALFORMED[name], max_bytes=LIMIT)


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(Oversized) as caught:
        decode(b"\xc1" * 11, max_bytes=10)
    assert (caught.value.found_bytes, caught.value.limit_bytes) == (11, 10)


def test_too_many_items_are_refused() -> None:
    assert decode(encode((1,) * 5), max_bytes=LIMIT, max_items=5) == (1,) * 5
    with pytest.raises(Malformed):
        decode(encode((1,) * 6), max_bytes=LIMIT, max_items=5)


@pytest.mark.parametrize("header", [b"\xdd\x00\xff\xff\xff", b"\xdf\x00\xff\xff\xff\xa1a"])
def test_what_is_claimed_and_never_comes_takes_no_memory(header: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            decode(header * 500, max_bytes=LIMIT, max_items=2**24)
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()


UNENCODABLE: dict[str, Any] = {
    "float": 1.0,
    "list": [1],
    "set": {1},
    "bytearray": bytearray(b"a"),
    "too large": 2**64,
    "too small": -(2**63) - 1,
    "half a surrogate pair": "\ud800",
    "key that is an integer": {1: 1},
    "inside": ({"a": (1.0,)},),
}


@pytest.mark.parametrize("name", UNENCODABLE)
def test_what_has_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(NotEncodable):
        encode(UNENCODABLE[name])


def test_after_a_refused_value_the_next_is_encoded_whole() -> None:
    with pytest.raises(NotEncodable):
        encode((1, 2, 2**64))
    assert encode((1, 2)) == b"\x92\x01\x02"
