"""Taking a state from several peers, some of whom lie, stall, or offer what nobody has."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crypto.address import Address
from crypto.hashing import sha256
from ledger import snapshot
from ledger.errors import Fork
from ledger.light import LightChain, SealedHeader, Trail
from ledger.quantities import Height
from ledger.snapshot import LAST_PATH, Chunk, PathRange, cut_chunk
from ledger.state import State
from net.errors import BadContent, Misbehaviour, Unasked
from net.snapshot import ANSWER_S, GATHER_S, HEDGE_S, PARTS, STALL_S, SnapshotSync
from net.wire import Frame, HeaderTrail, RequestChunk, RequestTrail, StateChunk
from tests.ledger.builders import Chain, seal, some_digest
from tests.net.fakes import FakePeer, as_peer, as_peers, fake_peer

CHAIN = Chain()
KEYS = 200


def state_of(number: int) -> State:
    """Another one for every number."""
    return State().update({f"key/{key}".encode(): b"%d" % number for key in range(KEYS)})


def sealed_at(height: int, state: State, members: int = 3) -> SealedHeader:
    """A header with this state, sealed by the founders."""
    header = replace(CHAIN.head.header, height=Height(height), state_root=state.root)
    return SealedHeader(header, seal(header, range(members)), CHAIN.head.committee)


STATES = {height: state_of(height) for height in (10, 20, 30)}
SEALED = {height: sealed_at(height, state) for height, state in STATES.items()}


@dataclass
class FakeDraft:
    sealed: SealedHeader
    chunks: list[Chunk] = field(default_factory=list)

    def add(self, chunk: Chunk) -> None:
        self.chunks.append(chunk)

    def missing(self) -> list[PathRange]:
        return [PathRange(0, LAST_PATH)]

    @property
    def state(self) -> State:
        return State().update(dict(entry for chunk in self.chunks for entry in chunk.entries))


Behaviour = Callable[[FakePeer, Frame], Frame | None]


def honest(height: int) -> Behaviour:
    """Whoever has a snapshot of this height, and of no other."""

    def answer(_peer: FakePeer, frame: Frame) -> Frame | None:
        if isinstance(frame, RequestTrail):
            return HeaderTrail(Trail((), SEALED[height] if frame.after < height else None).encode())
        assert isinstance(frame, RequestChunk)
        if frame.height != height:
            return StateChunk(b"")
        asked = PathRange(int.from_bytes(frame.first), int.from_bytes(frame.last))
        return StateChunk(cut_chunk(STATES[height], asked).encode())

    return answer


def lying(height: int, lie: Callable[[Chunk], Chunk]) -> Behaviour:
    def answer(peer: FakePeer, frame: Frame) -> Frame | None:
        told = honest(height)(peer, frame)
        return StateChunk(lie(Chunk.decode(told.body)).encode()) if isinstance(told, StateChunk) else told

    return answer


def silent_about_chunks(height: int) -> Behaviour:
    def answer(peer: FakePeer, frame: Frame) -> Frame | None:
        return honest(height)(peer, frame) if isinstance(frame, RequestTrail) else None

    return answer


def silent(_peer: FakePeer, _frame: Frame) -> Frame | None:
    return None


def empty(_peer: FakePeer, frame: Frame) -> Frame | None:
    return HeaderTrail(Trail((), None).encode()) if isinstance(frame, RequestTrail) else StateChunk(b"")


def bare(_peer: FakePeer, frame: Frame) -> Frame | None:
    """Has sealed a header of its own, with a minority."""
    return HeaderTrail(Trail((), sealed_at(1_000, STATES[10], members=2)).encode())


@dataclass
class World:
    """A node that joins, and its peers, who behave as they are told."""

    behaviours: list[Behaviour]
    guard: LightChain | None = None
    drafts: list[FakeDraft] = field(default_factory=list)
    dropped: list[Address] = field(default_factory=list)
    asked: dict[Address, int] = field(default_factory=dict)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.peers = [fake_peer(number + 1) for number in range(len(self.behaviours))]
        self.connected = as_peers(*self.peers)
        self.sync = SnapshotSync(
            self.connected, LightChain.from_genesis(CHAIN.genesis), self.begin, self.guard
        )

    def begin(self, light: LightChain) -> FakeDraft:
        self.drafts.append(FakeDraft(light.known[-1]))
        return self.drafts[-1]

    def drop(self, peer: FakePeer) -> None:
        self.dropped.append(peer.address)
        del self.connected[peer.address]
        self.sync.forget(as_peer(peer))

    def take(self, peer: FakePeer, frame: Frame) -> None:
        if isinstance(frame, HeaderTrail):
            self.sync.take_trail(as_peer(peer), frame)
        else:
            assert isinstance(frame, StateChunk)
            self.sync.take_chunk(as_peer(peer), frame)

    def turn(self, seconds: float = 0.1) -> None:
        """Everybody answers what was asked of it; then time passes."""
        self.sync.step(self.now_s)
        for peer, behave in zip(self.peers, self.behaviours, strict=True):
            for asked in peer.take_sent() if peer.address in self.connected else ():
                self.asked[peer.address] = self.asked.get(peer.address, 0) + 1
                answer = behave(peer, asked)
                try:
                    if answer is not None:
                        self.take(peer, answer)
                except Misbehaviour:
                    self.drop(peer)
                    break
        self.now_s += seconds

    def gather(self) -> None:
        """Until everybody has answered, and had the time to."""
        self.turn(GATHER_S)

    def run(self, turns: int = 400) -> None:
        for _ in range(turns):
            self.turn()
            if self.sync.is_done:
                return


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "CHUNK_KEYS", 5)


def test_the_state_comes_from_several_peers_at_once() -> None:
    world = World([honest(20)] * 4)
    world.gather()
    world.sync.step(world.now_s)
    asked = [frame for peer in world.peers for frame in peer.sent]
    assert len({frame.first for frame in asked if isinstance(frame, RequestChunk)}) == 4
    world.run()
    assert world.sync.is_done
    assert world.drafts[-1].state.root == STATES[20].root
    assert min(world.asked.values()) > 5
    assert world.dropped == []


def test_more_peers_need_fewer_turns() -> None:
    def turns(peers: int) -> int:
        world = World([honest(20)] * peers)
        world.gather()
        for turn in range(1_000):
            world.turn()
            if world.sync.is_done:
                return turn
        raise AssertionError

    assert turns(4) < turns(1) / 3


LIES: dict[str, Callable[[Chunk], Chunk]] = {
    "a key left out": lambda chunk: replace(chunk, entries=chunk.entries[1:]),
    "a value altered": lambda chunk: replace(
        chunk, entries=((chunk.entries[0][0], b"!"), *chunk.entries[1:])
    ),
    "nothing at all": lambda chunk: replace(chunk, entries=(), outline=(None,)),
    "another range": lambda chunk: cut_chunk(STATES[20], PathRange(7, LAST_PATH)),
    "another state": lambda chunk: cut_chunk(STATES[30], chunk.paths),
    "a key at a time": lambda chunk: cut_chunk(
        STATES[20], PathRange(chunk.paths.first, int.from_bytes(sha256(chunk.entries[0][0])))
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_liar_is_dropped_at_its_first_bad_chunk_and_stops_nothing(lie: str) -> None:
    world = World([lying(20, LIES[lie]), honest(20), honest(20)])
    world.run()
    assert world.sync.is_done
    assert world.dropped == [world.peers[0].address]
    assert world.asked[world.dropped[0]] == 2
    assert world.drafts[-1].state.root == STATES[20].root


def test_one_that_stalls_is_asked_for_one_thing_alone_and_others_are_asked_for_it_too() -> None:
    world = World([silent_about_chunks(20), honest(20), honest(20)])
    world.run()
    assert world.sync.is_done
    assert world.now_s < 2 * HEDGE_S + 3
    assert world.asked[world.peers[0].address] == 2
    assert world.dropped == []


def test_a_late_answer_is_taken() -> None:
    world = World([honest(20)])
    world.gather()
    world.sync.step(world.now_s)
    ((first, *_),) = [peer.take_sent() for peer in world.peers]
    answer = honest(20)(world.peers[0], first)
    world.now_s += 2 * ANSWER_S
    world.sync.step(world.now_s)
    assert answer is not None
    world.take(world.peers[0], answer)
    world.run()
    assert world.sync.is_done
    assert world.drafts[0].state.root == STATES[20].root


def test_who_offers_what_nobody_else_has_and_gives_nothing_is_passed_over() -> None:
    world = World([silent_about_chunks(30), honest(20), honest(20)])
    world.run()
    assert world.sync.is_done
    assert [draft.sealed.height for draft in world.drafts] == [20]


def test_a_lone_snapshot_of_which_nothing_comes_is_given_up() -> None:
    world = World([silent_about_chunks(30), honest(20)])
    world.run()
    assert world.sync.is_done
    assert STALL_S < world.now_s < STALL_S + 6
    assert [draft.sealed.height for draft in world.drafts] == [30, 20]


def test_one_that_answers_nothing_delays_the_choice_and_no_more() -> None:
    world = World([silent, honest(20)])
    world.run()
    assert world.sync.is_done
    assert world.now_s < ANSWER_S + 6


def test_a_header_that_a_minority_sealed_is_not_accepted() -> None:
    world = World([bare, honest(20)])
    world.run()
    assert world.dropped == [world.peers[0].address]
    assert world.drafts[-1].sealed == SEALED[20]
    alone = World([bare])
    alone.run(50)
    assert alone.drafts == []
    assert len(alone.dropped) == 1


def test_two_sealed_headers_of_one_height_end_it() -> None:
    world = World([honest(20)])
    world.turn()
    other = sealed_at(20, STATES[10])
    world.sync.forget(as_peer(world.peers[0]))
    world.sync.step(world.now_s)
    with pytest.raises(Fork):
        world.sync.take_trail(as_peer(world.peers[0]), HeaderTrail(Trail((), other).encode()))


def test_whoever_comes_after_forgers_is_not_taken_for_one() -> None:
    """Old keys hand over to themselves in block 5; who knows better is heard from the genesis on."""
    forged = replace(SEALED[10].header, height=Height(5), next_committee=some_digest(7))
    handover = SealedHeader(forged, seal(forged, range(3)), CHAIN.head.committee)
    world = World([silent])
    world.turn()
    forger, later = world.peers[0], fake_peer(2)
    world.take(forger, HeaderTrail(Trail((handover,), None).encode()))
    world.connected[later.address] = as_peer(later)
    world.sync.step(world.now_s)
    assert later.take_sent() == [RequestTrail(Height(0))]
    with pytest.raises(Fork):
        world.take(later, HeaderTrail(Trail((), SEALED[20]).encode()))


def test_what_contradicts_a_trusted_checkpoint_is_not_accepted() -> None:
    """The founders' keys seal a history of their own, after others have taken over from them at block 15."""
    successors = some_digest(7)
    handover = replace(SEALED[10].header, height=Height(15), next_committee=successors)
    world = World([honest(20), honest(20)], LightChain.from_checkpoint(handover))
    world.run(20)
    assert len(world.dropped) == 2
    assert world.drafts == []
    trusted = World([honest(10), honest(20)], LightChain.from_checkpoint(SEALED[10].header))
    trusted.run()
    assert trusted.dropped == []
    assert [draft.sealed.height for draft in trusted.drafts] == [20]


