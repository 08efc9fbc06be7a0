"""A chain without a committee: an archive, or the store of a node, that is only looked at."""

from typing import Any

from crypto.address import Address
from explorer.api.problems import Problem
from explorer.index.database import Index
from ledger.committee import Committee
from ledger.execution import next_sequence
from ledger.head import Head
from ledger.quantities import Height, TxId
from ledger.store import Store
from ledger.transaction import Transaction

REASON = "this is an archive: no committee decides on new blocks here"


class Archived:
    """Tells what a store holds, up to the head that it was opened with; does nothing."""

    def __init__(self, store: Store, index: Index | None, now_ms: int) -> None:
        self.store = store
        self.index = index
        self._opened_ms = now_ms

    def state_at(self, height: int) -> Head | None:
        """The head alone has its state."""
        return self.store.head if height == self.store.head.height else None

    def status(self) -> dict[str, Any]:
        """Never ready, as nothing comes after the head."""
        head, genesis = self.store.head, self.store.genesis
        deciding = head.committee
        signers = [deciding.validators[seal.member].address for seal in head.seals.seals]
        version = {"version": head.header.version, "known": head.header.version, "coming": []}
        return {
            "name": "archive",
            "archive": True,
            "address": "",
            "chain": genesis.hash.hex(),
            "chain_name": genesis.name,
            "ready": False,
            "reason": REASON,
            "is_validator": False,
            "height": head.height,
            "blocks_from": self.store.base + 1,
            "target": head.height,
            "slot": head.slot,
            "period": genesis.period(head.slot),
            "slot_now": self._opened_ms // genesis.slot_ms,
            "slot_ms": genesis.slot_ms,
            "hash": head.hash.hex(),
            "state_root": head.state.root.hex(),
            "round": head.seals.round,
            "proposer": head.header.proposer,
            "signers": signers,
            "committee": len(deciding),
            "next_committee": len(deciding),
            "quorum": deciding.quorum,
            "block_version": version,
            "validators_connected": 0,
            "peers": 0,
            "pending": 0,
            "clock_offset_ms": 0,
            "warnings": [],
            "unreached": {},
        }

    def committee(self) -> dict[str, Any]:
        """Who would decide next, as far as the store tells: those who decided last."""
        head = self.store.head
        seats = _seats(head.committee)
        return {
            "height": Height(head.height + 1),
            "committee": seats,
            "next_committee": seats,
            "changes": [],
            "must_leave": {},
            "own_place": None,
            "candidates": [],
            "block_version": self.status()["block_version"],
        }

    def peers(self) -> list[dict[str, Any]]:
        """Nobody."""
        return []

    def waiting(self, _tx_id: TxId) -> Transaction | None:
        """Nothing waits."""
        return None

    def next_sequence(self, address: Address) -> int:
        """As the head has it."""
        return next_sequence(self.store.head.state, address)

    def submit(self, _raw: bytes) -> TxId:
        """Raises Problem."""
        raise Problem(409, "Archive", REASON)

    def show_synced(self) -> None:
        """Raises Problem."""
        raise Problem(409, "Archive", REASON)

    def metrics(self) -> bytes:
        """The height alone."""
        return f"# TYPE gridquorum_height gauge\ngridquorum_height {self.store.head.height}\n".encode()

    def fail(self, error: BaseException) -> None:
        """The store is damaged: whoever asked is told, and the rest can still be looked at."""


def _seats(committee: Committee) -> dict[str, Any]:
    return {
        "validators": [validator.address for validator in committee.validators],
        "quorum": committee.quorum,
        "faulty_max": committee.faulty_max,
    }
