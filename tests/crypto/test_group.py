"""The group of P-256: published multiples, OpenSSL as the oracle, and encodings that are refused."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import BadPoint
from crypto.field import ORDER
from crypto.fixed_base import FixedBase, fixed_combination
from crypto.group import (
    GENERATOR,
    IDENTITY,
    Point,
    add,
    check_point,
    combine,
    decode,
    encode,
    hashed_point,
    multiply,
)
from crypto.keys import PrivateKey

PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
SCALARS = st.integers(1, ORDER - 1)
BASES = [hashed_point("test", index) for index in range(6)]
FIXED = [FixedBase(decode(base)) for base in BASES]


def test_published_multiples_of_the_generator() -> None:
    twice = "7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978"
    thrice = "5ECBE4D1A6330A44C8F7EF951D4BF165E6C6B721EFADA985FB41661BC6E7FD6C"
    assert multiply(2, GENERATOR)[1:].hex().upper() == twice
    assert multiply(3, GENERATOR)[1:].hex().upper() == thrice


@given(SCALARS)
@settings(max_examples=20, deadline=None)
def test_multiples_are_those_of_openssl(scalar: int) -> None:
    assert multiply(scalar, GENERATOR) == PrivateKey.from_secret(scalar).public_key


@given(SCALARS, SCALARS)
@settings(max_examples=15, deadline=None)
def test_scalars_distribute_over_points(a: int, b: int) -> None:
    assert add([multiply(a, GENERATOR), multiply(b, GENERATOR)]) == multiply(a + b, GENERATOR)
    assert combine([(a, GENERATOR), (b, GENERATOR), (-a - b, GENERATOR)]) == IDENTITY


def test_the_identity_is_neutral() -> None:
    assert add([]) == IDENTITY
    assert add([IDENTITY, GENERATOR]) == GENERATOR
    assert multiply(0, GENERATOR) == multiply(ORDER, GENERATOR) == multiply(7, IDENTITY) == IDENTITY
    assert check_point(IDENTITY) == IDENTITY


def unreduced() -> bytes:
    """A point of small x, written with x + p in its place."""
    for x in range(1000):
        try:
            decode(b"\x02" + x.to_bytes(32, "big"))
        except BadPoint:
            continue
        return b"\x02" + (x + PRIME).to_bytes(32, "big")
    raise AssertionError("half of all x are on the curve")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        GENERATOR[:-1],
        GENERATOR + b"\x00",
        b"\x04" + GENERATOR[1:],
        b"\x01" + bytes(32),
        b"\x02" + b"\xff" * 32,
        unreduced(),
        GENERATOR[1:],
    ],
)
def test_other_encodings_are_refused(data: bytes) -> None:
    with pytest.raises(BadPoint) as refusal:
        check_point(data)
    assert refusal.value.encoding == data


@given(st.sampled_from((b"\x02", b"\x03")), st.binary(min_size=32, max_size=32))
@settings(max_examples=100, deadline=None)
def test_what_decodes_encodes_to_the_same_bytes(sign: bytes, x: bytes) -> None:
    with contextlib.suppress(BadPoint):
        assert encode(decode(sign + x)) == sign + x


def test_hashed_points_are_fixed_distinct_and_on_the_curve() -> None:
    points = [hashed_point(purpose, index) for purpose in ("a", "b") for index in range(20)]
    assert len(set(points)) == len(points)
    assert all(check_point(point)[0] == 2 for point in points)
    assert (
        hashed_point("pedersen/value", 0).hex()
        == "02e7ad5523ff39be055cc920cf5468427ffe1133c090b4d6e6461c2ef7fdf39036"
    )


@given(st.lists(st.one_of(st.integers(-(2**20), 2**20), st.integers(0, ORDER), SCALARS), max_size=6))
@settings(max_examples=40, deadline=None)
def test_fixed_combinations_are_plain_ones(scalars: list[int]) -> None:
    expected = combine([(scalar, Point(base)) for scalar, base in zip(scalars, BASES, strict=False)])
    assert encode(fixed_combination(zip(scalars, FIXED, strict=False))) == expected
