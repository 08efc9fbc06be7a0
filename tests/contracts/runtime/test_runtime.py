"""The runtime keeps what an action changed if it returned, and nothing else."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.account.contract import Account
from contracts.errors import UnknownContract
from contracts.membership.contract import Membership
from contracts.metering.contract import Metering
from contracts.sharing.contract import Sharing
from contracts.sharing.records import Opening
from ledger.codec import Value
from ledger.errors import ApplicationFault
from ledger.genesis import Limits
from ledger.stage import Stage
from tests.contracts.chain import FIRST_PERIOD, FIRST_SLOT, Chain, address, make_genesis, new_chain
from tests.contracts.rejections import check_random_call
from tests.contracts.runtime.toy import BrokenHook, Toy
from tests.contracts.sharing.market import PARKS, Market, trigger_arguments


@pytest.fixture
def chain() -> Chain:
    return new_chain([Membership(), Toy()])


def test_what_an_action_kept_is_kept(chain: Chain) -> None:
    receipt = chain.call("ash", "toy", "keep", {"key": "a", "value": "b"})
    assert receipt.ok
    assert [event.name for event in receipt.events] == ["kept"]
    assert chain.get("toy", "a") == "b"


def test_a_refused_action_leaves_its_receipt_and_its_sequence(chain: Chain) -> None:
    chain.make_block()
    before = dict(chain.head.state.items())
    receipt = chain.call("ash", "toy", "keep_and_refuse", {"key": "a"})
    assert not receipt.ok
    assert receipt.error == "Refused: it was refused after all"
    assert receipt.events == ()
    assert receipt.steps > 0
    after = dict(chain.head.state.items())
    changed = {key for key in after if before.get(key) != after[key]}
    by_hooks = {b"ledger/slot", b"membership/recent", b"toy/slots"}
    assert changed == by_hooks | {f"ledger/sequence/{address('ash')}".encode()}


@pytest.mark.parametrize(
    ("contract", "action"),
    [("toy", "nothing"), ("nothing", "keep"), ("account", "transfer"), ("toy", "on_slot")],
)
def test_an_unknown_action_is_refused(chain: Chain, contract: str, action: str) -> None:
    assert chain.call("ash", contract, action, {}).error.startswith("UnknownAction: ")


def test_roles_are_enforced(chain: Chain) -> None:
    assert chain.call("grid", "toy", "restricted", {}).ok
    assert chain.call("storage", "toy", "restricted", {}).ok
    for name in ("ash", "alder", "meter"):
        receipt = chain.call(name, "toy", "restricted", {})
        assert receipt.error.startswith("NotAllowed: ")
        assert "grid or storage" in receipt.error


def test_the_genesis_may_give_actions_to_other_roles() -> None:
    actions = {"toy.restricted": ("microgrid",), "toy.keep": ("grid",)}
    chain = new_chain([Membership(), Toy()], {"membership": {"actions": actions}})
    assert chain.call("ash", "toy", "restricted", {}).ok
    assert chain.call("grid", "toy", "restricted", {}).error.startswith("NotAllowed: ")
    assert chain.call("ash", "toy", "keep", {"key": "a", "value": "b"}).error.startswith("NotAllowed: ")


def test_a_genesis_that_names_an_unknown_contract_is_refused() -> None:
    with pytest.raises(UnknownContract, match=r"contracts\.dispach: there is no such contract; known:"):
        Chain(make_genesis({"membership": {}, "dispach": {}}), [Membership(), Toy()])


def test_the_budget_of_steps_stops_what_takes_too_much() -> None:
    chain = new_chain([Membership(), Toy()], limits=Limits(block_steps=40_000))
    assert chain.call("ash", "toy", "spend", {"items": 9_000}).ok
    receipt = chain.call("ash", "toy", "spend", {"items": 10_000})
    assert receipt.error.startswith("StepsExceeded: ")
    assert receipt.steps == 10_000
    assert chain.get("toy", "spent") == 9_000


def test_a_fault_of_ours_is_no_failure_of_the_sender(chain: Chain) -> None:
    chain.send("ash", "toy", "fault", {})
    with pytest.raises(ApplicationFault, match="ZeroDivisionError"):
        chain.make_block()


def test_a_hook_that_raises_is_a_fault_too() -> None:
    chain = new_chain([Membership(), BrokenHook()])
    with pytest.raises(ApplicationFault, match="hooks"):
        chain.make_block()


def test_all_validators_name_the_same_wrong_argument(chain: Chain) -> None:
    """The proposer has its own transactions as they were made, others as they were decoded."""
    wrong: dict[str, Value] = {"zebra": 1, "ape": 2, "x" * 10_000: 3}
    receipt = chain.call("ash", "toy", "restricted", wrong)
    assert receipt.error.startswith("NotAllowed: ")
    receipt = chain.call("grid", "toy", "restricted", wrong)
    assert receipt.error.startswith("ArgumentError: argument ape")
    receipt = chain.call("grid", "toy", "restricted", {"x" * 10_000: 3})
    assert len(receipt.error) < 200


def test_hooks_run_for_every_slot_also_for_those_without_a_block(chain: Chain) -> None:
    chain.make_block()
    chain.make_block(FIRST_SLOT + 5)
    assert chain.get("toy", "slots") == 6
    ticks = [(event.fields["slot"], event.fields["period"]) for event in chain.last.slot_events]
    assert ticks == [(FIRST_SLOT + n, FIRST_PERIOD + n) for n in range(1, 6)]


def test_a_replay_from_genesis_ends_in_the_same_state(chain: Chain) -> None:
    scenario(chain)
    assert chain.replay().state.root == chain.head.state.root
    assert chain.replay().hash == chain.head.hash


def test_another_process_with_another_hash_seed_ends_in_the_same_state(chain: Chain) -> None:
    scenario(chain)
    code = (
        "from tests.contracts.runtime.test_runtime import *\n"
        "chain = new_chain([Membership(), Toy()])\n"
        "scenario(chain)\n"
        "print(chain.head.hash.hex())"
    )
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.stdout.strip() == chain.head.hash.hex()


def scenario(chain: Chain) -> None:
    """A few blocks of what works and what does not."""
    for number, name in enumerate(("ash", "beech", "chestnut", "ash")):
        chain.send(name, "toy", "keep", {"key": f"k{number % 3}", "value": name})
        chain.send(name, "toy", "keep_and_refuse", {"key": "x"})
        chain.send(name, "toy", "restricted", {})
        chain.make_block(chain.slot + number)


METERS = {address("meter"): {"owner": address("ash"), "carrier": "electricity", "place": "park"}}
ALL = new_chain(
    [Membership(), Account(), Metering(), Sharing(), Market(), Toy()],
    {
        "account": {"balances": {address("ash"): 100, address("beech"): 5}, "issuers": (address("grid"),)},
        "metering": {"meters": METERS},
    },
)
"""A chain with something of everything on it."""

IDENTIFIERS = [
    ALL.send("alder", "market", "trigger", trigger_arguments(Opening.SUM, PARKS), Stage.TRIGGER).tx_id,
    ALL.send("alder", "toy", "trigger", {}, Stage.TRIGGER).tx_id,
]
ALL.make_block()


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_whatever_is_refused_changes_nothing(data: st.DataObject) -> None:
    check_random_call(data, ALL, list(ALL.runtime.actions), IDENTIFIERS, leave_out=("fault",))
