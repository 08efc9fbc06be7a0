"""Money is conserved whatever happens, and every refusal has its name."""

from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.account.balances import ISSUED_MAX
from contracts.account.contract import Account
from contracts.context import decode_value
from contracts.errors import ArgumentError
from contracts.membership.contract import Membership
from ledger.receipt import Receipt
from tests.contracts.account.till import Till
from tests.contracts.chain import Chain, address, key_of, new_chain

PEOPLE = ("ash", "beech", "grid")
FLOOR = -150


def new_money_chain() -> Chain:
    parameters = {
        "issuers": (address("grid"),),
        "balances": {address("ash"): 1_000, address("beech"): 10},
        "floors": {"clearing": FLOOR},
    }
    return new_chain([Membership(), Account(), Till()], {"account": parameters})


@pytest.fixture
def chain() -> Chain:
    return new_money_chain()


def balance(chain: Chain, account: str) -> int:
    return cast(int, chain.get("account", f"balance/{account}") or 0)


def transfer(chain: Chain, payer: str, payee: str, amount: int) -> Receipt:
    return chain.call(payer, "account", "transfer", {"to": payee, "amount": amount, "memo": ""})


def held(chain: Chain) -> tuple[int, int]:
    """All balances, and all escrows."""
    kept = {
        key.decode(): decode_value(value) for key, value in chain.head.state.items() if key[:8] == b"account/"
    }
    balances = sum(cast(int, value) for key, value in kept.items() if key.startswith("account/balance/"))
    escrows = sum(cast(tuple[str, int], v)[1] for key, v in kept.items() if key.startswith("account/escrow/"))
    return balances, escrows


class Money(RuleBasedStateMachine):
    """Members and a market move money at random; most of it is refused."""

    people = st.sampled_from(PEOPLE)
    amounts = st.one_of(st.integers(1, 300), st.integers(1, ISSUED_MAX))
    escrows = st.sampled_from(["one", "two", "three"])

    def __init__(self) -> None:
        super().__init__()
        self.chain = new_money_chain()

    def send(self, who: str, contract: str, action: str, **arguments: object) -> None:
        self.chain.send(who, contract, action, arguments)  # type: ignore[arg-type]

    @rule(who=people, to=people, amount=amounts)
    def transfer(self, who: str, to: str, amount: int) -> None:
        self.send(who, "account", "transfer", to=address(to), amount=amount, memo="")

    @rule(who=people, to=people, amount=amounts)
    def issue(self, who: str, to: str, amount: int) -> None:
        self.send(who, "account", "issue", to=address(to), amount=amount)

    @rule(who=people, escrow=escrows, amount=amounts)
    def lock(self, who: str, escrow: str, amount: int) -> None:
        self.send(who, "till", "lock", escrow=escrow, amount=amount)

    @rule(who=people, escrow=escrows)
    def release(self, who: str, escrow: str) -> None:
        self.send(who, "till", "release", escrow=escrow)

    @rule(who=people, escrow=escrows, to=people, amount=amounts)
    def slash(self, who: str, escrow: str, to: str, amount: int) -> None:
        self.send(who, "till", "slash", escrow=escrow, to=address(to), amount=amount)

    @rule(who=people, to=people, amount=amounts)
    def clear(self, who: str, to: str, amount: int) -> None:
        self.send(who, "till", "clear", to=address(to), amount=amount)

    @rule(who=people, creditor=people, amount=amounts)
    def owe_and_repay(self, who: str, creditor: str, amount: int) -> None:
        self.send(who, "till", "owe", creditor=address(creditor), amount=amount)
        self.send(who, "account", "repay", creditor=address(creditor), amount=amount)

    @rule()
    def make_block(self) -> None:
        self.chain.make_block()

    @invariant()
    def money_is_conserved(self) -> None:
        balances, escrows = held(self.chain)
        assert balances + escrows == self.chain.get("account", "issued")
        assert balance(self.chain, "clearing") >= FLOOR
        assert all(balance(self.chain, address(name)) >= 0 for name in PEOPLE)

    def teardown(self) -> None:
        self.chain.make_block()
        self.money_is_conserved()
        assert self.chain.replay().state.root == self.chain.head.state.root


Money.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestMoney = Money.TestCase


def test_a_transfer_moves_exactly_what_it_says(chain: Chain) -> None:
    receipt = transfer(chain, "ash", address("beech"), 999)
    assert receipt.ok
    assert balance(chain, address("ash")) == 1
    assert balance(chain, address("beech")) == 1_009
    assert transfer(chain, "ash", address("ash"), 1).ok
    assert balance(chain, address("ash")) == 1


