"""A window of capacity rights, read from a node's committed state, as rows that people and tables take."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cli.describe import Names
from cli.errors import CommandError, ExitCode
from cli.statements import slot_begin
from contracts.capacity.agents.sight import Sight
from contracts.capacity.book import book_of, is_kept
from contracts.capacity.explanation import Explanation, explain
from contracts.capacity.parameters import CAPACITY
from contracts.capacity.process import due
from contracts.capacity.records import WindowRecord, did
from contracts.capacity.windows import (
    calendar_of,
    count_windows,
    find_clearing,
    find_final,
    find_right,
    get_window,
)
from ledger.store import Store
from node.chain import HeadView


@dataclass(frozen=True, slots=True)
class CapacityWindow:
    """What the chain knows of one window."""

    sight: Sight
    record: WindowRecord
    names: Names

    def summary(self) -> dict[str, Any]:
        """One line."""
        clearing = find_clearing(self.sight, self.record.number)
        last = due(calendar_of(self.sight), self.record)
        return {
            "window": self.record.number,
            "phase": self.record.phase.value,
            "until": None if last is None else str(slot_begin(last + 1, self.sight.genesis)),
            "first_period": self.record.first_period,
            "periods": self.record.periods,
            "sealed": self.record.sealed,
            "revealed": self.record.revealed,
            "price_ukwh": clearing.price_ukwh if clearing else None,
            "traded_wh": clearing.traded_wh if clearing else 0,
            "rights": self.record.minted,
            "reason": self.record.reason,
        }

    def explain(self, address: str) -> Explanation:
        """Why a bid is (not) matched, computed anew from the revealed book and held against the chain.

        Raises CommandError, or NotInBook.
        """
        record = self.record
        if record.dispatch is None:
            why = f": {record.reason}" if record.reason else ""
            raise CommandError(f"window {record.number} is {record.phase.value}, nothing is cleared{why}")
        book = book_of(self.sight, record)
        cleared = book.clear()
        if not is_kept(self.sight, record.number, book, cleared):
            problem = f"the chain's clearing of window {record.number} does not follow from its bids"
            raise CommandError(problem, code=ExitCode.UNVERIFIED)
        return explain(*book.curves, book.seed, cleared, address)

    def bids(self) -> list[dict[str, Any]]:
        """A row for each step of each revealed bid."""
        book = book_of(self.sight, self.record)
        return [
            {
                "side": sealed.side.value,
                "name": self.names[sealed.address],
                "step": place,
                **asdict(step),
            }
            for _, sealed, curve in (*book.asks, *book.bids)
            for place, step in enumerate(curve.steps)
        ]

    def trades(self) -> list[dict[str, Any]]:
        """A row for each right, as far as it has come."""
        return list(self._trades())

    def bills(self) -> list[dict[str, Any]]:
        """A row for each trader of a settled window: energy and money; + is received, the sum is nothing.

        Of a right that was sold on, the price is its first buyer's, what comes back its holder's.
        """
        bills: dict[str, dict[str, Any]] = {}
        for number in range(self.record.rights):
            token = find_final(self.sight, self.record.number, number)
            if token is None:
                continue
            back = token.refunded + token.seller_lost
            _add(bills, token.obligor, token.delivered_wh, 0, token.paid - token.seller_lost)
            _add(bills, token.buyer, 0, 0, -token.paid - token.refunded)
            _add(bills, token.holder, 0, token.delivered_wh, back)
        return [{"name": self._name(who), **bill} for who, bill in sorted(bills.items())]

    def _trades(self) -> Iterator[dict[str, Any]]:
        for number in range(self.record.rights):
            token = find_final(self.sight, self.record.number, number)
            right = find_right(self.sight, self.record.number, number)
            if token is not None:
                parties = {name: self._name(getattr(token, name)) for name in ("obligor", "buyer", "holder")}
                yield {"right": number, "standing": "final", **_outcome(token), **parties}
            elif right is not None:
                parties = {name: self.names[getattr(right, name)] for name in ("obligor", "buyer", "holder")}
                yield {"right": number, "standing": right.standing.value, **_outcome(right), **parties}

    def _name(self, identity: str) -> str:
        return self.names[identity.removeprefix(did(""))]


def list_windows(store: Store) -> list[CapacityWindow]:
    """All windows of the chain, oldest first. Raises CommandError."""
    sight = Sight(HeadView(store.genesis, store.head))
    if CAPACITY not in store.genesis.contracts:
        raise CommandError("this chain has no market of capacity rights")
    names = Names(store.genesis, store.head.state)
    return [CapacityWindow(sight, get_window(sight, number), names) for number in range(count_windows(sight))]


def find_window(store: Store, number: int | None) -> CapacityWindow:
    """A window by its number, or the newest. Raises CommandError."""
    windows = list_windows(store)
    if not windows or (number is not None and not 0 <= number < len(windows)):
        raise CommandError(f"there is no such window: {len(windows)} were opened, numbered from 0")
    return windows[-1 if number is None else number]


def _outcome(token: Any) -> dict[str, int]:
    return {name: getattr(token, name) for name in ("quantity_wh", "price_ukwh", "delivered_wh", "paid")}


def _add(bills: dict[str, dict[str, Any]], who: str, sold_wh: int, bought_wh: int, amount: int) -> None:
    bill = bills.setdefault(who, {"sold_wh": 0, "bought_wh": 0, "amount": 0})
    bill["sold_wh"] += sold_wh
    bill["bought_wh"] += bought_wh
    bill["amount"] += amount
