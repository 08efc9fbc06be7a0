"""Giving up rounds, and what is proposed in those that follow; one machine, its peers played by hand."""

from consensus.actions import (
    Build,
    Check,
    Fetch,
    SetTimer,
)
from consensus.events import BlockFetched, Timer
from consensus.messages import Prepare, Prepared, Proposal, RoundChange
from ledger.quantities import Round, Slot
from tests.consensus.committee import TIMERS
from tests.consensus.solo import HEAD_SLOT, OPEN_MS, R0, SLOT_MS, H, Solo


def test_a_round_that_takes_too_long_is_given_up() -> None:
    solo = Solo(place=0)
    solo.fire(Timer.ROUND)
    (vote,) = solo.sent(RoundChange)
    assert (vote.round, vote.prepared, vote.prepares) == (1, None, ())
    assert solo.wrote_before_sending()
    assert not solo.did(SetTimer), "round 1 is timed once a quorum has come to it"


def test_a_later_round_is_timed_from_the_moment_a_quorum_is_in_it() -> None:
    solo = Solo(place=0)
    solo.fire(Timer.ROUND)
    solo.hear(*solo.round_changes(1, 1))
    assert not solo.did(SetTimer)
    solo.hear(*solo.round_changes(2, 2))
    assert solo.did(SetTimer) == [SetTimer(Timer.ROUND, 2 * TIMERS.base_ms)]


def test_what_was_prepared_is_shown_in_the_round_change() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    solo.hear(solo.proposal(block))
    solo.check()
    solo.hear(*solo.prepares(block, 0, 1, 2))
    solo.fire(Timer.ROUND)
    (vote,) = solo.sent(RoundChange)
    assert vote.prepared == Prepared(R0, block.digest)
    assert [prepare.member for prepare in vote.prepares] == [0, 1, 2]


def test_a_block_accepted_without_a_quorum_of_prepares_is_not_claimed_to_be_prepared() -> None:
    solo = Solo(place=0)
    solo.hear(solo.proposal(solo.block(1)))
    solo.check()
    solo.hear(*solo.prepares(solo.block(1), 0, 1))
    solo.fire(Timer.ROUND)
    (vote,) = solo.sent(RoundChange)
    assert vote.prepared is None


def test_f_plus_1_in_later_rounds_are_followed_to_the_smallest() -> None:
    solo = Solo(place=0)
    assert not solo.sent(RoundChange)
    solo.hear(*solo.round_changes(5, 1))
    assert not solo.sent(RoundChange), "one may be Byzantine"
    solo.hear(*solo.round_changes(3, 2))
    assert [vote.round for vote in solo.sent(RoundChange)] == [3]
    solo.hear(*solo.round_changes(7, 3))
    assert [vote.round for vote in solo.sent(RoundChange)] == [5]


def test_no_round_change_before_the_slot_opens() -> None:
    solo = Solo(place=0, now=OPEN_MS - 900)
    solo.hear(*solo.round_changes(1, 1, 2, 3))
    solo.fire(Timer.RESEND)
    assert not solo.sent(RoundChange)
    solo.now = OPEN_MS
    solo.fire(Timer.SLOT)
    assert [vote.round for vote in solo.sent(RoundChange)] == [1]


def test_the_clock_is_looked_at_again_and_again_while_the_slot_is_closed() -> None:
    solo = Solo(place=0, now=OPEN_MS - 900_000)
    assert solo.did(SetTimer)[-1] == SetTimer(Timer.SLOT, TIMERS.resend_ms)


def test_a_new_round_without_a_prepared_block_gets_a_new_block() -> None:
    solo = Solo(place=2)
    solo.fire(Timer.ROUND)
    solo.now += 3 * SLOT_MS
    solo.hear(*solo.round_changes(1, 0))
    assert not solo.did(Build)
    solo.hear(*solo.round_changes(1, 3))
    assert solo.did(Build) == [Build(H, Round(1), Slot(HEAD_SLOT + 4))]
    solo.build()
    (proposal,) = solo.sent(Proposal)
    assert [vote.member for vote in proposal.round_changes] == [0, 2, 3]
    assert proposal.prepares == ()


