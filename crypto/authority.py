"""The committee's certificate authority, and the signing requests that it answers.

A member makes its key, asks with a request (PKCS #10), and is given a certificate; its key never travels.
Files are PEM; times are aware datetimes and handed in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from crypto.address import Address, address_of
from crypto.certificate import (
    CERTIFICATE_BYTES_MAX,
    ROLES_EXTENSION,
    TLS_BOTH_WAYS,
    check_key,
    check_serial,
    encode_roles,
    load_authority,
)
from crypto.errors import MalformedCertificate, OutsideValidity, WrongAuthority
from crypto.keys import PrivateKey, compressed, load_public_key
from crypto.subject import check_organisation, check_subject, describe, make_subject

_NO_KEY_USAGE: Final = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}
_MEMBER_KEY_USAGE: Final = x509.KeyUsage(**{**_NO_KEY_USAGE, "digital_signature": True})
_AUTHORITY_KEY_USAGE: Final = x509.KeyUsage(**{**_NO_KEY_USAGE, "key_cert_sign": True, "crl_sign": True})


class Authority:
    """An authority: its key and its certificate of itself."""

    def __init__(self, key: PrivateKey, certificate: bytes) -> None:
        """Raises CertificateError if the certificate is not an authority's own, of this key."""
        self._key = key
        self._certificate = load_authority(certificate)
        name = describe(self._certificate.subject)
        if compressed(check_key(self._certificate.public_key(), name)) != key.public_key:
            raise WrongAuthority(name, "it certifies another key than the one given")

    @classmethod
    def create(cls, key: PrivateKey, name: str, not_before: datetime, not_after: datetime) -> "Authority":
        """A new authority, which certifies itself."""
        subject = make_subject(key.address, name)
        builder = _builder(subject, subject, key.openssl_key.public_key(), 1, not_before, not_after)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_AUTHORITY_KEY_USAGE, critical=True)
        return cls(key, _sign(builder, key))

    @property
    def certificate(self) -> bytes:
        """Its certificate, PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def not_before(self) -> datetime:
        """The first instant at which it may be relied on; no certificate of its begins earlier."""
        return self._certificate.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """The last instant at which it may be relied on; no certificate of its lasts longer."""
        return self._certificate.not_valid_after_utc

    @property
    def certificate_der(self) -> bytes:
        """Its certificate, DER: what the genesis pins."""
        return self._certificate.public_bytes(serialization.Encoding.DER)

    def issue(
        self,
        request: bytes,
        roles: Sequence[str],
        not_before: datetime,
        not_after: datetime,
        serial: int,
    ) -> bytes:
        """Certify a signing request; see `certify`.

        Raises CertificateError if the request is malformed, not signed by its own key, not on P-256, or for
        an address that is not its key's; or if a certificate of this content would be refused.
        """
        public_key, organisation = read_request(request)
        return self.certify(public_key, organisation, roles, not_before, not_after, serial)

    def certify(
        self,
        public_key: bytes,
        organisation: str,
        roles: Sequence[str],
        not_before: datetime,
        not_after: datetime,
        serial: int,
    ) -> bytes:
        """A certificate, PEM, of a key (compressed) whose owner showed once that it has it.

        Serials are the authority's to number, each once and from 2. Raises CertificateError for roles, an
        organisation or a serial that would be refused, for dates backwards, and for dates that are not all
        within the authority's own.
        """
        address = address_of(public_key)
        name = make_subject(address, check_organisation(address, organisation))
        check_serial(serial, address)
        self._check_dates(address, not_before, not_after)
        key = load_public_key(public_key)
        builder = _builder(name, self._certificate.subject, key, serial, not_before, not_after)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_MEMBER_KEY_USAGE, critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(TLS_BOTH_WAYS), critical=False)
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.openssl_key.public_key())
        builder = builder.add_extension(issuer_key, critical=False)
        # Not critical, or TLS libraries that do not know it would refuse the connection.
        roles_value = x509.UnrecognizedExtension(ROLES_EXTENSION, encode_roles(address, roles))
        return _sign(builder.add_extension(roles_value, critical=False), self._key)

    def _check_dates(self, address: Address, not_before: datetime, not_after: datetime) -> None:
        if not_after <= not_before:
            raise OutsideValidity(address, "it would expire before it is valid")
        if not_before < self.not_before or not_after > self.not_after:
            begin, end = self.not_before.isoformat(), self.not_after.isoformat()
            raise OutsideValidity(address, f"its authority is valid from {begin} to {end} only")


def signing_request(key: PrivateKey, organisation: str) -> bytes:
    """A PKCS #10 request, PEM, by which the owner of `key` asks to be certified. Raises WrongSubject."""
    subject = make_subject(key.address, check_organisation(key.address, organisation))
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key.openssl_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def read_request(data: bytes) -> tuple[bytes, str]:
    """The key (compressed) and the organisation of a signing request. Raises CertificateError."""
    asked = _load_request(data)
    public_key = compressed(check_key(asked.public_key(), describe(asked.subject)))
    _, organisation = check_subject(asked.subject, public_key)
    return public_key, organisation


def _load_request(data: bytes) -> x509.CertificateSigningRequest:
    if len(data) > CERTIFICATE_BYTES_MAX:
        raise MalformedCertificate("an applicant", f"{len(data)} bytes are over {CERTIFICATE_BYTES_MAX}")
    try:
        is_pem = data.startswith(b"-----BEGIN")
        request = x509.load_pem_x509_csr(data) if is_pem else x509.load_der_x509_csr(data)
        subject, is_signed = describe(request.subject), request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise MalformedCertificate("an applicant", f"it is not a signing request ({error})") from None
    if not is_signed:
        raise MalformedCertificate(subject, "the request is not signed by its own key")
    return request


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    serial: int,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(serial).not_valid_before(not_before).not_valid_after(not_after)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _sign(builder: x509.CertificateBuilder, key: PrivateKey) -> bytes:
    return builder.sign(key.openssl_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
