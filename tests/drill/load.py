"""Payments all the time, by members who send again what does not get into a block, as clients do."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from cli.participant import Participant
from ledger.quantities import TxId
from ledger.transaction import Transaction, sign_transaction
from node.client import NodeClient
from node.errors import NodeError, Refused
from tests.drill.nodes import NAMES, Nodes, Repeating

T = TypeVar("T")

EVERY_S: Final = 0.3
AGAIN_S: Final = 4.0
"""After which a transaction that is in no block is sent again, to whichever node."""
VALID_SLOTS: Final = 600


class Payer(Repeating):
    """One member: a payment, and when that is final the next."""

    def __init__(self, nodes: Nodes, member: Participant, to: Participant) -> None:
        super().__init__(EVERY_S)
        self.final: list[TxId] = []
        """Payments that are in a block."""
        self.waiting: Transaction | None = None
        self._nodes = nodes
        self._member = member
        self._to = to
        self._sent_s = 0.0
        self._random = random.Random(member.name)

    def once(self) -> None:
        if self.waiting is None:
            self.waiting = self._payment()
            self._send(self.waiting)
        elif self._is_final(self.waiting):
            self.final.append(self.waiting.tx_id)
            self.waiting = None
        elif time.monotonic() > self._sent_s + AGAIN_S:
            self._send(self.waiting)

    def _payment(self) -> Transaction:
        genesis = self._nodes.network.genesis
        slot = time.time_ns() // 1_000_000 // genesis.slot_ms
        return sign_transaction(
            self._member.key,
            genesis.hash,
            "account",
            "transfer",
            {"to": self._to.key.address, "amount": 1, "memo": ""},
            sequence=len(self.final),
            valid_until=slot + VALID_SLOTS,
        )

    def _send(self, transaction: Transaction) -> None:
        self._sent_s = time.monotonic()
        self._ask(lambda client: client.submit(transaction.raw))

    def _is_final(self, transaction: Transaction) -> bool:
        found = self._ask(lambda client: client.transaction(transaction.tx_id))
        return found is not None and found["status"] == "final"

    def _ask(self, question: Callable[[NodeClient], T]) -> T | None:
        """What the first node says that answers; None if it refuses, or if none answers."""
        for name in self._random.sample(NAMES, len(NAMES)):
            try:
                with self._nodes.client(name) as client:
                    return question(client)
            except Refused:
                return None
            except NodeError:
                continue
        return None
