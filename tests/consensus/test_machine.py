"""The rules of one validator, one at a time; its peers are played by hand."""

import pytest

from consensus.actions import (
    Append,
    Behind,
    Build,
    CancelTimer,
    Check,
    Decide,
    Fetch,
    Misbehaved,
    Report,
    Rewrite,
    Send,
    SetTimer,
)
from consensus.events import BlockBuilt, BlockFetched, HeadAdvanced, PeerConnected, PeerHead, Timer
from consensus.messages import Commit, Prepare, Prepared, Proposal, RoundChange, Status
from consensus.state import Phase
from consensus.tally import ROUNDS_KEPT
from consensus.vote_log import VoteLog, new_log, recover
from ledger.quantities import Height, Round, Slot
from tests.consensus.committee import CHAIN, TIMERS, committee_at, committee_of
from tests.consensus.solo import HEAD_SLOT, OPEN_MS, R0, SLOT_MS, H, Solo, bare, head_at


def test_a_block_is_agreed_on_in_round_0() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    solo.hear(solo.proposal(block))
    assert solo.did(Check) == [Check(H, block.digest, block.raw)]
    assert not solo.did(Send)

    solo.check()
    assert [vote.digest for vote in solo.sent(Prepare)] == [block.digest]
    assert solo.wrote_before_sending()

    solo.hear(*solo.prepares(block, 0, 1))
    assert not solo.did(Send)
    solo.hear(*solo.prepares(block, 0, 2))
    assert [vote.digest for vote in solo.sent(Commit)] == [block.digest]
    assert solo.wrote_before_sending()

    solo.hear(*solo.commits(block, 0, 1))
    assert not solo.did(Decide)
    solo.hear(*solo.commits(block, 0, 3))
    (decide,) = solo.did(Decide)
    assert (decide.height, decide.digest, decide.block) == (H, block.digest, block.raw)
    assert [seal.member for seal in decide.seals.seals] == [0, 1, 3]
    assert decide.seals.round == 0


def test_the_proposer_builds_when_the_slot_opens() -> None:
    solo = Solo(place=1, now=OPEN_MS - 400)
    assert solo.did(SetTimer)[-1] == SetTimer(Timer.SLOT, 400)
    assert not solo.did(Build)

    solo.now = OPEN_MS
    solo.fire(Timer.SLOT)
    assert solo.did(Build) == [Build(H, R0, Slot(HEAD_SLOT + 1))]
    assert solo.did(SetTimer) == [SetTimer(Timer.ROUND, TIMERS.base_ms)]

    solo.build()
    assert len(solo.sent(Proposal)) == 1
    assert len(solo.sent(Prepare)) == 1
    assert len(solo.did(Append)) == 1, "one flush for both votes"
    assert solo.wrote_before_sending()


def test_missed_slots_are_not_filled() -> None:
    solo = Solo(place=1, now=OPEN_MS + 7 * SLOT_MS)
    assert solo.did(Build) == [Build(H, R0, Slot(HEAD_SLOT + 8))]


def test_a_block_that_was_built_too_late_for_its_round_is_dropped() -> None:
    solo = Solo(place=1)
    (build,) = solo.did(Build)
    solo.fire(Timer.ROUND)
    block = solo.block(1)
    assert solo.step(BlockBuilt(build.height, build.round, block.digest, block.raw)) == ()


