"""Checking a chain from its genesis, with the rules that every node applies."""

from collections.abc import Callable

from consensus.proposer import rotation
from crypto.signatures import SignatureCache
from ledger.application import Rules
from ledger.check import Checked, check_store
from ledger.store import Store
from node.application import standard_application

SIGNATURES_MAX = 2**16


def check_chain(store: Store, progress: Callable[[int], None] = lambda _height: None) -> Checked:
    """Judge and execute every block again. Raises StoreCorrupt, which names the first thing that is wrong."""
    rules = Rules(store.genesis, standard_application(), rotation, SignatureCache(SIGNATURES_MAX))
    return check_store(store, rules, progress)
