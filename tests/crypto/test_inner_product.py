"""Proofs of an inner product with a committed vector."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.entropy import expand
from crypto.errors import BadPoint, BadProof
from crypto.field import ORDER
from crypto.group import Point, add
from crypto.inner_product import inner_product, proof_bytes, prove, verify
from crypto.pedersen import commit

VALUES, BLINDING, WEIGHTS = [700, -300, 50, 0], 123456789, [3, -1, 0, 12]
CONTEXT = b"day 7, park 1"
COMMITMENT = commit(VALUES, BLINDING)
PROOF = prove(VALUES, BLINDING, WEIGHTS, CONTEXT, expand(bytes(32)))
RESULT = 3 * 700 + 300
CURVES = st.lists(st.integers(-(10**9), 10**9), min_size=4, max_size=4)


def test_the_proof_has_the_stated_length_and_holds() -> None:
    assert len(PROOF) == proof_bytes(len(VALUES))
    verify(COMMITMENT, WEIGHTS, RESULT, PROOF, CONTEXT)


@given(CURVES, CURVES, st.integers(0, ORDER - 1))
@settings(max_examples=15, deadline=None)
def test_the_truth_can_be_proved(values: list[int], weights: list[int], blinding: int) -> None:
    proof = prove(values, blinding, weights, CONTEXT, expand(bytes(32)))
    verify(commit(values, blinding), weights, inner_product(weights, values), proof, CONTEXT)


def test_no_other_result_weight_commitment_or_context_passes() -> None:
    other_commitment = add([COMMITMENT, commit([1, 3, 0, 0], 0)])  # of the same inner product
    for commitment, weights, result, context in (
        (COMMITMENT, WEIGHTS, RESULT + 1, CONTEXT),
        (COMMITMENT, [3, -1, 1, 12], RESULT, CONTEXT),
        (other_commitment, WEIGHTS, RESULT, CONTEXT),
        (COMMITMENT, WEIGHTS, RESULT, CONTEXT + b"!"),
    ):
        with pytest.raises(BadProof):
            verify(commitment, weights, result, PROOF, context)


@given(st.integers(0, len(PROOF) - 1), st.integers(0, 7))
@settings(max_examples=25, deadline=None)
def test_one_flipped_bit_is_refused(position: int, bit: int) -> None:
    flipped = bytearray(PROOF)
    flipped[position] ^= 1 << bit
    with pytest.raises(BadProof):
        verify(COMMITMENT, WEIGHTS, RESULT, bytes(flipped), CONTEXT)


def test_a_false_result_cannot_be_proved_by_changing_the_values() -> None:
    proof = prove([701, -300, 50, 0], BLINDING, WEIGHTS, CONTEXT, expand(bytes(32)))
    with pytest.raises(BadProof):
        verify(COMMITMENT, WEIGHTS, RESULT + 3, proof, CONTEXT)


def test_other_lengths_and_unreduced_scalars_are_refused() -> None:
    for proof in (b"", PROOF[:-1], PROOF[:-32], PROOF + bytes(32), b"\xff" * len(PROOF)):
        with pytest.raises(BadProof):
            verify(COMMITMENT, WEIGHTS, RESULT, proof, CONTEXT)


def test_what_is_no_commitment_is_refused() -> None:
    with pytest.raises(BadPoint):
        verify(Point(b"\x02" + b"\xff" * 32), WEIGHTS, RESULT, PROOF, CONTEXT)


def test_the_same_entropy_never_serves_two_statements() -> None:
    other = prove(VALUES, BLINDING, [1, 1, 1, 1], CONTEXT, expand(bytes(32)))
    (e1, z1), (e2, z2) = (
        (int.from_bytes(proof[:32], "big"), int.from_bytes(proof[32:64], "big")) for proof in (PROOF, other)
    )
    assert (z1 - z2) * pow(e1 - e2, -1, ORDER) % ORDER != VALUES[0]
