"""Members, roles, keys and the committee, as the genesis has them."""

import pytest

from contracts.errors import UnknownAction
from contracts.membership.contract import Membership
from contracts.membership.members import decode_member
from crypto.address import Address
from crypto.keys import PrivateKey
from ledger.errors import UnknownSender
from ledger.quantities import Height
from tests.contracts.chain import ROLES, VALIDATORS, Chain, address, encryption_key_of, key_of, new_chain


@pytest.fixture
def chain() -> Chain:
    return new_chain([Membership()])


def test_the_genesis_members_are_on_the_chain(chain: Chain) -> None:
    for name, roles in ROLES.items():
        value = chain.get("membership", f"member/{address(name)}")
        member = decode_member(address(name), value)
        assert (member.name, member.roles) == (name, roles)
        assert member.public_key == key_of(name).public_key
        assert member.encryption_key == encryption_key_of(name).public_key


def test_the_committee_is_the_genesis_committee_in_member_order(chain: Chain) -> None:
    committee = chain.runtime.committee(chain.head.state, Height(1))
    assert [validator.address for validator in committee.validators] == [address(name) for name in VALIDATORS]
    assert chain.get("membership", "committee") == ((0, tuple(address(name) for name in VALIDATORS)),)


def test_a_stranger_gets_nothing_into_a_block(chain: Chain) -> None:
    assert not chain.runtime.is_member(chain.head.state, Address("nobody"))
    chain.send("stranger", "membership", "change_encryption_key", {"key": bytes(33)})
    with pytest.raises(UnknownSender):
        chain.make_block()


def test_a_member_changes_its_own_encryption_key(chain: Chain) -> None:
    key = PrivateKey.from_secret(77).public_key
    assert chain.call("ash", "membership", "change_encryption_key", {"key": key}).ok
    value = chain.get("membership", f"member/{address('ash')}")
    member = decode_member(address("ash"), value)
    assert member.encryption_key == key
    assert member.public_key == key_of("ash").public_key


@pytest.mark.parametrize("key", [bytes(33), b"\x02" + b"\xff" * 32, b"\x04" + bytes(32)])
def test_an_encryption_key_is_a_point(chain: Chain, key: bytes) -> None:
    receipt = chain.call("ash", "membership", "change_encryption_key", {"key": key})
    assert receipt.error.startswith("UnfitKey: ")


def test_an_encryption_key_does_not_sign(chain: Chain) -> None:
    key = key_of("ash").public_key
    receipt = chain.call("ash", "membership", "change_encryption_key", {"key": key})
    assert receipt.error.startswith("UnfitKey: ")


def test_a_genesis_that_gives_roles_to_an_unknown_action_is_refused() -> None:
    with pytest.raises(UnknownAction):
        new_chain([Membership()], {"membership": {"actions": {"membership.reign": ("grid",)}}})
