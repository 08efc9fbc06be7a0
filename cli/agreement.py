"""What is asked of every network that was played here: whether all nodes hold the same chain, and whether it
keeps the money that its genesis gave."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cli.node_directory import open_chain
from contracts.context import decode_value
from crypto.address import Address
from ledger.codec import Value
from ledger.head import genesis_head
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


def money_change(store: Store) -> int:
    """Of all balances and escrows since the genesis, in millionths of the currency."""
    return holdings(store.state) - holdings(genesis_head(store.genesis, standard_application()).state)


def holdings(state: State) -> int:
    """All the money there is: balances and escrows of all accounts."""
    return sum(
        held(key.decode(), decode_value(value))
        for key, value in state.items()
        if key.startswith((b"account/balance/", b"account/escrow/"))
    )


def held(key: str, value: Value) -> int:
    if key.startswith("account/balance/"):
        return cast(int, value)
    return cast(tuple[Address, int], value)[1]