def test_a_prepared_block_is_proposed_again_byte_for_byte() -> None:
    solo = Solo(place=2)
    block = solo.block(1)
    solo.hear(solo.proposal(block))
    solo.check()
    lock = solo.certificate(block, 0, 0, 1, 3)
    solo.fire(Timer.ROUND)
    solo.now += 5 * SLOT_MS
    solo.hear(*solo.round_changes(1, 0), *solo.round_changes(1, 3, lock=lock))
    assert not solo.did(Build)
    (proposal,) = solo.sent(Proposal)
    assert (proposal.round, proposal.block) == (1, block.raw), "slot, proposer and first round are kept"
    assert proposal.prepares == lock.prepares
    assert all(vote.prepares == () for vote in proposal.round_changes)
    assert len(solo.sent(Prepare)) == 1, "it was found valid before"


def test_the_highest_prepared_round_binds() -> None:
    solo = Solo(place=3)
    low, high = solo.block(1), solo.block(2, round=1)
    solo.hear(*solo.round_changes(2, 0, lock=solo.certificate(low, 0, 0, 1, 2)))
    solo.hear(*solo.round_changes(2, 1, lock=solo.certificate(high, 1, 0, 1, 2)))
    (fetch,) = solo.did(Fetch)
    assert fetch.digest == high.digest
    solo.step(BlockFetched(high.raw))
    (proposal,) = solo.sent(Proposal)
    assert proposal.digest == high.digest
    assert solo.did(Check), "what others prepared is checked before it is prepared here"


def test_a_prepared_block_that_is_not_here_is_fetched_from_those_who_prepared_it() -> None:
    solo = Solo(place=2)
    block = solo.block(1)
    solo.fire(Timer.ROUND)
    lock = solo.certificate(block, 0, 0, 1, 3)
    solo.hear(*solo.round_changes(1, 0), *solo.round_changes(1, 3, lock=lock))
    (fetch,) = solo.did(Fetch)
    addresses = [solo.committee.validators[place].address for place in (0, 1, 3)]
    assert (fetch.height, fetch.digest, list(fetch.holders)) == (H, block.digest, addresses)
    assert not solo.sent(Proposal)

    assert solo.step(BlockFetched(solo.block(1, nonce=9).raw)) == (), (
        "another block is not what was asked for"
    )
    assert solo.step(BlockFetched(b"junk")) == ()
    solo.fire(Timer.RESEND)
    assert solo.did(Fetch) == [fetch], "asked again"

    solo.step(BlockFetched(block.raw))
    assert [vote.digest for vote in solo.sent(Proposal)] == [block.digest]


def test_a_quorum_without_the_missing_block_is_good_enough() -> None:
    solo = Solo(place=2)
    solo.fire(Timer.ROUND)
    lock = solo.certificate(solo.block(1), 0, 0, 1, 3)
    solo.hear(*solo.round_changes(1, 3, lock=lock), *solo.round_changes(1, 0))
    assert solo.did(Fetch)
    solo.hear(*solo.round_changes(1, 1))
    assert solo.did(Build), "0, 1 and 2 have prepared nothing, so nothing can have been decided"


def test_a_justified_proposal_pulls_to_its_round() -> None:
    solo = Solo(place=0)
    block = solo.block(3, round=2)
    changes = solo.round_changes(2, 1, 2, 3)
    solo.hear(solo.proposal(block, 2, round_changes=changes))
    assert solo.did(Check)
    assert SetTimer(Timer.ROUND, 4 * TIMERS.base_ms) in solo.actions
    solo.check()
    assert [vote.round for vote in solo.sent(Prepare)] == [2]
