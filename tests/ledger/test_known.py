"""What is remembered of good transactions, and that it speaks for nothing else."""

from dataclasses import replace

import pytest

from crypto import signatures
from crypto.signatures import SignatureCache
from ledger.errors import InvalidTransaction, Oversized, WrongSender, WrongSignature
from ledger.genesis import Limits
from ledger.known import KnownTransactions
from ledger.transaction import Transaction
from tests.ledger.builders import Chain, changed, key_of

LIMITS = Limits()


def copy(raw: bytes) -> bytes:
    return bytes(bytearray(raw))


def test_a_good_transaction_is_neither_decoded_nor_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    transaction, known = Chain().transaction(), KnownTransactions()
    known.check_signature(known.decode(transaction.raw, LIMITS), SignatureCache(1))
    assert transaction.raw in known
    monkeypatch.delattr(signatures, "verify_digest")
    again = known.decode(copy(transaction.raw), LIMITS)
    assert again is known.decode(transaction.raw, LIMITS)
    assert again == transaction
    known.check_signature(again, SignatureCache(1))


def test_a_bad_one_is_refused_each_time_and_leaves_nothing() -> None:
    good, known = Chain().transaction(), KnownTransactions()
    known.check_signature(good, SignatureCache(1))
    others = (
        (replace(good, signature=bytes(64)), WrongSignature),
        (replace(good, sequence=good.sequence + 1), WrongSignature),
        (replace(good, sender=key_of(5).address), WrongSender),
    )
    for bad, error in others:
        for _ in range(2):
            with pytest.raises(error):
                known.check_signature(known.decode(bad.raw, LIMITS), SignatureCache(1))
    assert len(known) == 1


def test_it_keeps_the_newest_up_to_its_capacity_in_bytes() -> None:
    chain = Chain()
    many = [chain.transaction(ahead=ahead) for ahead in range(5)]
    known = KnownTransactions(3 * len(many[0].raw))
    for transaction in many:
        known.check_signature(transaction, SignatureCache(1))
    assert [transaction.raw in known for transaction in many] == [False, False, True, True, True]
    huge = chain.transaction(arguments={"blob": bytes(3 * len(many[0].raw))})
    known.check_signature(huge, SignatureCache(1))
    assert len(known) == 0


def test_what_is_new_is_held_to_the_limits() -> None:
    transaction = Chain().transaction()
    with pytest.raises(Oversized):
        KnownTransactions().decode(transaction.raw, Limits(transaction_bytes=len(transaction.raw) - 1))


def test_a_block_of_known_transactions_is_executed_without_decoding_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain, other = Chain(), Chain()
    block = chain.commit(chain.transaction(), chain.transaction(sender=5)).block
    other.execute(block)
    monkeypatch.delattr(Transaction, "decode")
    monkeypatch.delattr(signatures, "verify_digest")
    assert other.execute(block).state.root == chain.head.state.root


def test_a_known_transaction_is_held_to_all_other_rules() -> None:
    chain = Chain()
    block = chain.commit(chain.transaction()).block
    assert block.transactions[0] in chain.rules.transactions
    replayed = changed(
        chain.build().block,
        block.transactions,
        transaction_count=1,
        transactions_root=block.header.transactions_root,
    )
    with pytest.raises(InvalidTransaction, match="was used already"):
        chain.execute(replayed)
