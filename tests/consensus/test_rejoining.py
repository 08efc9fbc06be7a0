"""A key whose log was lost: from which height on it may sign, so that it never contradicts itself."""

from consensus.actions import (
    Append,
    Build,
    Decide,
    Send,
)
from consensus.events import HeadAdvanced, PeerHead, Timer
from consensus.messages import RoundChange
from consensus.vote_log import VoteLog, new_log, recover
from ledger.quantities import Height
from tests.consensus.committee import CHAIN, committee_at, committee_of, head_at
from tests.consensus.solo import HEAD_SLOT, Solo


def rejoining(place: int = 1) -> Solo:
    key = committee_of(4).public_keys[place]
    image = new_log(CHAIN, key, rejoining=True)
    log: VoteLog = recover(image, image, CHAIN, key)
    return Solo(place=place, log=log)


def test_a_rejoining_key_signs_nothing() -> None:
    solo = rejoining()
    assert not solo.did(Build)
    solo.fire(Timer.ROUND)
    assert not solo.did(Send)


def test_a_rejoining_key_signs_above_two_more_than_a_quorum_of_others_tell() -> None:
    solo = rejoining()
    for place, height in ((0, 4), (2, 6), (2, 5)):
        solo.step(PeerHead(solo.committee.validators[place].address, Height(height)))
        assert not solo.did(Append)
    solo.step(PeerHead(solo.committee.validators[3].address, Height(3)))
    assert not solo.did(Append), "it has not come as far as they"
    solo.advance(height=6, slot=HEAD_SLOT)
    assert len(solo.did(Append)) == 1, "the floor outlives a restart"
    for height in (6, 7):
        solo.advance(height=height, slot=HEAD_SLOT)
        solo.fire(Timer.ROUND)
        assert not solo.did(Send)
    solo.advance(height=8, slot=HEAD_SLOT)
    solo.fire(Timer.ROUND)
    assert [vote.height for vote in solo.sent(RoundChange)] == [9]


def test_a_rejoining_key_does_not_take_the_word_of_a_committee_that_has_been_replaced() -> None:
    """The founders stopped at height 1; their successors went on, and the key with them."""
    solo = rejoining()
    for place in (0, 2, 3):
        solo.step(PeerHead(solo.committee.validators[place].address, Height(2)))
    successors = committee_at((4, 5, 6, 1))
    for height in range(1, 7):
        solo.step(HeadAdvanced(head_at(height, HEAD_SLOT, successors)))
        assert not solo.did(Append), "nobody of this committee has told a head yet"
    for place in range(3):
        solo.step(PeerHead(successors.validators[place].address, Height(9)))
    solo.step(HeadAdvanced(head_at(9, HEAD_SLOT, successors)))
    assert solo.machine.state.log.votes.floor == 11


def test_a_rejoining_key_asks_the_next_committee_where_it_differs() -> None:
    """Those who decided on the block before the change may all have stopped there, knowing no better."""
    solo = rejoining()
    successors = committee_at((4, 5, 6, 1))
    solo.step(HeadAdvanced(head_at(3, HEAD_SLOT, solo.committee, successors)))
    for place in (0, 2, 3):
        solo.step(PeerHead(solo.committee.validators[place].address, Height(3)))
    assert not solo.did(Append)
    for place in range(3):
        solo.step(PeerHead(successors.validators[place].address, Height(3)))
    assert solo.machine.state.log.votes.floor == 5


def test_a_head_that_does_not_exist_is_not_waited_for_where_enough_others_tell_theirs() -> None:
    key = committee_of(7).public_keys[1]
    image = new_log(CHAIN, key, rejoining=True)
    solo = Solo(members=7, place=1, log=recover(image, image, CHAIN, key))
    for place, height in ((0, 10**9), (2, 4), (3, 4), (4, 3), (5, 4), (6, 2)):
        solo.step(PeerHead(solo.committee.validators[place].address, Height(height)))
    solo.advance(height=4, slot=HEAD_SLOT)
    assert solo.machine.state.log.votes.floor == 6


def test_a_rejoining_key_that_restarts_keeps_its_floor() -> None:
    solo = rejoining()
    solo.advance(height=4, slot=HEAD_SLOT)
    for place in (0, 2, 3):
        solo.step(PeerHead(solo.committee.validators[place].address, Height(4)))
    again = solo.restarted()
    again.advance(height=6, slot=HEAD_SLOT)
    again.fire(Timer.ROUND)
    assert [vote.height for vote in again.sent(RoundChange)] == [7]


def test_a_rejoining_key_follows_the_decisions_of_the_others() -> None:
    solo = rejoining(place=0)
    block = solo.block(1)
    solo.hear(solo.proposal(block))
    solo.check()
    solo.hear(*solo.prepares(block, 0, 1, 2, 3))
    assert not solo.did(Send)
    solo.hear(*solo.commits(block, 0, 1, 2, 3))
    assert solo.did(Decide)