@pytest.mark.parametrize("members", [1, 2, 3, 4, 5, 6, 7, 22])
def test_every_size_needs_two_thirds(members: int) -> None:
    place = 1 % members
    solo = Solo(members=members, place=place)
    solo.build()
    block = solo.block(place)
    others = [member for member in range(members) if member != place]
    quorum = -(-2 * members // 3)
    for phase_votes, follows in ((solo.prepares, Commit), (solo.commits, Decide)):
        if quorum > 1:
            solo.hear(*phase_votes(block, 0, *others[: quorum - 2]))
            assert not solo.sent(Commit)
            assert not solo.did(Decide)
            solo.hear(*phase_votes(block, 0, others[quorum - 2]))
            assert solo.sent(Commit) if follows is Commit else solo.did(Decide)
    assert solo.did(Decide)


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


def test_a_new_head_begins_a_new_height() -> None:
    solo = Solo(place=0)
    solo.hear(solo.proposal(solo.block(1)))
    solo.check()
    solo.advance()
    assert solo.machine.state.height == 2
    assert CancelTimer(Timer.ROUND) in solo.actions
    assert solo.did(SetTimer) == [SetTimer(Timer.SLOT, SLOT_MS)]
    assert solo.advance() == (), "told twice"


def test_messages_of_the_next_height_wait_for_it_and_tell_that_one_is_behind() -> None:
    solo = Solo(place=0)
    vote = solo.sign(Prepare(Height(2), R0, solo.block(1).digest), 3)
    solo.hear(vote)
    assert solo.did(Behind) == [Behind(Height(2), solo.committee.validators[3].address)]
    assert solo.hear(vote) == (), "told once a tick"
    solo.advance()
    assert len(solo.machine.state.at.tally) == 1


def test_messages_of_heights_beyond_are_not_kept() -> None:
    solo = Solo(place=0)
    solo.hear(solo.sign(Prepare(Height(9), R0, solo.block(1).digest), 3))
    assert solo.did(Behind)
    assert not solo.machine.state.early


def test_a_status_tells_that_one_is_behind_and_nothing_else() -> None:
    solo = Solo(place=0)
    assert solo.hear(Status(Height(1), Round(3)), sender=2) == ()
    solo.hear(Status(Height(5), R0), sender=2)
    assert solo.did(Behind) == [Behind(Height(5), solo.committee.validators[2].address)]


def test_a_stale_round_change_is_answered_with_ones_own_state_once_a_tick() -> None:
    solo = Solo(place=0)
    solo.hear(*solo.round_changes(4, 1, 2))
    peer = solo.committee.validators[3].address
    solo.hear(*solo.round_changes(2, 3))
    assert [(send.to, send.message.round) for send in solo.did(Send)] == [(peer, 4)]
    assert solo.hear(*solo.round_changes(3, 3)) == ()
    solo.fire(Timer.RESEND)
    assert solo.hear(*solo.round_changes(3, 3)) != ()


def test_a_round_change_of_an_earlier_height_is_answered_with_where_one_is() -> None:
    solo = Solo(place=0)
    solo.advance()
    solo.hear(*solo.round_changes(1, 3))
    peer = solo.committee.validators[3].address
    assert solo.did(Send) == [Send(Status(Height(2), R0), peer)]


def test_a_tick_says_again_what_was_said_in_the_same_bytes() -> None:
    solo = Solo(place=0)
    solo.fire(Timer.ROUND)
    (vote,) = solo.sent(RoundChange)
    solo.fire(Timer.RESEND)
    assert solo.did(Send) == [Send(vote, None)]
    assert not solo.did(Append)
    assert SetTimer(Timer.RESEND, TIMERS.resend_ms) in solo.actions


def test_a_proposal_is_said_again_only_to_those_who_have_not_prepared_it() -> None:
    solo = Solo(place=1)
    solo.build()
    solo.hear(*solo.prepares(solo.block(1), 0, 3))
    solo.fire(Timer.RESEND)
    to = [send.to for send in solo.did(Send) if isinstance(send.message, Proposal)]
    assert to == [solo.committee.validators[place].address for place in (0, 2)]


def test_a_peer_that_connects_is_told_at_once() -> None:
    solo = Solo(place=0)
    peer = solo.committee.validators[2].address
    solo.step(PeerConnected(peer))
    assert solo.did(Send) == [Send(Status(H, R0), peer)]
    solo.fire(Timer.ROUND)
    (vote,) = solo.sent(RoundChange)
    solo.step(PeerConnected(peer))
    assert solo.did(Send) == [Send(vote, peer)]


def test_strangers_and_ones_own_echo_are_ignored() -> None:
    solo = Solo(place=0)
    assert solo.step(PeerConnected(committee_of(9).validators[8].address)) == ()
    assert solo.hear(*solo.prepares(solo.block(1), 0, 0)) == ()


def test_a_vote_that_another_member_signed_is_misbehaviour_of_its_sender() -> None:
    solo = Solo(place=0)
    solo.hear(*solo.prepares(solo.block(1), 0, 2), sender=3)
    (accused,) = solo.did(Misbehaved)
    assert accused.peer == solo.committee.validators[3].address
    assert len(solo.machine.state.at.tally) == 0


def test_whoever_is_not_in_the_committee_follows_silently() -> None:
    solo = Solo(place=4, members=5)
    solo.step(HeadAdvanced(head_at(1, HEAD_SLOT, committee_of(4))))
    solo.fire(Timer.ROUND)
    assert not solo.did(Send)
    block = solo.block(1)
    vote = Commit(Height(2), R0, block.digest)
    solo.hear(*[solo.sign(vote, member) for member in range(3)])
    assert solo.did(Fetch), "but it sees the decision"


# Restarts.


def restarted(solo: Solo, now: int | None = None) -> Solo:
    """The same validator after a crash, from what its log held on disk."""
    assert solo.log is not None
    image = solo.log.rewrite()
    log = recover(image, image, CHAIN, solo.key)
    return Solo(members=solo.members, place=solo.place, now=now or solo.now, log=log)


def test_a_start_makes_both_copies_whole() -> None:
    solo = Solo(place=0)
    solo = restarted(solo)
    assert isinstance(solo.actions[0], Rewrite)


def test_after_a_restart_the_same_bytes_are_sent() -> None:
    solo = Solo(place=1)
    solo.build()
    before = [*solo.sent(Proposal), *solo.sent(Prepare)]
    solo = restarted(solo)
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
    solo = restarted(solo)
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
    solo = restarted(solo)
    solo.hear(solo.proposal(solo.block(1, nonce=1)))
    assert not solo.did(Check)
    assert not solo.sent(Prepare)


def test_after_a_restart_a_round_that_was_given_up_stays_given_up() -> None:
    solo = Solo(place=0)
    solo.fire(Timer.ROUND)
    solo = restarted(solo)
    assert [vote.round for vote in solo.sent(RoundChange)] == [1]
    solo.hear(solo.proposal(solo.block(1)))
    assert not solo.did(Check)


def test_a_single_validator_that_crashed_before_it_stored_decides_again() -> None:
    solo = Solo(place=0, members=1)
    solo.build()
    (decided,) = solo.did(Decide)
    solo = restarted(solo)
    assert solo.did(Decide) == [decided]


def test_a_log_that_is_ahead_of_the_store_keeps_silent_below_its_votes() -> None:
    solo = Solo(place=1)
    solo.advance(height=7, slot=HEAD_SLOT)
    solo.fire(Timer.ROUND)
    assert solo.sent(RoundChange)
    older = restarted(solo)
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


# A key whose log was lost.


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


def test_a_rejoining_key_that_restarts_keeps_its_floor() -> None:
    solo = rejoining()
    solo.advance(height=4, slot=HEAD_SLOT)
    for place in (0, 2, 3):
        solo.step(PeerHead(solo.committee.validators[place].address, Height(4)))
    again = restarted(solo)
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


# Bounds.


def test_a_member_that_floods_pushes_out_only_its_own() -> None:
    solo = Solo(place=0)
    block = solo.block(1)
    solo.hear(*solo.prepares(block, 0, 2))
    for round_ in range(10 * ROUNDS_KEPT):
        solo.hear(*solo.prepares(block, round_, 3), *solo.commits(block, round_, 3))
        solo.hear(*solo.round_changes(round_ + 1, 3))
    assert len(solo.machine.state.at.tally) == 2 * ROUNDS_KEPT + 2
    assert [vote.member for vote in solo.machine.state.at.tally.prepares(R0, block.digest)] == [2]


def test_a_flood_of_early_messages_keeps_one_of_each_kind() -> None:
    solo = Solo(place=0)
    for round_ in range(100):
        vote = Prepare(Height(2), Round(round_), solo.block(1).digest)
        solo.hear(solo.sign(vote, 3))
    ((_, kept),) = solo.machine.state.early.items()
    assert len(kept) == 1
