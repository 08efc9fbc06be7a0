"""Contradictions that a machine hears become evidence, wherever they were said; nothing else does."""

from dataclasses import replace

import pytest

from consensus.actions import Evidence, Misbehaved
from consensus.events import Timer
from consensus.messages import Commit, Prepare, RoundChange, Vote
from consensus.witness import BALLOTS_KEPT, Witness
from ledger.ballots import Ballot, Kind, SignedBallot
from ledger.evidence import check_contradiction
from ledger.quantities import Round
from tests.consensus.committee import CHAIN
from tests.consensus.solo import HEAD_SLOT, R0, H, Solo, bare
from tests.consensus.watch import ToySignatures

LIAR = 2


@pytest.fixture
def solo() -> Solo:
    return Solo(place=0)


def evidence(solo: Solo) -> Evidence:
    """The one that the last messages gave, which the chain must accept."""
    (found,) = solo.did(Evidence)
    key = solo.committee.public_keys[LIAR]
    assert found.member == solo.committee.validators[LIAR].address
    assert check_contradiction(found.first, found.second, CHAIN, key, ToySignatures(1)) == H
    return found


@pytest.mark.parametrize("kind", ["prepares", "commits"])
def test_two_votes_of_one_round(solo: Solo, kind: str) -> None:
    votes = getattr(solo, kind)
    solo.hear(*votes(solo.block(1), 0, LIAR), *votes(solo.block(1, nonce=1), 0, LIAR))
    evidence(solo)


def test_two_proposals_of_one_round(solo: Solo) -> None:
    solo.hear(*solo.round_changes(1, 1, LIAR, 3))
    proofs = [bare(solo.round_changes(1, *members)) for members in ((0, 1, LIAR), (1, LIAR, 3))]
    first, second = solo.block(LIAR, 1), solo.block(LIAR, 1, nonce=1)
    solo.hear(solo.proposal(first, 1, round_changes=proofs[0]))
    assert not solo.did(Evidence)
    solo.hear(solo.proposal(second, 1, round_changes=proofs[1]))
    evidence(solo)


def test_a_proposal_of_the_same_block_with_another_proof_is_no_evidence(solo: Solo) -> None:
    solo.hear(*solo.round_changes(1, 1, LIAR, 3))
    for members in ((0, 1, LIAR), (1, LIAR, 3)):
        proof = bare(solo.round_changes(1, *members))
        solo.hear(solo.proposal(solo.block(LIAR, 1), 1, round_changes=proof))
        assert not solo.did(Evidence)


def test_two_claims_of_one_round(solo: Solo) -> None:
    lock = solo.certificate(solo.block(1), 0, 1, 2, 3)
    solo.hear(*solo.round_changes(1, LIAR), *solo.round_changes(1, LIAR, lock=lock))
    evidence(solo)


@pytest.mark.parametrize("kind", ["prepares", "commits"])
@pytest.mark.parametrize("is_first_in_time", [True, False])
def test_a_vote_that_comes_once_all_is_decided(solo: Solo, kind: str, is_first_in_time: bool) -> None:
    votes = getattr(solo, kind)
    honest, lie = votes(solo.block(1), 0, LIAR), votes(solo.block(1, nonce=1), 0, LIAR)
    if is_first_in_time:
        solo.hear(*honest)
    solo.advance()
    solo.hear(*honest, *honest)
    assert not solo.did(Evidence), "it only took long"
    solo.hear(*lie)
    evidence(solo)


def test_of_votes_below_the_last_height_nothing_is_made(solo: Solo) -> None:
    first, lie = solo.prepares(solo.block(1), 0, LIAR), solo.prepares(solo.block(1, nonce=1), 0, LIAR)
    solo.hear(*first)
    solo.advance()
    solo.advance(height=2, slot=HEAD_SLOT + 2)
    solo.hear(*lie)
    assert not solo.did(Evidence)


def test_a_late_vote_that_is_not_signed_is_misbehaviour(solo: Solo) -> None:
    (vote,) = solo.prepares(solo.block(1), 0, LIAR)
    solo.advance()
    solo.hear(replace(vote, signature=bytes(64)))
    assert not solo.did(Evidence)
    assert solo.did(Misbehaved)


