"""The pool: sequence order, urgency, quotas and expiry, above a chain in memory."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.account.contract import Account
from contracts.membership.contract import Membership
from crypto.hashing import Digest
from ledger.errors import (
    Expired,
    TransactionRejected,
    UnknownSender,
    WrongChain,
    WrongSequence,
    WrongSignature,
    WrongVersion,
)
from ledger.execution import build_block
from ledger.quantities import Round, Slot
from ledger.stage import Stage
from ledger.transaction import Transaction, sign_transaction
from node import mempool
from node.errors import PoolFull, SequenceTaken, TooFarAhead
from node.mempool import SENDER_MAX, SLOTS_AHEAD_MAX, Mempool
from tests.contracts.chain import Chain, address, key_of, new_chain

SENDERS = ("ash", "beech", "chestnut", "meter")


@pytest.fixture
def chain() -> Chain:
    return funded_chain()


def funded_chain() -> Chain:
    balances = {address(name): 10**6 for name in SENDERS}
    parameters = {"account": {"issuers": (), "balances": balances, "floors": {}}}
    return new_chain([Membership(), Account()], parameters)


def pool_of(chain: Chain) -> Mempool:
    return Mempool(chain.rules, chain.head)


def payment(
    chain: Chain,
    sender: str,
    sequence: int,
    *,
    valid_for: int = 50,
    stage: Stage | None = None,
    chain_id: Digest | None = None,
) -> Transaction:
    options: dict[str, object] = {
        "chain": chain_id or chain.genesis.hash,
        "contract": "account",
        "action": "transfer",
        "arguments": {"to": address("grid"), "amount": 1, "memo": ""},
        "sequence": sequence,
        "valid_until": chain.slot + valid_for,
        "stage": stage,
    }
    return sign_transaction(key_of(sender), **options)  # type: ignore[arg-type]


def add_all(pool: Mempool, chain: Chain, transactions: Iterable[Transaction]) -> None:
    for transaction in transactions:
        pool.add(transaction, chain.slot)


def test_a_sender_s_transactions_come_in_sequence_whatever_order_they_came_in(chain: Chain) -> None:
    pool = pool_of(chain)
    sent = [payment(chain, "ash", sequence) for sequence in range(4)]
    add_all(pool, chain, [sent[2], sent[0], sent[3], sent[1]])
    assert list(pool.candidates()) == sent
    assert pool.next_sequence(address("ash")) == 4


def test_what_comes_after_a_gap_waits(chain: Chain) -> None:
    pool = pool_of(chain)
    add_all(pool, chain, [payment(chain, "ash", 0), payment(chain, "ash", 2)])
    assert [transaction.sequence for transaction in pool.candidates()] == [0]
    assert pool.next_sequence(address("ash")) == 1
    pool.add(payment(chain, "ash", 1), chain.slot)
    assert [transaction.sequence for transaction in pool.candidates()] == [0, 1, 2]


def test_meters_come_first_then_the_nearest_deadline_then_who_came_first(chain: Chain) -> None:
    pool = pool_of(chain)
    late = payment(chain, "ash", 0, valid_for=90)
    soon = payment(chain, "beech", 0, valid_for=5)
    soon_too = payment(chain, "chestnut", 0, valid_for=5)
    metered = payment(chain, "meter", 0, valid_for=100, stage=Stage.VERIFICATION)
    add_all(pool, chain, [late, soon, soon_too, metered])
    assert list(pool.candidates()) == [metered, soon, soon_too, late]


def test_the_same_transaction_twice_is_one(chain: Chain) -> None:
    pool = pool_of(chain)
    first = payment(chain, "ash", 0)
    add_all(pool, chain, [first, first])
    assert len(pool) == 1
    assert pool.size == len(first.raw)


def test_refusals_name_what_is_wrong_and_change_nothing(chain: Chain) -> None:
    pool = pool_of(chain)
    pool.add(payment(chain, "ash", 0), chain.slot)
    other = replace(chain.genesis, name="another chain")
    signed = payment(chain, "ash", 1)
    forged = Transaction.decode(signed.raw[:-1] + bytes([signed.raw[-1] ^ 1]), chain.genesis.limits)
    cases: list[tuple[Transaction, type[TransactionRejected]]] = [
        (payment(chain, "ash", 0, valid_for=51), SequenceTaken),
        (payment(chain, "ash", SENDER_MAX), WrongSequence),
        (payment(chain, "ash", 1, chain_id=other.hash), WrongChain),
        (payment(chain, "ash", 1, valid_for=-1), Expired),
        (payment(chain, "ash", 1, valid_for=SLOTS_AHEAD_MAX + 1), TooFarAhead),
        (payment(chain, "nobody", 0), UnknownSender),
        (forged, WrongSignature),
    ]
    before = (pool.tx_ids, pool.size)
    for transaction, kind in cases:
        with pytest.raises(kind):
            pool.add(transaction, chain.slot)
        assert (pool.tx_ids, pool.size) == before
    assert issubclass(WrongVersion, TransactionRejected)


def test_a_new_head_takes_away_what_it_holds_what_is_stale_and_what_expired(chain: Chain) -> None:
    pool = pool_of(chain)
    held, next_one = payment(chain, "ash", 0), payment(chain, "ash", 1)
    expiring = payment(chain, "beech", 0, valid_for=0)
    add_all(pool, chain, [held, next_one, expiring])
    chain.pending = [held]
    chain.make_block()
    pool.advance(chain.head)
    assert pool.tx_ids == (next_one.tx_id,)
    with pytest.raises(WrongSequence, match="was used already"):
        pool.add(held, chain.slot)


def test_when_it_is_full_whoever_has_the_most_gives_way(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mempool, "POOL_MAX", 5)
    pool = pool_of(chain)
    greedy = [payment(chain, "ash", sequence) for sequence in range(5)]
    add_all(pool, chain, greedy)
    with pytest.raises(PoolFull):
        pool.add(payment(chain, "ash", 5), chain.slot)
    modest = payment(chain, "beech", 0)
    pool.add(modest, chain.slot)
    assert set(pool.tx_ids) == {*(transaction.tx_id for transaction in greedy[:4]), modest.tx_id}


def test_one_sender_has_a_quota_of_bytes(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    first = payment(chain, "ash", 0)
    monkeypatch.setattr(mempool, "SENDER_BYTES_MAX", len(first.raw) + 1)
    pool = pool_of(chain)
    pool.add(first, chain.slot)
    with pytest.raises(PoolFull, match="bytes of"):
        pool.add(payment(chain, "ash", 1), chain.slot)
    pool.add(payment(chain, "beech", 0), chain.slot)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SENDERS), st.integers(0, 5), st.integers(0, 3)), max_size=20))
def test_every_candidate_fits_into_a_block(sent: list[tuple[str, int, int]]) -> None:
    chain = funded_chain()
    pool = pool_of(chain)
    for sender, sequence, valid_for in sent:
        try:
            pool.add(payment(chain, sender, sequence, valid_for=valid_for), chain.slot)
        except SequenceTaken:
            continue
    proposer = chain.head.committee.validators[0].address
    built = build_block(chain.rules, chain.head, pool.candidates(), Slot(chain.slot), Round(0), proposer)
    assert built.refused == {}
    assert len(built.block.transactions) == len(list(pool.candidates()))
