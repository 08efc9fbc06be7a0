"""X.509 certificates over (identity, public key), as the committee's authority issues them (BESSVS, eq. 5).

The address is the common name, beside it the organisation, and a private extension lists the roles. The same
certificate secures the member's connections, as server and as client. Whether a member is admitted today is
for the chain to say; a certificate says who it is. Certificates are taken as PEM or DER.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from crypto.address import Address
from crypto.errors import (
    MalformedCertificate,
    MissingRoles,
    OutsideValidity,
    WeakKey,
    WrongAuthority,
    WrongKeyUsage,
)
from crypto.keys import compressed
from crypto.subject import check_subject, describe

CERTIFICATE_BYTES_MAX: Final = 8192
ROLES_BYTES_MAX: Final = 127
"""So that the roles' text is a DER string with a length of one byte."""

SERIAL_FIRST: Final = 2
"""Of a member's certificate; 1 is the authority's certificate of itself."""

SERIAL_MAX: Final = 2**63 - 1

ROLES_EXTENSION: Final = x509.ObjectIdentifier("2.25.281472731902356208671064316471946041287")
"""A UUID as object identifier (ITU-T X.667), which nobody needs to register."""

TLS_BOTH_WAYS: Final = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)

_UTF8_STRING: Final = 0x0C
_KNOWN_EXTENSIONS: Final = {
    x509.BasicConstraints.oid,
    x509.KeyUsage.oid,
    x509.ExtendedKeyUsage.oid,
    ROLES_EXTENSION,
}

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a certificate says its holder is."""

    address: Address
    organisation: str
    roles: tuple[str, ...]
    """In alphabetical order, at least one."""
    public_key: bytes
    """Compressed, 33 bytes."""
    serial: int
    not_before: datetime
    not_after: datetime
    """The instants between which both the certificate and its authority's are valid."""


def check_certificate(certificate: bytes, authority: bytes, now: datetime) -> Identity:
    """Who holds a certificate that `authority` issued and that is valid `now`. Raises CertificateError."""
    identity = identity_of(certificate, authority)
    check_dates(identity, now)
    return identity


def identity_of(certificate: bytes, authority: bytes) -> Identity:
    """Who holds a certificate that `authority` issued, whatever its dates. Raises CertificateError.

    A member of the committee stays connected past its expiry, so that dates alone never stop the chain.
    """
    issuer = load_authority(authority)
    leaf = _load(certificate)
    subject = describe(leaf.subject)
    public_key = compressed(_checked_key(leaf, subject))
    _check_issued_by(leaf, issuer, subject)
    _check_extensions(leaf, subject)
    _check_member_usage(leaf, subject)
    check_serial(leaf.serial_number, subject)
    address, organisation = check_subject(leaf.subject, public_key)
    return Identity(
        address=address,
        organisation=organisation,
        roles=_decode_roles(leaf, subject),
        public_key=public_key,
        serial=leaf.serial_number,
        not_before=max(leaf.not_valid_before_utc, issuer.not_valid_before_utc),
        not_after=min(leaf.not_valid_after_utc, issuer.not_valid_after_utc),
    )


def check_dates(identity: Identity, now: datetime) -> None:
    """Raises OutsideValidity unless the certificate is valid `now`."""
    if now < identity.not_before:
        raise OutsideValidity(identity.address, f"it is not valid before {identity.not_before.isoformat()}")
    if now > identity.not_after:
        raise OutsideValidity(identity.address, f"it expired on {identity.not_after.isoformat()}")


@lru_cache(maxsize=16)
def load_authority(certificate: bytes) -> x509.Certificate:
    """An authority's certificate of itself, whatever its dates.

    Raises CertificateError unless it may certify any member whatever: one that is limited by constraints on
    names or policies is refused, as nothing here would keep to them.
    """
    authority = _load(certificate)
    name = describe(authority.subject)
    _checked_key(authority, name)
    _check_issued_by(authority, authority, name)
    _check_extensions(authority, name)
    is_authority = _extension(authority, x509.BasicConstraints, name).ca
    if not is_authority or not _extension(authority, x509.KeyUsage, name).key_cert_sign:
        raise WrongKeyUsage(name, "it may not certify others")
    return authority


def authority_key(certificate: bytes) -> bytes:
    """The compressed public key of an authority's certificate. Raises CertificateError."""
    authority = load_authority(certificate)
    return compressed(check_key(authority.public_key(), describe(authority.subject)))


