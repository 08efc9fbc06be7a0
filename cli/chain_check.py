"""Checking a chain from its genesis, with the rules that every node applies."""

from collections.abc import Callable

from ledger.check import Checked, check_store
from ledger.store import Store
from node.application import standard_rules


def check_chain(store: Store, progress: Callable[[int], None] = lambda _height: None) -> Checked:
    """Judge and execute every block again. Raises StoreCorrupt, which names the first thing that is wrong."""
    return check_store(store, standard_rules(store.genesis), progress)
