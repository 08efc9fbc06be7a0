"""P-256 keys: ECDSA with SHA-256, deterministic (RFC 6979), as 64 bytes r || s with s in the lower half.

The one canonical form leaves nobody room to change a signature's bytes without the key (malleability).
"""

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.address import Address, address_of
from crypto.errors import BadKey, BadSignature
from crypto.field import ORDER
from crypto.hashing import Digest, sha256

PUBLIC_KEY_BYTES: Final = 33
SIGNATURE_BYTES: Final = 64
LOADED_KEYS_MAX: Final = 2**14
"""Public keys kept loaded; loading a compressed key costs a third of a verification."""

_HALF_ORDER: Final = (ORDER // 2).to_bytes(32, "big")
_VERIFYING: Final = ec.ECDSA(Prehashed(hashes.SHA256()))
_SIGNING: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class PrivateKey:
    """A P-256 private key, made and kept by its owner."""

    __slots__ = ("_key", "address", "public_key")

    public_key: bytes
    """Compressed, 33 bytes (SEC 1, 2.3.3)."""
    address: Address

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        if not isinstance(key.curve, ec.SECP256R1):
            raise BadKey(f"it is on the curve {key.curve.name}")
        self._key = key
        self.public_key = compressed(key.public_key())
        self.address = address_of(self.public_key)

    @classmethod
    def generate(cls) -> "PrivateKey":
        """A new key from OpenSSL's generator."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_secret(cls, secret: int) -> "PrivateKey":
        """The key of a given scalar. Raises BadKey unless 0 < secret < ORDER."""
        if not 0 < secret < ORDER:
            raise BadKey("the secret is outside 1 .. order - 1")
        return cls(ec.derive_private_key(secret, ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> "PrivateKey":
        """The key of an unencrypted PKCS #8 PEM file. Raises BadKey."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadKey(f"the PEM text does not hold an unencrypted private key ({error})") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise BadKey("the PEM text holds a key that is not on an elliptic curve")
        return cls(key)

    def to_pem(self) -> bytes:
        """Unencrypted PKCS #8 PEM; whoever writes it to a file keeps the file to its owner."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def secret(self) -> int:
        """The scalar itself, for proofs about the key (crypto.dleq)."""
        return self._key.private_numbers().private_value

    def sign(self, message: bytes) -> bytes:
        """64 bytes r || s over SHA-256 of `message`; the same bytes every time (RFC 6979)."""
        r, s = decode_dss_signature(self._key.sign(message, _SIGNING))
        return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")

    def agree(self, public_key: bytes) -> bytes:
        """ECDH: the x coordinate, 32 bytes, of the point shared with `public_key`. Raises BadKey."""
        return self._key.exchange(ec.ECDH(), load_public_key(public_key))

    def derive(self, purpose: str, context: bytes) -> bytes:
        """32 secret bytes that only this key's owner can make again, one for each purpose and context."""
        info = b"gridquorum/derive/" + purpose.encode("ascii") + b"\x00" + context
        secret = self.secret.to_bytes(32, "big")
        return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(secret)

    @property
    def openssl_key(self) -> ec.EllipticCurvePrivateKey:
        """The key as `cryptography` knows it, for X.509 and TLS."""
        return self._key


def verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Check a canonical signature over SHA-256 of `message`. Raises BadSignature or BadKey."""
    verify_digest(public_key, signature, sha256(message))


def verify_digest(public_key: bytes, signature: bytes, digest: Digest) -> None:
    """Check a canonical signature over a digest. Raises BadSignature or BadKey."""
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature(public_key, f"it has {len(signature)} bytes, not {SIGNATURE_BYTES}")
    r, s = signature[:32], signature[32:]
    if s > _HALF_ORDER:
        raise BadSignature(public_key, "its s is in the upper half; only the lower is canonical")
    der = _der_integer(r) + _der_integer(s)
    try:
        load_public_key(public_key).verify(b"\x30%c%b" % (len(der), der), digest, _VERIFYING)
    except InvalidSignature:
        raise BadSignature(public_key, "it does not match the message") from None


def _der_integer(digits: bytes) -> bytes:
    """A big-endian integer as OpenSSL reads it: no zeros before it, but one where it would look negative."""
    shortest = digits.lstrip(b"\x00") or b"\x00"
    sign = b"\x00" if shortest[0] & 0x80 else b""
    return b"\x02%c%b%b" % (len(sign) + len(shortest), sign, shortest)


@lru_cache(maxsize=LOADED_KEYS_MAX)
def load_public_key(public_key: bytes) -> ec.EllipticCurvePublicKey:
    """A compressed public key, loaded once. Raises BadKey for any other length, form or point."""
    if len(public_key) != PUBLIC_KEY_BYTES:
        raise BadKey(f"{len(public_key)} bytes are not a compressed key of {PUBLIC_KEY_BYTES}")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        raise BadKey(f"{public_key.hex()} is not a point of the curve") from None


def compressed(key: ec.EllipticCurvePublicKey) -> bytes:
    """The 33 bytes of a public key (SEC 1, 2.3.3)."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
