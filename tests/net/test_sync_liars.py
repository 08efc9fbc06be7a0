"""Range sync is parallel, and one liar among the peers neither stops it nor makes it noticeably slower."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from crypto.address import Address
from ledger.errors import InvalidBlock
from ledger.quantities import Height
from net.errors import Misbehaviour
from net.peer import Peer
from net.sync import ANSWER_S, HEDGE_S, RANGE_BLOCKS, WINDOW_BLOCKS, Sync
from net.wire import Frame, Range, RequestRange, SealedBlock
from tests.net.fakes import FakePeer, as_peer, as_peers, fake_peer

BLOCKS = 1_000
NOTHING, ALL = Height(0), Height(BLOCKS)
TURN_S = 0.1
"""A round trip."""


def good(height: int) -> SealedBlock:
    return SealedBlock(b"block %d" % height, b"seals")


@dataclass
class FakeChain:
    """Takes the blocks of `good`, in order."""

    height: Height = NOTHING
    tried: list[SealedBlock] = field(default_factory=list)

    def sealed(self, height: Height) -> SealedBlock | None:
        return None

    def append_sealed(self, sealed: SealedBlock) -> None:
        self.tried.append(sealed)
        if sealed != good(self.height + 1):
            raise InvalidBlock(self.height + 1, "it is bad")
        self.height = Height(self.height + 1)


Behaviour = Callable[[RequestRange], Range | None]


def honest(asked: RequestRange) -> Range:
    last = min(BLOCKS, asked.first + asked.count - 1)
    return Range(asked.first, tuple(good(height) for height in range(asked.first, last + 1)))


def changed(change: Callable[[tuple[SealedBlock, ...]], tuple[SealedBlock, ...]]) -> Behaviour:
    return lambda asked: Range(asked.first, change(honest(asked).blocks))


LIARS: dict[str, tuple[Behaviour, bool]] = {
    "wrong blocks": (changed(lambda blocks: tuple(SealedBlock(b"wrong", b"") for _ in blocks)), True),
    "forged seals": (changed(lambda blocks: tuple(SealedBlock(b.block, b"forged") for b in blocks)), True),
    "one wrong block at the end": (changed(lambda blocks: (*blocks[:-1], SealedBlock(b"wrong", b""))), True),
    "good blocks of another height": (changed(lambda blocks: tuple(good(7) for _ in blocks)), True),
    "good blocks in another order": (changed(lambda blocks: blocks[::-1]), True),
    "another range than was asked for": (lambda asked: Range(Height(asked.first + 1), ()), True),
    "more blocks than were asked for": (changed(lambda blocks: (*blocks, *blocks)), True),
    "no blocks": (changed(lambda _blocks: ()), False),
    "a block at a time": (changed(lambda blocks: blocks[:1]), False),
    "no answer": (lambda _asked: None, False),
}
"""How it behaves, and whether it is dropped for it."""


@dataclass
class World:
    """A node that is behind, and its peers; the liar claims whatever it likes, again and again."""

    behaviours: list[Behaviour]
    claims: Height = ALL
    dropped: list[Address] = field(default_factory=list)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.peers = [fake_peer(number + 1, BLOCKS) for number in range(len(self.behaviours))]
        self.connected = as_peers(*self.peers)
        self.chain = FakeChain()
        self.sync = Sync(self.connected, self.chain, self.drop)

    def drop(self, peer: Peer, _offence: Misbehaviour) -> None:
        self.dropped.append(peer.address)
        del self.connected[peer.address]
        self.sync.forget(peer)

    def answer(self, peer: FakePeer, behave: Behaviour) -> None:
        for asked in peer.take_sent():
            assert isinstance(asked, RequestRange)
            answer = behave(asked)
            try:
                if answer is not None and peer.address in self.connected:
                    self.sync.take(as_peer(peer), answer)
            except Misbehaviour as offence:
                self.drop(as_peer(peer), offence)

    def run(self) -> float:
        """Seconds until all blocks are there."""
        while self.chain.height < BLOCKS:
            assert self.now_s < 100, "it stands still"
            self.peers[0].height = max(self.peers[0].height, self.claims)
            while self.sync.step(self.now_s, 0.0):
                pass
            for peer, behave in zip(self.peers, self.behaviours, strict=True):
                self.answer(peer, behave)
            self.now_s += TURN_S
        return self.now_s


def test_four_peers_are_nearly_four_times_as_fast_as_one() -> None:
    one, four = World([honest]).run(), World([honest] * 4).run()
    assert four < one / 3


def test_whole_ranges_are_asked_for_and_none_beyond_the_window() -> None:
    world, counts = World([honest] * 10), list[int]()
    for peer in world.peers:
        send = peer.send

        def note(frame: Frame, send: Callable[[Frame], None] = send) -> None:
            assert isinstance(frame, RequestRange)
            assert frame.first + frame.count - 1 <= world.chain.height + WINDOW_BLOCKS
            counts.append(frame.count)
            send(frame)

        peer.send = note  # type: ignore[method-assign]
    world.run()
    assert counts == [RANGE_BLOCKS] * (BLOCKS // RANGE_BLOCKS) + [BLOCKS % RANGE_BLOCKS]


@pytest.mark.parametrize("claims", [BLOCKS, 10**12])
@pytest.mark.parametrize("how", LIARS)
def test_a_liar_neither_stops_nor_noticeably_slows_it(how: str, claims: int) -> None:
    liar, is_dropped = LIARS[how]
    world = World([liar, honest, honest, honest], Height(claims))
    taken_s = world.run()
    assert taken_s < World([honest] * 3).run() + HEDGE_S + 0.5
    assert (world.peers[0].address in world.dropped) == is_dropped
    assert len(world.dropped) == is_dropped
    assert len(world.chain.tried) <= BLOCKS + 1


@pytest.mark.parametrize("how", LIARS)
def test_where_most_lie_the_honest_one_is_enough(how: str) -> None:
    liar, _ = LIARS[how]
    World([liar, liar, liar, honest]).run()


def test_an_answer_that_is_late_is_taken() -> None:
    world = World([honest])
    world.sync.step(0.0, 0.0)
    (asked,) = world.peers[0].take_sent()
    assert isinstance(asked, RequestRange)
    world.sync.step(2 * ANSWER_S, 0.0)
    world.sync.take(as_peer(world.peers[0]), honest(asked))
    while world.sync.step(2 * ANSWER_S, 0.0):
        pass
    assert world.chain.height == asked.count


def test_a_slow_peer_is_not_asked_again_before_it_answers() -> None:
    world = World([lambda _asked: None, honest], Height(10**12))
    asked = 0
    original = world.peers[0].send

    def count(frame: object) -> None:
        nonlocal asked
        asked += 1
        original(frame)  # type: ignore[arg-type]

    world.peers[0].send = count  # type: ignore[method-assign]
    world.run()
    assert asked == 1
