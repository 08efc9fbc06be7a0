"""Transactions and receipts: bytes in, the same bytes out, and nobody else's signature."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.hashing import domain, sha256
from crypto.signatures import SignatureCache
from ledger.codec import decode, encode
from ledger.errors import DecodeError, EncodingError, Malformed, Oversized, TransactionRejected
from ledger.genesis import Limits
from ledger.receipt import Event, Receipt
from ledger.stage import Stage
from ledger.transaction import Transaction, check_signature, sign_transaction
from tests.ledger.builders import key_of, some_digest, some_id
from tests.ledger.test_codec import keys, scalars

LIMITS = Limits()
arguments = st.dictionaries(keys, scalars | st.lists(scalars, max_size=5).map(tuple), max_size=4)


def make_transaction(**fields: Any) -> Transaction:
    given = {
        "chain": some_digest(1), "contract": "counter", "action": "add", "arguments": {"number": 5},
        "sequence": 0, "valid_until": 100, "stage": Stage.DISPATCH, "links": (some_id(2),),
    }  # fmt: skip
    return sign_transaction(key_of(1), **{**given, **fields})


@given(arguments, st.integers(0, 2**64 - 1), st.sampled_from([None, *Stage]), st.integers(0, 2))
@settings(max_examples=50)
def test_decoding_is_the_inverse_of_encoding(
    arguments: dict[str, Any], sequence: int, stage: Stage | None, links: int
) -> None:
    transaction = make_transaction(
        arguments=arguments, sequence=sequence, stage=stage, links=tuple(map(some_id, range(links)))
    )
    again = Transaction.decode(transaction.raw, LIMITS)
    assert again == transaction
    assert again.tx_id == transaction.tx_id
    check_signature(again, SignatureCache(1))


def test_the_identifier_is_the_hash_of_the_body_and_the_signature_covers_it() -> None:
    transaction = make_transaction()
    fields = decode(transaction.raw, max_bytes=2**16)
    assert isinstance(fields, tuple)
    body = encode(fields[:-1])
    assert transaction.tx_id == sha256(body)
    assert transaction.signed_message == domain("transaction", some_digest(1)) + body
    assert key_of(1).sign(transaction.signed_message) == transaction.signature


@given(st.integers(0, 10**6))
@settings(max_examples=150)
def test_no_bit_can_be_flipped(place: int) -> None:
    transaction = make_transaction()
    raw = bytearray(transaction.raw)
    bit = place % (8 * len(raw))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises((DecodeError, TransactionRejected)):
        check_signature(Transaction.decode(bytes(raw), LIMITS), SignatureCache(1))


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        Transaction.decode(data, LIMITS)


WRONG_FIELDS = {
    "version": (0, "1"),
    "chain": (1, b"short"),
    "contract": (2, ""),
    "contract ": (2, "c" * 65),
    "action": (3, 7),
    "arguments": (4, (1,)),
    "stage": (5, "X"),
    "links": (6, tuple(map(some_id, range(3)))),
    "link": (6, (b"short",)),
    "sender": (7, b"bytes"),
    "sequence": (8, -1),
    "sequence ": (8, True),
    "valid-until slot": (9, None),
    "public key": (10, bytes(65)),
    "signature": (11, bytes(63)),
}


@pytest.mark.parametrize("name", WRONG_FIELDS)
def test_a_field_of_the_wrong_shape_is_named(name: str) -> None:
    fields = list(decode(make_transaction().raw, max_bytes=2**16))  # type: ignore[arg-type]
    place, value = WRONG_FIELDS[name]
    fields[place] = value
    with pytest.raises(Malformed) as caught:
        Transaction.decode(encode(tuple(fields)), LIMITS)
    assert caught.value.what == name.strip()


def test_too_large_a_transaction_is_refused_unread() -> None:
    transaction = make_transaction(arguments={"blob": bytes(500)})
    with pytest.raises(Oversized):
        Transaction.decode(transaction.raw, replace(LIMITS, transaction_bytes=len(transaction.raw) - 1))
    Transaction.decode(transaction.raw, replace(LIMITS, transaction_bytes=len(transaction.raw)))


def test_what_nobody_would_read_is_not_signed() -> None:
    unreadable: list[dict[str, Any]] = [
        {"action": ""},
        {"contract": "c" * 65},
        {"contract": "membership/member"},
        {"contract": "r\u0435ports"},
        {"action": "\x1b[2J"},
        {"links": tuple(map(some_id, range(3)))},
        {"arguments": {"many": (0,) * 5_000}},
        {"arguments": {"float": 1.0}},
        {"sequence": -1},
    ]
    for fields in unreadable:
        with pytest.raises(EncodingError):
            make_transaction(**fields)


def test_a_signature_is_for_one_chain_alone() -> None:
    transaction = make_transaction()
    elsewhere = replace(transaction, chain=some_digest(9))
    with pytest.raises(TransactionRejected):
        check_signature(elsewhere, SignatureCache(1))


@given(st.booleans(), st.text("abc é", max_size=9), st.integers(0, 2**40), st.lists(arguments, max_size=3))
@settings(max_examples=50)
def test_receipts_are_read_as_they_were_written(ok: bool, error: str, steps: int, fields: list[Any]) -> None:
    events = tuple(Event("counter", "Done", item) for item in fields)
    receipt = Receipt(some_id(1), ok, error, steps, events)
    assert Receipt.decode(receipt.raw) == receipt