def test_an_emptied_account_leaves_nothing_in_the_state(chain: Chain) -> None:
    assert transfer(chain, "beech", address("ash"), 10).ok
    assert chain.get("account", f"balance/{address('beech')}") is None


def test_nobody_gives_what_he_has_not(chain: Chain) -> None:
    assert transfer(chain, "beech", address("ash"), 11).error.startswith("InsufficientBalance: ")
    assert balance(chain, address("beech")) == 10


def test_a_named_account_goes_down_to_its_floor_and_no_further(chain: Chain) -> None:
    clear = {"to": address("ash"), "amount": -FLOOR}
    assert chain.call("ash", "till", "clear", clear).ok
    assert balance(chain, "clearing") == FLOOR
    assert chain.call("ash", "till", "clear", {**clear, "amount": 2}).error.startswith(
        "InsufficientBalance: "
    )


def test_money_to_strangers_would_be_lost_and_is_refused(chain: Chain) -> None:
    assert transfer(chain, "ash", key_of("stranger").address, 1).error.startswith("UnknownAccount: ")
    assert transfer(chain, "ash", "clearing", 1).error.startswith("ArgumentError: argument to")


def test_only_named_issuers_make_money_and_not_without_end(chain: Chain) -> None:
    issue = {"to": address("ash"), "amount": 5}
    assert chain.call("ash", "account", "issue", issue).error.startswith("NotIssuer: ")
    assert chain.call("grid", "account", "issue", issue).ok
    assert chain.get("account", "issued") == 1_015
    assert chain.call("grid", "account", "issue", {**issue, "amount": ISSUED_MAX}).error.startswith(
        "IssueLimit: "
    )


@pytest.mark.parametrize("amount", [0, -1, 2**62 + 1, True, "5", None])
def test_amounts_are_positive_integers(chain: Chain, amount: object) -> None:
    receipt = transfer(chain, "ash", address("beech"), amount)  # type: ignore[arg-type]
    assert receipt.error.startswith("ArgumentError: argument amount")


def test_an_escrow_is_released_or_slashed_and_then_gone(chain: Chain) -> None:
    lock = {"escrow": "one", "amount": 100}
    assert chain.call("ash", "till", "lock", lock).ok
    assert chain.call("beech", "till", "lock", lock).error.startswith("EscrowExists: ")
    slash = {"escrow": "one", "to": address("beech"), "amount": 40}
    assert chain.call("ash", "till", "slash", slash).ok
    assert chain.call("ash", "till", "slash", {**slash, "amount": 61}).error.startswith("EscrowTooSmall: ")
    assert chain.call("beech", "till", "release", {"escrow": "one"}).ok
    assert balance(chain, address("ash")) == 960
    assert balance(chain, address("beech")) == 50
    assert chain.call("ash", "till", "release", {"escrow": "one"}).error.startswith("NoEscrow: ")


def test_a_debt_is_repaid_in_parts_and_never_more(chain: Chain) -> None:
    assert chain.call("ash", "till", "owe", {"creditor": address("beech"), "amount": 30}).ok
    repay = {"creditor": address("beech"), "amount": 20}
    assert chain.call("ash", "account", "repay", repay).ok
    assert chain.call("ash", "account", "repay", repay).error.startswith("NoDebt: ")
    assert chain.get("account", f"debt/{address('ash')}/{address('beech')}") == 10
    assert chain.call("ash", "account", "repay", {**repay, "amount": 10}).ok
    assert chain.get("account", f"debt/{address('ash')}/{address('beech')}") is None
    assert balance(chain, address("beech")) == 40


@pytest.mark.parametrize(("name", "amount"), [("balances", -1), ("floors", 1)])
def test_a_genesis_with_money_on_the_wrong_side_of_zero_is_refused(name: str, amount: int) -> None:
    with pytest.raises(ArgumentError, match="ash"):
        new_chain([Membership(), Account()], {"account": {name: {"ash": amount}}})


def test_a_genesis_that_lets_more_be_owed_than_amounts_can_hold_is_refused() -> None:
    floors = {"clearing": -ISSUED_MAX, "losses": -1}
    with pytest.raises(ArgumentError, match="floors"):
        new_chain([Membership(), Account()], {"account": {"floors": floors}})
    new_chain([Membership(), Account()], {"account": {"floors": {"clearing": -ISSUED_MAX}}})


def test_a_member_may_begin_with_nothing() -> None:
    chain = new_chain([Membership(), Account()], {"account": {"balances": {address("ash"): 0}}})
    assert balance(chain, address("ash")) == 0
    assert chain.get("account", "issued") is None
