"""Certificates with anything wrong in them, written byte by byte, since no library would issue them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from crypto.authority import Authority
from crypto.certificate import ROLES_EXTENSION, encode_roles
from crypto.field import ORDER
from crypto.keys import PrivateKey
from tests.crypto import der

START = datetime(2024, 1, 1, tzinfo=UTC)
END = START + timedelta(days=36_500)
AUTHORITY_KEY = PrivateKey.from_secret(12)
AUTHORITY = Authority.create(AUTHORITY_KEY, "Committee", START, END)
AUTHORITY_NAME = x509.load_der_x509_certificate(AUTHORITY.certificate_der).subject
MEMBER = PrivateKey.from_secret(11)

ECDSA_SHA256, ECDSA_SHA1, ECDSA_SHA384 = "1.2.840.10045.4.3.2", "1.2.840.10045.4.1", "1.2.840.10045.4.3.3"
RSA_MD5, RSA_SHA256 = "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.11"

VERSION_3 = 2
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


def purposes(*oids: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(oids)


@dataclass(frozen=True)
class Extension:
    """An extension as it stands in a certificate."""

    oid: x509.ObjectIdentifier
    value: bytes
    critical: bool = True

    @classmethod
    def of(cls, extension: x509.ExtensionType, critical: bool = True) -> "Extension":
        return cls(extension.oid, extension.public_bytes(), critical)


def roles(value: bytes = encode_roles("", ["validator"]), critical: bool = False) -> Extension:
    return Extension(ROLES_EXTENSION, value, critical)


def name(common_name: str, organisation: str = "Org", *more: tuple[x509.ObjectIdentifier, str]) -> bytes:
    """A subject, with attributes that a library might refuse to write."""
    attributes = ((NameOID.COMMON_NAME, common_name), (NameOID.ORGANIZATION_NAME, organisation), *more)
    return der.sequence(
        *(
            der.tlv(
                der.SET, der.sequence(der.oid(kind.dotted_string), der.tlv(der.UTF8_STRING, text.encode()))
            )
            for kind, text in attributes
        )
    )


def spki(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def point_spki(key: ec.EllipticCurvePublicKey, first_byte: int, coordinates: bytes) -> bytes:
    """A P-256 key whose point is written in another form than the usual one."""
    curve = der.sequence(der.oid("1.2.840.10045.2.1"), der.oid("1.2.840.10045.3.1.7"))
    return der.sequence(curve, der.bits(bytes([first_byte]) + coordinates))


def explicit_spki(key: ec.EllipticCurvePublicKey, generator: ec.EllipticCurvePublicKey) -> bytes:
    """P-256 by its parameters (X9.62); with the key itself as generator, its secret is 1 (CVE-2020-0601)."""
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    point, base = (
        each.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for each in (key, generator)
    )
    parameters = der.sequence(
        der.integer(1),
        der.sequence(der.oid("1.2.840.10045.1.1"), der.integer(prime)),
        der.sequence(
            der.tlv(der.OCTETS, (prime - 3).to_bytes(32, "big")), der.tlv(der.OCTETS, b.to_bytes(32, "big"))
        ),
        der.tlv(der.OCTETS, base),
        der.integer(ORDER),
        der.integer(1),
    )
    return der.sequence(der.sequence(der.oid("1.2.840.10045.2.1"), parameters), der.bits(point))


Sign = Callable[[bytes], bytes]


def ecdsa(key: PrivateKey, digest: hashes.HashAlgorithm | None = None) -> Sign:
    return lambda body: key.openssl_key.sign(body, ec.ECDSA(digest or hashes.SHA256()))


def rsa_signed(key: rsa.RSAPrivateKey, digest: hashes.HashAlgorithm) -> Sign:
    return lambda body: key.sign(body, padding.PKCS1v15(), digest)


SOUND_EXTENSIONS = (
    Extension.of(x509.BasicConstraints(ca=False, path_length=None)),
    Extension.of(usage("digital_signature")),
    Extension.of(purposes(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), critical=False),
    roles(),
)


SOUND_SIGNATURE = ecdsa(AUTHORITY_KEY)


@dataclass(frozen=True)
class Forgery:
    """A certificate to be; as it stands, a sound one of MEMBER by AUTHORITY."""

    serial: int = 3
    algorithm: str = ECDSA_SHA256
    outer_algorithm: str = ""
    """The one beside the signature, where it is to differ from the one that is signed."""
    issuer: bytes = AUTHORITY_NAME.public_bytes()
    not_before: datetime = START
    not_after: datetime = END
    subject: bytes = name(MEMBER.address)
    key: bytes = spki(MEMBER.openssl_key.public_key())
    extensions: Sequence[Extension] = SOUND_EXTENSIONS
    sign: Sign = SOUND_SIGNATURE

    def with_extensions(self, *changes: Extension) -> "Forgery":
        """Extensions of these kinds in the place of the sound ones."""
        kinds = {change.oid for change in changes}
        kept = [each for each in self.extensions if each.oid not in kinds]
        return replace(self, extensions=(*kept, *changes))

    @property
    def encoded(self) -> bytes:
        """The certificate, DER (RFC 5280, 4.1)."""
        body = der.sequence(
            der.tlv(der.CONTEXT_0, der.integer(VERSION_3)),
            der.integer(self.serial),
            der.sequence(der.oid(self.algorithm)),
            self.issuer,
            der.sequence(der.time(self.not_before), der.time(self.not_after)),
            self.subject,
            self.key,
            der.tlv(der.CONTEXT_3, der.sequence(*map(_extension, self.extensions))),
        )
        outer = der.sequence(der.oid(self.outer_algorithm or self.algorithm))
        return der.sequence(body, outer, der.bits(self.sign(body)))


def _extension(extension: Extension) -> bytes:
    critical = der.tlv(der.BOOLEAN, b"\xff") if extension.critical else b""
    oid = der.oid(extension.oid.dotted_string)
    return der.sequence(oid, critical, der.tlv(der.OCTETS, extension.value))


def forged_authority(signer: PrivateKey, /, *changes: Extension, **fields: object) -> bytes:
    """A certificate of itself by an authority with something wrong in it, DER."""
    forgery = Forgery(
        subject=AUTHORITY_NAME.public_bytes(),
        key=spki(signer.openssl_key.public_key()),
        extensions=(
            Extension.of(x509.BasicConstraints(ca=True, path_length=0)),
            Extension.of(usage("key_cert_sign", "crl_sign")),
        ),
        sign=ecdsa(signer),
    )
    return replace(forgery.with_extensions(*changes), **fields).encoded  # type: ignore[arg-type]


def pem(certificate: bytes) -> bytes:
    return x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM)
