"""Catching up from several peers, some of whom lie, stall or know less than they say."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.address import Address
from ledger.errors import InvalidBlock, StoreUnusable
from ledger.quantities import Height
from net.errors import Misbehaviour, Unasked
from net.peer import Peer
from net.sync import ANSWER_S, RANGE_BLOCKS, WINDOW_BLOCKS, Sync
from net.wire import BLOCKS_MAX, Range, RequestRange, SealedBlock
from tests.net.fakes import FakePeer, as_peer, as_peers, fake_peer

GRACE_S = 1.0


def good(height: int) -> SealedBlock:
    return SealedBlock(b"block %d" % height, b"seals")


@dataclass
class FakeChain:
    """Takes the blocks of `good`, in order."""

    blocks: list[SealedBlock] = field(default_factory=list)

    @property
    def height(self) -> Height:
        return Height(len(self.blocks))

    def sealed(self, height: Height) -> SealedBlock | None:
        return self.blocks[height - 1] if 0 < height <= len(self.blocks) else None

    def append_sealed(self, sealed: SealedBlock) -> None:
        if sealed != good(self.height + 1):
            raise InvalidBlock(self.height + 1, "it is bad")
        self.blocks.append(sealed)


@dataclass
class Net:
    """A node that syncs, and its peers, who answer from `have` unless they stall."""

    peers: list[FakePeer]
    chain: FakeChain = field(default_factory=FakeChain)
    dropped: list[Address] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.connected = as_peers(*self.peers)
        self.sync = Sync(self.connected, self.chain, self.drop)

    def drop(self, peer: Peer, offence: Misbehaviour) -> None:
        self.dropped.append(peer.address)
        self.connected.pop(peer.address, None)
        self.sync.forget(peer)

    def requests(self) -> list[tuple[FakePeer, RequestRange]]:
        sent = [(peer, frame) for peer in self.peers for frame in peer.take_sent()]
        return [(peer, frame) for peer, frame in sent if isinstance(frame, RequestRange)]

    def answer(self, peer: FakePeer, frame: RequestRange, *, lie: bool = False) -> None:
        heights = range(frame.first, frame.first + frame.count)
        blocks = tuple(SealedBlock(b"forged", b"") if lie else good(height) for height in heights)
        self.sync.take(as_peer(peer), Range(frame.first, blocks))

    def step(self, seconds: float = 0.0) -> None:
        self.now_s += seconds
        while self.sync.step(self.now_s, GRACE_S):
            pass


def test_ranges_come_from_several_peers_at_once() -> None:
    net = Net([fake_peer(1, 100), fake_peer(2, 100), fake_peer(3, 0)])
    net.step()
    first, second = net.requests()
    assert {first[0].address, second[0].address} == {net.peers[0].address, net.peers[1].address}
    assert first[1] == RequestRange(Height(1), RANGE_BLOCKS)
    assert second[1] == RequestRange(Height(1 + RANGE_BLOCKS), RANGE_BLOCKS)
    net.answer(*second)
    net.step()
    assert net.chain.height == 0
    net.answer(*first)
    net.step()
    assert net.chain.height == 2 * RANGE_BLOCKS


def test_a_validator_waits_before_it_asks_for_a_single_block() -> None:
    net = Net([fake_peer(1, 1)])
    net.step()
    assert net.requests() == []
    net.step(GRACE_S)
    assert [frame for _, frame in net.requests()] == [RequestRange(Height(1), 1)]


def test_a_forger_is_dropped_and_its_blocks_are_asked_of_others() -> None:
    net = Net([fake_peer(1, 40), fake_peer(2, 40)])
    net.step()
    (liar, asked), (honest, other) = net.requests()
    net.answer(liar, asked, lie=True)
    net.answer(honest, other)
    net.step()
    assert net.dropped == [liar.address]
    assert net.chain.height == 0
    net.step()
    for peer, frame in net.requests():
        net.answer(peer, frame)
    net.step()
    assert net.chain.height == 40


def test_a_store_that_cannot_be_written_is_nobody_else_s_fault() -> None:
    class FullDisk(FakeChain):
        def append_sealed(self, sealed: SealedBlock) -> None:
            raise StoreUnusable("chain.db", "the disk is full")

    net = Net([fake_peer(1, 10)], FullDisk())
    net.step()
    ((peer, frame),) = net.requests()
    net.answer(peer, frame)
    with pytest.raises(StoreUnusable):
        net.step()
    assert net.dropped == []


def test_who_stalls_is_passed_over() -> None:
    net = Net([fake_peer(1, 10)])
    net.step()
    assert len(net.requests()) == 1
    net.step(ANSWER_S + 0.1)
    other = fake_peer(2, 10)
    net.peers.append(other)
    net.connected[other.address] = as_peer(other)
    net.step()
    ((peer, frame),) = net.requests()
    assert peer is other
    net.answer(peer, frame)
    net.step()
    assert net.chain.height == 10


def test_who_claims_more_than_it_has_is_believed_no_longer() -> None:
    net = Net([fake_peer(1, 1_000_000)])
    net.step()
    ((peer, frame),) = net.requests()
    net.sync.take(as_peer(peer), Range(frame.first, ()))
    net.step()
    assert net.requests() == []
    assert net.sync.target == 0


@pytest.mark.parametrize("is_silent", [True, False])
def test_who_claims_again_and_again_what_it_does_not_send_holds_up_nobody(is_silent: bool) -> None:
    liar, honest = fake_peer(1), fake_peer(2, 10 * WINDOW_BLOCKS)
    net = Net([liar, honest])
    stalls = 0
    while net.chain.height < honest.height:
        liar.height = Height(2**40)
        net.step()
        requests = net.requests()
        stalls += not [peer for peer, _ in requests if peer is honest]
        for peer, frame in requests:
            if peer is honest:
                net.answer(peer, frame)
            elif not is_silent:
                net.sync.take(as_peer(peer), Range(frame.first, ()))
        net.step(0.0 if any(peer is honest for peer, _ in requests) else ANSWER_S + 0.1)
        assert stalls < 3


@pytest.mark.parametrize("first", [1, 2])
def test_blocks_that_nobody_asked_for_are_misbehaviour(first: int) -> None:
    net = Net([fake_peer(1, 1)])
    with pytest.raises(Unasked):
        net.sync.take(as_peer(net.peers[0]), Range(Height(first), (good(first),)))


def test_more_blocks_than_asked_for_are_misbehaviour() -> None:
    net = Net([fake_peer(1, 2)])
    net.step()
    with pytest.raises(Unasked):
        net.sync.take(as_peer(net.peers[0]), Range(Height(1), (good(1), good(2), good(3))))


def test_answers_are_bounded() -> None:
    net = Net([fake_peer(1)])
    net.chain.blocks = [good(height) for height in range(1, 200)]
    net.sync.answer(as_peer(net.peers[0]), RequestRange(Height(100), 10**9))
    net.sync.answer(as_peer(net.peers[0]), RequestRange(Height(10**9), 5))
    full, empty = net.peers[0].sent
    assert isinstance(full, Range)
    assert full.blocks == tuple(good(height) for height in range(100, 100 + BLOCKS_MAX))
    assert empty == Range(Height(10**9), ())


@settings(max_examples=50)
@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["all", "some", "none", "stall"])), max_size=40),
)
def test_whatever_peers_do_the_chain_is_the_true_one_and_the_window_holds(
    heights: list[int], behaviour: list[tuple[int, str]]
) -> None:
    net = Net([fake_peer(number + 1, height) for number, height in enumerate(heights)])
    for _, how in behaviour:
        net.step(0.5)
        for peer, frame in net.requests():
            assert frame.first + frame.count <= net.chain.height + WINDOW_BLOCKS + 1
            blocks = tuple(good(height) for height in range(frame.first, frame.first + frame.count))
            if how == "stall":
                net.sync.take(as_peer(peer), Range(frame.first, ()))
            else:
                kept = {"all": blocks, "some": blocks[: len(blocks) // 2 + 1], "none": blocks[:1]}[how]
                net.sync.take(as_peer(peer), Range(frame.first, kept))
    for _ in range(400):
        net.step(0.5)
        for peer, frame in net.requests():
            net.answer(peer, frame)
    assert net.chain.blocks == [good(height) for height in range(1, net.chain.height + 1)]
    assert net.chain.height >= net.sync.target
    assert net.dropped == []
