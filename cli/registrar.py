"""An authority at work: it numbers what it certifies, and keeps the register."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cli.errors import CommandError
from cli.files import read, write_new
from cli.participant import Participant
from cli.register import Register, Revoked, alone, issued_of, read_register
from crypto.authority import Authority
from crypto.certificate import identity_of
from crypto.keys import PrivateKey
from node.files import read_key

AUTHORITY_DAYS: Final = 7_300
"""Twenty years: a genesis names its authority for good."""
CERTIFICATE_DAYS: Final = 730
CERTIFICATE_SLACK: Final = timedelta(hours=1)
"""Clocks of a network's nodes differ: a certificate is good from a little before it was made."""

KEY_NAME, CERTIFICATE_NAME = "authority.key", "authority.crt"


class Registrar:
    """An authority with its register; what is certified is in the register that it then has."""

    def __init__(self, key: PrivateKey, certificate: bytes, register: Register, now: datetime) -> None:
        """Raises CertificateError if the certificate is not an authority's own, of this key."""
        self.key = key
        self.authority = Authority(key, certificate)
        self.register = register
        self._now = now.replace(microsecond=0)

    @classmethod
    def create(cls, name: str, now: datetime, days: int = AUTHORITY_DAYS) -> "Registrar":
        """A new authority, which has issued nothing."""
        key, whole_s = PrivateKey.generate(), now.replace(microsecond=0)
        begin, end = whole_s - CERTIFICATE_SLACK, whole_s + timedelta(days=days)
        return cls(key, Authority.create(key, name, begin, end).certificate, Register(), now)

    def certify(
        self, public_key: bytes, organisation: str, roles: Sequence[str], days: int | None = None
    ) -> bytes:
        """A certificate, PEM, from now on; without `days`, for as long as is usual and the authority lasts.

        Raises CommandError if the authority has expired or the key was compromised, or CertificateError.
        """
        if self._now > self.authority.not_after:
            expired = f"the authority expired on {self.authority.not_after:%Y-%m-%d}"
            raise CommandError(
                expired, remedy="its committee goes on; who joins needs a chain of a new authority"
            )
        begin = max(self._now - CERTIFICATE_SLACK, self.authority.not_before)
        usual = min(self._now + timedelta(days=CERTIFICATE_DAYS), self.authority.not_after)
        end = self._now + timedelta(days=days) if days else usual
        serial = self.register.next_serial
        certificate = self.authority.certify(public_key, organisation, roles, begin, end, serial)
        issued = issued_of(identity_of(certificate, self.authority.certificate))
        self.register = self.register.with_issued(issued)
        return certificate

    def admit(self, participant: Participant) -> bytes:
        """The certificate of somebody made in this same place."""
        return self.certify(participant.key.public_key, participant.organisation, participant.roles)

    def revoke(self, serial: int, reason: str) -> None:
        """Note that a certificate, and every earlier one of its holder, is void. Raises CommandError."""
        self.register = self.register.with_revoked(serial, Revoked(self._now, reason))


@contextmanager
def at_work(folder: Path, now: datetime) -> Iterator[Registrar]:
    """The authority of a folder, for this process alone; the register is the caller's to write."""
    with alone(folder):
        key, certificate = read_key(folder / KEY_NAME), read(folder / CERTIFICATE_NAME)
        yield Registrar(key, certificate, read_register(folder), now)


def write_authority(folder: Path, registrar: Registrar) -> None:
    """A new authority's key and certificate. Raises CommandError if there is one already."""
    write_new(folder / KEY_NAME, registrar.key.to_pem(), secret=True)
    write_new(folder / CERTIFICATE_NAME, registrar.authority.certificate)