@pytest.mark.parametrize("is_commit_first", [True, False])
def test_a_round_change_that_hides_a_commit(solo: Solo, is_commit_first: bool) -> None:
    votes: list[Vote] = [*solo.commits(solo.block(1), 0, LIAR), *solo.round_changes(1, LIAR)]
    solo.hear(*(votes if is_commit_first else reversed(votes)))
    evidence(solo)


def test_a_round_change_with_the_lock_of_the_commit_is_no_evidence(solo: Solo) -> None:
    lock = solo.certificate(solo.block(1), 0, 1, 2, 3)
    solo.hear(*solo.commits(solo.block(1), 0, LIAR), *solo.round_changes(1, LIAR, lock=lock))
    assert not solo.did(Evidence)


def test_a_prepare_within_a_certificate(solo: Solo) -> None:
    """The liar told others another block than this validator; their proof shows it."""
    solo.hear(*solo.prepares(solo.block(1), 0, LIAR))
    lock = solo.certificate(solo.block(1, nonce=1), 0, 1, LIAR, 3)
    solo.hear(*solo.round_changes(1, 3, lock=lock))
    evidence(solo)


def test_a_round_change_within_a_proposal(solo: Solo) -> None:
    solo.hear(*solo.commits(solo.block(1), 0, LIAR))
    solo.hear(*solo.round_changes(2, 1), *solo.round_changes(2, 3))
    solo.hear(solo.proposal(solo.block(3, 2), 2, round_changes=bare(solo.round_changes(2, 1, LIAR, 3))))
    evidence(solo)


def test_a_member_is_told_of_once_a_height(solo: Solo) -> None:
    solo.hear(*[vote for nonce in range(5) for vote in solo.prepares(solo.block(1, nonce=nonce), 0, LIAR)])
    evidence(solo)
    solo.hear(*solo.commits(solo.block(1), 0, LIAR), *solo.commits(solo.block(1, nonce=1), 0, LIAR))
    assert not solo.did(Evidence)
    solo.hear(*solo.commits(solo.block(1), 0, 3), *solo.commits(solo.block(1, nonce=1), 0, 3))
    assert len(solo.did(Evidence)) == 1


def test_a_forged_vote_is_no_evidence_and_no_vote(solo: Solo) -> None:
    (good,) = solo.prepares(solo.block(1), 0, LIAR)
    (other,) = solo.prepares(solo.block(1, nonce=1), 0, 3)
    forged = Prepare(H, R0, other.digest, LIAR, other.signature)
    solo.hear(good, forged)
    assert not solo.did(Evidence)
    assert solo.did(Misbehaved)


def ballot(kind: Kind, round: int, digest: bytes = bytes(32)) -> SignedBallot:
    return SignedBallot(Ballot(kind, H, Round(round), digest), bytes(64))  # type: ignore[arg-type]


def test_of_each_member_a_bounded_number_is_kept() -> None:
    witness = Witness()
    for round_ in range(100):
        for member in range(4):
            for kind in (Kind.PREPARE, Kind.COMMIT):
                assert witness.hear(member, ballot(kind, round_)) is None
    assert len(witness) == 4 * 2 * BALLOTS_KEPT
    assert witness.hear(0, ballot(Kind.PREPARE, 99, bytes([1]) * 32)) == ballot(Kind.PREPARE, 99)
    assert witness.hear(0, ballot(Kind.PREPARE, 0, bytes([1]) * 32)) is None
    assert len(witness) == 3 * 2 * BALLOTS_KEPT


def test_an_honest_round_change_after_a_commit_is_none(solo: Solo) -> None:
    """What this machine itself says passes a second machine's ears."""
    block = solo.block(1)
    solo.hear(solo.proposal(block))
    solo.check()
    solo.hear(*solo.prepares(block, 0, 1, 2, 3))
    said: list[Vote] = list(solo.sent(Commit))
    solo.fire(Timer.ROUND)
    said += solo.sent(RoundChange)
    assert [type(vote) for vote in said] == [Commit, RoundChange]
    other = Solo(place=3)
    other.hear(*said)
    assert not other.did(Evidence)
    assert not other.did(Misbehaved)
