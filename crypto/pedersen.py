"""Vector Pedersen commitments, and the shares that must open them.

C = sum over t of v_t * G_t + r * H, with generators hashed to the curve, so that nobody knows a relation
between them. It hides the vector whatever it is, binds to it as long as logarithms are hard, and adds as
vectors do.

A dealt vector is (v_1 .. v_T, r): the blinding is shared like the values, as its last element, and one
commitment a coefficient of the polynomial lets each member check its share (Pedersen 1991, verifiable
secret sharing).
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from crypto.entropy import Entropy
from crypto.errors import BadShare
from crypto.field import ORDER
from crypto.fixed_base import FixedBase, fixed_combination
from crypto.group import Point, combine, decode, encode, hashed_point
from crypto.shamir import Polynomial, Vector, add_vectors

WIDTH_MAX: Final = 1024
"""Elements of a committed vector, so that the tables of generators stay bounded."""

_BATCH_WEIGHT_BYTES: Final = 16


def commit(values: Sequence[int], blinding: int) -> Point:
    """The commitment to `values` (any integers, taken into the field)."""
    if len(values) > WIDTH_MAX:
        raise ValueError(f"{len(values)} values are more than the {WIDTH_MAX} generators")
    terms = [(value, _value_generator(index)) for index, value in enumerate(values)]
    return encode(fixed_combination([*terms, (blinding, _blinding_generator())]))


def opens(commitment: Point, values: Sequence[int], blinding: int) -> bool:
    """Whether these values and this blinding are what was committed to.

    Zeros at the end of the values change nothing: how many values there must be is for the caller to check.
    """
    return commit(values, blinding) == commitment


def commit_polynomial(polynomial: Polynomial) -> tuple[Point, ...]:
    """One commitment a coefficient; the first is to the dealt values themselves."""
    return tuple(commit(coefficient[:-1], coefficient[-1]) for coefficient in polynomial.coefficients)


def share_commitment(commitments: Sequence[Point], member: int) -> Point:
    """What the member's share must open: the committed polynomial at `member`. Raises BadPoint."""
    total = decode(commitments[-1])
    for commitment in reversed(commitments[:-1]):
        total = total * member + decode(commitment)
    return encode(total)


def check_share(commitments: Sequence[Point], member: int, share: Vector) -> None:
    """Raises BadShare unless `share`, values and blinding, is the one committed to; BadPoint."""
    if not share or not opens(share_commitment(commitments, member), share[:-1], share[-1]):
        raise BadShare(member, "it does not open the dealer's commitment")


def all_shares_open(member: int, dealt: Sequence[tuple[Sequence[Point], Vector]], entropy: Entropy) -> bool:
    """Check the shares that one member has of many dealers, all of one length, at the cost of little more
    than one.

    Random weights make a wrong share pass with probability 2**-128; if it is False, `check_share` says
    which is wrong.
    """
    if not dealt:
        return True
    weights = [int.from_bytes(entropy(_BATCH_WEIGHT_BYTES), "big") for _ in dealt]
    weighted = [
        tuple(weight * element % ORDER for element in share)
        for weight, (_, share) in zip(weights, dealt, strict=True)
    ]
    total = add_vectors(weighted)
    terms = [
        (weight, share_commitment(commitments, member))
        for weight, (commitments, _) in zip(weights, dealt, strict=True)
    ]
    return opens(combine(terms), total[:-1], total[-1])


@cache
def _value_generator(index: int) -> FixedBase:
    return FixedBase(decode(hashed_point("pedersen/value", index)))


@cache
def _blinding_generator() -> FixedBase:
    return FixedBase(decode(hashed_point("pedersen/blinding", 0)))
