"""From 4 validators to 22 and back, through real blocks, while others go on paying each other."""

import pytest

from contracts.account.contract import Account
from contracts.membership import queries
from contracts.membership.contract import Membership
from crypto.signatures import SignatureCache
from ledger.errors import BadProof
from ledger.light import LightChain, SealedHeader
from ledger.quantities import Height
from tests.contracts.chain import VALIDATORS, Chain, address, new_chain
from tests.contracts.membership.council import (
    AUTHORITY,
    MEMBERSHIP,
    application,
    applied,
    ballot,
    certification,
    latest,
    shown,
)

FOUNDERS = list(VALIDATORS)
NEW = [f"tree{number}" for number in range(18)]
PAYERS = ("ash", "beech", "chestnut", "storage", "meter", "meter2")
EACH = 10**6
LOAD = 4
"""Payments of each payer in every block."""


class Council:
    """The chain with its load, and what the committee of every height should be."""

    def __init__(self) -> None:
        balances = {address(name): EACH for name in PAYERS}
        parameters = {"account": {"balances": balances}, MEMBERSHIP: {"proposals_each_max": 64}}
        self.chain: Chain = new_chain([Membership(), Account()], parameters, authority=AUTHORITY)
        self.announced = dict.fromkeys((1, 2), self.chain.committee.hash)
        self.paid = 0

    def block(self) -> None:
        """The next block under load; its header says what was announced, and all votes and payments work."""
        for payer, payee in zip(PAYERS, (*PAYERS[1:], PAYERS[0]), strict=True):
            for _ in range(LOAD):
                payment = {"to": address(payee), "amount": 1, "memo": ""}
                self.chain.send(payer, "account", "transfer", payment)
        receipts = self.chain.make_block()
        assert all(receipt.ok for receipt in receipts), [receipt.error for receipt in receipts]
        self.paid += LOAD * len(PAYERS)
        header = self.chain.head.header
        assert header.committee == self.announced[header.height]
        assert header.next_committee == self.announced[header.height + 1]
        after_next = self.chain.runtime.committee(self.chain.head.state, Height(header.height + 2))
        self.announced[header.height + 2] = after_next.hash

    def vote_on(self, numbers: range) -> None:
        """A quorum of the committee approves them all, in one block."""
        tallies = queries.tallies(self.chain.head.state, self.chain.head.height + 1)
        seated = queries.committee(self.chain.head.state, self.chain.head.height + 1)
        for voter in seated[: tallies[0].quorum]:
            for number in numbers:
                self.chain.send(voter.name, MEMBERSHIP, "vote", ballot(number))
        self.block()

    def join(self, names: list[str]) -> None:
        first = latest(self.chain) + 1
        for name in names:
            arguments = applied(self.chain, application(name), certification(self.chain, name))
            self.chain.send("grid", MEMBERSHIP, "apply", arguments)
            self.chain.learn(name)
        self.block()
        self.vote_on(range(first, first + len(names)))

    def change(self, kind: str, names: list[str], proposer: str) -> None:
        first = latest(self.chain) + 1
        for name in names:
            arguments = {"kind": kind, "member": address(name), "reason": "growth"}
            self.chain.send(proposer, MEMBERSHIP, "propose", arguments)
        self.block()
        self.vote_on(range(first, first + len(names)))

    def enter(self, names: list[str]) -> None:
        for name in names:
            self.chain.send(name, MEMBERSHIP, "show_synced", shown(self.chain))
        self.block()
        self.change("admit", names, "alder")

    def sizes(self) -> tuple[int, int]:
        state, height = self.chain.head.state, self.chain.head.height
        return tuple([len(queries.committee(state, height + ahead)) for ahead in (1, 2)])  # type: ignore[return-value]


@pytest.fixture(scope="module")
def council() -> Council:
    """One that has grown from 4 to 22, by one and by many at once, and shrunk to 4 others."""
    council = Council()
    council.block()
    for start in range(0, len(NEW), 6):
        council.join(NEW[start : start + 6])
    for start, size in ((0, 1), (1, 2), (3, 6), (9, 9)):
        council.enter(NEW[start : start + size])
    assert council.sizes() == (13, 22)
    council.block()
    council.block()
    assert (len(council.chain.head.seals.seals), council.chain.head.committee.quorum) == (22, 15)
    leaving = [*FOUNDERS, *NEW[:14]]
    for start, size in ((0, 1), (1, 1), (2, 8), (10, 8)):
        council.change("remove", leaving[start : start + size], NEW[-1])
    council.block()
    council.block()
    return council


def test_four_become_twenty_two_and_four_again(council: Council) -> None:
    head = council.chain.head
    seated = [validator.address for validator in head.committee.validators]
    assert seated == [address(name) for name in NEW[14:]]
    assert head.committee.quorum == 3


def test_nobody_else_noticed(council: Council) -> None:
    balances = [council.chain.get("account", f"balance/{address(name)}") for name in PAYERS]
    assert balances == [EACH] * len(PAYERS)
    assert council.chain.get("account", "issued") == EACH * len(PAYERS)
    assert council.paid == council.chain.head.height * LOAD * len(PAYERS)


def test_a_new_node_follows_all_of_it(council: Council) -> None:
    replayed = council.chain.replay()
    assert (replayed.hash, replayed.committee.hash) == (
        council.chain.head.hash,
        council.chain.head.committee.hash,
    )


def test_a_light_client_follows_by_handovers_alone(council: Council) -> None:
    chain = council.chain
    sealed = [SealedHeader(done.block.header, chain.seal(done), done.committee) for done in chain.blocks]
    told = [header for header in sealed if header.hands_over or header is sealed[-1]]
    light = LightChain.from_genesis(chain.genesis).follow(told, SignatureCache(1_000))
    assert (light.height, len(light.handovers)) == (chain.head.height, 8)
    assert light.committee_at(chain.head.height + 1) == chain.committee.hash
    with pytest.raises(BadProof):
        LightChain.from_genesis(chain.genesis).follow(told[1:], SignatureCache(1_000))


def test_the_numbers_tell_the_order_of_admission(council: Council) -> None:
    members = queries.list_members(council.chain.head.state)
    assert [member.number for member in members] == list(range(1, len(members) + 1))
    assert [member.name for member in members][-len(NEW) :] == NEW
