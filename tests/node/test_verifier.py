"""Signatures of a block verified in other processes: the good ones are known afterwards, and no others."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from crypto.hashing import sha256
from crypto.keys import PrivateKey
from crypto.signatures import Claim, SignatureCache
from ledger.genesis import Limits
from ledger.transaction import Transaction, claim_of, sign_transaction
from node.verifier import Verifier, claims_in

LIMITS = Limits()
KEY, OTHER = PrivateKey.from_secret(5), PrivateKey.from_secret(6)


def transaction(number: int) -> Transaction:
    return sign_transaction(KEY, sha256(b"chain"), "account", "transfer", {}, number, valid_until=100)


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    verifier = Verifier(workers=2)
    yield verifier
    verifier.close()


def warmed(verifier: Verifier, raws: list[bytes], signatures: SignatureCache) -> SignatureCache:
    asyncio.run(verifier.warm(signatures, raws, LIMITS))
    return signatures


def test_good_signatures_are_known_afterwards(verifier: Verifier) -> None:
    transactions = [transaction(number) for number in range(600)]
    known = warmed(verifier, [each.raw for each in transactions], SignatureCache(1_000))
    assert len(known) == 600
    assert all(known.knows(claim_of(each)) for each in transactions)


def test_bad_ones_and_what_does_not_decode_are_left_for_execution(verifier: Verifier) -> None:
    good = transaction(0)
    forged = good.raw[:-64] + OTHER.sign(good.signed_message)
    raws = [forged, good.raw, b"\xc1"]
    known = warmed(verifier, raws, SignatureCache(10))
    assert len(known) == 1
    assert known.knows(claim_of(good))


@pytest.mark.parametrize("bad", [b"", b"\xc1", transaction(0).raw[:-1], b"\xdc\x10\x00" * 900])
def test_nothing_is_read_after_what_does_not_decode(bad: bytes) -> None:
    """A block of bytes that take long to refuse is refused once, not once a transaction."""
    assert list(claims_in([bad, transaction(0).raw], LIMITS)) == []
    assert len(list(claims_in([transaction(0).raw, bad, transaction(1).raw], LIMITS))) == 1


def test_a_key_that_is_not_the_senders_claims_nothing() -> None:
    fields = dict(vars(transaction(0)), sender=OTHER.address)
    fields.pop("raw", None)
    assert list(claims_in([Transaction(**fields).raw], LIMITS)) == []


def test_what_is_known_is_not_verified_again(verifier: Verifier) -> None:
    """A bad signature that is held to be good stays so: nobody looked again."""
    good = transaction(0)
    forged = good.raw[:-64] + OTHER.sign(good.signed_message)
    (claim,) = claims_in([forged], LIMITS)
    cache = SignatureCache(10)
    cache.remember(claim)
    assert len(warmed(verifier, [forged], cache)) == 1


def test_an_empty_block_needs_no_worker(verifier: Verifier) -> None:
    assert len(warmed(verifier, [], SignatureCache(1))) == 0


def be_killed(_claims: list[Claim]) -> list[Claim]:
    os._exit(1)


def test_a_worker_that_is_killed_leaves_a_block_to_execution_and_the_next_to_new_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise this node would never again vote for another's large block."""
    raws, verifier = [transaction(0).raw], Verifier(workers=1)
    with monkeypatch.context() as patch:
        patch.setattr("node.verifier.good_claims", be_killed)
        assert len(warmed(verifier, raws, SignatureCache(1))) == 0
    assert len(warmed(verifier, raws, SignatureCache(1))) == 1
    verifier.close()


def test_claims_are_what_the_signature_is_about() -> None:
    good = transaction(7)
    expected: Claim = (KEY.public_key, good.signature, sha256(good.signed_message))
    assert list(claims_in([good.raw], LIMITS)) == [expected]
