"""The authority's statements for the chain: whom it certified, until when, and whom no longer.

An X.509 certificate opens connections; the chain takes the same facts from a statement signed by the same
authority, so that no contract ever parses X.509. A statement is a canonical msgpack array; its signature, by
the key of the authority in the genesis, covers the purpose, the chain and that array. The statements of one
address supersede each other by rising serials (protocol.md, Identity).
"""

from dataclasses import dataclass
from typing import Final, TypeVar

from crypto.address import Address, address_of, parse_address
from crypto.certificate import SERIAL_FIRST, SERIAL_MAX, encode_roles
from crypto.errors import BadAddress, BadKey, BadSignature, MissingRoles
from crypto.hashing import Digest, domain
from crypto.keys import PUBLIC_KEY_BYTES, PrivateKey, load_public_key
from crypto.signatures import SignatureCache
from crypto.subject import ORGANISATION_MAX
from ledger.codec import Value, decode, encode
from ledger.errors import BadStatement, DecodeError, Malformed
from ledger.fields import as_bytes, as_count, as_digest, as_text, as_tuple
from ledger.quantities import Slot

STATEMENT_BYTES_MAX: Final = 1024
REASONS: Final = (
    "key_compromise",
    "affiliation_changed",
    "superseded",
    "cessation_of_operation",
    "privilege_withdrawn",
)
"""Why a certificate is revoked: the reasons of RFC 5280, 5.3.1, that apply to members."""

CERTIFICATION: Final = "certification"
REVOCATION: Final = "revocation"


@dataclass(frozen=True, slots=True)
class Certification:
    """A member's key, organisation and roles, certified for the slots from the first to the last."""

    chain: Digest
    """The genesis hash."""
    address: Address
    public_key: bytes
    """Compressed, 33 bytes; the address is its."""
    organisation: str
    roles: tuple[str, ...]
    """In alphabetical order, at least one."""
    serial: int
    """Of the certificate."""
    first_slot: Slot
    last_slot: Slot
    """The last slot in which it is valid."""

    def encode(self) -> bytes:
        """Canonical msgpack."""
        return encode(
            (
                self.chain,
                self.public_key,
                self.organisation,
                self.roles,
                self.serial,
                self.first_slot,
                self.last_slot,
            )
        )

    def sign(self, authority: PrivateKey) -> bytes:
        """The authority's signature, 64 bytes."""
        return authority.sign(_signed_message(CERTIFICATION, self.chain, self.encode()))


@dataclass(frozen=True, slots=True)
class Revocation:
    """The authority's certificate with this serial, and every one of this address before it, is void."""

    chain: Digest
    address: Address
    serial: int
    reason: str
    """One of REASONS."""

    def encode(self) -> bytes:
        """Canonical msgpack."""
        return encode((self.chain, self.address, self.serial, self.reason))

    def sign(self, authority: PrivateKey) -> bytes:
        """The authority's signature, 64 bytes."""
        return authority.sign(_signed_message(REVOCATION, self.chain, self.encode()))


_Statement = TypeVar("_Statement", Certification, Revocation)


def check_certification(
    raw: bytes, signature: bytes, chain: Digest, authority_key: bytes, signatures: SignatureCache
) -> Certification:
    """The certification that `authority_key` (compressed) signed for this chain. Raises BadStatement."""
    _check_signed(CERTIFICATION, chain, authority_key, raw, signature, signatures)
    try:
        statement = _read_certification(raw)
    except (DecodeError, BadKey, MissingRoles) as error:
        raise BadStatement(CERTIFICATION, str(error)) from None
    return _of_chain(statement, chain, CERTIFICATION)


def check_revocation(
    raw: bytes, signature: bytes, chain: Digest, authority_key: bytes, signatures: SignatureCache
) -> Revocation:
    """The revocation that `authority_key` (compressed) signed for this chain. Raises BadStatement."""
    _check_signed(REVOCATION, chain, authority_key, raw, signature, signatures)
    try:
        statement = _read_revocation(raw)
    except (DecodeError, BadAddress) as error:
        raise BadStatement(REVOCATION, str(error)) from None
    return _of_chain(statement, chain, REVOCATION)


def _signed_message(purpose: str, chain: Digest, raw: bytes) -> bytes:
    return domain(purpose, chain) + raw


def _check_signed(
    purpose: str,
    chain: Digest,
    authority_key: bytes,
    raw: bytes,
    signature: bytes,
    signatures: SignatureCache,
) -> None:
    if len(raw) > STATEMENT_BYTES_MAX:
        raise BadStatement(purpose, f"{len(raw)} bytes are over {STATEMENT_BYTES_MAX}")
    try:
        signatures.verify(authority_key, signature, _signed_message(purpose, chain, raw))
    except BadSignature as error:
        raise BadStatement(purpose, f"the authority did not sign it for this chain: {error.reason}") from None


def _of_chain(statement: _Statement, chain: Digest, purpose: str) -> _Statement:
    if statement.chain != chain:
        raise BadStatement(purpose, f"it names the chain {statement.chain.hex()}")
    return statement


def _read_certification(raw: bytes) -> Certification:
    fields = as_tuple(decode(raw, max_bytes=STATEMENT_BYTES_MAX), CERTIFICATION, 7)
    public_key = as_bytes(fields[1], "public key", PUBLIC_KEY_BYTES)
    load_public_key(public_key)
    address = address_of(public_key)
    first, last = as_count(fields[5], "first slot"), as_count(fields[6], "last slot")
    if last < first:
        raise Malformed("last slot", f"{last} is before the first, {first}")
    return Certification(
        chain=as_digest(fields[0], "chain"),
        address=address,
        public_key=public_key,
        organisation=_organisation(fields[2]),
        roles=_roles(fields[3], address),
        serial=_serial(fields[4]),
        first_slot=Slot(first),
        last_slot=Slot(last),
    )


def _read_revocation(raw: bytes) -> Revocation:
    fields = as_tuple(decode(raw, max_bytes=STATEMENT_BYTES_MAX), REVOCATION, 4)
    reason = as_text(fields[3], "reason")
    if reason not in REASONS:
        raise Malformed("reason", f"it is none of {', '.join(REASONS)}")
    address = parse_address(as_text(fields[1], "address"))
    return Revocation(as_digest(fields[0], "chain"), address, _serial(fields[2]), reason)


def _serial(value: Value) -> int:
    serial = as_count(value, "serial")
    if not SERIAL_FIRST <= serial <= SERIAL_MAX:
        raise Malformed("serial", f"{serial} is outside {SERIAL_FIRST} .. {SERIAL_MAX}")
    return serial


def _organisation(value: Value) -> str:
    organisation = as_text(value, "organisation")
    if not 0 < len(organisation) <= ORGANISATION_MAX:
        raise Malformed("organisation", f"it has {len(organisation)} characters, not 1 to {ORGANISATION_MAX}")
    return organisation


def _roles(value: Value, address: Address) -> tuple[str, ...]:
    roles = tuple([as_text(role, "role") for role in as_tuple(value, "roles")])
    encode_roles(address, roles)
    if roles != tuple(sorted({*roles})):
        raise Malformed("roles", "they are not in alphabetical order, each once")
    return roles
