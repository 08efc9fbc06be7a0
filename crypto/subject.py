"""Whom a certificate names: the address of its own key, and an organisation whose name misleads nobody."""

import unicodedata
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from crypto.address import Address, address_of
from crypto.errors import WrongSubject

ORGANISATION_MAX: Final = 64
"""Characters; ub-organization-name of RFC 5280, appendix A.1."""

SHOWN_MAX: Final = 200
LOOKALIKE_SCRIPTS: Final = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC"})
"""Alphabets with letters that look the same; no honest name mixes two (Unicode TS 39, 5.1)."""


def make_subject(address: Address, organisation: str) -> x509.Name:
    """The subject or issuer of this address and organisation."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, address),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        ]
    )


def check_subject(name: x509.Name, public_key: bytes) -> tuple[Address, str]:
    """The address and organisation of a subject. Raises WrongSubject unless the address is its key's."""
    common_names = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    organisations = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if (len(common_names), len(organisations), len(list(name))) != (1, 1, 2):
        raise WrongSubject(describe(name), "its subject must be one address and one organisation")
    address = address_of(public_key)
    if common_names[0].value != address:
        raise WrongSubject(describe(name), f"the address of its key is {address}")
    return address, check_organisation(address, organisations[0].value)


def check_organisation(address: Address, organisation: str | bytes) -> str:
    """An organisation's name. Raises WrongSubject for one that people could take for another.

    It must be printable text in its composed form, without blanks at its ends or two in a row, and not mix
    alphabets that look alike. Whole names in another alphabet are left to the eyes of the authority.
    """
    if not isinstance(organisation, str) or not 0 < len(organisation) <= ORGANISATION_MAX:
        raise WrongSubject(address, f"an organisation has 1 to {ORGANISATION_MAX} characters")
    if not organisation.isprintable() or unicodedata.normalize("NFKC", organisation) != organisation:
        raise WrongSubject(address, f"its organisation {organisation!a} has characters that mislead the eye")
    if organisation.split() != organisation.split(" "):
        raise WrongSubject(address, f"its organisation {organisation!a} has blanks that cannot be seen")
    letters = {unicodedata.name(letter, "").split(" ")[0] for letter in organisation if letter.isalpha()}
    if len(letters & LOOKALIKE_SCRIPTS) > 1:
        raise WrongSubject(address, f"its organisation {organisation!a} mixes alphabets that look alike")
    return organisation


def describe(name: x509.Name) -> str:
    """A subject or issuer as an error message shows it, on one line whatever is in it."""
    shown = name.rfc4514_string()[:SHOWN_MAX]
    return "".join(letter if letter.isprintable() else "?" for letter in shown)
