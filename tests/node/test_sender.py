"""What one key has sent: numbered without gaps, renewed when it expires, moved when its number is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from contracts.account.contract import Account
from contracts.agent import Submit
from contracts.membership.contract import Membership
from ledger.errors import LedgerError, UnknownSender
from ledger.transaction import Transaction
from node.errors import PoolFull
from node.sender import RENEWALS_MAX, VALID_SLOTS, Failed, Sender
from tests.contracts.chain import Chain, address, key_of, new_chain


@dataclass
class Fixture:
    """A sender, a chain in memory, and what was offered to a pool that may refuse."""

    chain: Chain
    offered: list[Transaction] = field(default_factory=list)
    refusal: LedgerError | None = None

    def __post_init__(self) -> None:
        self.sender = Sender(key_of("ash"), self.chain.genesis.hash, self.offer)

    def offer(self, transaction: Transaction) -> None:
        if self.refusal:
            raise self.refusal
        self.offered.append(transaction)

    def submit(self, amount: int, owner: int = 0) -> list[Failed]:
        submit = Submit("account", "transfer", {"to": address("grid"), "amount": amount, "memo": ""})
        return list(self.sender.submit(owner, submit, self.next_sequence(), self.chain.head.slot))

    def next_sequence(self) -> int:
        return self.chain.view.next_sequence(address("ash"))

    def block(self, transactions: Sequence[Transaction] = ()) -> list[Failed]:
        self.chain.pending = list(transactions)
        self.chain.make_block()
        return list(self.sender.follow(self.chain.last, self.next_sequence()))


@pytest.fixture
def sent() -> Fixture:
    parameters = {"account": {"issuers": (), "balances": {address("ash"): 100}, "floors": {}}}
    return Fixture(new_chain([Membership(), Account()], parameters))


def test_numbers_follow_each_other_before_any_is_in_a_block(sent: Fixture) -> None:
    for amount in (1, 2, 3):
        assert sent.submit(amount) == []
    assert [transaction.sequence for transaction in sent.offered] == [0, 1, 2]


def test_the_log_says_when_a_transaction_was_made(sent: Fixture) -> None:
    with capture_logs() as logs:
        sent.submit(1)
    (made,) = logs
    assert made["event"] == "transaction made"
    assert (made["action"], made["tx_id"]) == ("account.transfer", sent.offered[0].tx_id.hex())


def test_what_is_in_a_block_is_settled_and_the_rest_is_sent_again(sent: Fixture) -> None:
    for amount in (1, 2):
        sent.submit(amount)
    first, second = sent.offered
    assert sent.block([first]) == []
    assert sent.offered == [first, second, second]
    assert sent.block([second]) == []
    sent.block()
    assert len(sent.offered) == 3


def test_a_failure_on_the_chain_is_told_to_who_asked(sent: Fixture) -> None:
    sent.submit(1, owner=4)
    sent.submit(1_000, owner=5)
    (failed,) = sent.block(sent.offered)
    assert failed.owner == 5
    assert failed.event.action == "transfer"
    assert "cannot give 1000" in failed.event.error


def test_a_refusal_for_good_is_told_at_once(sent: Fixture) -> None:
    sent.refusal = UnknownSender(address("ash"))
    (failed,) = sent.submit(1)
    assert "not a member" in failed.event.error
    sent.refusal = None
    sent.submit(2)
    assert [transaction.sequence for transaction in sent.offered] == [0]


def test_a_full_pool_is_tried_again(sent: Fixture) -> None:
    sent.refusal = PoolFull("transactions", 1)
    assert sent.submit(1) == []
    sent.refusal = None
    sent.block()
    assert [transaction.sequence for transaction in sent.offered] == [0]


def test_what_expires_is_signed_anew_under_its_number_until_it_is_given_up(sent: Fixture) -> None:
    sent.submit(1)
    failures: list[Failed] = []
    for _ in range((RENEWALS_MAX + 1) * (VALID_SLOTS + 1)):
        failures += sent.block()
    assert {transaction.sequence for transaction in sent.offered} == {0}
    assert len({transaction.tx_id for transaction in sent.offered}) == RENEWALS_MAX + 1
    assert len(failures) == 1
    assert "no block took it" in failures[0].event.error


def test_a_number_that_another_process_of_the_key_used_is_replaced(sent: Fixture) -> None:
    foreign = sent.chain.send("ash", "account", "transfer", {"to": address("beech"), "amount": 9, "memo": ""})
    sent.submit(1)
    sent.submit(2)
    _, second = sent.offered
    sent.block([foreign])
    moved = sent.offered[-1]
    assert (moved.sequence, moved.arguments["amount"]) == (2, 1)
    assert sent.block([second, moved]) == []
    assert sent.chain.get("account", f"balance/{address('ash')}") == 100 - 9 - 2 - 1