def check_serial(serial: int, subject: str) -> None:
    """Raises MalformedCertificate unless it can be the serial of a member's certificate."""
    if not SERIAL_FIRST <= serial <= SERIAL_MAX:
        raise MalformedCertificate(subject, f"its serial is outside {SERIAL_FIRST} .. {SERIAL_MAX}")


def check_key(key: object, subject: str) -> ec.EllipticCurvePublicKey:
    """A certified public key. Raises WeakKey unless it is on P-256."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise WeakKey(subject, "its key is not on the curve P-256")
    return key


def is_role(text: str) -> bool:
    """Whether a role can be called so."""
    return text.isascii() and text.isalpha() and text.islower()


def encode_roles(subject: str, roles: Sequence[str]) -> bytes:
    """The roles extension: a DER string, comma-separated, in order. Raises MissingRoles."""
    text = ",".join(sorted(set(roles))).encode("utf-8")
    if not roles or not all(map(is_role, roles)):
        raise MissingRoles(subject, "roles are lower-case words, and a member has at least one")
    if len(text) > ROLES_BYTES_MAX:
        raise MissingRoles(subject, f"its roles take {len(text)} bytes of at most {ROLES_BYTES_MAX}")
    return bytes([_UTF8_STRING, len(text)]) + text


def _load(data: bytes) -> x509.Certificate:
    if len(data) > CERTIFICATE_BYTES_MAX:
        raise MalformedCertificate(
            "a peer", f"{len(data)} bytes are over the {CERTIFICATE_BYTES_MAX} allowed"
        )
    try:
        is_pem = data.startswith(b"-----BEGIN")
        certificate = x509.load_pem_x509_certificate(data) if is_pem else x509.load_der_x509_certificate(data)
        _parse_lazy_parts(certificate)
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
    ) as error:
        raise MalformedCertificate("a peer", f"it is not X.509 ({error})") from None
    return certificate


def _parse_lazy_parts(certificate: x509.Certificate) -> None:
    """`cryptography` parses these when they are first read; all errors are to come at one place."""
    describe(certificate.subject)
    describe(certificate.issuer)
    certificate.extensions  # noqa: B018
    certificate.public_key()


def _checked_key(certificate: x509.Certificate, subject: str) -> ec.EllipticCurvePublicKey:
    if certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        raise WeakKey(subject, "it is not signed with ECDSA and SHA-256")
    key = check_key(certificate.public_key(), subject)
    # A curve given by its parameters can be one on which the signer knows every key (CVE-2020-0601).
    canonical = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if canonical not in certificate.tbs_certificate_bytes:
        raise WeakKey(subject, "its key is not written as an uncompressed point of a named curve")
    return key


def _check_issued_by(leaf: x509.Certificate, issuer: x509.Certificate, subject: str) -> None:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise WrongAuthority(subject, f"it was not issued by {describe(issuer.subject)}") from None


def _check_member_usage(leaf: x509.Certificate, subject: str) -> None:
    if _extension(leaf, x509.BasicConstraints, subject).ca:
        raise WrongKeyUsage(subject, "it is an authority's, not a member's")
    usage = _extension(leaf, x509.KeyUsage, subject)
    if not usage.digital_signature or usage.key_cert_sign or usage.crl_sign:
        raise WrongKeyUsage(subject, "its key must be for signatures, and not for certificates")
    purposes = _extension(leaf, x509.ExtendedKeyUsage, subject)
    if not all(purpose in purposes for purpose in TLS_BOTH_WAYS):
        raise WrongKeyUsage(subject, "it must serve both ends of a connection")


def _check_extensions(certificate: x509.Certificate, subject: str) -> None:
    """Raises WrongKeyUsage for what would limit the certificate in a way that this software does not heed."""
    for extension in certificate.extensions:
        oid = extension.oid
        if (extension.critical and oid not in _KNOWN_EXTENSIONS) or oid == x509.NameConstraints.oid:
            raise WrongKeyUsage(subject, f"it has an extension not understood here, {oid.dotted_string}")


def _extension(certificate: x509.Certificate, kind: type[_Extension], subject: str) -> _Extension:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        raise WrongKeyUsage(subject, f"it lacks the extension {kind.__name__}") from None


def _decode_roles(leaf: x509.Certificate, subject: str) -> tuple[str, ...]:
    try:
        value = leaf.extensions.get_extension_for_oid(ROLES_EXTENSION).value.public_bytes()
    except x509.ExtensionNotFound:
        raise MissingRoles(subject, "it names no roles") from None
    roles = tuple(value[2:].decode("utf-8", errors="replace").split(","))
    if value != encode_roles(subject, roles):
        raise MissingRoles(subject, "its roles are not written as the authority writes them")
    return roles
