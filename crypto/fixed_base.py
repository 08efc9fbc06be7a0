"""Sums of many fixed points, each times a scalar: what vector commitments spend their time on.

Every scalar is cut into bytes, every point has its multiples by 256**k at hand. Each of these goes into the
bucket of its byte (Pippenger), and all buckets are summed side by side in affine coordinates, so that one
modular inversion serves a whole round of additions (Montgomery's trick): six multiplications an addition,
where `ecdsa` takes sixteen. A small scalar has few bytes and costs little, and a negative one no more than
its magnitude.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from ecdsa import NIST256p
from ecdsa.ellipticcurve import INFINITY, PointJacobi

from crypto.field import ORDER, SCALAR_BYTES, centred

Affine = tuple[int, int]
"""The coordinates x, y of a point other than the identity."""

_CURVE: Final = NIST256p.curve
_PRIME: Final = int(_CURVE.p())


class FixedBase:
    """A point with its multiples by 256**k."""

    __slots__ = ("_multiples",)

    def __init__(self, point: PointJacobi) -> None:
        multiples = [point]
        for _ in range(SCALAR_BYTES - 1):
            multiples.append(multiples[-1] * 256)
        self._multiples = [_affine(multiple) for multiple in multiples]

    def spread(self, scalar: int, buckets: list[list[Affine]]) -> None:
        """Put scalar * point into the buckets, of which number b counts b times."""
        signed = centred(scalar)
        size = (signed.bit_length() + 7) // 8
        for (x, y), digit in zip(self._multiples, abs(signed).to_bytes(size, "little"), strict=False):
            buckets[digit].append((x, y) if signed > 0 else (x, _PRIME - y))


def fixed_combination(terms: Iterable[tuple[int, FixedBase]]) -> PointJacobi:
    """The sum of scalar * point."""
    buckets: list[list[Affine]] = [[] for _ in range(256)]
    for scalar, base in terms:
        base.spread(scalar, buckets)
    sums = _sum_each(buckets)
    by_bit = _sum_each(
        [[p for digit in range(256) if digit >> bit & 1 for p in sums[digit]] for bit in range(8)]
    )
    total = INFINITY
    for bit in reversed(by_bit):
        total = total + total
        for x, y in bit:
            total = total + PointJacobi(_CURVE, x, y, 1, ORDER)
    return total


def _sum_each(groups: Sequence[list[Affine]]) -> list[list[Affine]]:
    """Each group's points summed: groups of one point, or of none."""
    groups = list(groups)
    while any(len(group) > 1 for group in groups):
        sums = iter(
            _add_pairs([pair for group in groups for pair in zip(group[::2], group[1::2], strict=False)])
        )
        groups = [[next(sums) for _ in range(len(group) // 2)] + group[len(group) & ~1 :] for group in groups]
    return groups


def _add_pairs(pairs: Sequence[tuple[Affine, Affine]]) -> list[Affine]:
    """The sum of each pair, by one inversion for all.

    No pair ever has equal x: both sides are sums of different multiples of generators without known
    logarithms, and whoever found scalars to make them meet would have found a relation between these.
    """
    products, product = [], 1
    for (x1, _), (x2, _) in pairs:
        products.append(product)
        product = product * (x2 - x1) % _PRIME
    inverse = pow(product, -1, _PRIME)
    sums = []
    for ((x1, y1), (x2, y2)), before in zip(reversed(pairs), reversed(products), strict=True):
        slope = (y2 - y1) * inverse * before % _PRIME
        inverse = inverse * (x2 - x1) % _PRIME
        x3 = (slope * slope - x1 - x2) % _PRIME
        sums.append((x3, (slope * (x1 - x3) - y1) % _PRIME))
    sums.reverse()
    return sums


def _affine(point: PointJacobi) -> Affine:
    scaled = point.to_affine()
    return int(scaled.x()), int(scaled.y())
