"""Somebody who takes part in a network, with the keys that it makes for itself and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from cli.files import write_new
from crypto.authority import Authority, signing_request
from crypto.keys import PrivateKey
from ledger.genesis import Member

CERTIFICATE_DAYS = 730
# Clocks of a network's nodes differ: a certificate is good from a little before it was made.
CERTIFICATE_SLACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Participant:
    """A member with its two private keys; the keys stay with whoever made them."""

    name: str
    organisation: str
    roles: tuple[str, ...]
    key: PrivateKey
    encryption_key: PrivateKey

    @classmethod
    def create(cls, name: str, organisation: str, roles: Sequence[str]) -> "Participant":
        return cls(name, organisation, tuple(roles), PrivateKey.generate(), PrivateKey.generate())

    @property
    def member(self) -> Member:
        """The public half, for the genesis."""
        return Member(
            address=self.key.address,
            name=self.name,
            organisation=self.organisation,
            roles=self.roles,
            public_key=self.key.public_key,
            encryption_key=self.encryption_key.public_key,
        )


class Registrar:
    """An authority at work: answers signing requests, one serial number after the other."""

    def __init__(self, name: str, now: datetime) -> None:
        self._not_before = now - CERTIFICATE_SLACK
        self._not_after = now + timedelta(days=CERTIFICATE_DAYS)
        self._serials = count(2)  # 1 is the authority's own
        self.key = PrivateKey.generate()
        self.authority = Authority.create(self.key, name, self._not_before, self._not_after)

    def certify(self, participant: Participant) -> bytes:
        """The certificate, PEM, of somebody who asks by a signing request of its own."""
        request = signing_request(participant.key, participant.organisation)
        return self.authority.issue(
            request, participant.roles, self._not_before, self._not_after, next(self._serials)
        )


def write_identity(directory: Path, stem: str, participant: Participant, certificate: bytes) -> None:
    """`STEM.key`, `STEM.encryption.key` and `STEM.crt` in `directory`."""
    write_new(directory / f"{stem}.key", participant.key.to_pem(), secret=True)
    write_new(directory / f"{stem}.encryption.key", participant.encryption_key.to_pem(), secret=True)
    write_new(directory / f"{stem}.crt", certificate)
