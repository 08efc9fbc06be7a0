"""Transactions that were found good, decoded, by their bytes: nothing is decoded or verified twice.

What was gossiped and waits in the pool costs next to nothing when its block comes.
"""

from collections import OrderedDict

from crypto.signatures import SignatureCache
from ledger.genesis import Limits
from ledger.transaction import Transaction, check_signature

KNOWN_BYTES_MAX = 2**23
"""Of encoded transactions, several blocks full; decoded, hostile ones take up to ninety times as much."""


class KnownTransactions:
    """Remembers good transactions, the newest `capacity_bytes` of them; bad ones are judged each time."""

    def __init__(self, capacity_bytes: int = KNOWN_BYTES_MAX) -> None:
        self._capacity_bytes = capacity_bytes
        self._bytes = 0
        self._known: OrderedDict[bytes, Transaction] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, raw: object) -> bool:
        return raw in self._known

    def decode(self, raw: bytes, limits: Limits) -> Transaction:
        """The transaction of these bytes. Raises DecodeError."""
        return self._known.get(raw) or Transaction.decode(raw, limits)

    def check_signature(self, transaction: Transaction, signatures: SignatureCache) -> None:
        """As ledger.transaction.check_signature, unless it is known to be good."""
        if transaction.raw not in self._known:
            check_signature(transaction, signatures)
            self._remember(transaction)

    def _remember(self, transaction: Transaction) -> None:
        self._known[transaction.raw] = transaction
        self._bytes += len(transaction.raw)
        while self._bytes > self._capacity_bytes:
            raw, _ = self._known.popitem(last=False)
            self._bytes -= len(raw)
