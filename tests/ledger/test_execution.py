"""Execution: what blocks do, and every rule whose breach makes a block invalid."""

from dataclasses import replace

import pytest

from crypto.field import ORDER
from ledger import merkle
from ledger.application import Context
from ledger.block import Block
from ledger.errors import (
    ApplicationFault,
    DecodeError,
    Expired,
    HooksBehind,
    InvalidBlock,
    InvalidTransaction,
    Malformed,
    NoRoom,
    QuotaExceeded,
    TooLarge,
    TransactionRejected,
    UnknownSender,
    WrongChain,
    WrongHeaderField,
    WrongSender,
    WrongSequence,
    WrongSignature,
    WrongVersion,
)
from ledger.execution import Built, build_block, next_sequence
from ledger.genesis import Limits
from ledger.overlay import Overlay
from ledger.quantities import Height, Round, Slot, TxId
from ledger.receipt import Receipt
from ledger.seals import NO_SEALS, Seals
from ledger.transaction import Transaction, sign_transaction
from tests.ledger.builders import Chain, Counter, changed, key_of, make_genesis, read_count, seal, some_digest


def resigned(transaction: Transaction, sender: int = 4, **fields: object) -> Transaction:
    """The transaction with other fields, properly signed again."""
    given = {**transaction.__dict__, **fields}
    names = ("chain", "contract", "action", "arguments", "sequence", "valid_until", "stage", "links")
    return sign_transaction(key_of(sender), **{name: given[name] for name in names})


def with_high_s(transaction: Transaction) -> Transaction:
    s = int.from_bytes(transaction.signature[32:], "big")
    return replace(transaction, signature=transaction.signature[:32] + (ORDER - s).to_bytes(32, "big"))


def test_a_block_does_what_its_transactions_and_hooks_say() -> None:
    chain = Chain()
    chain.commit(chain.transaction(), chain.transaction(ahead=1), chain.transaction(sender=5))
    assert read_count(chain.head.state, key_of(4).address) == 2
    assert read_count(chain.head.state, key_of(5).address) == 1
    assert next_sequence(chain.head.state, key_of(4).address) == 2
    assert read_count(chain.head.state, "slots") == 1


def test_a_failed_transaction_leaves_its_receipt_and_its_sequence_number_alone() -> None:
    chain = Chain()
    executed = chain.commit(chain.transaction(action="fail"))
    assert [receipt.ok for receipt in executed.receipts] == [False]
    assert executed.receipts[0].error == "it was told to fail"
    assert read_count(chain.head.state, key_of(4).address) == 0
    assert next_sequence(chain.head.state, key_of(4).address) == 1


def test_hooks_run_for_every_missed_slot_in_order() -> None:
    chain = Chain()
    executed = chain.commit(slot=1_009)
    assert read_count(chain.head.state, "slots") == 10
    assert [event.fields["slot"] for event in executed.slot_events] == [1_000, 1_002, 1_004, 1_006, 1_008]


def test_after_a_long_pause_blocks_stay_empty_until_all_hooks_have_run() -> None:
    chain = Chain(make_genesis(limits=Limits(block_slots=4)))
    with pytest.raises(HooksBehind):
        raise refusal(chain, chain.transaction(), slot=1_005)
    chain.commit(slot=1_005)
    assert read_count(chain.head.state, "slots") == 4
    chain.commit(chain.transaction(), slot=1_006)
    assert read_count(chain.head.state, "slots") == 7


def propose(chain: Chain, *transactions: Transaction, slot: int | None = None) -> Built:
    when = Slot(chain.head.slot + 1 if slot is None else slot)
    proposer = chain.head.committee.validators[0].address
    return build_block(chain.rules, chain.head, transactions, when, Round(0), proposer)


def refusal(chain: Chain, *transactions: Transaction, slot: int | None = None) -> TransactionRejected:
    """Why the last of the transactions does not get into a block with the others."""
    return propose(chain, *transactions, slot=slot).refused[transactions[-1].tx_id]


def bad_transactions(chain: Chain) -> dict[str, tuple[Transaction, type[TransactionRejected]]]:
    good = chain.transaction()
    return {
        "changed after signing": (replace(good, action="fail"), WrongSignature),
        "signature of nothing": (replace(good, signature=bytes(64)), WrongSignature),
        "signature in its other form": (with_high_s(good), WrongSignature),
        "signed by another": (replace(resigned(good, sender=5), sender=good.sender), WrongSender),
        "another's key": (replace(good, public_key=key_of(5).public_key), WrongSender),
        "public key off the curve": (replace(good, public_key=b"\x02" + b"\xff" * 32), WrongSender),
        "sender is no address": (replace(good, sender="G" * 30), UnknownSender),
        "nobody's sender": (chain.transaction(sender=77), UnknownSender),
        "another chain": (resigned(good, chain=some_digest(9)), WrongChain),
        "another version": (replace(good, version=2), WrongVersion),
        "expired": (resigned(good, valid_until=chain.head.slot), Expired),
        "skipped sequence": (chain.transaction(ahead=1), WrongSequence),
        "replayed": (chain.blocks[0][0].transactions[0], WrongSequence),
        "a fault of ours": (chain.transaction(action="crash"), ApplicationFault),
    }


