"""What can be wrong with a key, a signature, an address, a share, a proof or a certificate."""


class CryptoError(Exception):
    """Base of every error of this package: bytes from outside were refused, and nothing was changed."""


class BadKey(CryptoError):
    """Bytes that are not a P-256 key in the one form accepted."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a usable P-256 key: {reason}")
        self.reason = reason


class BadSignature(CryptoError):
    """A signature that is malformed, not canonical or not by this key over this message."""

    def __init__(self, public_key: bytes, reason: str) -> None:
        super().__init__(f"signature by key {public_key.hex()} refused: {reason}")
        self.public_key = public_key
        self.reason = reason


class BadAddress(CryptoError):
    """Text that is not an address: a typo, another alphabet, another length, version or checksum."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text[:64]!r} is not an address: {reason}")
        self.text = text
        self.reason = reason


class BadPoint(CryptoError):
    """Bytes that do not encode a point of P-256 in compressed form."""

    def __init__(self, encoding: bytes, reason: str) -> None:
        super().__init__(f"{encoding[:40].hex() or 'nothing'} is not a point of P-256: {reason}")
        self.encoding = encoding
        self.reason = reason


class BadCiphertext(CryptoError):
    """A ciphertext that was not made for this key and context, or was changed on its way."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot decrypt: {reason}")
        self.reason = reason


class BadShare(CryptoError):
    """A secret share that is malformed or does not open the commitment it must open."""

    def __init__(self, member: int, reason: str) -> None:
        super().__init__(f"share of member {member} refused: {reason}")
        self.member = member
        self.reason = reason


class TooFewShares(CryptoError):
    """Fewer shares than the threshold: they are consistent with every secret."""

    def __init__(self, found: int, threshold: int) -> None:
        super().__init__(f"{found} shares cannot open a secret that takes {threshold}")
        self.found = found
        self.threshold = threshold


class BadProof(CryptoError):
    """A zero-knowledge proof that does not prove its statement."""

    def __init__(self, statement: str, reason: str) -> None:
        super().__init__(f"proof of {statement} refused: {reason}")
        self.statement = statement
        self.reason = reason


class CertificateError(CryptoError):
    """Base of every reason to refuse an X.509 certificate or a signing request."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(f"certificate of {subject} refused: {reason}")
        self.subject = subject
        self.reason = reason


class MalformedCertificate(CertificateError):
    """Not X.509, or without one of the parts that every certificate of this chain has."""


class WrongAuthority(CertificateError):
    """Not issued and signed by the authority that the genesis names."""


class OutsideValidity(CertificateError):
    """Presented before its first or after its last instant of validity."""


class WrongKeyUsage(CertificateError):
    """Its extensions do not allow what it was presented for."""


class WeakKey(CertificateError):
    """Its key is not on P-256, or it is signed with another digest than SHA-256."""


class MissingRoles(CertificateError):
    """It names no role, or a role extension that does not decode."""


class WrongSubject(CertificateError):
    """Its subject is not the address of its own key, or names no organisation."""
