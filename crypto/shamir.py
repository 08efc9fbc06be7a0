"""Shamir's secret sharing of vectors over the field of P-256's order.

Every element of the secret vector is the constant term of a random polynomial of degree threshold - 1;
member x gets the polynomials' values at x, and x = 0 is the secret. Shares of different secrets at the same
x add up to a share of the sum. (Liu and Ai 2024, 4.2, where Lagrange's formula is misprinted: it takes the
points x_i, not the a_i.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto.entropy import Entropy
from crypto.errors import TooFewShares
from crypto.field import ORDER, random_scalar

Vector = tuple[int, ...]
"""Elements of the field, each in 0 .. ORDER - 1."""


@dataclass(frozen=True, slots=True)
class Polynomial:
    """A polynomial with vectors for coefficients, the secret first. Known to its dealer alone."""

    coefficients: tuple[Vector, ...]

    def share_at(self, member: int) -> Vector:
        """The share of the member with this number; members count from 1."""
        if not 0 < member < ORDER:
            raise ValueError(f"member number {member} would be given the secret itself or wrap around")
        share = self.coefficients[-1]
        for coefficient in reversed(self.coefficients[:-1]):
            share = tuple((s * member + c) % ORDER for s, c in zip(share, coefficient, strict=True))
        return share


def deal(secret: Sequence[int], threshold: int, members: int, entropy: Entropy) -> Polynomial:
    """A random polynomial through `secret` (any integers, taken into the field) for `threshold` to open."""
    if not 1 <= threshold <= members:
        raise ValueError(f"{threshold} of {members} members cannot be a threshold")
    constant = tuple(value % ORDER for value in secret)
    others = [tuple(random_scalar(entropy) for _ in secret) for _ in range(threshold - 1)]
    return Polynomial((constant, *others))


def add_vectors(vectors: Sequence[Vector]) -> Vector:
    """The sum, element by element: of shares of one member, or of secrets. All must be of one length."""
    return tuple(sum(elements) % ORDER for elements in zip(*vectors, strict=True))


def reconstruct(shares: Mapping[int, Vector], threshold: int) -> Vector:
    """The secret, from the shares by member number. Raises TooFewShares.

    The shares must be checked before (crypto.pedersen): a wrong one gives a wrong secret and no error.
    """
    if len(shares) < threshold:
        raise TooFewShares(len(shares), threshold)
    members = sorted(shares)[:threshold]
    weights = [_lagrange_at_zero(member, members) for member in members]
    columns = zip(*(shares[member] for member in members), strict=True)
    return tuple(sum(w * s for w, s in zip(weights, column, strict=True)) % ORDER for column in columns)


def _lagrange_at_zero(member: int, members: Sequence[int]) -> int:
    numerator = denominator = 1
    for other in members:
        if other != member:
            numerator = numerator * other % ORDER
            denominator = denominator * (other - member) % ORDER
    return numerator * pow(denominator, -1, ORDER) % ORDER
