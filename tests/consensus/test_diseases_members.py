"""Known diseases of committees that change: who leaves in the midst of a round, who comes but is away."""

import pytest

from ledger.genesis import Timers
from tests.consensus.committee import committee_of
from tests.consensus.world import World

TIMERS = Timers()
"""10 s, doubling up to 120 s; said again every 15 s."""
SLOT_MS = 60_000
TRAVEL_MS = 100
"""More than a block needs to be built, sent, checked and voted on here."""
LEAVER = 2
"""Who proposes height 2 in round 0."""


def bound_ms(absent: int) -> int:
    """By when all that are up have decided once more, in the consensus page's words."""
    return SLOT_MS + 2 * TIMERS.resend_ms + (absent + 3) * (TIMERS.cap_ms + TIMERS.resend_ms + TRAVEL_MS)


def test_a_certificate_that_expires_in_the_middle_of_a_round() -> None:
    """Block 1 ends a member; it still has its vote and its turn at height 2, whatever round that takes."""
    world = World(5, SLOT_MS, TIMERS)
    world.changes = {1: LEAVER}
    world.start()
    assert world.run(TRAVEL_MS, until=lambda: world.have(1))
    # Height 2 goes to round 3, and needs the leaver's vote: of five four make a quorum, and one is down.
    world.stop(world.actors[0])
    world.is_valid = lambda block: block.height != 2 or block.round > 2
    assert world.run(bound_ms(absent=1), until=lambda: world.have(2))
    _, seals = world.actors[1].chain[1]
    assert seals.round > 0
    assert LEAVER in [seal.member for seal in seals.seals]

    # From height 3 on it has none, and nobody waits for it.
    assert [actor.head.committee.index_of(world.actors[LEAVER].address) for actor in world.up] == [None] * 4
    said = []
    world.on_said = lambda actor, message: said.append(actor)
    assert world.run(bound_ms(absent=1), until=lambda: world.have(3))
    assert world.actors[LEAVER] not in said
    assert len(world.actors[1].chain[2][1].seals) == 3


@pytest.mark.parametrize("leaves", ["its own proposal", "another's"])
def test_a_member_that_leaves_while_the_next_height_is_in_progress(leaves: str) -> None:
    """Nobody's round, votes or timer at height 2 know that block 1 has ended a member."""
    world = World(5, SLOT_MS, TIMERS)
    leaver = LEAVER if leaves == "its own proposal" else LEAVER + 1
    world.changes = {1: leaver}
    world.start()
    world.run(SLOT_MS + TRAVEL_MS)
    block, seals = world.actors[0].chain[1]
    assert (block.height, seals.round) == (2, 0)
    assert block.proposer == world.actors[LEAVER].address
    assert world.run(SLOT_MS, until=lambda: world.have(3))


@pytest.mark.parametrize("joiners", [1, 2])
def test_a_candidate_that_is_offline_is_admitted(joiners: int) -> None:
    """It raises the quorum and misses its turns; as long as a quorum is up, that is all."""
    world = World(4, SLOT_MS, TIMERS, spare=joiners)
    world.changes = {height: 3 + height for height in range(1, 1 + joiners)}
    world.start(*world.actors[:4])
    for height in range(1, 20):
        assert world.run(bound_ms(absent=joiners), until=lambda height=height: world.have(height))
    assert world.actors[0].head.committee == committee_of(4 + joiners)
    assert committee_of(4 + joiners).quorum == 4
    rounds = [seals.round for _, seals in world.actors[0].chain[2:]]
    assert 0 < max(rounds) <= joiners


def test_more_absent_candidates_than_that_stop_the_chain_until_one_comes() -> None:
    """Three of seven: what members vote against by telling whether they reach a candidate."""
    world = World(4, SLOT_MS, TIMERS, spare=3)
    world.changes = {1: 4, 2: 5, 3: 6}
    world.start(*world.actors[:4])
    assert not world.run(20 * SLOT_MS, until=lambda: world.have(5)), "height 5 is decided on by seven"
    assert world.have(4)
    world.start(world.actors[6])
    assert world.run(bound_ms(absent=2), until=lambda: world.have(5))


def test_an_admitted_candidate_that_comes_late_votes() -> None:
    world = World(4, SLOT_MS, TIMERS, spare=1)
    world.changes = {1: 4}
    world.start(*world.actors[:4])
    world.run(5 * SLOT_MS)
    world.start(world.actors[4])
    world.run(SLOT_MS)
    world.stop(world.actors[0])
    goal = world.actors[1].height + 3
    assert world.run(3 * bound_ms(absent=1), until=lambda: world.have(goal)), "its vote is needed"
