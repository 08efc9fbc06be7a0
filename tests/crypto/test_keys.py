"""Keys and signatures: published vectors, an independent implementation, and what is not canonical."""

import base64
import hashlib

import ecdsa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from ecdsa.util import sigdecode_string, sigencode_string
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import BadKey, BadSignature
from crypto.field import ORDER
from crypto.keys import PrivateKey, verify

# RFC 6979, A.2.5: ECDSA with P-256 and SHA-256.
RFC_SECRET = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
RFC_PUBLIC_X = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
RFC_SIGNATURES = {
    b"sample": (
        0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
        0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
    ),
    b"test": (
        0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
        0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
    ),
}
KEY = PrivateKey.from_secret(RFC_SECRET)
SIGNED = KEY.sign(b"a reading")
P256_IDENTIFIER = bytes.fromhex("06082a8648ce3d030107")


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def test_public_key_of_rfc_6979() -> None:
    assert KEY.public_key.hex().upper() == "03" + RFC_PUBLIC_X


@pytest.mark.parametrize("message", RFC_SIGNATURES)
def test_signatures_of_rfc_6979_in_their_low_form(message: bytes) -> None:
    r, s = RFC_SIGNATURES[message]
    assert KEY.sign(message) == raw(r, min(s, ORDER - s))


def test_the_high_form_of_a_valid_signature_is_refused() -> None:
    r, s = RFC_SIGNATURES[b"sample"]
    with pytest.raises(BadSignature, match="upper half"):
        verify(KEY.public_key, raw(r, s), b"sample")
    verify(KEY.public_key, raw(r, ORDER - s), b"sample")


@given(secret=st.integers(1, ORDER - 1), message=st.binary(max_size=300))
@settings(max_examples=20, deadline=None)
def test_ecdsa_and_openssl_accept_each_other(secret: int, message: bytes) -> None:
    key = PrivateKey.from_secret(secret)
    other = ecdsa.SigningKey.from_secret_exponent(secret, ecdsa.NIST256p, hashlib.sha256)
    assert other.verifying_key.to_string("compressed") == key.public_key
    assert other.verifying_key.verify(key.sign(message), message, hashlib.sha256, sigdecode=sigdecode_string)
    theirs = other.sign_deterministic(message, sigencode=sigencode_string)
    r, s = theirs[:32], int.from_bytes(theirs[32:], "big")
    assert key.sign(message) == r + min(s, ORDER - s).to_bytes(32, "big")


@given(st.integers(0, 63), st.integers(0, 7))
@settings(max_examples=40, deadline=None)
def test_one_flipped_bit_of_a_signature_is_refused(position: int, bit: int) -> None:
    flipped = bytearray(SIGNED)
    flipped[position] ^= 1 << bit
    with pytest.raises(BadSignature):
        verify(KEY.public_key, bytes(flipped), b"a reading")


def test_another_message_or_key_is_refused() -> None:
    with pytest.raises(BadSignature, match="does not match") as refusal:
        verify(KEY.public_key, SIGNED, b"another reading")
    assert refusal.value.public_key == KEY.public_key
    with pytest.raises(BadSignature):
        verify(PrivateKey.generate().public_key, SIGNED, b"a reading")


@pytest.mark.parametrize(
    "signature",
    [b"", SIGNED[:-1], SIGNED + b"\x00", raw(0, 1), raw(1, 0), raw(ORDER, 1), raw(0, 0), raw(2**256 - 1, 1)],
    ids=["empty", "short", "long", "r zero", "s zero", "r is the order", "zeros", "r too large"],
)
def test_malformed_signatures_are_refused(signature: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(KEY.public_key, signature, b"a reading")


def test_only_compressed_keys_are_accepted() -> None:
    point = KEY.openssl_key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    hybrid = bytes([6 + point[-1] % 2]) + point[1:]
    not_on_curve = b"\x02" + b"\xff" * 32
    for public_key in (point, hybrid, not_on_curve, b"", b"\x00", KEY.public_key[:-1], b"\x05" + bytes(32)):
        with pytest.raises(BadKey):
            verify(public_key, SIGNED, b"a reading")


@pytest.mark.parametrize("secret", [0, -1, ORDER, ORDER + 1])
def test_secrets_outside_the_group_are_refused(secret: int) -> None:
    with pytest.raises(BadKey):
        PrivateKey.from_secret(secret)


def test_pem_keeps_the_key() -> None:
    assert PrivateKey.from_pem(KEY.to_pem()).secret == RFC_SECRET


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def pem_of_an_unknown_curve() -> bytes:
    """KEY's own file, naming a curve that nobody has heard of."""
    der = KEY.openssl_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    text = base64.encodebytes(der.replace(P256_IDENTIFIER, P256_IDENTIFIER[:-1] + b"\x7f"))
    return b"-----BEGIN PRIVATE KEY-----\n" + text + b"-----END PRIVATE KEY-----\n"


def test_pem_of_another_kind_is_refused() -> None:
    for pem in (
        b"",
        b"-----BEGIN PRIVATE KEY-----\n",
        KEY.to_pem()[:-40],
        pem_of_an_unknown_curve(),
        pem_of(ec.generate_private_key(ec.SECP384R1())),
        pem_of(rsa.generate_private_key(65537, 2048)),
        KEY.openssl_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        ),
    ):
        with pytest.raises(BadKey):
            PrivateKey.from_pem(pem)


def test_derived_secrets_differ_by_purpose_context_and_key() -> None:
    other = PrivateKey.from_secret(RFC_SECRET - 1)
    seeds = [
        KEY.derive("deal", b"day 1"),
        KEY.derive("deal", b"day 2"),
        KEY.derive("seed", b"day 1"),
        other.derive("deal", b"day 1"),
    ]
    assert len(set(seeds)) == len(seeds)
    assert {len(seed) for seed in seeds} == {32}
    assert PrivateKey.from_pem(KEY.to_pem()).derive("deal", b"day 1") == seeds[0]


def test_both_ends_agree() -> None:
    other = PrivateKey.generate()
    assert KEY.agree(other.public_key) == other.agree(KEY.public_key)
    with pytest.raises(BadKey):
        KEY.agree(b"\x02" + b"\xff" * 32)
