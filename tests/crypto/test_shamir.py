"""Secret sharing: enough shares open, fewer say nothing, and shares add."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.entropy import expand
from crypto.errors import TooFewShares
from crypto.field import ORDER, centred
from crypto.shamir import Vector, add_vectors, deal, reconstruct

THRESHOLD, MEMBERS = 3, 5
SEEDS = st.binary(min_size=32, max_size=32)
CURVES = st.lists(st.integers(-(10**6), 10**6), min_size=4, max_size=4)
ELEMENTS = st.integers(0, ORDER - 1)


def shares_of(secret: list[int], seed: bytes) -> dict[int, Vector]:
    polynomial = deal(secret, THRESHOLD, MEMBERS, expand(seed))
    return {member: polynomial.share_at(member) for member in range(1, MEMBERS + 1)}


@given(CURVES, SEEDS)
@settings(max_examples=30)
def test_any_three_of_five_open_the_secret(secret: list[int], seed: bytes) -> None:
    shares = shares_of(secret, seed)
    for members in itertools.combinations(shares, THRESHOLD):
        opened = reconstruct({member: shares[member] for member in members}, THRESHOLD)
        assert [centred(element) for element in opened] == secret


@given(CURVES, SEEDS, ELEMENTS)
@settings(max_examples=30)
def test_two_shares_are_consistent_with_every_secret(secret: list[int], seed: bytes, candidate: int) -> None:
    shares = shares_of(secret, seed)
    first, second = shares[1][0], shares[2][0]
    # The quadratic through (0, candidate) and both shares, by its vanishing third difference, at 3.
    third = (candidate - 3 * first + 3 * second) % ORDER
    assert reconstruct({1: (first,), 2: (second,), 3: (third,)}, THRESHOLD) == (candidate,)


@given(CURVES, CURVES, SEEDS)
@settings(max_examples=30)
def test_shares_add_up_to_shares_of_the_sum(one: list[int], other: list[int], seed: bytes) -> None:
    ones, others = shares_of(one, seed), shares_of(other, seed[::-1])
    sums = {member: add_vectors([ones[member], others[member]]) for member in (2, 3, 5)}
    opened = reconstruct(sums, THRESHOLD)
    assert [centred(element) for element in opened] == [a + b for a, b in zip(one, other, strict=True)]


def test_more_shares_than_needed_do_no_harm() -> None:
    shares = shares_of([7, 8], bytes(32))
    assert reconstruct(shares, THRESHOLD) == (7, 8)


def test_too_few_shares_are_named() -> None:
    shares = shares_of([7], bytes(32))
    with pytest.raises(TooFewShares) as refusal:
        reconstruct({1: shares[1], 2: shares[2]}, THRESHOLD)
    assert (refusal.value.found, refusal.value.threshold) == (2, 3)


def test_the_point_zero_is_nobodys_share() -> None:
    polynomial = deal([7], THRESHOLD, MEMBERS, expand(bytes(32)))
    for member in (0, ORDER, -1):
        with pytest.raises(ValueError, match="member number"):
            polynomial.share_at(member)


@pytest.mark.parametrize(("threshold", "members"), [(0, 5), (6, 5)])
def test_impossible_thresholds_are_refused(threshold: int, members: int) -> None:
    with pytest.raises(ValueError, match="threshold"):
        deal([7], threshold, members, expand(bytes(32)))


def test_vectors_of_different_lengths_do_not_add() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        add_vectors([(1, 2), (1,)])


def test_a_seed_gives_the_same_polynomial_again_and_another_seed_another() -> None:
    one, again, other = (deal([7], 3, 5, expand(seed)) for seed in (b"a" * 32, b"a" * 32, b"b" * 32))
    assert one == again
    assert one.coefficients[0] == other.coefficients[0] == (7,)
    assert one.coefficients[1:] != other.coefficients[1:]
