"""The transactions of one key on their way: numbered, renewed, and sent until they are in a block."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import structlog

from contracts.agent import SubmissionFailed, Submit
from crypto.hashing import Digest
from crypto.keys import PrivateKey
from ledger.errors import LedgerError
from ledger.execution import Executed
from ledger.quantities import Slot
from ledger.transaction import Transaction, sign_transaction
from node.errors import PoolFull, SequenceTaken

VALID_SLOTS: Final = 20
"""For so many slots a transaction may wait for a block; then it is signed anew."""

RENEWALS_MAX: Final = 3

log = structlog.get_logger("agent")


@dataclass(frozen=True, slots=True)
class Underway:
    """A submission that is in no block yet."""

    owner: int
    """Which agent asked for it."""
    submit: Submit
    transaction: Transaction
    renewals: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """What an agent is to be told."""

    owner: int
    event: SubmissionFailed


class Sender:
    """Numbers and follows what is sent with one key; agents that share a key share this."""

    def __init__(self, key: PrivateKey, chain: Digest, offer: Callable[[Transaction], None]) -> None:
        """`offer` puts a transaction into the pool, or raises LedgerError; again and again is harmless."""
        self._key = key
        self._chain = chain
        self._offer = offer
        self._underway: list[Underway] = []

    def submit(self, owner: int, submit: Submit, next_sequence: int, slot: Slot) -> Iterator[Failed]:
        """Sign and send; `next_sequence` is the pool's. Yields the failure if it is refused at once."""
        sequence = max(next_sequence, self._after_last())
        yield from self._send(Underway(owner, submit, self._signed(submit, sequence, slot)))

    def follow(self, executed: Executed, next_sequence: int) -> Iterator[Failed]:
        """A block was kept, after which the state's next number is `next_sequence`: settle what is in the
        block, and send the rest again."""
        receipts = {receipt.tx_id: receipt for receipt in executed.receipts}
        slot = executed.block.header.slot
        waiting, self._underway, displaced = self._underway, [], []
        for underway in waiting:
            receipt = receipts.get(underway.transaction.tx_id)
            if receipt is not None:
                yield from () if receipt.ok else (_failed(underway, receipt.error),)
            elif underway.transaction.sequence < next_sequence:
                displaced.append(underway)
            else:
                yield from self._renew(underway, slot)
        for underway in displaced:
            # Its number went to what this key sent from elsewhere, or before a restart.
            yield from self.submit(underway.owner, underway.submit, next_sequence, slot)

    def _renew(self, underway: Underway, slot: Slot) -> Iterator[Failed]:
        if underway.transaction.valid_until > slot:
            yield from self._send(underway)
        elif underway.renewals < RENEWALS_MAX:
            again = self._signed(underway.submit, underway.transaction.sequence, slot)
            yield from self._send(replace(underway, transaction=again, renewals=underway.renewals + 1))
        else:
            yield _failed(underway, f"no block took it in {RENEWALS_MAX + 1} times {VALID_SLOTS} slots")

    def _after_last(self) -> int:
        return max((underway.transaction.sequence for underway in self._underway), default=-1) + 1

    def _send(self, underway: Underway) -> Iterator[Failed]:
        try:
            self._offer(underway.transaction)
        except (SequenceTaken, PoolFull):
            # Not for good: the pool holds what this key sent before a restart, or has room again later.
            self._underway.append(underway)
        except LedgerError as error:
            yield _failed(underway, str(error))
        else:
            self._underway.append(underway)

    def _signed(self, submit: Submit, sequence: int, slot: Slot) -> Transaction:
        transaction = sign_transaction(
            self._key,
            self._chain,
            submit.contract,
            submit.action,
            submit.arguments,
            sequence,
            slot + VALID_SLOTS,
            submit.stage,
            submit.links,
        )
        tx_id, action = transaction.tx_id.hex(), f"{submit.contract}.{submit.action}"
        log.info("transaction made", tx_id=tx_id, action=action, sender=self._key.address)
        return transaction


def _failed(underway: Underway, error: str) -> Failed:
    submit = underway.submit
    return Failed(underway.owner, SubmissionFailed(submit.contract, submit.action, error))
