"""The authority's register: every certificate that it issued, by serial, and what became of it.

A JSON file beside the authority's key, replaced as a whole and flushed before anything that it records leaves
the house. Whoever reads it takes it only if it is whole and does not contradict itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from cli.errors import CommandError, ExitCode
from crypto.address import Address, address_of
from crypto.certificate import SERIAL_FIRST, Identity
from crypto.errors import BadKey
from crypto.keys import load_public_key
from ledger.certification import REASONS
from node.errors import Locked
from node.files import locked
from node.vote_files import replace_file

REGISTER_NAME: Final = "register.json"
COMPROMISED: Final = "key_compromise"
_STRICT: Final = ConfigDict(extra="forbid")


@checked_dataclass(frozen=True, config=_STRICT)
class Revoked:
    """When and why a certificate was revoked."""

    at: AwareDatetime
    reason: str
    """One of REASONS."""


@checked_dataclass(frozen=True, config=_STRICT)
class Issued:
    """A certificate as the authority issued it."""

    serial: int
    address: Address
    public_key: str
    """Compressed, hexadecimal."""
    organisation: str
    roles: tuple[str, ...]
    not_before: AwareDatetime
    not_after: AwareDatetime
    revoked: Revoked | None = None


_RECORDS: Final = TypeAdapter(tuple[Issued, ...])


@dataclass(frozen=True)
class Register:
    """All certificates of an authority, by rising serial. Its methods raise CommandError."""

    issued: tuple[Issued, ...] = ()

    @property
    def next_serial(self) -> int:
        """One above all that were issued."""
        return self.issued[-1].serial + 1 if self.issued else SERIAL_FIRST

    def find(self, serial: int) -> Issued:
        """The certificate of a serial."""
        for issued in self.issued:
            if issued.serial == serial:
                return issued
        raise CommandError(f"serial {serial} was never issued", remedy="gridquorum ca list")

    def latest(self, address: Address) -> Issued:
        """The certificate of an address that is in force, or was last."""
        return self._latest[address]

    @cached_property
    def _latest(self) -> Mapping[Address, Issued]:
        return {issued.address: issued for issued in self.issued}

    def with_issued(self, issued: Issued) -> "Register":
        """The register with one certificate more; a key that was compromised is never certified again."""
        for other in self.issued:
            is_same_key = other.public_key == issued.public_key
            if is_same_key and other.revoked and other.revoked.reason == COMPROMISED:
                raise CommandError(
                    f"the key of {issued.address} was compromised, for which {other.serial} was revoked",
                    remedy="have the member make a new key",
                )
        return Register((*self.issued, issued))

    def in_force(self, serial: int) -> Issued:
        """The certificate of a serial, if it is the latest of its holder and not revoked.

        A statement about an earlier one would be void: whoever holds the later could have it undone.
        """
        issued = self.find(serial)
        if issued.revoked:
            raise CommandError(
                f"certificate {serial} was revoked on {issued.revoked.at:%Y-%m-%d} ({issued.revoked.reason})",
                remedy="gridquorum ca issue, if its holder may be certified again",
            )
        latest = self.latest(issued.address)
        if latest is not issued:
            problem = f"certificate {serial} was superseded by {latest.serial}"
            raise CommandError(problem, remedy=f"the same for {latest.serial}")
        return issued

    def with_revoked(self, serial: int, revoked: Revoked) -> "Register":
        """The register in which a certificate in force, and every earlier one of its holder, is revoked."""
        found = self.in_force(serial)
        return Register(
            tuple(
                replace(issued, revoked=issued.revoked or revoked)
                if issued.address == found.address and issued.serial <= serial
                else issued
                for issued in self.issued
            )
        )

    def status(self, issued: Issued, now: datetime) -> str:
        """What became of a certificate."""
        if issued.revoked:
            return "revoked"
        if self.latest(issued.address) is not issued:
            return "superseded"
        return "expired" if now > issued.not_after else "good"


def issued_of(identity: Identity) -> Issued:
    """A certificate's entry."""
    return Issued(
        serial=identity.serial,
        address=identity.address,
        public_key=identity.public_key.hex(),
        organisation=identity.organisation,
        roles=identity.roles,
        not_before=identity.not_before,
        not_after=identity.not_after,
    )


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold an authority's folder for this process alone. Raises CommandError if another one has it."""
    if not folder.is_dir():
        problem = f"{folder}: no such folder"
        raise CommandError(problem, remedy="gridquorum ca init", code=ExitCode.CONFIGURATION)
    try:
        with locked(folder):
            yield
    except Locked:
        raise CommandError(f"another gridquorum ca is at work in {folder}", remedy="try again") from None


def read_register(folder: Path) -> Register:
    """An authority's register. Raises CommandError if it is missing or damaged."""
    path = folder / REGISTER_NAME
    try:
        register = Register(_RECORDS.validate_json(path.read_bytes()))
        check_order(register.issued)
    except FileNotFoundError:
        raise _lost(f"{path} is missing") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _lost(f"{path} is damaged: {place + ': ' if place else ''}{first['msg']}") from None
    except (ValueError, BadKey) as error:
        raise _lost(f"{path} is damaged: {error}") from None
    return register


def write_register(folder: Path, register: Register) -> None:
    """Replace the register; after a crash the old or the new is there."""
    replace_file(folder / REGISTER_NAME, _RECORDS.dump_json(register.issued, indent=1) + b"\n")


def check_order(issued: Sequence[Issued]) -> None:
    """Raises ValueError or BadKey unless serials rise, addresses are of their keys, and reasons known."""
    before = SERIAL_FIRST - 1
    for each in issued:
        if each.serial <= before:
            raise ValueError(f"serial {each.serial} follows {before}")
        load_public_key(bytes.fromhex(each.public_key))
        if address_of(bytes.fromhex(each.public_key)) != each.address:
            raise ValueError(f"certificate {each.serial}: {each.address} is not the address of its key")
        if each.revoked and each.revoked.reason not in REASONS:
            raise ValueError(f"certificate {each.serial}: {each.revoked.reason} is no reason to revoke")
        before = each.serial


def _lost(problem: str) -> CommandError:
    return CommandError(
        problem,
        remedy="restore it from its backup, or move it away and `gridquorum ca recover` it",
        code=ExitCode.CONFIGURATION,
    )
