"""Encryption to a public key: ECDH over P-256, HKDF-SHA256, AES-256-GCM.

A ciphertext is the ephemeral public key (33 bytes), then the encrypted text, then the tag (16 bytes). Key
and nonce are derived from the shared point, both public keys and the context, so that a ciphertext serves
in no other place.
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.entropy import Entropy, hedge
from crypto.errors import BadCiphertext, BadKey
from crypto.field import random_scalar
from crypto.group import POINT_BYTES, Point, check_point, multiply
from crypto.keys import PrivateKey

TAG_BYTES: Final = 16
OVERHEAD_BYTES: Final = POINT_BYTES + TAG_BYTES
"""By how much a ciphertext is longer than its text."""


def encrypt(public_key: bytes, plaintext: bytes, context: bytes, entropy: Entropy) -> bytes:
    """Encrypt to the holder of `public_key`, for this context. Raises BadKey."""
    stream = hedge(entropy, public_key + context + plaintext)
    return encrypt_from(PrivateKey.from_secret(random_scalar(stream)), public_key, plaintext, context)


def encrypt_from(ephemeral: PrivateKey, public_key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """The same from an ephemeral key that the caller made. Raises BadKey.

    One ephemeral key may serve many recipients, and no recipient twice in one context. Where a shared point
    may come to be shown in a complaint, its maker must prove to know it (crypto.dleq): else it could be
    taken from another's ciphertext, which the shown point would then open.
    """
    cipher, nonce = _cipher(ephemeral.agree(public_key), ephemeral.public_key, public_key, context)
    return ephemeral.public_key + cipher.encrypt(nonce, plaintext, context)


def decrypt(key: PrivateKey, ciphertext: bytes, context: bytes) -> bytes:
    """The text of a ciphertext made for this key and context. Raises BadCiphertext."""
    try:
        shared_x = key.agree(ephemeral_key(ciphertext))
    except BadKey as error:
        raise BadCiphertext(f"its ephemeral key is {error}") from None
    return _open(shared_x, key.public_key, ciphertext, context)


def ephemeral_key(ciphertext: bytes) -> bytes:
    """The ciphertext's own public key. Raises BadCiphertext if it is too short to have one."""
    if len(ciphertext) < OVERHEAD_BYTES:
        raise BadCiphertext(f"it has {len(ciphertext)} bytes of at least {OVERHEAD_BYTES}")
    return ciphertext[:POINT_BYTES]


def shared_point(key: PrivateKey, ciphertext: bytes) -> Point:
    """The ECDH point which opens this one ciphertext, for a complaint. Raises BadCiphertext or BadPoint."""
    return multiply(key.secret, check_point(ephemeral_key(ciphertext)))


def decrypt_with_point(shared: Point, public_key: bytes, ciphertext: bytes, context: bytes) -> bytes:
    """What the holder of `public_key` would read, from the point it showed. Raises BadCiphertext.

    That the point is the right one is for crypto.dleq to prove.
    """
    return _open(shared[1:], public_key, ciphertext, context)


def _open(shared_x: bytes, public_key: bytes, ciphertext: bytes, context: bytes) -> bytes:
    cipher, nonce = _cipher(shared_x, ephemeral_key(ciphertext), public_key, context)
    try:
        return cipher.decrypt(nonce, ciphertext[POINT_BYTES:], context)
    except InvalidTag:
        raise BadCiphertext("it was made for another key or context, or was changed") from None


def _cipher(shared_x: bytes, ephemeral: bytes, public_key: bytes, context: bytes) -> tuple[AESGCM, bytes]:
    info = b"gridquorum/ecies\x00" + ephemeral + public_key + context
    secret = HKDF(algorithm=hashes.SHA256(), length=32 + 12, salt=None, info=info).derive(shared_x)
    return AESGCM(secret[:32]), secret[32:]
