"""Certificates that a careless verifier lets through, each with the error that it must meet."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from crypto.authority import Authority, signing_request
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
from tests.crypto.forging import (
    AUTHORITY_KEY,
    AUTHORITY_NAME,
    ECDSA_SHA1,
    ECDSA_SHA384,
    END,
    MEMBER,
    RSA_MD5,
    RSA_SHA256,
    START,
    Extension,
    Forgery,
    ecdsa,
    explicit_spki,
    forged_authority,
    name,
    pem,
    point_spki,
    purposes,
    roles,
    rsa_signed,
    spki,
    usage,
)

NOW: Final = START + timedelta(days=1_000)
OTHER: Final = PrivateKey.from_secret(14)
IMPOSTOR_KEY: Final = PrivateKey.from_secret(13)
STRANGER: Final = Authority.create(IMPOSTOR_KEY, "Stranger", START, END)
ONE: Final = PrivateKey.from_secret(1).openssl_key
RSA_WEAK: Final = rsa.generate_private_key(65537, 1024)
RSA_STRONG: Final = rsa.generate_private_key(65537, 2048)
MEMBER_PEM: Final = pem(Forgery().encoded)
POLICY_CONSTRAINTS: Final = x509.ObjectIdentifier("2.5.29.36")
NOBODY_KNOWS: Final = x509.ObjectIdentifier("1.2.3.4")

_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class Trap:
    """A certificate, DER, with the key that its presenter holds and what else it would send along."""

    what: str
    certificate: bytes
    error: type[CertificateError]
    key: _PrivateKey = field(default_factory=lambda: MEMBER.openssl_key)
    chain: bytes = b""
    """Further certificates, PEM."""

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _usage_traps() -> list[Trap]:
    server, client = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    is_ca = x509.BasicConstraints(ca=True, path_length=None)
    only_names = x509.NameConstraints([x509.DNSName("example.org")], None)
    changes = {
        "key usage: agreement only": Extension.of(usage("key_agreement")),
        "key usage: certifies too": Extension.of(usage("digital_signature", "key_cert_sign")),
        "key usage: revokes too": Extension.of(usage("digital_signature", "crl_sign")),
        "extended key usage: server only": Extension.of(purposes(server), critical=False),
        "extended key usage: client only": Extension.of(purposes(client), critical=False),
        "extended key usage: code signing": Extension.of(purposes(ExtendedKeyUsageOID.CODE_SIGNING)),
        "extended key usage: any": Extension.of(purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)),
        "CA flag on a leaf": Extension.of(is_ca),
        "unknown critical extension": Extension(NOBODY_KNOWS, b"\x05\x00"),
        "name constraints on a leaf": Extension.of(only_names, critical=False),
    }
    return [
        Trap(what, Forgery().with_extensions(change).encoded, WrongKeyUsage)
        for what, change in changes.items()
    ]


def _key_traps() -> list[Trap]:
    keys: dict[str, _PrivateKey] = {
        "RSA 1024": RSA_WEAK,
        "RSA 2048": RSA_STRONG,
        "P-192": ec.generate_private_key(ec.SECP192R1()),
        "P-384": ec.generate_private_key(ec.SECP384R1()),
        "secp256k1": ec.generate_private_key(ec.SECP256K1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    public_key = MEMBER.openssl_key.public_key()
    numbers = public_key.public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    parity = numbers.y & 1
    points = {
        "compressed point": point_spki(public_key, 2 + parity, x),
        "P-256 by its parameters": explicit_spki(public_key, ONE.public_key()),
        "hybrid point": point_spki(public_key, 6 + parity, x + y),
    }
    return [
        *(
            Trap(what, Forgery(key=spki(key.public_key())).encoded, WeakKey, key)
            for what, key in keys.items()
        ),
        *(Trap(what, Forgery(key=written).encoded, WeakKey) for what, written in points.items()),
        Trap(
            "a curve with the key as its generator",
            Forgery(key=explicit_spki(public_key, public_key)).encoded,
            MalformedCertificate,
            ONE,
        ),
        Trap(
            "a point that is none",
            Forgery(key=point_spki(public_key, 4, x + x)).encoded,
            MalformedCertificate,
        ),
    ]


def _signature_traps() -> list[Trap]:
    sha1, sha384 = ecdsa(AUTHORITY_KEY, hashes.SHA1()), ecdsa(AUTHORITY_KEY, hashes.SHA384())
    md5_claimed = Forgery(algorithm=RSA_MD5, sign=lambda body: bytes(256))
    rsa_claimed = Forgery(algorithm=RSA_SHA256, sign=rsa_signed(RSA_STRONG, hashes.SHA256()))
    return [
        Trap("SHA-1", Forgery(algorithm=ECDSA_SHA1, sign=sha1).encoded, WeakKey),
        Trap("SHA-1 under a signed SHA-256", Forgery(outer_algorithm=ECDSA_SHA1, sign=sha1).encoded, WeakKey),
        Trap("SHA-384", Forgery(algorithm=ECDSA_SHA384, sign=sha384).encoded, WeakKey),
        Trap("MD5", md5_claimed.encoded, WeakKey),
        Trap("RSA signature", rsa_claimed.encoded, WeakKey),
        Trap("no signature", Forgery(sign=lambda body: b"").encoded, WrongAuthority),
        Trap(
            "psychic signature",
            Forgery(sign=lambda body: bytes.fromhex("3006020100020100")).encoded,
            WrongAuthority,
        ),
    ]


def _issuer_traps() -> list[Trap]:
    own_name = name(MEMBER.address)
    by_impostor = ecdsa(IMPOSTOR_KEY)
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(AUTHORITY_KEY.openssl_key.public_key())
    namesake = Forgery(sign=by_impostor).with_extensions(Extension.of(key_id, critical=False))
    by_member = Forgery(
        issuer=own_name,
        subject=name(OTHER.address),
        key=spki(OTHER.openssl_key.public_key()),
        sign=ecdsa(MEMBER),
    )
    stranger = STRANGER.issue(signing_request(MEMBER, "Org"), ["validator"], START, END, 3)
    stranger_der = x509.load_pem_x509_certificate(stranger).public_bytes(Encoding.DER)
    return [
        Trap("self-signed", Forgery(issuer=own_name, sign=ecdsa(MEMBER)).encoded, WrongAuthority),
        Trap("another authority", stranger_der, WrongAuthority),
        Trap("another authority, sent along", stranger_der, WrongAuthority, chain=STRANGER.certificate),
        Trap("same name and key identifier", namesake.encoded, WrongAuthority),
        Trap(
            "same name, sent along",
            namesake.encoded,
            WrongAuthority,
            chain=pem(forged_authority(IMPOSTOR_KEY)),
        ),
        Trap("a member as authority", by_member.encoded, WrongAuthority, OTHER.openssl_key, MEMBER_PEM),
        Trap(
            "authority's name with a blank", Forgery(issuer=_spaced(AUTHORITY_NAME)).encoded, WrongAuthority
        ),
    ]


def _spaced(issuer: x509.Name) -> bytes:
    organisation = issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    common_name = issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return name(str(common_name), f"{organisation} ")


def _subject_traps() -> list[Trap]:
    mine = MEMBER.address
    subjects = {
        "another's address": name(OTHER.address),
        "address with NUL": name(mine + "\0.example"),
        "NUL before the address": name("\0" + mine),
        "two common names": name(mine, "Org", (NameOID.COMMON_NAME, OTHER.address)),
        "two organisations": name(mine, "Org", (NameOID.ORGANIZATION_NAME, "Grid")),
        "an attribute more": name(mine, "Org", (NameOID.ORGANIZATIONAL_UNIT_NAME, "Unit")),
        "no organisation": name(mine, ""),
        "organisation with NUL": name(mine, "Grid\0Fake"),
        "organisation on two lines": name(mine, "Grid\nINFO started"),
        "organisation with a Cyrillic letter": name(mine, "Gr\u0456d"),
        "organisation with a Greek letter": name(mine, "\u039frg"),
        "organisation written backwards": name(mine, "Org\u202eyltsenoh"),
        "organisation with an invisible letter": name(mine, "Gr\u200bid"),
        "organisation in full width": name(mine, "\uff27rid"),
        "organisation not composed": name(mine, "Mu\u0308ller"),
        "organisation with two blanks": name(mine, "Grid  Company"),
        "organisation too long": name(mine, "x" * 65),
    }
    return [Trap(what, Forgery(subject=subject).encoded, WrongSubject) for what, subject in subjects.items()]


def _role_traps() -> list[Trap]:
    values = {
        "roles: empty": b"\x0c\x00",
        "roles: in capitals": b"\x0c\x09Validator",
        "roles: out of order": b"\x0c\x0fvalidator,meter",
        "roles: longer than they say": b"\x0c\x05validator",
        "roles: shorter than they say": b"\x0c\x7fvalidator",
        "roles: another type": b"\x13\x09validator",
    }
    twice = Forgery().with_extensions(roles(), roles(b"\x0c\x05meter"))
    none = replace(Forgery(), extensions=[each for each in Forgery().extensions if each.oid != roles().oid])
    return [
        *(
            Trap(what, Forgery().with_extensions(roles(value)).encoded, MissingRoles)
            for what, value in values.items()
        ),
        Trap("roles: none", none.encoded, MissingRoles),
        Trap("roles: twice", twice.encoded, MalformedCertificate),
    ]


def _other_traps() -> list[Trap]:
    day = timedelta(days=1)
    serials = (0, 1, -5, 2**63, 2**159)
    return [
        *(
            Trap(f"serial {serial}", Forgery(serial=serial).encoded, MalformedCertificate)
            for serial in serials
        ),
        Trap("expired", Forgery(not_after=NOW - day).encoded, OutsideValidity),
        Trap("not yet valid", Forgery(not_before=NOW + day).encoded, OutsideValidity),
        Trap("dates backwards", Forgery(not_before=NOW + day, not_after=NOW - day).encoded, OutsideValidity),
    ]


TRAPS: Final = (
    *_usage_traps(),
    *_key_traps(),
    *_signature_traps(),
    *_issuer_traps(),
    *_subject_traps(),
    *_role_traps(),
    *_other_traps(),
)


@dataclass(frozen=True)
class AuthorityTrap:
    """A certificate of itself, DER, of a key that then issues a sound certificate to a member."""

    what: str
    certificate: bytes
    error: type[CertificateError]


def _authority_traps() -> list[AuthorityTrap]:
    only_names = x509.NameConstraints(None, [x509.DirectoryName(x509.Name([]))])
    no_authority = x509.BasicConstraints(ca=False, path_length=None)
    changes = {
        "name constraints": Extension.of(only_names),
        "name constraints that are not critical": Extension.of(only_names, critical=False),
        "policy constraints": Extension(POLICY_CONSTRAINTS, b"\x30\x03\x80\x01\x00"),
        "unknown critical extension": Extension(NOBODY_KNOWS, b"\x05\x00"),
        "no CA flag": Extension.of(no_authority),
        "may not certify": Extension.of(usage("crl_sign")),
    }
    sha1 = ecdsa(AUTHORITY_KEY, hashes.SHA1())
    return [
        *(
            AuthorityTrap(what, forged_authority(AUTHORITY_KEY, change), WrongKeyUsage)
            for what, change in changes.items()
        ),
        AuthorityTrap("SHA-1", forged_authority(AUTHORITY_KEY, algorithm=ECDSA_SHA1, sign=sha1), WeakKey),
        AuthorityTrap(
            "signed by another", forged_authority(AUTHORITY_KEY, sign=ecdsa(IMPOSTOR_KEY)), WrongAuthority
        ),
        AuthorityTrap(
            "an RSA key", forged_authority(AUTHORITY_KEY, key=spki(RSA_STRONG.public_key())), WeakKey
        ),
    ]


AUTHORITY_TRAPS: Final = tuple(_authority_traps())
EXPIRED_AUTHORITY: Final = forged_authority(AUTHORITY_KEY, not_after=NOW - timedelta(days=1))
FUTURE_AUTHORITY: Final = forged_authority(AUTHORITY_KEY, not_before=NOW + timedelta(days=1))
