"""Who may do what: every action of every contract, for those who have its role, and for nobody else."""

from dataclasses import replace
from functools import cache

import pytest

from contracts.capacity.parameters import CAPACITY
from contracts.community.parameters import COMMUNITY
from contracts.context import state_key
from contracts.contract import Action
from contracts.errors import ArgumentError
from contracts.membership.changes import Allow
from contracts.membership.members import Member, Standing, encode_member, member_key
from contracts.pool.parameters import POOL
from contracts.response.parameters import RESPONSE
from crypto.address import Address
from ledger.application import Context
from ledger.codec import Value, encode
from ledger.execution import last_slot
from ledger.genesis import VALIDATOR
from ledger.overlay import Overlay
from ledger.quantities import Height, Slot
from ledger.receipt import Receipt
from node.application import standard_application
from tests.contracts.capacity.market import Market as CapacityMarket
from tests.contracts.chain import Chain, address, encryption_key_of, key_of
from tests.contracts.community.market import Market as CommunityMarket
from tests.contracts.dispatch_day.market import Market as DispatchMarket
from tests.contracts.membership.council import MEMBERSHIP, carry, found, latest, refused, revocation
from tests.contracts.pool.market import Market as PoolMarket
from tests.contracts.rejections import unsigned
from tests.contracts.response.market import Market as ResponseMarket

MARKETS = {
    CAPACITY: CapacityMarket,
    COMMUNITY: CommunityMarket,
    POOL: PoolMarket,
    RESPONSE: ResponseMarket,
}
"""The chains that have what the dispatch market's has not."""

ACTIONS = [
    (contract, action)
    for contract, actions in standard_application().actions.items()
    for action in actions.values()
]
RESTRICTED = [(contract, action) for contract, action in ACTIONS if action.roles is not None]


def title(value: object) -> str:
    return value.name if isinstance(value, Action) else str(value)


@cache
def chain_with(contract: str) -> Chain:
    """A chain on which this contract has its actions."""
    chain = MARKETS.get(contract, DispatchMarket)().chain
    chain.make_block()
    return chain


def elm(roles: tuple[str, ...]) -> Member:
    """A member without a seat."""
    keys = key_of("elm").public_key, encryption_key_of("elm").public_key
    return Member(Address(address("elm")), 99, "elm", "Elm", roles, *keys)


def attempt(contract: str, action: Action, member: Member) -> tuple[Receipt, Overlay]:
    """What becomes of an action without arguments that a member sends."""
    chain = chain_with(contract)
    standing = Overlay(chain.head.state)
    standing.put(state_key(MEMBERSHIP, member_key(member.address)), encode(encode_member(member)))
    changes = Overlay(standing)
    context = Context(chain.genesis, Height(chain.head.height + 1), chain.head.slot, chain.head.hash, 1)
    return chain.runtime.execute(changes, unsigned(chain, "elm", contract, action, {}), context), changes


def is_not_allowed(contract: str, action: Action, member: Member) -> bool:
    receipt, changes = attempt(contract, action, member)
    assert receipt.ok or not changes.changes
    return receipt.error.startswith("NotAllowed: ")


def test_every_contract_with_actions_is_on_one_of_the_chains() -> None:
    assert all(contract in chain_with(contract).genesis.contracts for contract, _ in ACTIONS)


@pytest.mark.parametrize(("contract", "action"), ACTIONS, ids=title)
def test_a_member_with_another_role_is_refused(contract: str, action: Action) -> None:
    for roles in ((), ("auditor",)):
        assert is_not_allowed(contract, action, elm(roles)) is (action.roles is not None)


@pytest.mark.parametrize(("contract", "action"), RESTRICTED, ids=title)
def test_each_of_its_roles_suffices(contract: str, action: Action) -> None:
    for role in action.roles or ():
        assert not is_not_allowed(contract, action, elm((role,)))


@pytest.mark.parametrize(("contract", "action"), RESTRICTED, ids=title)
def test_roles_end_with_the_certificate_and_the_standing(contract: str, action: Action) -> None:
    good = elm(tuple(action.roles or ()))
    now = last_slot(chain_with(contract).head.state)
    assert not is_not_allowed(contract, action, replace(good, last_slot=now))
    ended = Slot(now - 1)
    for bad in ({"last_slot": ended}, {"is_revoked": True}, {"standing": Standing.EXPELLED}):
        assert is_not_allowed(contract, action, replace(good, **bad))  # type: ignore[arg-type]


@pytest.mark.parametrize(("contract", "action"), RESTRICTED, ids=title)
def test_the_suspended_are_validators_in_nothing(contract: str, action: Action) -> None:
    suspended = replace(elm((VALIDATOR,)), standing=Standing.SUSPENDED)
    assert is_not_allowed(contract, action, suspended)
    others = tuple([role for role in action.roles or () if role != VALIDATOR])
    assert is_not_allowed(contract, action, replace(suspended, roles=others)) is (not others)


def change(action: str, roles: tuple[str, ...] | None, contract: str = "account") -> dict[str, Value]:
    return {"contract": contract, "action": action, "roles": roles, "reason": "as was agreed"}


REPAY: dict[str, Value] = {"creditor": "x", "amount": 1}


def test_the_table_changes_by_vote() -> None:
    chain = found()
    for roles, works, fails in ((("storage",), "storage", "ash"), (None, "ash", None), ((), None, "storage")):
        assert chain.call("alder", MEMBERSHIP, "propose_roles", change("repay", roles)).ok
        assert carry(chain, latest(chain)).ok
        if works:
            assert chain.call(works, "account", "repay", REPAY).error.startswith("NoDebt: ")
        if fails:
            assert chain.call(fails, "account", "repay", REPAY).error.startswith("NotAllowed: ")


def test_only_actions_of_this_chain_are_in_the_table() -> None:
    chain = found()
    for contract, action in (
        ("account", "nothing"),
        ("dispatch", "trigger"),
        ("a.b", "c"),
        ("account", "repay.x"),
    ):
        arguments = change(action, None, contract)
        assert refused(chain, "alder", "propose_roles", arguments) == "UnknownAction"


@pytest.mark.parametrize("action", ["vote", "propose", "propose_roles", "propose_version"])
def test_the_committee_cannot_give_its_own_power_away(action: str) -> None:
    chain = found()
    assert refused(chain, "alder", "propose_roles", change(action, (), MEMBERSHIP)) == "NotPossible"
    with pytest.raises(ArgumentError, match=f"actions.{MEMBERSHIP}.{action}"):
        found({"actions": {f"{MEMBERSHIP}.{action}": ("grid",)}})


@pytest.mark.parametrize(
    "role", ["eno, grid", "any member", "no member", "Grid", "gr\u0456d", "grid\n", "grid2"]
)
def test_no_proposal_reads_like_another(role: str) -> None:
    """A role that is no word could stand for several, or for all."""
    chain = found()
    assert refused(chain, "alder", "propose_roles", change("issue", ("grid", role))) == "NotPossible"
    subjects = [Allow("account", "issue", roles).subject for roles in (None, (), ("any",), ("no", "member"))]
    assert len({*subjects}) == len(subjects)


def test_a_revocation_takes_effect_within_the_block() -> None:
    chain = found()
    chain.send("meter", "account", "repay", REPAY)
    chain.send("ash", MEMBERSHIP, "revoke", revocation(chain, "meter"))
    receipts = chain.make_block()
    assert receipts[0].error.startswith("NoDebt: ")
    assert receipts[1].ok
    assert not chain.runtime.is_member(chain.head.state, address("meter"))
