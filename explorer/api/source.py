"""What the API asks of whoever serves it: a running node, or an archive without a committee."""

from typing import Any, Protocol

from crypto.address import Address
from explorer.index.database import Index
from ledger.head import Head
from ledger.quantities import TxId
from ledger.store import Store
from ledger.transaction import Transaction


class Source(Protocol):
    """A chain, and who follows it."""

    @property
    def store(self) -> Store:
        """The chain."""

    @property
    def index(self) -> Index | None:
        """What was indexed of it; None where nothing is, or it could not be opened."""

    def state_at(self, height: int) -> Head | None:
        """A block whose state is kept: the last, and some before it."""

    def status(self) -> dict[str, Any]:
        """Where the node stands; `ready` among it, with its `reason`."""

    def peers(self) -> list[dict[str, Any]]:
        """Who is connected."""

    def waiting(self, tx_id: TxId) -> Transaction | None:
        """A transaction in the pool."""

    def submit(self, raw: bytes) -> TxId:
        """Take a transaction and pass it on. Raises DecodeError or TransactionRejected."""

    def committee(self) -> dict[str, Any]:
        """Who decides, now and next, and who may come in."""

    def next_sequence(self, address: Address) -> int:
        """The number of the next transaction of a sender, after all that waits here."""

    def show_synced(self) -> None:
        """Show on the chain that this node follows it. Raises what the application was told of."""

    def metrics(self) -> bytes:
        """In Prometheus' text format."""

    def fail(self, error: BaseException) -> None:
        """End the node, which cannot go on."""
