"""The hooks: bounded work a slot, whatever the state, and next to none in a slot in which nothing is due."""

from dataclasses import replace

from contracts.context import Context, Journal
from contracts.membership import queries
from contracts.membership.contract import Membership
from contracts.membership.parameters import PROPOSALS_MAX
from crypto.address import Address
from ledger.application import Context as BlockContext
from ledger.codec import encode
from ledger.genesis import COMMITTEE_MAX
from ledger.overlay import Overlay
from ledger.quantities import Height, Slot
from tests.contracts.chain import FIRST_SLOT, Chain, address, make_genesis
from tests.contracts.membership.council import MEMBERSHIP, propose

LAST = Slot(FIRST_SLOT + 10)


def large_chain(size: int) -> Chain:
    """A chain whose founders all validate, with certificates of one day's making."""
    names = [f"validator{number}" for number in range(size)]
    roles = dict.fromkeys(names, ("validator",))
    genesis = make_genesis({MEMBERSHIP: {}}, roles=roles, committee=names)
    members = tuple(replace(member, last_slot=LAST) for member in genesis.members)
    return Chain(replace(genesis, members=members), [Membership()])


def steps_of_hook(chain: Chain, state: Overlay, slot: int) -> int:
    block = BlockContext(chain.genesis, Height(1), Slot(slot), chain.head.hash, 1)
    journal = Journal(state, chain.genesis.steps)
    Membership().on_slot(Context(MEMBERSHIP, block, journal), Slot(slot))
    state.apply(journal.state.changes)
    return journal.steps


def test_a_slot_in_which_nothing_is_due_costs_the_same_for_all() -> None:
    costs = []
    for size in (4, COMMITTEE_MAX):
        chain = large_chain(size)
        state = Overlay(chain.head.state)
        steps_of_hook(chain, state, FIRST_SLOT)
        costs.append(steps_of_hook(chain, state, FIRST_SLOT + 1))
    assert costs[0] == costs[1] < 100


def test_the_worst_slot_fits_into_a_block() -> None:
    """All of the largest committee expire, and as many proposals as may be open."""
    chain = large_chain(COMMITTEE_MAX)
    state = Overlay(chain.head.state)
    entry = ("expel", "x" * 64, Address("x" * 34), LAST)
    entries = tuple([(number, *entry) for number in range(1, 2 * PROPOSALS_MAX + 1)])
    state.put(b"membership/open", encode(entries))
    steps = steps_of_hook(chain, state, LAST + 1)
    assert steps < chain.genesis.limits.block_steps // 10
    assert len(queries.committee(state, 3)) == 4
    assert len(queries.waiting(state)) == 4
    assert steps_of_hook(chain, state, LAST + 2) < 100


def test_a_long_pause_is_no_more_than_its_slots() -> None:
    chain = large_chain(4)
    assert propose(chain, "expel", "validator1", "validator0").error.startswith("CommitteeAtMinimum: ")
    chain.make_block(chain.slot + 900)
    assert {*queries.waiting(chain.head.state)} == {address(f"validator{number}") for number in range(4)}
    assert chain.replay().hash == chain.head.hash
