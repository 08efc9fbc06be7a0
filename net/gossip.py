"""Transactions flood by announcement and request: each crosses a connection once, where it is wanted."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from crypto.address import Address
from ledger.quantities import TxId
from net.errors import OverQuota
from net.peer import Peer
from net.wire import IDS_MAX, Announce, RequestTransactions, Transactions

ANSWER_S: Final = 2.0
"""Whoever does not send a transaction in this time is passed over for the next who announced it."""

ASKED_MAX: Final = 2**13
"""Transactions that one peer may owe at a time: a whole pool. More that it announces is passed over, so that
who announces what there is not keeps out nobody else's."""

KNOWN_MAX: Final = 2**14
"""Transactions remembered for each peer as known to it; the oldest are forgotten."""

ANSWER_BYTES_MAX: Final = 2**20


class Pool(Protocol):
    """What gossip asks of the mempool."""

    def wants(self, tx_id: TxId) -> bool:
        """Whether this transaction is new, as far as one can tell by its identifier."""

    def raw(self, tx_id: TxId) -> bytes | None:
        """A transaction that waits there, encoded."""

    def offer(self, raw: bytes) -> TxId:
        """Take a transaction from a peer; returns its identifier, whether or not it was kept.

        Raises Misbehaviour for what no honest node would have passed on.
        """


@dataclass(slots=True)
class _Wanted:
    """A transaction that was announced and has not come."""

    asked: Address
    until_s: float
    others: dict[Address, None] = field(default_factory=dict)
    """Who announced it too, in order."""


@dataclass(slots=True)
class _Known:
    """What one peer has, newest last."""

    ids: dict[TxId, None] = field(default_factory=dict)

    def add(self, tx_id: TxId) -> None:
        self.ids[tx_id] = None
        if len(self.ids) > KNOWN_MAX:
            del self.ids[next(iter(self.ids))]


class Gossip:
    """The state of the flood; times are handed in, in seconds of a steady clock."""

    def __init__(self, peers: Mapping[Address, Peer], pool: Pool, announce: Callable[[], None]) -> None:
        """`announce` is called when there is something for `flush` to do."""
        self._peers = peers
        self._pool = pool
        self._announce = announce
        self._fresh: list[TxId] = []
        self._known: dict[Address, _Known] = {}
        self._wanted: dict[TxId, _Wanted] = {}
        self._owed: Counter[Address] = Counter()

    def publish(self, tx_id: TxId) -> None:
        """Tell the peers of a transaction that was taken into the pool."""
        if not self._fresh:
            self._announce()
        self._fresh.append(tx_id)

    def flush(self) -> None:
        """Announce what was published since, to those who do not have it."""
        fresh, self._fresh = self._fresh, []
        for address, peer in self._peers.items():
            known = self._known_to(address)
            news = [tx_id for tx_id in fresh if tx_id not in known.ids]
            for tx_id in news:
                known.add(tx_id)
            for start in range(0, len(news), IDS_MAX):
                peer.send(Announce(tuple(news[start : start + IDS_MAX])))

    def introduce(self, peer: Peer, waiting: Sequence[TxId]) -> None:
        """Announce the whole pool to a new peer."""
        self._known.pop(peer.address, None)
        for start in range(0, len(waiting), IDS_MAX):
            peer.send(Announce(tuple(waiting[start : start + IDS_MAX])))

    def take_announcement(self, peer: Peer, frame: Announce, now_s: float) -> None:
        """Ask for what is new, unless somebody else was asked."""
        ask = []
        for tx_id in frame.tx_ids:
            self._known_to(peer.address).add(tx_id)
            wanted = self._wanted.get(tx_id)
            if wanted is not None:
                wanted.others[peer.address] = None
            elif self._owed[peer.address] < ASKED_MAX and self._pool.wants(tx_id):
                self._wanted[tx_id] = _Wanted(peer.address, now_s + ANSWER_S)
                self._owed[peer.address] += 1
                ask.append(tx_id)
        if ask:
            peer.send(RequestTransactions(tuple(ask)))

    def take_request(self, peer: Peer, frame: RequestTransactions) -> None:
        """Send what there is of it, in answers of bounded size."""
        answer: list[bytes] = []
        size = 0
        for tx_id in dict.fromkeys(frame.tx_ids):
            raw = self._pool.raw(tx_id)
            if raw is None:
                continue
            if answer and size + len(raw) > ANSWER_BYTES_MAX:
                peer.send(Transactions(tuple(answer)))
                answer, size = [], 0
            answer.append(raw)
            size += len(raw)
        if answer:
            peer.send(Transactions(tuple(answer)))

    def take_transactions(self, peer: Peer, frame: Transactions) -> None:
        """Offer them to the pool, late answers too. Raises OverQuota, and what the pool raises."""
        if len(frame.raw) > 1 and sum(map(len, frame.raw)) > ANSWER_BYTES_MAX:
            raise OverQuota("bytes of transactions", ANSWER_BYTES_MAX, "frame")
        for raw in frame.raw:
            tx_id = self._pool.offer(raw)
            self._known_to(peer.address).add(tx_id)
            if wanted := self._wanted.pop(tx_id, None):
                self._owed[wanted.asked] -= 1

    def ask_again(self, now_s: float) -> None:
        """Pass over who did not answer in time; to be called every second or so."""
        late = [tx_id for tx_id, wanted in self._wanted.items() if wanted.until_s < now_s]
        for tx_id in late:
            wanted = self._wanted[tx_id]
            self._owed[wanted.asked] -= 1
            wanted.others.pop(wanted.asked, None)
            source = next((at for at in wanted.others if at in self._peers), None)
            if source is None or not self._pool.wants(tx_id):
                del self._wanted[tx_id]
                continue
            wanted.asked, wanted.until_s = source, now_s + ANSWER_S
            self._owed[source] += 1
            self._peers[source].send(RequestTransactions((tx_id,)))

    def forget(self, peer: Peer) -> None:
        """The peer is gone."""
        self._known.pop(peer.address, None)

    def _known_to(self, address: Address) -> _Known:
        return self._known.setdefault(address, _Known())
