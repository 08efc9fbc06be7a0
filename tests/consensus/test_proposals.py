"""Which proposals a validator takes: their slots, their blocks, and votes that contradict them."""

import pytest

from consensus.actions import (
    CancelTimer,
    Check,
    Decide,
    Fetch,
    Report,
    Send,
    SetTimer,
)
from consensus.events import BlockFetched, Timer
from consensus.state import Phase
from tests.consensus.committee import TIMERS
from tests.consensus.solo import HEAD_SLOT, OPEN_MS, R0, SLOT_MS, Solo, bare


@pytest.mark.parametrize("late_ms", [0, SLOT_MS - 1, SLOT_MS + TIMERS.skew_ms - 1])
def test_a_new_block_may_be_as_late_as_its_slot_and_the_skew(late_ms: int) -> None:
    solo = Solo(place=0)
    solo.now = OPEN_MS + late_ms
    assert solo.hear(solo.proposal(solo.block(1)))
    assert solo.did(Check)


def test_a_new_block_of_a_slot_that_is_over_is_refused() -> None:
    solo = Solo(place=0)
    solo.now = OPEN_MS + SLOT_MS + TIMERS.skew_ms
    solo.hear(solo.proposal(solo.block(1)))
    assert not solo.did(Check)
    assert [report.kind for report in solo.did(Report)] == ["slot refused"]


def test_a_new_block_of_a_slot_to_come_is_refused() -> None:
    solo = Solo(place=0)
    solo.hear(solo.proposal(solo.block(1, slot=HEAD_SLOT + 3)))
    assert not solo.did(Check)


def test_a_new_block_must_be_later_than_its_parent() -> None:
    solo = Solo(place=0)
    solo.hear(solo.proposal(solo.block(1, slot=HEAD_SLOT)))
    assert not solo.did(Check)


def test_a_prepared_block_is_exempt_from_the_clock() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    lock = solo.certificate(block, 0, 1, 2, 3)
    changes = solo.round_changes(1, 1, 2, 3, lock=lock)
    solo.now += 1_000 * SLOT_MS
    solo.hear(solo.proposal(block, 1, round_changes=bare(changes), prepares=lock.prepares))
    assert solo.did(Check)


def test_within_the_skew_a_proposal_before_the_slot_is_taken_and_the_timer_waits() -> None:
    solo = Solo(place=0, now=OPEN_MS - TIMERS.skew_ms)
    solo.hear(solo.proposal(solo.block(1)))
    assert solo.did(Check)
    assert not solo.did(SetTimer)
    solo.now = OPEN_MS
    solo.fire(Timer.SLOT)
    assert solo.did(SetTimer) == [SetTimer(Timer.ROUND, TIMERS.base_ms)]


def test_a_proposal_from_a_clock_that_is_further_ahead_is_held_until_the_slot_opens() -> None:
    solo = Solo(place=0, now=OPEN_MS - TIMERS.skew_ms - 1)
    solo.hear(solo.proposal(solo.block(1)))
    assert not solo.did(Check)
    solo.now = OPEN_MS
    solo.fire(Timer.SLOT)
    assert solo.did(Check)


def test_an_invalid_block_is_not_prepared() -> None:
    solo = Solo(place=0)
    solo.hear(solo.proposal(solo.block(1)))
    solo.check(valid=False)
    assert [report.kind for report in solo.did(Report)] == ["invalid block"]
    solo.hear(*solo.prepares(solo.block(1), 0, 1, 2, 3))
    assert not solo.did(Send)


def test_a_second_proposal_of_a_round_changes_nothing() -> None:
    solo = Solo(place=0)
    solo.hear(solo.proposal(solo.block(1)))
    solo.check()
    solo.hear(solo.proposal(solo.block(1, nonce=1)))
    assert not solo.did(Send)


@pytest.mark.parametrize("kind", ["prepares", "commits"])
def test_two_votes_of_a_member_for_two_blocks_count_once(kind: str) -> None:
    solo = Solo(place=0)
    first, second = solo.block(1), solo.block(1, nonce=1)
    votes = getattr(solo, kind)
    solo.hear(*votes(first, 0, 2), *votes(second, 0, 2))
    tally = solo.machine.state.at.tally
    assert getattr(tally, kind)(R0, first.digest)
    assert not getattr(tally, kind)(R0, second.digest)


def test_commits_of_an_earlier_round_still_decide() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    solo.hear(solo.proposal(block))
    solo.check()
    solo.fire(Timer.ROUND)
    solo.hear(*solo.commits(block, 0, 1, 2, 3))
    (decide,) = solo.did(Decide)
    assert decide.seals.round == 0
    assert CancelTimer(Timer.ROUND) in solo.actions


def test_a_committed_block_that_is_not_here_is_fetched_and_decided_on() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    solo.hear(*solo.commits(block, 0, 1, 2, 3))
    (fetch,) = solo.did(Fetch)
    assert fetch.digest == block.digest
    assert solo.machine.state.round.phase is Phase.FETCHING
    assert solo.fire(Timer.ROUND) == (), "rounds have ended"
    solo.step(BlockFetched(block.raw))
    assert [decide.digest for decide in solo.did(Decide)] == [block.digest]
