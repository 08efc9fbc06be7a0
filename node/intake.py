"""The ways into the mempool: from peers, from users through the API, and from the node's own agents."""

from collections.abc import Callable
from typing import Final

import structlog

from crypto.address import Address
from ledger.errors import (
    DecodeError,
    TransactionRejected,
    WrongChain,
    WrongSender,
    WrongSequence,
    WrongSignature,
    WrongVersion,
)
from ledger.execution import Executed, build_block
from ledger.quantities import Round, Slot, TxId
from ledger.transaction import Transaction
from net.errors import BadContent
from node.chain import NodeChain
from node.errors import WouldFail
from node.mempool import Mempool

SEEN_MAX: Final = 2**15
"""Transactions that are not asked for again: kept, refused, or in a block."""

DISHONEST: Final = (WrongVersion, WrongChain, WrongSender, WrongSignature)
"""Refusals that do not depend on the moment: whoever passed the transaction on could have known."""

log = structlog.get_logger("pool")


class Intake:
    """Judges transactions and keeps the good ones; also what net.gossip asks of a pool."""

    def __init__(
        self,
        chain: NodeChain,
        pool: Mempool,
        own_address: Address,
        slot: Callable[[], Slot],
        publish: Callable[[TxId], None],
    ) -> None:
        self._chain = chain
        self._pool = pool
        self._own_address = own_address
        self._slot = slot
        self._publish = publish
        self._seen: dict[TxId, None] = {}

    def wants(self, tx_id: TxId) -> bool:
        """Whether this transaction is new."""
        return tx_id not in self._seen and tx_id not in self._pool

    def raw(self, tx_id: TxId) -> bytes | None:
        """A transaction that waits, encoded."""
        transaction = self._pool.get(tx_id)
        return transaction.raw if transaction else None

    def offer(self, raw: bytes) -> TxId:
        """From a peer. Raises BadContent for what no honest node passes on; keeps it if it can."""
        try:
            transaction = Transaction.decode(raw, self._chain.genesis.limits)
            self.send(transaction)
        except (DecodeError, *DISHONEST) as error:
            raise BadContent("a transaction", error) from error
        except TransactionRejected as error:
            self._see(transaction.tx_id)
            log.debug("transaction refused", tx_id=transaction.tx_id.hex(), reason=str(error))
        return transaction.tx_id

    def submit(self, raw: bytes) -> TxId:
        """From a user, who is told at once if it cannot work on the head as it is.

        Raises DecodeError or TransactionRejected, and keeps nothing.
        """
        transaction = Transaction.decode(raw, self._chain.genesis.limits)
        if transaction.tx_id not in self._pool:
            expected = self._pool.next_sequence(transaction.sender)
            if transaction.sequence > expected:
                raise WrongSequence(transaction.sender, transaction.sequence, expected)
            self._pool.check(transaction, self._slot())
            self._try(transaction)
        self.send(transaction)
        return transaction.tx_id

    def send(self, transaction: Transaction) -> None:
        """Keep a transaction and tell the peers. Raises TransactionRejected, and keeps nothing."""
        if transaction.tx_id not in self._pool:
            self._pool.add(transaction, self._slot())
            self._see(transaction.tx_id)
            self._publish(transaction.tx_id)

    def follow(self, executed: Executed) -> None:
        """A block was kept: what it holds is wanted no more."""
        for receipt in executed.receipts:
            self._see(receipt.tx_id)

    def _try(self, transaction: Transaction) -> None:
        """Execute it on the head, after what waits of its sender. Raises TransactionRejected."""
        head = self._chain.head
        slot = Slot(max(head.slot + 1, self._slot()))
        candidates = (*self._pool.waiting_of(transaction.sender), transaction)
        built = build_block(self._chain.rules, head, candidates, slot, Round(0), self._own_address)
        if transaction.tx_id in built.refused:
            raise built.refused[transaction.tx_id]
        for receipt in built.executed.receipts:
            if receipt.tx_id == transaction.tx_id and not receipt.ok:
                raise WouldFail(transaction.tx_id, receipt.error)

    def _see(self, tx_id: TxId) -> None:
        self._seen[tx_id] = None
        if len(self._seen) > SEEN_MAX:
            del self._seen[next(iter(self._seen))]