def test_where_nobody_has_a_snapshot_it_is_in_vain() -> None:
    world = World([empty, empty])
    assert not world.sync.is_vain
    world.turn()
    assert world.sync.is_vain
    assert not World([]).sync.is_vain


def test_when_all_have_gone_on_the_next_snapshot_is_taken() -> None:
    behaviours = [honest(10), honest(10)]
    world = World(behaviours)
    for _ in range(6):
        world.turn()
    assert world.drafts[0].chunks
    behaviours[:] = [honest(20), honest(20)]
    world.run()
    assert world.sync.is_done
    assert [draft.sealed.height for draft in world.drafts] == [10, 20]
    assert world.drafts[1].state.root == STATES[20].root


def test_what_was_asked_of_a_snapshot_that_was_given_up_is_nobody_s_fault() -> None:
    behaviours = [silent_about_chunks(10), silent_about_chunks(10)]
    world = World(behaviours)
    world.gather()
    world.sync.step(world.now_s)
    late = [honest(10)(peer, frame) for peer in world.peers for frame in peer.take_sent()]
    behaviours[:] = [honest(20), honest(20)]
    world.now_s += STALL_S + 1
    while len(world.drafts) < 2:
        world.turn(GATHER_S)
    assert late[0] is not None
    world.take(world.peers[0], late[0])
    assert all(chunk.entries[0][1] == b"20" for chunk in world.drafts[1].chunks)
    world.run()
    assert world.sync.is_done
    assert world.drafts[1].state.root == STATES[20].root


