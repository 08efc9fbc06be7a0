"""Applicants: what they state and sign, the conditions of the genesis, the vote, the number (BESSVS 2.2)."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.membership import queries
from contracts.membership.parameters import EnergyType
from crypto.address import Address
from crypto.hashing import Digest
from crypto.keys import PrivateKey
from ledger.codec import Value
from ledger.errors import UnknownSender
from ledger.quantities import Slot
from tests.contracts.chain import ROLES, Chain, address, key_of
from tests.contracts.membership.council import (
    FOREVER,
    MEMBERSHIP,
    application,
    applied,
    carry,
    certification,
    found,
    join,
    latest,
    record,
    refused,
    revocation,
    vote,
)

LATER = Slot(FOREVER + 1)
"""Until when an application is valid that follows another."""


@pytest.fixture
def chain() -> Chain:
    return found()


def arguments(chain: Chain, name: str = "elm", serial: int = 2, **stated: Any) -> dict[str, Value]:
    return applied(chain, application(name, **stated), certification(chain, name, serial))


def test_founders_are_numbered_with_the_committee_first(chain: Chain) -> None:
    members = queries.list_members(chain.head.state)
    assert [(member.number, member.name) for member in members] == list(enumerate(ROLES, start=1))


def test_an_applicant_becomes_a_member_by_a_quorum(chain: Chain) -> None:
    assert chain.call("ash", MEMBERSHIP, "apply", arguments(chain)).ok
    with pytest.raises(UnknownSender):
        chain.call("elm", "account", "repay", {"creditor": "x", "amount": 1})
    chain.pending.clear()
    assert vote(chain, "alder", 1).ok
    assert vote(chain, "birch", 1).ok
    assert not chain.runtime.is_member(chain.head.state, address("elm"))
    receipt = vote(chain, "dogwood", 1)
    admitted = next(event for event in receipt.events if event.name == "admitted")
    assert admitted.fields == {
        "member": address("elm"),
        "id": f"did:gridquorum:{address('elm')}",
        "number": len(ROLES) + 1,
        "roles": ("validator",),
    }
    assert chain.runtime.is_member(chain.head.state, address("elm"))
    assert record(chain, "elm").public_key == key_of("elm").public_key
    assert queries.profile(chain.head.state, address("elm")) == application("elm")


def test_numbers_rise_and_are_never_given_again(chain: Chain) -> None:
    join(chain, "elm")
    join(chain, "fir")
    assert (record(chain, "elm").number, record(chain, "fir").number) == (len(ROLES) + 1, len(ROLES) + 2)
    join_again = arguments(chain, roles=("prosumer", "validator"), valid_until=LATER)
    assert chain.call("ash", MEMBERSHIP, "apply", join_again).ok
    assert carry(chain, latest(chain)).ok
    assert record(chain, "elm").number == len(ROLES) + 1
    assert record(chain, "elm").roles == ("prosumer", "validator")


@pytest.mark.parametrize(
    ("stated", "error"),
    [
        ({"roles": ("grid",)}, "BadApplication"),
        ({"organisation": "Another"}, "BadApplication"),
        ({"public_key": key_of("fir").public_key}, "BadApplication"),
        ({"public_key": bytes(33)}, "BadApplication"),
        ({"valid_until": Slot(3)}, "BadApplication"),
        ({"encryption_key": key_of("elm").public_key}, "UnfitKey"),
        ({"encryption_key": bytes(33)}, "UnfitKey"),
        ({"name": "elm\x1b[2J"}, "BadApplication"),
        ({"location": "\u202eHamburg"}, "BadApplication"),
        ({"location": "\u061cHamburg"}, "BadApplication"),
        ({"name": "elm\u3164"}, "BadApplication"),
        ({"name": "elm\u00a0"}, "BadApplication"),
        ({"name": "elm\U000e0041"}, "BadApplication"),
        ({"generation_w": -1}, "ArgumentError"),
        ({"name": ""}, "ArgumentError"),
        ({"roles": ("x",) * 17}, "ArgumentError"),
    ],
)
def test_a_statement_that_cannot_be_is_refused(chain: Chain, stated: dict[str, Any], error: str) -> None:
    given = applied(chain, replace(application("elm"), **stated), certification(chain, "elm"))
    assert refused(chain, "ash", "apply", given) == error


def test_only_the_applicant_signs_its_application(chain: Chain) -> None:
    for key, message in (
        (key_of("ash"), application("elm").statement(chain.genesis.hash)),
        (key_of("elm"), application("elm").statement(key_of("elm").address.encode())),  # type: ignore[arg-type]
        (key_of("elm"), application("elm", storage_wh=1).statement(chain.genesis.hash)),
    ):
        given = arguments(chain) | {"signature": key.sign(message)}
        assert refused(chain, "ash", "apply", given) == "BadApplication"


@pytest.mark.parametrize(
    "stated",
    [{"first_slot": Slot(5_000)}, {"last_slot": Slot(999)}, {"chain": Digest(bytes(32))}],
)
def test_a_certification_must_hold(chain: Chain, stated: dict[str, Any]) -> None:
    given = applied(chain, application("elm"), replace(certification(chain, "elm"), **stated))
    assert refused(chain, "ash", "apply", given) == "RefusedStatement"


def test_only_the_authority_certifies(chain: Chain) -> None:
    forged = {"certification_signature": certification(chain, "elm").sign(PrivateKey.from_secret(5))}
    assert refused(chain, "ash", "apply", arguments(chain) | forged) == "RefusedStatement"


def test_without_an_authority_nobody_applies() -> None:
    chain = found(authority=b"")
    assert refused(chain, "ash", "apply", arguments(chain)) == "RefusedStatement"


CONDITIONS: dict[str, Value] = {
    "energy_types": ("solar", "storage"),
    "roles": ("validator",),
    "generation_w": (1_000, 50_000),
    "storage_wh": (0, 20_000),
    "members_max": len(ROLES) + 1,
}


@pytest.mark.parametrize(
    "stated",
    [
        {"energy_type": EnergyType.GAS},
        {"roles": ("prosumer",)},
        {"generation_w": 999},
        {"generation_w": 50_001},
        {"storage_wh": 20_001},
    ],
)
def test_the_conditions_of_the_genesis_are_checked_on_the_chain(stated: dict[str, Any]) -> None:
    chain = found({"admission": CONDITIONS})
    assert refused(chain, "ash", "apply", arguments(chain, **stated)) == "ConditionNotMet"
    assert chain.call("ash", MEMBERSHIP, "apply", arguments(chain)).ok


def test_there_are_no_more_members_than_the_genesis_wants() -> None:
    chain = found({"admission": CONDITIONS})
    assert chain.call("ash", MEMBERSHIP, "apply", arguments(chain)).ok
    assert chain.call("ash", MEMBERSHIP, "apply", arguments(chain, "fir")).ok
    assert carry(chain, 1).ok
    assert carry(chain, 2).error.startswith("ConditionNotMet: ")
    assert not chain.runtime.is_member(chain.head.state, address("fir"))
    assert refused(chain, "ash", "apply", arguments(chain, "gum")) == "ConditionNotMet"


def test_an_application_counts_once(chain: Chain) -> None:
    assert chain.call("ash", MEMBERSHIP, "apply", arguments(chain)).ok
    assert refused(chain, "beech", "apply", arguments(chain, roles=("prosumer",))) == "AlreadyProposed"
    assert carry(chain, 1).ok
    assert refused(chain, "ash", "apply", arguments(chain)) == "BadApplication"


def test_a_certification_that_ends_during_the_vote_admits_nobody(chain: Chain) -> None:
    certified = certification(chain, "elm", last_slot=Slot(chain.slot + 2))
    assert chain.call("ash", MEMBERSHIP, "apply", applied(chain, application("elm"), certified)).ok
    assert vote(chain, "alder", 1).ok
    assert vote(chain, "birch", 1).ok
    assert vote(chain, "cedar", 1).error.startswith("RefusedStatement: ")


def test_nobody_returns_with_a_certification_that_was_revoked(chain: Chain) -> None:
    join(chain, "elm")
    assert chain.call("ash", MEMBERSHIP, "revoke", revocation(chain, "elm", 3)).ok
    for serial in (2, 3):
        given = arguments(chain, serial=serial, valid_until=LATER)
        assert refused(chain, "ash", "apply", given) == "StaleStatement"
    assert chain.call("ash", MEMBERSHIP, "apply", arguments(chain, serial=4, valid_until=LATER)).ok


def test_an_application_is_never_granted_twice(chain: Chain) -> None:
    """Nobody gets a member roles back that it has given up since."""
    join(chain, "elm", ("prosumer", "validator"))
    assert (
        refused(chain, "ash", "apply", arguments(chain, roles=("prosumer", "validator"))) == "BadApplication"
    )
    assert chain.call("ash", MEMBERSHIP, "apply", arguments(chain, roles=("prosumer",), valid_until=LATER)).ok
    assert carry(chain, latest(chain)).ok
    assert (
        refused(chain, "ash", "apply", arguments(chain, roles=("prosumer", "validator"))) == "BadApplication"
    )
    assert record(chain, "elm").roles == ("prosumer",)


def test_a_stranger_gets_nothing_into_a_block(chain: Chain) -> None:
    assert not chain.runtime.is_member(chain.head.state, Address("nobody"))
    chain.send("elm", MEMBERSHIP, "apply", arguments(chain))
    with pytest.raises(UnknownSender):
        chain.make_block()
