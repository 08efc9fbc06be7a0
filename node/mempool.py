"""Transactions that wait for a block: bounded, fair between senders, the urgent first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Final

from crypto.address import Address
from ledger.application import Rules
from ledger.errors import Expired, UnknownSender, WrongChain, WrongSequence, WrongVersion
from ledger.execution import next_sequence
from ledger.head import Head
from ledger.quantities import Slot, TxId
from ledger.stage import Stage
from ledger.transaction import VERSION, Transaction
from node.errors import PoolFull, SequenceTaken, TooFarAhead

SENDER_MAX: Final = 256
"""Transactions of one sender that may wait."""

SENDER_BYTES_MAX: Final = 2**19
POOL_MAX: Final = 2**13
POOL_BYTES_MAX: Final = 2**23
"""Of encoded transactions; decoded, hostile ones take up to ninety times as much."""

SLOTS_AHEAD_MAX: Final = 1_000
"""How far ahead a transaction may say that it is valid; what waits is not to wait for ever."""


@dataclass(slots=True)
class _Queue:
    """What waits of one sender, by sequence."""

    waiting: dict[int, Transaction] = field(default_factory=dict)
    size: int = 0

    def add(self, transaction: Transaction) -> None:
        self.waiting[transaction.sequence] = transaction
        self.size += len(transaction.raw)

    def remove(self, sequence: int) -> Transaction:
        transaction = self.waiting.pop(sequence)
        self.size -= len(transaction.raw)
        return transaction


class Mempool:
    """The pool of one node, above the head that it was last told."""

    def __init__(self, rules: Rules, head: Head) -> None:
        self._rules = rules
        self._head = head
        self._queues: dict[Address, _Queue] = {}
        self._by_id: dict[TxId, Transaction] = {}
        self._arrival: dict[TxId, int] = {}
        self._arrivals = 0
        self._size = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, tx_id: object) -> bool:
        return tx_id in self._by_id

    @property
    def size(self) -> int:
        """Bytes of all that waits."""
        return self._size

    @property
    def tx_ids(self) -> Sequence[TxId]:
        """All that wait, the oldest first."""
        return tuple(self._by_id)

    def get(self, tx_id: TxId) -> Transaction | None:
        """A waiting transaction."""
        return self._by_id.get(tx_id)

    def next_sequence(self, sender: Address) -> int:
        """The sequence number that a sender would use next, after all that waits without a gap."""
        queue = self._queues.get(sender)
        sequence = next_sequence(self._head.state, sender)
        while queue and sequence in queue.waiting:
            sequence += 1
        return sequence

    def waiting_of(self, sender: Address) -> tuple[Transaction, ...]:
        """What waits of a sender without a gap, in sequence."""
        queue = self._queues.get(sender)
        if queue is None:
            return ()
        first = next_sequence(self._head.state, sender)
        return tuple(queue.waiting[sequence] for sequence in range(first, self.next_sequence(sender)))

    def add(self, transaction: Transaction, slot: Slot) -> None:
        """Take a transaction, `slot` being now; one that is there already is left alone.

        Raises TransactionRejected (WrongSequence, Expired, PoolFull...) or CryptoError, and keeps nothing.
        """
        if transaction.tx_id in self._by_id:
            return
        self.check(transaction, slot)
        self._rules.transactions.check_signature(transaction, self._rules.signatures)
        self._make_room(transaction)
        self._queues.setdefault(transaction.sender, _Queue()).add(transaction)
        self._by_id[transaction.tx_id] = transaction
        self._arrival[transaction.tx_id] = self._arrivals
        self._arrivals += 1
        self._size += len(transaction.raw)

    def candidates(self) -> Iterator[Transaction]:
        """For a block: each sender in sequence, and among the senders the most urgent first.

        Meters come first, then whatever has the nearest deadline, so that a flood delays neither.
        """
        queues = [self.waiting_of(sender) for sender in self._queues]
        heap = [(self._urgency(waiting[0]), 0, waiting) for waiting in queues if waiting]
        heapify(heap)
        while heap:
            _, place, waiting = heappop(heap)
            yield waiting[place]
            if place + 1 < len(waiting):
                heappush(heap, (self._urgency(waiting[place + 1]), place + 1, waiting))

    def advance(self, head: Head) -> None:
        """There is a new head: what it holds, made stale or let expire goes, and all of who is out."""
        self._head = head
        for sender, queue in list(self._queues.items()):
            first = next_sequence(head.state, sender)
            is_member = self._rules.application.is_member(head.state, sender)
            stale = [
                sequence
                for sequence, waiting in queue.waiting.items()
                if not is_member or sequence < first or waiting.valid_until <= head.slot
            ]
            for sequence in stale:
                self._remove(sender, sequence)

    def discard(self, tx_id: TxId) -> None:
        """Forget a transaction that no block can hold."""
        transaction = self._by_id.get(tx_id)
        if transaction is not None:
            self._remove(transaction.sender, transaction.sequence)

    def check(self, transaction: Transaction, slot: Slot) -> None:
        """All but the signature and the room that is left. Raises TransactionRejected."""
        genesis, sender = self._rules.genesis, transaction.sender
        if transaction.version != VERSION:
            raise WrongVersion(transaction.version, VERSION)
        if transaction.chain != genesis.hash:
            raise WrongChain(transaction.chain, genesis.hash)
        if transaction.valid_until < slot:
            raise Expired(transaction.valid_until, slot)
        if transaction.valid_until > slot + SLOTS_AHEAD_MAX:
            raise TooFarAhead(transaction.valid_until, slot + SLOTS_AHEAD_MAX)
        if not self._rules.application.is_member(self._head.state, sender):
            raise UnknownSender(sender)
        first = next_sequence(self._head.state, sender)
        if not first <= transaction.sequence < first + SENDER_MAX:
            raise WrongSequence(sender, transaction.sequence, first)
        queue = self._queues.get(sender)
        if queue and transaction.sequence in queue.waiting:
            raise SequenceTaken(sender, transaction.sequence, queue.waiting[transaction.sequence].tx_id)
        if queue and queue.size + len(transaction.raw) > SENDER_BYTES_MAX:
            raise PoolFull(f"bytes of {sender}", SENDER_BYTES_MAX)

    def _make_room(self, transaction: Transaction) -> None:
        """While the pool is full, the last transaction goes of whoever has the most. Raises PoolFull."""
        needed = len(transaction.raw)
        while len(self._by_id) >= POOL_MAX or self._size + needed > POOL_BYTES_MAX:
            greediest = max(self._queues, key=lambda sender: self._queues[sender].size)
            if greediest == transaction.sender:
                raise PoolFull("transactions in the pool", POOL_MAX)
            self._remove(greediest, max(self._queues[greediest].waiting))

    def _remove(self, sender: Address, sequence: int) -> None:
        queue = self._queues[sender]
        transaction = queue.remove(sequence)
        del self._by_id[transaction.tx_id], self._arrival[transaction.tx_id]
        self._size -= len(transaction.raw)
        if not queue.waiting:
            del self._queues[sender]

    def _urgency(self, transaction: Transaction) -> tuple[bool, int, int]:
        is_metering = transaction.stage is Stage.VERIFICATION
        return not is_metering, transaction.valid_until, self._arrival[transaction.tx_id]
