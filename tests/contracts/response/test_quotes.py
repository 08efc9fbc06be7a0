"""Quotes: what makes no curve is refused by name, and a seal opens for one curve, event and participant."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.arguments import check_arguments, checks_of
from contracts.errors import ArgumentError
from contracts.response.quote_errors import (
    BeyondCertified,
    EmptySegment,
    FallingPrice,
    OverlappingSegment,
    PriceTooHigh,
    QuoteError,
)
from contracts.response.quotes import (
    PRICE_UKWH_MAX,
    SALT_BYTES,
    SEGMENTS_MAX,
    Quote,
    Segment,
    capacity_w,
    check_quote,
    cost_nano_h,
    seal,
)
from crypto.address import Address
from crypto.hashing import sha256
from ledger.quantities import TxId
from tests.contracts.response.demands import quote, quotes

GOOD = quote((1_000, 100), (500, 100), (500, 250), energy_wh=4_000)
GENESIS = sha256(b"genesis")
PROCESS = TxId(sha256(b"trigger"))
PARTICIPANT = Address("Gparticipant")
SALT = bytes(range(SALT_BYTES))


def changed(number: int, **fields: int) -> Quote:
    segments = list(GOOD.segments)
    segments[number] = replace(segments[number], **fields)
    return replace(GOOD, segments=tuple(segments))


def check(tried: Quote) -> None:
    check_quote(tried, certified_w=2_000, certified_wh=4_000, price_ukwh_max=250)


def test_a_curve_up_to_what_is_certified_and_allowed_is_taken() -> None:
    check(GOOD)


@pytest.mark.parametrize(
    ("tried", "error"),
    [
        (changed(0, first_w=1), OverlappingSegment),
        (changed(1, first_w=999), OverlappingSegment),
        (changed(1, first_w=1_001), OverlappingSegment),
        (changed(2, last_w=1_500), EmptySegment),
        (changed(2, last_w=1_400), EmptySegment),
        (changed(0, last_w=-1), EmptySegment),
        (changed(1, price_ukwh=99), FallingPrice),
        (changed(0, price_ukwh=-1), FallingPrice),
        (changed(2, price_ukwh=251), PriceTooHigh),
        (changed(2, last_w=2_001), BeyondCertified),
        (replace(GOOD, energy_wh=4_001), BeyondCertified),
    ],
)
def test_what_makes_no_curve_is_refused_by_name(tried: Quote, error: type[QuoteError]) -> None:
    with pytest.raises(error):
        check(tried)


def as_arguments(segments: int, **fields: int) -> dict[str, object]:
    segment = {"first_w": 0, "last_w": 1, "price_ukwh": 1} | fields
    return {"quote": {"segments": (segment,) * segments, "energy_wh": 1}}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (as_arguments(0), "quote.segments"),
        (as_arguments(SEGMENTS_MAX + 1), "quote.segments"),
        (as_arguments(1, first_w=-1), "quote.segments[0].first_w"),
        (as_arguments(1, price_ukwh=-1), "quote.segments[0].price_ukwh"),
        (as_arguments(1, price_ukwh=PRICE_UKWH_MAX + 1), "quote.segments[0].price_ukwh"),
        (as_arguments(1, last_w=2**60), "quote.segments[0].last_w"),
    ],
)
def test_a_quote_in_a_transaction_is_bounded(arguments: dict[str, object], field: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_arguments(checks_of({"quote": Quote}), arguments)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_energy_bounds_what_can_be_held() -> None:
    assert capacity_w(GOOD, duration_s=3_600) == 2_000
    assert capacity_w(GOOD, duration_s=2 * 3_600) == 2_000
    assert capacity_w(GOOD, duration_s=2 * 3_600 + 1) == 1_999
    assert capacity_w(replace(GOOD, energy_wh=0), duration_s=900) == 0


def test_cost_fills_the_segments_in_order() -> None:
    assert [cost_nano_h(GOOD, power_w) for power_w in (0, 1, 1_500, 1_501, 2_000)] == [
        0,
        100,
        150_000,
        150_250,
        275_000,
    ]


@given(quotes(), st.integers(0, 6_000))
def test_pieces_add_up_to_what_lies_below_the_limit(curve: Quote, limit_w: int) -> None:
    pieces = list(curve.pieces(limit_w))
    assert sum(width for width, _ in pieces) == min(limit_w, curve.segments[-1].last_w)
    assert all(width > 0 for width, _ in pieces)


def test_a_seal_is_of_one_chain_event_participant_quote_and_salt() -> None:
    sealed = seal(GENESIS, PROCESS, PARTICIPANT, GOOD, SALT)
    others = [
        seal(sha256(b"another"), PROCESS, PARTICIPANT, GOOD, SALT),
        seal(GENESIS, TxId(sha256(b"another")), PARTICIPANT, GOOD, SALT),
        seal(GENESIS, PROCESS, Address("Gsomebody"), GOOD, SALT),
        seal(GENESIS, PROCESS, PARTICIPANT, changed(2, price_ukwh=249), SALT),
        seal(GENESIS, PROCESS, PARTICIPANT, changed(0, last_w=999), SALT),
        seal(GENESIS, PROCESS, PARTICIPANT, replace(GOOD, energy_wh=3_999), SALT),
        seal(GENESIS, PROCESS, PARTICIPANT, GOOD, SALT[::-1]),
    ]
    assert len({sealed, *others}) == 1 + len(others)
    assert sealed == seal(GENESIS, PROCESS, PARTICIPANT, GOOD, SALT)


def test_one_segment_is_a_quote() -> None:
    check(Quote((Segment(0, 1, 0),), energy_wh=1))
