"""The flood of transactions: each is asked for once, and announced to those who lack it."""

from dataclasses import dataclass, field

import pytest

from crypto.hashing import sha256
from ledger.quantities import TxId
from net.errors import BadContent, OverQuota
from net.gossip import ANSWER_BYTES_MAX, ANSWER_S, ASKED_MAX, Gossip
from net.wire import IDS_MAX, Announce, RequestTransactions, Transactions
from tests.net.fakes import FakePeer, as_peer, as_peers, fake_peer


def tx_id(raw: bytes) -> TxId:
    return TxId(sha256(raw))


@dataclass
class FakePool:
    """Takes all but what begins with `bad`."""

    waiting: dict[TxId, bytes] = field(default_factory=dict)

    def wants(self, tx_id: TxId) -> bool:
        return tx_id not in self.waiting

    def raw(self, tx_id: TxId) -> bytes | None:
        return self.waiting.get(tx_id)

    def offer(self, raw: bytes) -> TxId:
        if raw.startswith(b"bad"):
            raise BadContent("a transaction", ValueError("bad"))
        self.waiting[tx_id(raw)] = raw
        return tx_id(raw)


def new_gossip(*peers: FakePeer) -> tuple[Gossip, FakePool]:
    pool = FakePool()
    return Gossip(as_peers(*peers), pool, lambda: None), pool


ONE, TWO = b"first", b"second"


def test_what_is_published_is_announced_once_to_who_lacks_it() -> None:
    left, right = fake_peer(1), fake_peer(2)
    gossip, _ = new_gossip(left, right)
    gossip.take_announcement(as_peer(left), Announce((tx_id(ONE),)), 0.0)
    left.take_sent()
    gossip.publish(tx_id(ONE))
    gossip.publish(tx_id(TWO))
    gossip.flush()
    gossip.flush()
    assert left.sent == [Announce((tx_id(TWO),))]
    assert right.sent == [Announce((tx_id(ONE), tx_id(TWO)))]


def test_what_is_announced_is_asked_for_once() -> None:
    left, right = fake_peer(1), fake_peer(2)
    gossip, pool = new_gossip(left, right)
    announced = Announce((tx_id(ONE), tx_id(TWO)))
    pool.offer(TWO)
    gossip.take_announcement(as_peer(left), announced, 0.0)
    gossip.take_announcement(as_peer(right), announced, 0.1)
    assert left.sent == [RequestTransactions((tx_id(ONE),))]
    assert right.sent == []


def test_who_does_not_answer_is_passed_over() -> None:
    left, right = fake_peer(1), fake_peer(2)
    gossip, _ = new_gossip(left, right)
    for peer in (left, right):
        gossip.take_announcement(as_peer(peer), Announce((tx_id(ONE),)), 0.0)
    gossip.ask_again(ANSWER_S)
    assert right.sent == []
    gossip.ask_again(ANSWER_S + 0.1)
    assert right.sent == [RequestTransactions((tx_id(ONE),))]
    gossip.take_transactions(as_peer(right), Transactions((ONE,)))
    gossip.ask_again(10 * ANSWER_S)
    assert len(left.sent) == len(right.sent) == 1


def test_a_late_answer_is_taken_too() -> None:
    left, right = fake_peer(1), fake_peer(2)
    gossip, pool = new_gossip(left, right)
    for peer in (left, right):
        gossip.take_announcement(as_peer(peer), Announce((tx_id(ONE),)), 0.0)
    gossip.ask_again(ANSWER_S + 0.1)
    gossip.take_transactions(as_peer(right), Transactions((ONE,)))
    gossip.take_transactions(as_peer(left), Transactions((ONE,)))
    gossip.take_transactions(as_peer(left), Transactions((TWO,)))
    assert set(pool.waiting) == {tx_id(ONE), tx_id(TWO)}


def test_a_bad_transaction_is_misbehaviour() -> None:
    peer = fake_peer(1)
    gossip, _ = new_gossip(peer)
    with pytest.raises(BadContent):
        gossip.take_transactions(as_peer(peer), Transactions((b"bad",)))


def test_answers_hold_what_there_is_within_their_size() -> None:
    peer = fake_peer(1)
    gossip, pool = new_gossip(peer)
    large = [bytes([number]) * (ANSWER_BYTES_MAX // 2 + 1) for number in range(3)]
    ids = tuple(pool.offer(raw) for raw in large)
    gossip.take_request(as_peer(peer), RequestTransactions((*ids, tx_id(b"unknown"))))
    assert peer.sent == [Transactions((raw,)) for raw in large]


def test_a_new_peer_learns_the_whole_pool() -> None:
    peer = fake_peer(1)
    gossip, pool = new_gossip(peer)
    ids = [pool.offer(ONE), pool.offer(TWO)]
    gossip.introduce(as_peer(peer), ids)
    assert peer.sent == [Announce(tuple(ids))]


def test_who_announces_what_it_has_not_keeps_out_nobody_else_s() -> None:
    liar, honest = fake_peer(1), fake_peer(2)
    gossip, pool = new_gossip(liar, honest)
    for number in range(3 * ASKED_MAX // IDS_MAX):
        ids = [tx_id(b"%d %d" % (number, place)) for place in range(IDS_MAX)]
        gossip.take_announcement(as_peer(liar), Announce(tuple(ids)), 0.0)
    asked = sum(len(frame.tx_ids) for frame in liar.sent if isinstance(frame, RequestTransactions))
    assert asked == ASKED_MAX
    gossip.take_announcement(as_peer(honest), Announce((tx_id(ONE),)), 0.0)
    assert honest.take_sent() == [RequestTransactions((tx_id(ONE),))]
    gossip.take_transactions(as_peer(honest), Transactions((ONE,)))
    assert pool.waiting == {tx_id(ONE): ONE}
    gossip.ask_again(ANSWER_S + 0.1)
    gossip.take_announcement(as_peer(liar), Announce((tx_id(TWO),)), ANSWER_S + 0.1)
    assert liar.sent[-1] == RequestTransactions((tx_id(TWO),))


def test_announcing_again_and_again_counts_once() -> None:
    first, second = fake_peer(1), fake_peer(2)
    gossip, _ = new_gossip(first, second)
    for peer in (first, *[second] * 50, *[first] * 50):
        gossip.take_announcement(as_peer(peer), Announce((tx_id(ONE),) * 20), 0.0)
    for turn in range(1, 10):
        gossip.ask_again(turn * (ANSWER_S + 0.1))
    assert first.sent == second.sent == [RequestTransactions((tx_id(ONE),))]


def test_asking_for_one_transaction_many_times_gives_it_once() -> None:
    peer = fake_peer(1)
    gossip, pool = new_gossip(peer)
    pool.waiting[tx_id(ONE)] = ONE
    gossip.take_request(as_peer(peer), RequestTransactions((tx_id(ONE),) * IDS_MAX))
    assert peer.sent == [Transactions((ONE,))]


def test_a_frame_holds_no_more_bytes_than_an_answer() -> None:
    peer = fake_peer(1)
    gossip, pool = new_gossip(peer)
    half = bytes(ANSWER_BYTES_MAX // 2)
    gossip.take_transactions(as_peer(peer), Transactions((half, half[1:])))
    gossip.take_transactions(as_peer(peer), Transactions((3 * half,)))
    assert len(pool.waiting) == 3
    with pytest.raises(OverQuota, match="a frame"):
        gossip.take_transactions(as_peer(peer), Transactions((half, half, b"one more")))
    assert len(pool.waiting) == 3
