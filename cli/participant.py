"""Somebody who takes part in a network, with the keys that it makes for itself and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.files import write_new
from contracts.metering.readings import Carrier
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.genesis import Member


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


def connection(owner: Participant, carrier: Carrier = Carrier.ELECTRICITY) -> Value:
    """What the genesis says of the meter at somebody's connection for a carrier."""
    return {"owner": owner.key.address, "carrier": carrier.value, "place": owner.name}


def write_identity(directory: Path, stem: str, participant: Participant, certificate: bytes) -> None:
    """`STEM.key`, `STEM.encryption.key` and `STEM.crt` in `directory`."""
    write_new(directory / f"{stem}.key", participant.key.to_pem(), secret=True)
    write_new(directory / f"{stem}.encryption.key", participant.encryption_key.to_pem(), secret=True)
    write_new(directory / f"{stem}.crt", certificate)