def chain_with_history() -> Chain:
    chain = Chain()
    chain.commit(chain.transaction())
    chain.commit()
    return chain


@pytest.mark.parametrize("name", bad_transactions(chain_with_history()))
def test_what_must_not_be_in_a_block_makes_it_invalid_and_changes_nothing(name: str) -> None:
    chain = chain_with_history()
    bad, expected = bad_transactions(chain)[name]
    before = chain.head.state.root, dict(chain.head.state.items())
    assert type(refusal(chain, bad)) is expected

    good = chain.build(chain.transaction(sender=5)).block
    raws = (*good.transactions, bad.raw)
    forced = changed(good, raws, transaction_count=2, transactions_root=merkle.root(raws))
    with pytest.raises(InvalidTransaction, match="transaction 1") as caught:
        chain.execute(forced)
    assert type(caught.value.cause) is expected
    assert before == (chain.head.state.root, dict(chain.head.state.items()))
    chain.commit(chain.transaction())


@pytest.mark.parametrize("raw", [b"", b"\xc1", b"\x90", b"\x9c" + b"\xc0" * 12, bytes(2**17)])
def test_malformed_or_oversized_bytes_make_a_block_invalid(raw: bytes) -> None:
    chain = chain_with_history()
    good = chain.build().block
    forced = changed(good, (raw,), transaction_count=1, transactions_root=merkle.root((raw,)))
    with pytest.raises(InvalidTransaction) as caught:
        chain.execute(forced)
    assert isinstance(caught.value.cause, DecodeError)


def test_one_transaction_twice_in_a_block_is_a_replay() -> None:
    chain = Chain()
    transaction = chain.transaction()
    raws = (transaction.raw, transaction.raw)
    good = chain.build(transaction).block
    with pytest.raises(InvalidTransaction) as caught:
        chain.execute(changed(good, raws, transaction_count=2, transactions_root=merkle.root(raws)))
    assert isinstance(caught.value.cause, WrongSequence)


def test_a_proposer_leaves_out_what_is_larger_than_others_would_read() -> None:
    chain = Chain(make_genesis(limits=Limits(transaction_bytes=300)))
    large = chain.transaction(arguments={"blob": bytes(200)})
    assert type(refusal(chain, large)) is TooLarge
    assert type(refusal(chain, chain.transaction(sender=5), large)) is TooLarge


def test_a_quota_by_sender_holds() -> None:
    chain = Chain(make_genesis(limits=Limits(sender_quota=2)))
    three = [chain.transaction(ahead=ahead) for ahead in range(3)]
    assert type(refusal(chain, *three)) is QuotaExceeded
    good = chain.build(*three, chain.transaction(sender=5))
    assert len(good.transactions) == 3
    raws = tuple(transaction.raw for transaction in three)
    with pytest.raises(InvalidTransaction, match="all that one sender may have"):
        chain.execute(changed(good.block, raws, transactions_root=merkle.root(raws)))


def test_a_budget_of_steps_holds() -> None:
    chain = Chain(make_genesis(limits=Limits(block_steps=10)))
    first = chain.transaction(arguments={"steps": 6})
    second = chain.transaction(sender=5, arguments={"steps": 5})
    refused = refusal(chain, first, second)
    assert type(refused) is NoRoom
    assert (refused.what, refused.needed, refused.limit) == ("steps", 11, 10)
    raws = (first.raw, second.raw)
    good = chain.build(first).block
    with pytest.raises(InvalidTransaction, match="11 steps"):
        chain.execute(changed(good, raws, transaction_count=2, transactions_root=merkle.root(raws)))


def test_a_proposer_executes_no_more_than_a_block_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Chain(make_genesis(limits=Limits(block_steps=10)))
    costly = [chain.transaction(ahead=ahead, arguments={"steps": 4}) for ahead in range(50)]
    executed: list[TxId] = []
    execute = Counter.execute

    def watched(self: Counter, overlay: Overlay, transaction: Transaction, context: Context) -> Receipt:
        executed.append(transaction.tx_id)
        return execute(self, overlay, transaction, context)

    monkeypatch.setattr(Counter, "execute", watched)
    built = propose(chain, *costly)
    assert [receipt.tx_id for receipt in built.executed.receipts] == [each.tx_id for each in costly[:2]]
    assert list(built.refused) == [costly[2].tx_id]
    assert executed == [each.tx_id for each in costly[:3]]


