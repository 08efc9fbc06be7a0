"""The authority's statements: what it signed is read back, and nothing else is taken for its word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.authority import Authority
from crypto.certificate import SERIAL_FIRST, SERIAL_MAX, authority_key
from crypto.hashing import sha256
from crypto.keys import PrivateKey
from crypto.signatures import SignatureCache
from ledger.certification import (
    REASONS,
    STATEMENT_BYTES_MAX,
    Certification,
    Revocation,
    check_certification,
    check_revocation,
)
from ledger.codec import Value, decode, encode
from ledger.errors import BadStatement
from ledger.quantities import Slot

CHAIN = sha256(b"a chain for tests")
OTHER_CHAIN = sha256(b"another chain")
KEY = PrivateKey.from_secret(12)
MEMBER = PrivateKey.from_secret(11)
SIGNATURES = SignatureCache(16)
CERTIFICATION = Certification(
    CHAIN, MEMBER.address, MEMBER.public_key, "Park One", ("microgrid", "validator"), 2, Slot(5), Slot(900)
)
REVOCATION = Revocation(CHAIN, MEMBER.address, 2, "key_compromise")


def certification(raw: bytes, signature: bytes) -> Certification:
    return check_certification(raw, signature, CHAIN, KEY.public_key, SIGNATURES)


def revocation(raw: bytes, signature: bytes) -> Revocation:
    return check_revocation(raw, signature, CHAIN, KEY.public_key, SIGNATURES)


def signed_fields(purpose: str, fields: tuple[Value, ...]) -> tuple[bytes, bytes]:
    """A statement as an authority with other software might sign it."""
    raw = encode(fields)
    return raw, KEY.sign(b"gridquorum/" + purpose.encode() + b"\x00" + CHAIN + raw)


def test_statements_are_read_as_they_were_signed() -> None:
    assert certification(CERTIFICATION.encode(), CERTIFICATION.sign(KEY)) == CERTIFICATION
    assert revocation(REVOCATION.encode(), REVOCATION.sign(KEY)) == REVOCATION


def test_the_bytes_are_those_of_the_specification() -> None:
    assert decode(CERTIFICATION.encode(), max_bytes=STATEMENT_BYTES_MAX) == (
        CHAIN, MEMBER.public_key, "Park One", ("microgrid", "validator"), 2, 5, 900,
    )  # fmt: skip
    assert decode(REVOCATION.encode(), max_bytes=STATEMENT_BYTES_MAX) == (
        CHAIN, MEMBER.address, 2, "key_compromise",
    )  # fmt: skip


def test_the_authoritys_key_is_read_from_its_certificate() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    authority = Authority.create(KEY, "Committee", start, start + timedelta(days=1))
    assert authority_key(authority.certificate_der) == KEY.public_key


def test_another_signer_is_refused() -> None:
    with pytest.raises(BadStatement, match="did not sign"):
        certification(CERTIFICATION.encode(), CERTIFICATION.sign(MEMBER))
    with pytest.raises(BadStatement, match="did not sign"):
        revocation(REVOCATION.encode(), REVOCATION.sign(MEMBER))


def test_a_statement_for_another_chain_is_refused() -> None:
    elsewhere = replace(CERTIFICATION, chain=OTHER_CHAIN)
    with pytest.raises(BadStatement, match="did not sign it for this chain"):
        certification(elsewhere.encode(), elsewhere.sign(KEY))
    with pytest.raises(BadStatement, match="names the chain"):
        certification(*signed_fields("certification", (OTHER_CHAIN, *_fields(CERTIFICATION)[1:])))


def test_one_kind_of_statement_is_never_taken_for_the_other() -> None:
    with pytest.raises(BadStatement):
        revocation(CERTIFICATION.encode(), CERTIFICATION.sign(KEY))
    with pytest.raises(BadStatement):
        certification(*signed_fields("revocation", _fields(CERTIFICATION)))


def _fields(statement: Certification | Revocation) -> tuple[Value, ...]:
    fields = decode(statement.encode(), max_bytes=STATEMENT_BYTES_MAX)
    assert isinstance(fields, tuple)
    return fields


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (1, bytes(33)),
        (1, MEMBER.public_key[:-1]),
        (2, ""),
        (2, "x" * 65),
        (2, 7),
        (3, ()),
        (3, ("validator", "microgrid")),
        (3, ("meter", "meter")),
        (3, ("Meter",)),
        (3, ("x" * 128,)),
        (4, SERIAL_FIRST - 1),
        (4, SERIAL_MAX + 1),
        (4, -1),
        (5, 901),
        (6, 4),
        (6, True),
    ],
)
def test_what_no_authority_would_state_is_refused(place: int, value: Value) -> None:
    fields = _fields(CERTIFICATION)
    changed = (*fields[:place], value, *fields[place + 1 :])
    with pytest.raises(BadStatement):
        certification(*signed_fields("certification", changed))


@pytest.mark.parametrize(("place", "value"), [(1, "somebody"), (2, 0), (2, 2**64 - 1), (3, ""), (3, "whim")])
def test_a_revocation_of_nothing_or_for_no_reason_is_refused(place: int, value: Value) -> None:
    fields = _fields(REVOCATION)
    changed = (*fields[:place], value, *fields[place + 1 :])
    with pytest.raises(BadStatement):
        revocation(*signed_fields("revocation", changed))


def test_bytes_that_are_no_statement_are_refused_whoever_signed_them() -> None:
    too_long = encode(bytes(STATEMENT_BYTES_MAX))
    for raw in (b"", b"\xc1", b"\x97" + bytes(7), too_long, CERTIFICATION.encode() + b"\x00"):
        signature = KEY.sign(b"gridquorum/certification\x00" + CHAIN + raw)
        with pytest.raises(BadStatement):
            certification(raw, signature)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_is_refused(position: int, flip: int) -> None:
    raw, signature = CERTIFICATION.encode(), CERTIFICATION.sign(KEY)
    whole = bytearray(raw + signature)
    whole[position % len(whole)] ^= flip
    with pytest.raises(BadStatement):
        certification(bytes(whole[: len(raw)]), bytes(whole[len(raw) :]))


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_can_be_given(reason: str) -> None:
    given_for = replace(REVOCATION, reason=reason)
    assert revocation(given_for.encode(), given_for.sign(KEY)).reason == reason
