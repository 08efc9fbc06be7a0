"""Commitments: they bind, they add, and they catch a bad share."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.entropy import expand
from crypto.errors import BadPoint, BadShare
from crypto.field import ORDER, random_scalar
from crypto.group import IDENTITY, Point, add, combine, hashed_point
from crypto.pedersen import (
    WIDTH_MAX,
    all_shares_open,
    check_share,
    commit,
    commit_polynomial,
    opens,
    share_commitment,
)
from crypto.shamir import Vector, add_vectors, deal, reconstruct

THRESHOLD, MEMBERS = 3, 5
VALUES = st.lists(st.integers(-(10**6), 10**6), min_size=4, max_size=4)
BLINDINGS = st.integers(0, ORDER - 1)


def dealt(values: list[int], seed: bytes) -> tuple[tuple[Point, ...], dict[int, Vector]]:
    entropy = expand(seed * 32)
    polynomial = deal([*values, random_scalar(entropy)], THRESHOLD, MEMBERS, entropy)
    shares = {member: polynomial.share_at(member) for member in range(1, MEMBERS + 1)}
    return commit_polynomial(polynomial), shares


@given(VALUES, BLINDINGS)
@settings(max_examples=10, deadline=None)
def test_a_commitment_is_the_sum_that_defines_it(values: list[int], blinding: int) -> None:
    terms = [(value, hashed_point("pedersen/value", index)) for index, value in enumerate(values)]
    assert commit(values, blinding) == combine([*terms, (blinding, hashed_point("pedersen/blinding", 0))])


@given(VALUES, VALUES, BLINDINGS, BLINDINGS)
@settings(max_examples=15, deadline=None)
def test_commitments_add_as_vectors_do(one: list[int], other: list[int], r: int, s: int) -> None:
    total = add([commit(one, r), commit(other, s)])
    assert opens(total, [a + b for a, b in zip(one, other, strict=True)], r + s)


@given(VALUES, BLINDINGS, st.integers(0, 4))
@settings(max_examples=15, deadline=None)
def test_one_unit_more_does_not_open_it(values: list[int], blinding: int, position: int) -> None:
    commitment = commit(values, blinding)
    changed = [*values, blinding]
    changed[position] += 1
    assert opens(commitment, values, blinding)
    assert not opens(commitment, changed[:-1], changed[-1])


def test_the_same_values_blinded_differently_look_different() -> None:
    assert commit([5, 6], 1) != commit([5, 6], 2)
    assert commit([5, 6], 1) != commit([6, 5], 1)
    assert commit([0, 0], 0) == commit([], 0) == IDENTITY


def test_every_share_opens_what_its_dealer_committed_to() -> None:
    commitments, shares = dealt([100, -200, 300], b"a")
    for member, share in shares.items():
        check_share(commitments, member, share)
    *values, blinding = reconstruct(shares, THRESHOLD)
    assert opens(commitments[0], values, blinding)


@given(st.integers(1, MEMBERS), st.integers(0, 3), st.integers(1, ORDER - 1))
@settings(max_examples=15, deadline=None)
def test_a_changed_share_is_refused_and_named(member: int, position: int, change: int) -> None:
    commitments, shares = dealt([100, -200, 300], b"a")
    share = list(shares[member])
    share[position] = (share[position] + change) % ORDER
    with pytest.raises(BadShare) as refusal:
        check_share(commitments, member, tuple(share))
    assert refusal.value.member == member


def test_a_share_of_another_member_or_length_is_refused() -> None:
    commitments, shares = dealt([100, -200, 300], b"a")
    for share in (shares[2], (), shares[1][:-1], shares[1][1:]):
        with pytest.raises(BadShare):
            check_share(commitments, 1, share)


def test_sums_of_shares_open_the_sum_of_the_commitments() -> None:
    one_commitments, one_shares = dealt([1, 2, 3], b"a")
    other_commitments, other_shares = dealt([10, 20, 30], b"b")
    commitments = [add(pair) for pair in zip(one_commitments, other_commitments, strict=True)]
    for member in (1, 4):
        check_share(commitments, member, add_vectors([one_shares[member], other_shares[member]]))


def test_a_batch_holds_only_if_every_share_does() -> None:
    dealings = [dealt([number, 2 * number], bytes([number])) for number in range(1, 5)]
    batch = [(commitments, shares[3]) for commitments, shares in dealings]
    assert all_shares_open(3, batch, expand(bytes(32)))
    commitments, share = batch[2]
    batch[2] = commitments, (share[0] + 1, *share[1:])
    assert not all_shares_open(3, batch, expand(bytes(32)))


def test_an_empty_batch_holds() -> None:
    assert all_shares_open(3, [], expand(bytes(32)))


def test_errors_that_cancel_in_a_sum_do_not_cancel_in_a_batch() -> None:
    dealings = [dealt([number, 2 * number], bytes([number])) for number in (1, 2)]
    (first, up), (second, down) = ((commitments, list(shares[3])) for commitments, shares in dealings)
    up[0] += 1
    down[0] -= 1
    assert not all_shares_open(3, [(first, tuple(up)), (second, tuple(down))], expand(bytes(32)))


def test_bytes_that_are_no_commitment_are_refused() -> None:
    with pytest.raises(BadPoint):
        share_commitment([commit([1], 2), Point(b"\x02" + b"\xff" * 32)], 1)


def test_a_vector_wider_than_the_generators_is_refused() -> None:
    with pytest.raises(ValueError, match="more than the"):
        commit([0] * (WIDTH_MAX + 1), 1)
