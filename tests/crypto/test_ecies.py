"""Encryption: only the holder reads it, any change is seen, and a complaint shows one text and no more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.ecies import (
    OVERHEAD_BYTES,
    decrypt,
    decrypt_with_point,
    encrypt,
    encrypt_from,
    ephemeral_key,
    shared_point,
)
from crypto.entropy import expand
from crypto.errors import BadCiphertext, BadKey
from crypto.group import GENERATOR, Point
from crypto.keys import PrivateKey

HOLDER = PrivateKey.from_secret(1234567)
OTHER = PrivateKey.from_secret(7654321)
CONTEXT = b"day 7, park 1, member 2"


def sealed(text: bytes, context: bytes = CONTEXT) -> bytes:
    return encrypt(HOLDER.public_key, text, context, expand(b"seed" * 8))


@given(st.binary(max_size=200), st.binary(max_size=50))
@settings(max_examples=30, deadline=None)
def test_the_holder_reads_what_was_sent(text: bytes, context: bytes) -> None:
    ciphertext = sealed(text, context)
    assert len(ciphertext) == len(text) + OVERHEAD_BYTES
    assert decrypt(HOLDER, ciphertext, context) == text


@given(st.integers(0, 3 + OVERHEAD_BYTES - 1), st.integers(0, 7))
@settings(max_examples=80, deadline=None)
def test_one_flipped_bit_is_seen(position: int, bit: int) -> None:
    flipped = bytearray(sealed(b"abc"))
    flipped[position] ^= 1 << bit
    with pytest.raises(BadCiphertext):
        decrypt(HOLDER, bytes(flipped), CONTEXT)


def test_another_key_or_context_does_not_open_it() -> None:
    with pytest.raises(BadCiphertext):
        decrypt(OTHER, sealed(b"abc"), CONTEXT)
    with pytest.raises(BadCiphertext):
        decrypt(HOLDER, sealed(b"abc"), CONTEXT + b"!")


@pytest.mark.parametrize("length", [0, 1, 33, OVERHEAD_BYTES - 1])
def test_too_short_a_ciphertext_is_refused(length: int) -> None:
    with pytest.raises(BadCiphertext, match=f"{length} bytes"):
        decrypt(HOLDER, sealed(b"")[:length], CONTEXT)


def test_an_ephemeral_key_off_the_curve_is_refused() -> None:
    for key in (b"\x02" + b"\xff" * 32, bytes(33)):
        with pytest.raises(BadCiphertext, match="ephemeral key"):
            decrypt(HOLDER, key + sealed(b"abc")[33:], CONTEXT)


def test_encrypting_to_what_is_no_key_is_refused() -> None:
    with pytest.raises(BadKey):
        encrypt(bytes(33), b"abc", CONTEXT, expand(bytes(32)))


def test_the_shown_point_opens_this_ciphertext_alone() -> None:
    ciphertext, another = sealed(b"abc"), sealed(b"abd")
    shown = shared_point(HOLDER, ciphertext)
    assert decrypt_with_point(shown, HOLDER.public_key, ciphertext, CONTEXT) == b"abc"
    with pytest.raises(BadCiphertext):
        decrypt_with_point(shown, HOLDER.public_key, another, CONTEXT)
    with pytest.raises(BadCiphertext):
        decrypt_with_point(Point(GENERATOR), HOLDER.public_key, ciphertext, CONTEXT)


def test_the_same_entropy_never_serves_two_texts() -> None:
    ones, others = sealed(b"abc"), sealed(b"abd")
    assert ephemeral_key(ones) != ephemeral_key(others)
    assert sealed(b"abc") == ones


def test_one_ephemeral_key_serves_many_recipients() -> None:
    ephemeral = PrivateKey.from_secret(99)
    ciphertexts = {key: encrypt_from(ephemeral, key.public_key, b"abc", CONTEXT) for key in (HOLDER, OTHER)}
    for key, ciphertext in ciphertexts.items():
        assert ephemeral_key(ciphertext) == ephemeral.public_key
        assert decrypt(key, ciphertext, CONTEXT) == b"abc"
    with pytest.raises(BadCiphertext):
        decrypt(OTHER, ciphertexts[HOLDER], CONTEXT)
