"""What is asked of every network that was played here: whether all nodes hold the same chain, and whether it
keeps the money that its genesis gave."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cli.describe import Names
from cli.node_directory import open_chain
from cli.output import mark
from contracts.context import decode_value
from crypto.address import Address
from ledger.codec import Value
from ledger.head import genesis_head
from ledger.quantities import Slot
from ledger.receipt import Event
from ledger.state import State
from ledger.store import Store
from node.application import standard_application


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether all nodes hold the same chain."""

    nodes: int
    blocks: int
    slots: int
    transactions: int
    state_root: str
    roots_agree: bool

    def facts(self, money_change: int) -> Iterator[tuple[str, str]]:
        """For people, with what all the money has changed by."""
        yield "blocks", f"{self.blocks} in {self.slots} slots, {self.transactions} transactions"
        yield "state roots", f"{mark(self.roots_agree)} all {self.nodes} nodes, {self.state_root[:16]}..."
        conserved = mark(money_change == 0)
        yield "money", f"{conserved} all balances and escrows sum to what the genesis gave"


@contextmanager
def open_chains(folders: Sequence[Path]) -> Iterator[Sequence[Store]]:
    """The chains of all nodes, read-only."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_chain(folder)) for folder in folders]


def agreement_of(stores: Sequence[Store]) -> Agreement:
    """Compare every block of every node with the first node's."""
    first = stores[0]
    heights = range(1, min(store.head.height for store in stores) + 1)
    headers = [first.block(height).header for height in heights]
    same_blocks = all(store.block(header.height).header == header for store in stores for header in headers)
    own_states = all(store.head.header.state_root == store.state.root for store in stores)
    return Agreement(
        nodes=len(stores),
        blocks=len(headers),
        slots=headers[-1].slot - first.genesis.first_slot + 1,
        transactions=sum(header.transaction_count for header in headers),
        state_root=headers[-1].state_root.hex(),
        roots_agree=same_blocks and own_states,
    )


def events_of(store: Store) -> Iterator[tuple[Slot, Event]]:
    """All that contracts told in all blocks, oldest first, with the slot of the block."""
    for height in range(1, store.head.height + 1):
        slot, (receipts, told) = store.block(height).header.slot, store.receipts(height)
        for event in (*(event for receipt in receipts for event in receipt.events), *told):
            yield slot, event


def money_change(store: Store) -> int:
    """Of all balances and escrows since the genesis, in millionths of the currency."""
    return holdings(store.state) - holdings(founding_state(store))


def balance_changes(store: Store) -> list[tuple[str, str, int]]:
    """(account, name, millionths) of all accounts that have, or had, money: members as in the genesis, then
    the market's own."""
    before, after = balances(founding_state(store)), balances(store.state)
    members, names = [member.address for member in store.genesis.members], Names(store.genesis)
    touched = {*before, *after}
    accounts = [*filter(touched.__contains__, members), *sorted(touched.difference(members))]
    return [(each, names[each], after.get(each, 0) - before.get(each, 0)) for each in accounts]


def founding_state(store: Store) -> State:
    return genesis_head(store.genesis, standard_application()).state


def holdings(state: State) -> int:
    """All the money there is: balances and escrows of all accounts."""
    return sum(balances(state).values()) + locked_amount(state)


def balances(state: State) -> Mapping[str, int]:
    """By account."""
    return {name: cast(int, value) for name, value in _under(state, "account/balance/")}


def locked_amount(state: State) -> int:
    """What all escrows hold."""
    return sum(cast(tuple[Address, int], value)[1] for _, value in _under(state, "account/escrow/"))


def _under(state: State, prefix: str) -> Iterator[tuple[str, Value]]:
    """The rest of each key, and its value."""
    for key, value in state.items():
        name = key.decode()
        if name.startswith(prefix):
            yield name.removeprefix(prefix), decode_value(value)
