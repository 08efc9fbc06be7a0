"""What a machine goes on with when it starts again, from the log of its votes."""

from consensus.actions import (
    Append,
    Build,
    Check,
    Decide,
    Report,
    Rewrite,
    Send,
)
from consensus.events import Timer
from consensus.messages import Commit, Prepare, Prepared, Proposal, RoundChange
from consensus.state import Phase
from consensus.vote_log import recover
from tests.consensus.committee import CHAIN
from tests.consensus.solo import HEAD_SLOT, R0, Solo


def test_a_start_makes_both_copies_whole() -> None:
    solo = Solo(place=0)
    solo = solo.restarted()
    assert isinstance(solo.actions[0], Rewrite)


def test_after_a_restart_the_same_bytes_are_sent() -> None:
    solo = Solo(place=1)
    solo.build()
    before = [*solo.sent(Proposal), *solo.sent(Prepare)]
    solo = solo.restarted()
    assert [*solo.sent(Proposal)[:1], *solo.sent(Prepare)] == before
    assert not solo.did(Build)
    solo.hear(*solo.prepares(solo.block(1), 0, 0, 2))
    assert solo.sent(Commit), "and the round goes on"


def test_after_a_restart_the_lock_holds() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    solo.hear(solo.proposal(block))
    solo.check()
    solo.hear(*solo.prepares(block, 0, 1, 2))
    solo = solo.restarted()
    assert solo.machine.state.round.phase is Phase.COMMITTING
    solo.fire(Timer.ROUND)
    (vote,) = solo.sent(RoundChange)
    assert vote.prepared == Prepared(R0, block.digest)
    assert len(vote.prepares) == 3
    assert solo.machine.block(block.digest) == block.raw, "for whoever needs it to propose it again"


def test_after_a_restart_no_second_block_is_prepared_in_the_round() -> None:
    solo = Solo(place=0)
    solo.hear(solo.proposal(solo.block(1)))
    solo.check()
    solo = solo.restarted()
    solo.hear(solo.proposal(solo.block(1, nonce=1)))
    assert not solo.did(Check)
    assert not solo.sent(Prepare)


def test_after_a_restart_a_round_that_was_given_up_stays_given_up() -> None:
    solo = Solo(place=0)
    solo.fire(Timer.ROUND)
    solo = solo.restarted()
    assert [vote.round for vote in solo.sent(RoundChange)] == [1]
    solo.hear(solo.proposal(solo.block(1)))
    assert not solo.did(Check)


def test_a_single_validator_that_crashed_before_it_stored_decides_again() -> None:
    solo = Solo(place=0, members=1)
    solo.build()
    (decided,) = solo.did(Decide)
    solo = solo.restarted()
    assert solo.did(Decide) == [decided]


def test_a_log_that_is_ahead_of_the_store_keeps_silent_below_its_votes() -> None:
    solo = Solo(place=1)
    solo.advance(height=7, slot=HEAD_SLOT)
    solo.fire(Timer.ROUND)
    assert solo.sent(RoundChange)
    older = solo.restarted()
    older.build()
    assert not older.did(Send)
    assert "vote withheld" in [report.kind for report in older.did(Report)]


def test_the_log_is_rewritten_when_it_has_grown() -> None:
    solo = Solo(place=0)
    assert solo.log is not None
    solo.log.grown_bytes = solo.config.log_bytes_max
    solo.fire(Timer.ROUND)
    (rewrite,) = solo.did(Rewrite)
    assert not solo.did(Append), "the rewriting holds the new vote too"
    votes = recover(rewrite.image, None, CHAIN, solo.key).votes
    assert votes.round == 1
