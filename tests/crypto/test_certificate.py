"""Certificates: what the authority issues is accepted, and every trap is refused by its own name."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.authority import Authority, signing_request
from crypto.certificate import (
    CERTIFICATE_BYTES_MAX,
    ROLES_EXTENSION,
    check_certificate,
    encode_roles,
    identity_of,
)
from crypto.errors import (
    CertificateError,
    MalformedCertificate,
    MissingRoles,
    OutsideValidity,
    WeakKey,
    WrongAuthority,
    WrongKeyUsage,
    WrongSubject,
)
from crypto.keys import PrivateKey

START = datetime(2024, 1, 1, tzinfo=UTC)
END = START + timedelta(days=365)
NOW = START + timedelta(days=100)
MEMBER = PrivateKey.from_secret(11)
AUTHORITY_KEY = PrivateKey.from_secret(12)
AUTHORITY = Authority.create(AUTHORITY_KEY, "Committee", START, END)
ROLES = ["validator", "microgrid"]
CERTIFICATE = AUTHORITY.issue(signing_request(MEMBER, "Park One"), ROLES, START, END, serial=2)

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in allowed for name in _USAGES})


def name(common_name: str, organisation: str | None = "Park One") -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organisation is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(attributes)


SOUND: dict[x509.ObjectIdentifier, tuple[x509.ExtensionType, bool]] = {
    x509.BasicConstraints.oid: (x509.BasicConstraints(ca=False, path_length=None), True),
    x509.KeyUsage.oid: (usage("digital_signature"), True),
    x509.ExtendedKeyUsage.oid: (
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
        False,
    ),
    ROLES_EXTENSION: (
        x509.UnrecognizedExtension(ROLES_EXTENSION, encode_roles("", ["microgrid"])),
        False,
    ),
}


def forge(
    *changes: x509.ExtensionType,
    without: x509.ObjectIdentifier | None = None,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey | None = None,
    subject: x509.Name | None = None,
    digest: hashes.SHA256 | hashes.SHA384 | None = None,
) -> bytes:
    """A certificate by the right authority, with something wrong in it; without changes, a sound one."""
    issuer = x509.load_der_x509_certificate(AUTHORITY.certificate_der).subject
    builder = x509.CertificateBuilder().subject_name(subject or name(MEMBER.address)).issuer_name(issuer)
    builder = builder.public_key(key or MEMBER.openssl_key.public_key()).serial_number(3)
    builder = builder.not_valid_before(START).not_valid_after(END)
    extensions = SOUND | {change.oid: (change, True) for change in changes}
    for oid, (extension, critical) in extensions.items():
        if oid != without:
            builder = builder.add_extension(extension, critical)
    signed = builder.sign(AUTHORITY_KEY.openssl_key, digest or hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def check(certificate: bytes) -> None:
    check_certificate(certificate, AUTHORITY.certificate_der, NOW)


def test_a_certificate_says_who_its_holder_is() -> None:
    identity = check_certificate(CERTIFICATE, AUTHORITY.certificate_der, NOW)
    assert identity.address == MEMBER.address
    assert identity.public_key == MEMBER.public_key
    assert identity.organisation == "Park One"
    assert identity.roles == ("microgrid", "validator")
    assert (identity.serial, identity.not_before, identity.not_after) == (2, START, END)


def test_pem_and_der_are_taken_alike() -> None:
    der = x509.load_pem_x509_certificate(CERTIFICATE).public_bytes(serialization.Encoding.DER)
    assert identity_of(der, AUTHORITY.certificate) == identity_of(CERTIFICATE, AUTHORITY.certificate_der)
    check(forge())


def test_an_authority_is_found_again_by_key_and_certificate() -> None:
    again = Authority(PrivateKey.from_pem(AUTHORITY_KEY.to_pem()), AUTHORITY.certificate)
    check(again.issue(signing_request(MEMBER, "Park One"), ["meter"], START, END, serial=4))


def test_another_authority_is_refused() -> None:
    stranger = Authority.create(PrivateKey.from_secret(13), "Stranger", START, END)
    namesake = Authority.create(PrivateKey.from_secret(13), "Committee", START, END)
    for authority in (stranger, namesake):
        certificate = authority.issue(signing_request(MEMBER, "Park One"), ROLES, START, END, serial=2)
        with pytest.raises(WrongAuthority):
            check(certificate)


def test_an_impostor_with_the_authoritys_name_is_refused() -> None:
    """Same subject, other key: only the signature tells them apart."""
    subject = x509.load_der_x509_certificate(AUTHORITY.certificate_der).subject
    impostor = PrivateKey.from_secret(13)
    builder = x509.CertificateBuilder().subject_name(name(MEMBER.address)).issuer_name(subject)
    builder = builder.public_key(MEMBER.openssl_key.public_key()).serial_number(3)
    builder = builder.not_valid_before(START).not_valid_after(END)
    for extension, critical in SOUND.values():
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(impostor.openssl_key, hashes.SHA256())
    with pytest.raises(WrongAuthority):
        check(signed.public_bytes(serialization.Encoding.DER))


@pytest.mark.parametrize("now", [START - timedelta(seconds=1), END + timedelta(seconds=1)])
def test_outside_its_dates_it_is_refused_but_still_says_who(now: datetime) -> None:
    with pytest.raises(OutsideValidity) as refusal:
        check_certificate(CERTIFICATE, AUTHORITY.certificate_der, now)
    assert refusal.value.subject == MEMBER.address
    assert identity_of(CERTIFICATE, AUTHORITY.certificate_der).address == MEMBER.address


@pytest.mark.parametrize("now", [START, END])
def test_the_first_and_last_instants_are_valid(now: datetime) -> None:
    check_certificate(CERTIFICATE, AUTHORITY.certificate_der, now)


@pytest.mark.parametrize(
    "change",
    [
        x509.BasicConstraints(ca=True, path_length=None),
        usage("key_agreement"),
        usage("digital_signature", "key_cert_sign"),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),
    ],
    ids=["authority", "no signatures", "certifies", "server only", "code signing", "unknown critical"],
)
def test_wrong_key_usage_is_refused(change: x509.ExtensionType) -> None:
    with pytest.raises(WrongKeyUsage):
        check(forge(change))


@pytest.mark.parametrize("oid", [x509.BasicConstraints.oid, x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid])
def test_a_missing_extension_is_refused(oid: x509.ObjectIdentifier) -> None:
    with pytest.raises(WrongKeyUsage, match="lacks the extension"):
        check(forge(without=oid))


def test_weak_keys_and_digests_are_refused() -> None:
    for certificate in (
        forge(key=rsa.generate_private_key(65537, 2048).public_key()),
        forge(key=ec.generate_private_key(ec.SECP224R1()).public_key()),
        forge(digest=hashes.SHA384()),
    ):
        with pytest.raises(WeakKey):
            check(certificate)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x0c\x00",
        b"\x0c\x05meter,",
        b"\x0c\x06meter",
        b"\x0c\x0fvalidator,meter",
        b"\x0c\x05Meter",
        b"\x04\x05meter",
        b"\x0c\x05\xff\xff\xff\xff\xff",
    ],
    ids=["empty", "none", "overlong", "short", "unordered", "capital", "not text", "not unicode"],
)
def test_roles_that_do_not_decode_are_refused(value: bytes) -> None:
    with pytest.raises(MissingRoles):
        check(forge(x509.UnrecognizedExtension(ROLES_EXTENSION, value)))


def test_missing_roles_are_refused() -> None:
    with pytest.raises(MissingRoles, match="names no roles"):
        check(forge(without=ROLES_EXTENSION))


@pytest.mark.parametrize("roles", [[], [""], ["two words"], ["a,b"], ["Meter"], ["x" * 128]])
def test_the_authority_writes_no_such_roles(roles: list[str]) -> None:
    with pytest.raises(MissingRoles):
        AUTHORITY.issue(signing_request(MEMBER, "Park One"), roles, START, END, serial=5)


def test_a_subject_that_is_not_its_keys_is_refused() -> None:
    other = PrivateKey.from_secret(14)
    for subject in (name(other.address), name("Park One"), name(MEMBER.address, organisation=None)):
        with pytest.raises(WrongSubject):
            check(forge(subject=subject))


def request(key: PrivateKey, subject: x509.Name) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key.openssl_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def issue(asked: bytes) -> bytes:
    return AUTHORITY.issue(asked, ["meter"], START, END, serial=6)


def test_requests_for_anothers_address_are_refused() -> None:
    other = PrivateKey.from_secret(14)
    with pytest.raises(WrongSubject):
        issue(request(other, name(MEMBER.address)))
    check(issue(request(MEMBER, name(MEMBER.address))))


def test_requests_that_their_key_did_not_sign_are_refused() -> None:
    sound = request(MEMBER, name(MEMBER.address))
    tampered = sound[:-1] + bytes([sound[-1] ^ 1])
    for asked in (tampered, b"", b"-----BEGIN CERTIFICATE REQUEST-----\n", bytes(CERTIFICATE_BYTES_MAX + 1)):
        with pytest.raises(MalformedCertificate):
            issue(asked)


def test_requests_with_weak_keys_are_refused() -> None:
    weak = ec.generate_private_key(ec.SECP224R1())
    builder = x509.CertificateSigningRequestBuilder().subject_name(name(MEMBER.address))
    with pytest.raises(WeakKey):
        issue(builder.sign(weak, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def test_a_member_is_no_authority() -> None:
    with pytest.raises(CertificateError):
        check_certificate(CERTIFICATE, CERTIFICATE, NOW)
    with pytest.raises(CertificateError):
        Authority(MEMBER, CERTIFICATE)
    with pytest.raises(WrongAuthority, match="another key"):
        Authority(MEMBER, AUTHORITY.certificate)


def test_what_is_no_certificate_is_refused() -> None:
    for data in (b"", b"not X.509", b"-----BEGIN CERTIFICATE-----\n", bytes(CERTIFICATE_BYTES_MAX + 1)):
        with pytest.raises(MalformedCertificate):
            check(data)


SOUND_DER = forge()
SIGNED_PART = x509.load_der_x509_certificate(SOUND_DER).tbs_certificate_bytes


@given(st.integers(0, len(SIGNED_PART) - 1), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_one_changed_byte_is_refused(position: int, value: int) -> None:
    changed = bytearray(SIGNED_PART)
    changed[position] ^= value or 1
    with pytest.raises(CertificateError):
        check(SOUND_DER.replace(SIGNED_PART, bytes(changed)))


REQUEST = request(MEMBER, name(MEMBER.address))


@given(st.integers(0, len(REQUEST) - 80), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_a_changed_request_is_refused(position: int, value: int) -> None:
    changed = bytearray(REQUEST)
    changed[position] ^= value or 1
    with pytest.raises(CertificateError):
        issue(bytes(changed))
