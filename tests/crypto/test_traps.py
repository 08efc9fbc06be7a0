"""Published and other traps of X.509: each is refused by its own name, and harmless neighbours are not."""

from datetime import timedelta

import pytest
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.address import address_of
from crypto.authority import Authority, signing_request
from crypto.certificate import check_certificate, check_dates, identity_of, load_authority
from crypto.errors import CertificateError, MalformedCertificate, OutsideValidity, WrongSubject
from crypto.keys import PrivateKey
from tests.crypto import der
from tests.crypto.forging import (
    AUTHORITY,
    ECDSA_SHA256,
    END,
    MEMBER,
    SOUND_SIGNATURE,
    START,
    Extension,
    Forgery,
    name,
)
from tests.crypto.traps import (
    AUTHORITY_TRAPS,
    EXPIRED_AUTHORITY,
    FUTURE_AUTHORITY,
    NOBODY_KNOWS,
    NOW,
    TRAPS,
    AuthorityTrap,
    Trap,
)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.what)
def test_a_trap_is_refused_by_name(trap: Trap) -> None:
    with pytest.raises(trap.error) as refusal:
        check_certificate(trap.certificate, AUTHORITY.certificate_der, NOW)
    assert type(refusal.value) is trap.error
    assert str(refusal.value).isprintable(), "a refusal is one line of a log, whatever the certificate holds"


def test_what_the_traps_are_made_from_is_sound() -> None:
    identity = check_certificate(Forgery().encoded, AUTHORITY.certificate_der, NOW)
    assert (identity.address, identity.serial) == (MEMBER.address, 3)


def test_unknown_extensions_that_are_not_critical_do_no_harm() -> None:
    harmless = Forgery().with_extensions(Extension(NOBODY_KNOWS, b"\x05\x00", critical=False))
    check_certificate(harmless.encoded, AUTHORITY.certificate_der, NOW)


@pytest.mark.parametrize(
    "organisation", ["Müller & Söhne GmbH", "Парк Один", "三菱 UFJ", "O'Neill (North)", "x" * 64]
)
def test_honest_names_in_any_alphabet_are_taken(organisation: str) -> None:
    forgery = Forgery(subject=name(MEMBER.address, organisation))
    assert identity_of(forgery.encoded, AUTHORITY.certificate_der).organisation == organisation


@pytest.mark.parametrize("trap", AUTHORITY_TRAPS, ids=lambda trap: trap.what)
def test_an_authority_with_limits_or_flaws_is_refused_outright(trap: AuthorityTrap) -> None:
    with pytest.raises(trap.error):
        load_authority(trap.certificate)
    with pytest.raises(trap.error):
        identity_of(Forgery().encoded, trap.certificate)


@pytest.mark.parametrize("authority", [EXPIRED_AUTHORITY, FUTURE_AUTHORITY], ids=["expired", "not yet valid"])
def test_a_certificate_is_valid_only_while_its_authoritys_is(authority: bytes) -> None:
    sound = Forgery().encoded
    with pytest.raises(OutsideValidity):
        check_certificate(sound, authority, NOW)
    identity = identity_of(sound, authority)
    assert identity.address == MEMBER.address, "a committee's member is known for who it is all the same"
    issuer = load_authority(authority)
    check_dates(identity, max(START, issuer.not_valid_before_utc))
    check_dates(identity, min(END, issuer.not_valid_after_utc))


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (START, END + timedelta(seconds=1)),
        (START - timedelta(seconds=1), END),
        (END, START),
        (START, START),
    ],
    ids=["outlasts it", "before it", "backwards", "no time at all"],
)
def test_an_authority_issues_nothing_outside_its_own_dates(begin, end) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(OutsideValidity):
        AUTHORITY.issue(signing_request(MEMBER, "Org"), ["meter"], begin, end, 4)


@pytest.mark.parametrize("serial", [0, 1, -1, 2**63])
def test_an_authority_issues_no_serial_that_would_be_refused(serial: int) -> None:
    with pytest.raises(MalformedCertificate):
        AUTHORITY.issue(signing_request(MEMBER, "Org"), ["meter"], START, END, serial)


def test_nobody_asks_for_a_name_that_would_be_refused() -> None:
    for organisation in ("", "Gr\u0456d", "Grid\0"):
        with pytest.raises(WrongSubject):
            signing_request(MEMBER, organisation)
        with pytest.raises(WrongSubject):
            AUTHORITY.certify(MEMBER.public_key, organisation, ["meter"], START, END, 4)


def test_the_longest_lived_certificate_is_the_authoritys_own_length() -> None:
    short = Authority.create(PrivateKey.from_secret(15), "Short", START, START + timedelta(days=1))
    issued = short.issue(signing_request(MEMBER, "Org"), ["meter"], START, short.not_after, 2)
    assert identity_of(issued, short.certificate_der).not_after == short.not_after


BODY = x509.load_der_x509_certificate(Forgery().encoded).tbs_certificate_bytes
ALGORITHM = der.sequence(der.oid(ECDSA_SHA256))


@given(st.lists(st.tuples(st.integers(0, len(BODY) - 1), st.integers(1, 255)), min_size=1, max_size=4))
@settings(max_examples=600, deadline=None)
def test_whatever_the_authority_signs_is_an_identity_or_refused_by_name(flips: list[tuple[int, int]]) -> None:
    """Bytes changed under a good signature: what parses is judged, and nothing escapes but a refusal."""
    changed = bytearray(BODY)
    for position, flip in flips:
        changed[position] ^= flip
    signed = der.sequence(bytes(changed), ALGORITHM, der.bits(SOUND_SIGNATURE(bytes(changed))))
    try:
        identity = check_certificate(signed, AUTHORITY.certificate_der, NOW)
    except CertificateError:
        return
    assert identity.address == address_of(identity.public_key)
    assert identity.organisation.isprintable()
    assert identity.roles
