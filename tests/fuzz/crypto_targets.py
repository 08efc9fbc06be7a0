"""Keys, certificates, signatures, ciphertexts and proofs, as anyone may hand them in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from crypto import dleq, ecies, inner_product
from crypto.address import parse_address
from crypto.authority import Authority, signing_request
from crypto.certificate import check_certificate, load_authority
from crypto.entropy import expand
from crypto.errors import (
    BadAddress,
    BadCiphertext,
    BadKey,
    BadPoint,
    BadProof,
    BadSignature,
    CertificateError,
)
from crypto.group import GENERATOR, POINT_BYTES, check_point, decode, encode, multiply
from crypto.keys import PUBLIC_KEY_BYTES, SIGNATURE_BYTES, PrivateKey, compressed, load_public_key, verify
from crypto.pedersen import commit
from tests.fuzz.target import Broken, Target, judges, reads

MADE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2126, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEY, OTHER = PrivateKey.from_secret(1_001), PrivateKey.from_secret(1_002)
AUTHORITY = Authority.create(PrivateKey.from_secret(999), "Authority", MADE, UNTIL)
MESSAGE, CONTEXT = b"what is signed", b"context"
WEIGHTS = (3, -2, 1)


def certificates() -> Iterator[bytes]:
    pem = AUTHORITY.issue(signing_request(KEY, "Org"), ["validator", "owner"], MADE, UNTIL, 2)
    yield x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    yield pem


def read_certificate(data: bytes) -> None:
    check_certificate(data, AUTHORITY.certificate_der, NOW)


def read_certificate_unsigned(data: bytes) -> None:
    """As if the authority had signed it; else its signature would keep everything from what is behind."""
    with patch("crypto.certificate._check_issued_by"):
        read_certificate(data)


def authorities() -> Iterator[bytes]:
    yield AUTHORITY.certificate_der
    yield AUTHORITY.certificate


def requests() -> Iterator[bytes]:
    pem = signing_request(KEY, "Org")
    yield x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER)
    yield pem


def issue(data: bytes) -> None:
    """What the authority signs must be a certificate that everybody takes."""
    certificate = AUTHORITY.issue(data, ["validator"], MADE, UNTIL, 2)
    check_certificate(certificate, AUTHORITY.certificate_der, NOW)


def signatures() -> Iterator[bytes]:
    yield KEY.public_key + KEY.sign(MESSAGE)


def check_signature(data: bytes) -> None:
    """Nothing but the true signature is good, and that in one spelling."""
    public_key, signature = data[:PUBLIC_KEY_BYTES], data[PUBLIC_KEY_BYTES:]
    verify(public_key, signature, MESSAGE)
    if public_key == KEY.public_key and signature != KEY.sign(MESSAGE):
        raise Broken(f"another signature is good: {signature.hex()}")
    if len(signature) != SIGNATURE_BYTES:
        raise Broken(f"a signature of {len(signature)} bytes is good")


def write_key(data: bytes) -> bytes:
    return compressed(load_public_key(data))


def points() -> Iterator[bytes]:
    yield from (GENERATOR, bytes(POINT_BYTES), KEY.public_key)


def ciphertexts() -> Iterator[bytes]:
    yield ecies.encrypt(KEY.public_key, b"a secret", CONTEXT, expand(b"seed"))


def decrypt(data: bytes) -> None:
    if ecies.decrypt(KEY, data, CONTEXT) != b"a secret" or data not in list(ciphertexts()):
        raise Broken(f"a ciphertext that nobody made is decrypted: {data.hex()}")


def inner_proofs() -> Iterator[bytes]:
    yield inner_product.prove((5, 6, 7), 11, WEIGHTS, CONTEXT, expand(b"seed"))


def check_inner_proof(data: bytes) -> None:
    inner_product.verify(commit((5, 6, 7), 11), WEIGHTS, 10, data, CONTEXT)
    if data not in list(inner_proofs()):
        raise Broken(f"a proof that nobody made is good: {data.hex()}")


def dleq_proofs() -> Iterator[bytes]:
    base = OTHER.public_key
    shared = multiply(KEY.secret, check_point(base))
    yield shared + dleq.prove(KEY.secret, check_point(base), CONTEXT, expand(b"seed"))


def check_dleq(data: bytes) -> None:
    dleq.verify(KEY.public_key, OTHER.public_key, data[:POINT_BYTES], data[POINT_BYTES:], CONTEXT)
    if data not in list(dleq_proofs()):
        raise Broken(f"a proof that nobody made is good: {data.hex()}")


def addresses() -> Iterator[bytes]:
    yield KEY.address.encode()


def keys() -> Iterator[bytes]:
    yield KEY.to_pem()


TARGETS = {
    "certificate": Target(judges(read_certificate, CertificateError), certificates, None),
    "certificate-unsigned": Target(judges(read_certificate_unsigned, CertificateError), certificates, None),
    "authority": Target(judges(load_authority.__wrapped__, CertificateError), authorities, None),
    "signing-request": Target(judges(issue, CertificateError), requests, None),
    "signature": Target(judges(check_signature, BadSignature, BadKey), signatures, None, 200),
    "public-key": Target(reads(write_key, bytes, BadKey), points, None, 70),
    "point": Target(reads(decode.__wrapped__, encode, BadPoint), points, None, 70),
    "ciphertext": Target(judges(decrypt, BadCiphertext), ciphertexts, None, 400),
    "inner-product": Target(judges(check_inner_proof, BadProof, BadPoint), inner_proofs, None, 400),
    "dleq": Target(judges(check_dleq, BadProof, BadPoint), dleq_proofs, None, 400),
    "address": Target(
        reads(lambda data: parse_address(data.decode()), str.encode, UnicodeDecodeError, BadAddress),
        addresses, None, 70,
    ),
    "private-key": Target(judges(PrivateKey.from_pem, BadKey), keys, None),
}  # fmt: skip
