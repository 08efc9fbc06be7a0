"""The group of P-256: the arithmetic on points which OpenSSL keeps to itself.

A point is handled as the 33 bytes of its compressed form (SEC 1, 2.3.3); the identity, which SEC 1 gives a
length of its own, as 33 zero bytes. `ecdsa` computes. Nothing here runs in constant time: it is for public
values, and for secrets on their owner's own machine.
"""

import hashlib
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Final, NewType

from ecdsa import NIST256p
from ecdsa.ellipticcurve import INFINITY, PointJacobi
from ecdsa.errors import MalformedPointError

from crypto.errors import BadPoint
from crypto.field import ORDER

Point = NewType("Point", bytes)
"""33 bytes that encode a point of P-256."""

POINT_BYTES: Final = 33
IDENTITY: Final = Point(bytes(POINT_BYTES))
DECODED_POINTS_MAX: Final = 2**12
"""Points kept decoded; a decoding costs a square root."""

_CURVE: Final = NIST256p.curve
GENERATOR: Final = Point(NIST256p.generator.to_bytes("compressed"))


def check_point(data: bytes) -> Point:
    """`data` as a point of the curve. Raises BadPoint for another length, form or curve."""
    decode(data)
    return Point(data)


def add(points: Iterable[Point]) -> Point:
    """The sum of the points; the identity if there is none. Raises BadPoint."""
    return encode(sum(map(decode, points), start=INFINITY))


def multiply(scalar: int, point: Point) -> Point:
    """`scalar` times `point`. Raises BadPoint."""
    return encode(decode(point) * (scalar % ORDER))


def combine(terms: Iterable[tuple[int, Point]]) -> Point:
    """The sum of scalar * point over a few terms. Raises BadPoint."""
    return encode(sum((decode(point) * (scalar % ORDER) for scalar, point in terms), start=INFINITY))


@cache
def hashed_point(purpose: str, index: int) -> Point:
    """A point whose logarithm nobody knows: the first SHA-256(purpose, index, counter) that is an x of the
    curve.

    The even y of the two is taken. For generators named by the code, whose number is bounded.
    """
    for counter in range(256):
        label = f"gridquorum/point/{purpose}/{index}/{counter}".encode("ascii")
        candidate = b"\x02" + hashlib.sha256(label).digest()
        try:
            return check_point(candidate)
        except BadPoint:
            continue
    raise AssertionError("half of all x are on the curve: 256 misses in a row do not happen")


@lru_cache(maxsize=DECODED_POINTS_MAX)
def decode(data: bytes) -> PointJacobi:
    """The point as `ecdsa` computes with it. Raises BadPoint."""
    if data == IDENTITY:
        return INFINITY
    if len(data) != POINT_BYTES or data[0] not in (2, 3):
        raise BadPoint(data, f"a compressed point has {POINT_BYTES} bytes and begins with 02 or 03")
    if int.from_bytes(data[1:], "big") >= _CURVE.p():
        raise BadPoint(data, "its x is not reduced, and one point has one encoding")
    try:
        return PointJacobi.from_bytes(_CURVE, data, valid_encodings=("compressed",), order=ORDER)
    except MalformedPointError:
        raise BadPoint(data, "no point of the curve has this x") from None


def encode(point: PointJacobi) -> Point:
    """The 33 bytes of a computed point."""
    return IDENTITY if point == INFINITY else Point(point.to_bytes("compressed"))
