"""Addresses: one spelling each, and typos that are seen."""

import base58
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crypto.address import address_of, parse_address
from crypto.errors import BadAddress
from crypto.hashing import sha256

ALPHABET = base58.BITCOIN_ALPHABET.decode("ascii")


@given(st.binary(min_size=33, max_size=33))
@settings(max_examples=100)
def test_an_address_is_base58check_of_version_and_hash(public_key: bytes) -> None:
    address = address_of(public_key)
    assert address.startswith("G")
    assert parse_address(address) == address
    payload = b"\x26" + sha256(public_key)[:20]
    assert base58.b58decode(address) == payload + sha256(sha256(payload))[:4]


@given(st.binary(min_size=33, max_size=33), st.integers(0, 33), st.sampled_from(ALPHABET))
@settings(max_examples=200)
def test_one_mistyped_character_is_seen(public_key: bytes, position: int, character: str) -> None:
    address = address_of(public_key)
    assume(position < len(address) and address[position] != character)
    with pytest.raises(BadAddress) as refusal:
        parse_address(address[:position] + character + address[position + 1 :])
    assert "mistyped" in refusal.value.reason


@given(st.binary(min_size=33, max_size=33), st.integers(0, 32))
@settings(max_examples=100)
def test_two_swapped_characters_are_seen(public_key: bytes, position: int) -> None:
    address = address_of(public_key)
    assume(position + 1 < len(address) and address[position] != address[position + 1])
    swapped = address[:position] + address[position + 1] + address[position] + address[position + 2 :]
    with pytest.raises(BadAddress):
        parse_address(swapped)


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(text)


def test_other_spellings_and_chains_are_refused() -> None:
    address = address_of(bytes(33))
    bitcoin = base58.b58encode_check(bytes(21)).decode("ascii")
    too_short = base58.b58encode_check(b"\x26" + bytes(19)).decode("ascii")
    for text in (
        address + " ",
        " " + address,
        "1" + address,
        address.lower(),
        bitcoin,
        too_short,
        "G" * 10_000,
    ):
        with pytest.raises(BadAddress):
            parse_address(text)
