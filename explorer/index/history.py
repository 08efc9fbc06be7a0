"""What earlier blocks said that later ones refer to: transactions by their identifiers, meters."""

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import Final, Protocol

from sqlalchemy import Connection, select

from explorer.index.chain import Chain
from explorer.index.tables import meters, transactions
from ledger.quantities import TxId
from ledger.rows import split_place
from ledger.transaction import Transaction

KNOWN_MAX: Final = 2**14
"""Transactions that are remembered; those of one process link the same few."""


class Past(Protocol):
    """What a block's reader may ask about earlier transactions."""

    def process_of(self, tx_id: TxId) -> TxId | None:
        """The process that one belongs to; None if its block is not held."""

    def transaction(self, tx_id: TxId) -> Transaction | None:
        """A T, D or A in full; None if its block is not held."""

    def carrier(self, meter: str) -> str | None:
        """What a meter measures; None if it was registered in these blocks, or never."""


class History:
    """Remembers the newest, which may not be written yet, and looks for others in the index."""

    def __init__(self, chain: Chain, connection: Connection) -> None:
        self._chain = chain
        self._known: OrderedDict[TxId, tuple[TxId, int]] = OrderedDict()
        self.connection = connection

    def learn(self, linked: Mapping[TxId, tuple[TxId, int]]) -> None:
        """Remember processes and places of transactions, and forget what was not asked for the longest."""
        self._known.update(linked)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def process_of(self, tx_id: TxId) -> TxId | None:
        found = self._find(tx_id)
        return found and found[0]

    def transaction(self, tx_id: TxId) -> Transaction | None:
        found = self._find(tx_id)
        if found is None:
            return None
        height, position = split_place(found[1])
        raw = self._chain.block(height).transactions[position]
        return Transaction.decode(raw, self._chain.genesis.limits)

    def carrier(self, meter: str) -> str | None:
        return self._carriers.get(meter)

    @cached_property
    def _carriers(self) -> dict[str, str]:
        rows = self.connection.execute(select(meters.c.address, meters.c.carrier))
        return {row.address: row.carrier for row in rows}

    def _find(self, tx_id: TxId) -> tuple[TxId, int] | None:
        if tx_id in self._known:
            self._known.move_to_end(tx_id)
            return self._known[tx_id]
        query = select(transactions.c.process, transactions.c.place).where(transactions.c.tx_id == tx_id)
        row = self.connection.execute(query.where(transactions.c.process.is_not(None))).first()
        if row is None:
            return None
        self.learn({tx_id: (TxId(row.process), row.place)})
        return self._known[tx_id]
