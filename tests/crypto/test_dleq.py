"""Proofs that a shown point is the ECDH point of a public key."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.dleq import PROOF_BYTES, prove, verify
from crypto.entropy import expand
from crypto.errors import BadPoint, BadProof
from crypto.field import ORDER
from crypto.group import GENERATOR, IDENTITY, hashed_point, multiply

SECRET = 987654321987654321
BASE = hashed_point("test", 0)
PUBLIC, SHARED = multiply(SECRET, GENERATOR), multiply(SECRET, BASE)
CONTEXT = b"complaint 7"
PROOF = prove(SECRET, BASE, CONTEXT, expand(bytes(32)))


@given(st.integers(1, ORDER - 1), st.binary(max_size=40))
@settings(max_examples=10, deadline=None)
def test_the_truth_can_be_proved(secret: int, context: bytes) -> None:
    proof = prove(secret, BASE, context, expand(bytes(32)))
    verify(multiply(secret, GENERATOR), BASE, multiply(secret, BASE), proof, context)


def test_another_point_cannot() -> None:
    for public, base, shared in (
        (PUBLIC, BASE, multiply(SECRET + 1, BASE)),
        (multiply(SECRET + 1, GENERATOR), BASE, SHARED),
        (PUBLIC, hashed_point("test", 1), SHARED),
    ):
        with pytest.raises(BadProof, match="logarithms differ"):
            verify(public, base, shared, PROOF, CONTEXT)


def test_a_proof_made_with_the_wrong_secret_is_refused() -> None:
    proof = prove(SECRET + 1, BASE, CONTEXT, expand(bytes(32)))
    with pytest.raises(BadProof):
        verify(PUBLIC, BASE, SHARED, proof, CONTEXT)


def test_a_proof_serves_its_context_only() -> None:
    with pytest.raises(BadProof):
        verify(PUBLIC, BASE, SHARED, PROOF, b"complaint 8")


@given(st.integers(0, PROOF_BYTES - 1), st.integers(0, 7))
@settings(max_examples=20, deadline=None)
def test_one_flipped_bit_is_refused(position: int, bit: int) -> None:
    flipped = bytearray(PROOF)
    flipped[position] ^= 1 << bit
    with pytest.raises(BadProof):
        verify(PUBLIC, BASE, SHARED, bytes(flipped), CONTEXT)


def test_other_lengths_and_unreduced_scalars_are_refused() -> None:
    answer = int.from_bytes(PROOF[32:], "big")
    unreduced = PROOF[:32] + min(answer + ORDER, 2**256 - 1).to_bytes(32, "big")
    for proof in (b"", PROOF[:-1], PROOF + b"\x00", b"\xff" * 64, unreduced):
        with pytest.raises(BadProof):
            verify(PUBLIC, BASE, SHARED, proof, CONTEXT)


def test_the_identity_and_what_is_no_point_are_refused() -> None:
    with pytest.raises(BadProof, match="identity"):
        verify(PUBLIC, IDENTITY, IDENTITY, PROOF, CONTEXT)
    with pytest.raises(BadPoint):
        verify(PUBLIC, BASE, b"\x02" + b"\xff" * 32, PROOF, CONTEXT)


def test_the_same_entropy_never_serves_two_statements() -> None:
    """Two answers with one nonce would give the secret away: (z1 - z2) / (e1 - e2)."""
    proofs = [prove(SECRET, BASE, context, expand(bytes(32))) for context in (b"a", b"b")]
    (e1, z1), (e2, z2) = (
        (int.from_bytes(proof[:32], "big"), int.from_bytes(proof[32:], "big")) for proof in proofs
    )
    assert (z1 - z2) * pow(e1 - e2, -1, ORDER) % ORDER != SECRET
