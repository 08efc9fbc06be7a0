"""Dishonest seals: none of them makes a block final."""

from dataclasses import replace

import pytest

from crypto.signatures import SignatureCache
from ledger.block import Header, check_sealed
from ledger.codec import decode, encode
from ledger.committee import Committee
from ledger.errors import BadSeal, SealError, TooFewSeals, WrongHeaderField
from ledger.quantities import Round
from ledger.seals import Seal, Seals
from tests.ledger.builders import Chain, key_of, make_genesis, seal, some_digest


@pytest.fixture(scope="module")
def header() -> Header:
    return Chain().build(round=1).block.header


COMMITTEE = Committee.of_genesis(make_genesis())


def check(header: Header, seals: Seals, committee: Committee = COMMITTEE) -> None:
    check_sealed(header, seals, committee, SignatureCache(100))


def test_a_quorum_of_one_round_makes_a_block_final(header: Header) -> None:
    check(header, seal(header, (0, 1, 2), round=1))
    check(header, seal(header, (0, 1, 2, 3), round=1))
    check(header, seal(header, (1, 2, 3), round=7))


def test_too_few(header: Header) -> None:
    with pytest.raises(TooFewSeals) as caught:
        check(header, seal(header, (0, 1), round=1))
    assert (caught.value.found, caught.value.quorum) == (2, 3)


def test_one_signer_counts_once(header: Header) -> None:
    good = seal(header, (0, 1, 2), round=1)
    for members in ((0, 0, 1), (0, 1, 1)):
        with pytest.raises(BadSeal, match="at most once"):
            check(header, replace(good, seals=tuple(good.seals[member] for member in members)))


def test_another_order_is_not_canonical(header: Header) -> None:
    good = seal(header, (0, 1, 2), round=1)
    with pytest.raises(BadSeal, match="rise"):
        check(header, replace(good, seals=good.seals[::-1]))


def test_of_another_round_than_was_signed(header: Header) -> None:
    mixed = seal(header, (0, 1), round=2).seals + seal(header, (2,), round=1).seals
    for bad in (replace(seal(header, (0, 1, 2), round=1), round=Round(2)), Seals(Round(2), mixed)):
        with pytest.raises(BadSeal):
            check(header, bad)


def test_of_a_round_before_the_block_was_proposed(header: Header) -> None:
    with pytest.raises(WrongHeaderField) as caught:
        check(header, seal(header, (0, 1, 2), round=0))
    assert caught.value.field == "round"


def test_by_another_committee(header: Header) -> None:
    strangers = seal(header, (0, 1, 2), round=1, keys=[key_of(number) for number in (7, 8, 9)])
    with pytest.raises(BadSeal):
        check(header, strangers)
    with pytest.raises(WrongHeaderField) as caught:
        check(header, strangers, Committee.of_genesis(make_genesis(validators=5)))
    assert caught.value.field == "committee"


def test_by_somebody_outside_the_committee(header: Header) -> None:
    good = seal(header, (0, 1, 2), round=1)
    for member in (4, -1):
        with pytest.raises(BadSeal):
            check(header, replace(good, seals=(*good.seals, Seal(member, good.seals[0].signature))))


def test_one_bad_seal_beside_a_quorum(header: Header) -> None:
    good = seal(header, (0, 1, 2), round=1)
    with pytest.raises(BadSeal) as caught:
        check(header, replace(good, seals=(*good.seals, Seal(3, good.seals[0].signature))))
    assert caught.value.member == 3


@pytest.mark.parametrize("field", ["height", "chain", "state_root"])
def test_for_another_block(header: Header, field: str) -> None:
    other = replace(header, **{field: 9 if field == "height" else some_digest(5)})
    with pytest.raises(SealError):
        check(header, seal(other, (0, 1, 2), round=1))


def test_seals_are_read_as_they_were_written(header: Header) -> None:
    good = seal(header, (0, 2, 3), round=1)
    assert Seals.from_value(decode(encode(good.to_value()), max_bytes=2**16)) == good