def test_a_block_is_filled_up_to_its_limit_of_bytes_and_not_beyond() -> None:
    limit = 3_000
    chain = Chain(make_genesis(limits=Limits(block_bytes=limit)))
    many = [chain.transaction(ahead=ahead) for ahead in range(30)]
    built = chain.build(*many)
    assert limit - len(many[0].raw) - 100 < len(built.block.raw) <= limit
    chain.execute(built.block)
    smaller = Chain(make_genesis(limits=Limits(block_bytes=len(built.block.raw) - 1)))
    with pytest.raises(InvalidBlock, match="more than the limit"):
        smaller.execute(built.block)


WRONG_FIELDS = {
    "version": 2,
    "chain": some_digest(1),
    "height": Height(7),
    "parent": some_digest(1),
    "slot": Slot(1_001),
    "committee": some_digest(1),
    "next_committee": some_digest(1),
    "round": Round(1),
    "proposer": key_of(0).address,
    "transaction_count": 2,
    "transactions_root": some_digest(1),
    "receipts_root": some_digest(1),
    "state_root": some_digest(1),
}


@pytest.mark.parametrize("name", WRONG_FIELDS)
def test_a_header_with_one_wrong_field_is_refused_by_name(name: str) -> None:
    chain = chain_with_history()
    good = chain.build(chain.transaction()).block
    chain.execute(good)
    with pytest.raises(WrongHeaderField) as caught:
        chain.execute(changed(good, **{name: WRONG_FIELDS[name]}))
    # A wrong round shows in the proposer, whose turn it is not.
    assert caught.value.field == ("proposer" if name == "round" else name)


def test_parent_seals_are_checked_against_the_parents_committee() -> None:
    chain = chain_with_history()
    good = chain.build().block
    parent = chain.head.header
    for bad in (
        NO_SEALS,
        seal(parent, (0, 1)),
        seal(parent, (1, 2, 3), keys=[key_of(9)] * 4),
        good_twice(parent),
    ):
        with pytest.raises(InvalidBlock, match="seal"):
            chain.execute(changed(good, parent_seals=bad))
    chain.execute(changed(good, parent_seals=seal(parent, (1, 2, 3), round=4)))


def good_twice(header: object) -> Seals:
    once = seal(header, (0, 1, 2))  # type: ignore[arg-type]
    return Seals(once.round, (once.seals[0], once.seals[0], once.seals[1]))


def test_the_first_block_has_no_parent_seals() -> None:
    chain = Chain()
    good = chain.build().block
    with pytest.raises(WrongHeaderField, match="parent_seals"):
        chain.execute(changed(good, parent_seals=seal(chain.head.header, (0, 1, 2))))


def test_a_hook_that_fails_is_a_fault_and_not_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = Chain()
    block = chain.build().block
    monkeypatch.setattr(chain.rules.application, "open_slots", lambda *_: {}["missing"])
    with pytest.raises(ApplicationFault, match="slots 1000 to 1000"):
        chain.build()
    with pytest.raises(InvalidBlock, match="fault in the hooks"):
        chain.execute(block)


def test_a_committee_change_takes_effect_two_blocks_later() -> None:
    chain = Chain()
    keys = tuple(key_of(number).public_key for number in (0, 1, 2, 5))
    changing = chain.commit(chain.transaction(action="committee", arguments={"keys": keys}))
    announcing = chain.commit()
    header = announcing.block.header
    assert changing.block.header.next_committee == changing.block.header.committee
    assert header.next_committee != header.committee
    chain.committee_keys = [key_of(number) for number in (0, 1, 2, 5)]
    deciding = chain.commit()
    assert deciding.committee.public_keys == keys
    assert deciding.block.header.committee == header.next_committee
    chain.commit()


def test_a_header_with_other_transactions_is_no_block() -> None:
    chain = Chain()
    block = chain.build(chain.transaction(), chain.transaction(sender=5)).block
    first, second = block.transactions
    for others in ((), (first,), (second, first), (first, second, second), (first, b"")):
        with pytest.raises(Malformed, match="not those of its header"):
            Block.decode(changed(block, others).raw, chain.genesis.limits)
    with pytest.raises(Malformed):
        Block.decode(changed(block, transaction_count=3).raw, chain.genesis.limits)


def test_a_block_keeps_its_bytes_and_hash_when_decoded() -> None:
    chain = chain_with_history()
    block = chain.build(chain.transaction()).block
    again = Block.decode(block.raw, chain.genesis.limits)
    assert again == block
    assert again.hash == block.hash
    assert again.raw == block.raw
