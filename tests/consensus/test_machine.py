"""From a proposal to a decision and on to the next height; one machine, its peers played by hand."""

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
    Send,
    SetTimer,
)
from consensus.events import BlockBuilt, HeadAdvanced, PeerConnected, Timer
from consensus.messages import Commit, Prepare, Proposal, RoundChange, Status
from ledger.quantities import Height, Round, Slot
from tests.consensus.committee import TIMERS, committee_of, head_at
from tests.consensus.solo import HEAD_SLOT, OPEN_MS, R0, SLOT_MS, H, Solo


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