def test_a_liar_is_asked_for_nothing_more_while_it_is_still_connected() -> None:
    world = World([lying(20, LIES["a key left out"]), honest(20)])
    world.gather()
    world.sync.step(world.now_s)
    (asked,) = world.peers[0].take_sent()
    answer = world.behaviours[0](world.peers[0], asked)
    assert isinstance(answer, StateChunk)
    with pytest.raises(BadContent):
        world.take(world.peers[0], answer)
    world.sync.step(world.now_s)
    assert world.peers[0].take_sent() == []


def test_progress_is_told() -> None:
    world = World([honest(20)])
    world.gather()
    world.turn()
    begun = world.sync.missing_percent
    world.run()
    assert begun > 90
    assert world.sync.missing_percent == 0


@pytest.mark.parametrize("frame", [HeaderTrail(Trail((), None).encode()), StateChunk(b"")])
def test_what_nobody_asked_for_is_misbehaviour(frame: Frame) -> None:
    world = World([honest(20)])
    with pytest.raises(Unasked):
        world.take(world.peers[0], frame)


@given(st.binary(max_size=100).filter(bool))
def test_garbage_is_misbehaviour(data: bytes) -> None:
    world = World([honest(20)])
    world.sync.step(0.0)
    with pytest.raises(BadContent):
        world.take(world.peers[0], HeaderTrail(data))
    world = World([honest(20)])
    world.gather()
    world.sync.step(world.now_s)
    with pytest.raises(BadContent):
        world.take(world.peers[0], StateChunk(data))


def test_a_trail_without_end_is_not_followed_for_ever() -> None:
    """Another page each time, and nothing in it."""

    def paging(_peer: FakePeer, _frame: Frame) -> Frame:
        return HeaderTrail(Trail((SEALED[10],), None).encode())

    world = World([paging, honest(20)])
    world.run()
    assert world.sync.is_done
    assert world.asked[world.peers[0].address] < 5


behaviours = st.sampled_from(
    [
        honest(10),
        honest(20),
        silent,
        empty,
        bare,
        silent_about_chunks(30),
        *(lying(20, lie) for lie in LIES.values()),
    ]
)


@given(st.lists(behaviours, min_size=1, max_size=5), st.floats(0.1, 3.0))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_peers_do_what_is_taken_is_true(peers: list[Behaviour], seconds: float) -> None:
    world = World([*peers, honest(10)])
    for _ in range(600):
        world.turn(seconds)
        assert len(world.sync._asks) <= len(world.peers)
        assert len(world.sync._missing) <= 2 * PARTS + len(world.peers)
        if world.sync.is_done:
            break
    assert world.sync.is_done
    last = world.drafts[-1]
    assert last.state.root == STATES[last.sealed.height].root
    assert world.peers[-1].address not in world.dropped
